"""Schedules: learning rates as functions of the step."""

from __future__ import annotations

from collections.abc import Mapping as _Mapping
from typing import Any as _Any

from ...serialization import deserialize_keras_object as _deserialize
from ...serialization import serialize_keras_object as _serialize
from .base import LearningRateSchedule
from .cosine import CosineDecay, CosineDecayRestarts
from .decays import ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]


def serialize(learning_rate_schedule: LearningRateSchedule) -> _Any:
    """Return a schedule as plain data.

    Example:
        >>> serialize(ExponentialDecay(0.1, 10, 0.5))["class_name"]
        'ExponentialDecay'
    """
    return _serialize(learning_rate_schedule)


def deserialize(config: _Any, custom_objects: _Mapping[str, _Any] | None = None) -> _Any:
    """Return the schedule that `serialize` described.

    Example:
        >>> deserialize(serialize(ExponentialDecay(0.1, 10, 0.5))).decay_steps
        10
    """
    return _deserialize(config, custom_objects)
