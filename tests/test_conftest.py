"""The strictness that conftest.py and pyproject.toml promise is really there."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st


def test_overflow_raises() -> None:
    with pytest.raises(FloatingPointError, match="overflow"):
        np.exp(np.float32(1000))


def test_division_by_zero_raises() -> None:
    with pytest.raises(FloatingPointError, match="divide by zero"):
        np.float32(1) / np.zeros(1, "float32")


def test_underflow_gives_zero() -> None:
    assert np.exp(np.float32(-1000)) == 0


def test_warning_is_an_error() -> None:
    with pytest.raises(RuntimeWarning, match="seen"):
        warnings.warn("seen", RuntimeWarning, stacklevel=1)


@given(st.floats(min_value=1e3, max_value=1e4))
def test_overflow_raises_inside_generated_examples(exponent: float) -> None:
    with pytest.raises(FloatingPointError):
        np.exp(exponent)
