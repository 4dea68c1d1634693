"""Every recorded case, run with hybrid: the same numbers, names, shapes and configs as real Keras.

`record_keras.py` tells how the recording is made and checked; `compare.py` tells what counts as the same.
"""

from __future__ import annotations

import functools

import pytest

from . import recording
from .cases import BY_NAME
from .compare import differences
from .dispatch import run
from .framework import Hybrid
from .runner import Result


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
    assert not lines, "\n".join(lines)
