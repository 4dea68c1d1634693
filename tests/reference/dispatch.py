"""Runs a case of any kind."""

from __future__ import annotations

from collections.abc import Callable

from . import runner, runner_models
from .framework import Framework
from .runner import Result
from .specification import (
    CallCase,
    Case,
    LayerCase,
    MetricCase,
    ModelCase,
    OptimizerCase,
    SampleCase,
    ScheduleCase,
)

RUNNERS: dict[type[Case], Callable[..., Result]] = {
    LayerCase: runner.run_layer,
    CallCase: runner.run_call,
    SampleCase: runner.run_sample,
    MetricCase: runner.run_metric,
    OptimizerCase: runner.run_optimizer,
    ScheduleCase: runner.run_schedule,
    ModelCase: runner_models.run_model,
}


def run(framework: Framework, case: Case) -> Result:
    """Run the case as if in a new process."""
    framework.clear()
    return RUNNERS[type(case)](framework, case)
