"""Every recorded case, run with hybrid: the same numbers, names, shapes and configs as real Keras.

`record_keras.py` tells how the recording is made and checked; `compare.py` tells what counts as the same.
"""

from __future__ import annotations

import fnmatch
import functools

import pytest

from . import recording
from .cases import BY_NAME
from .compare import differences
from .dispatch import run
from .framework import Hybrid
from .runner import Result

# What hybrid does otherwise on purpose: a pattern of cases, the start of every line that tells of it, and the reason.
DIFFERENT: list[tuple[str, tuple[str, ...], str]] = [
    (
        "activations/sparsemax/*",
        ("output/0", "gradient/arguments/0"),
        "a projection on the simplex sums to one; Keras gives rows of zeros where two or more entries are close",
    ),
    ("metrics/R2Score/adjusted", ("result/",), "samples are adjusted for; Keras counts the entries of all outputs"),
    ("metrics/R2Score/*", ("result/reset",), "like every metric it is 0 before the first batch; Keras gives NaN"),
    ("GroupNormalization/instance", ("config.groups",), "arguments stay as given; Keras overwrites groups=-1 at build"),
    (
        "models/fit/masked loss",
        ("history/mae",),
        "a mask counts in the metrics of training as in those of evaluation; Keras on JAX drops it in training",
    ),
]


def intended(name: str) -> tuple[str, ...]:
    """The starts of lines that tell of an intended difference in the case."""
    return tuple(start for pattern, starts, _ in DIFFERENT if fnmatch.fnmatch(name, pattern) for start in starts)


@functools.cache
def recorded() -> dict[str, Result]:
    """The recording, read once."""
    return recording.load()[0]


@functools.cache
def hybrid() -> Hybrid:
    """The framework, imported by the first case that runs and not while tests are collected."""
    return Hybrid()


@pytest.mark.parametrize("name", list(BY_NAME))
def test_case_agrees_with_keras(name: str) -> None:
    case = BY_NAME[name]
    lines = differences(case, recorded()[name], run(hybrid(), case))
    unexpected = [line for line in lines if not line.startswith(intended(name))]
    assert not unexpected, "\n".join(unexpected)
    assert lines or not intended(name), f"{name} agrees with Keras: take it out of DIFFERENT"
