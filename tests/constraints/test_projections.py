"""Constraints against formulas in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import constraints

W = np.random.default_rng(0).normal(size=(3, 4))
NORM = np.linalg.norm(W, axis=0, keepdims=True)


@pytest.mark.parametrize(
    ("constraint", "expected"),
    [
        (constraints.NonNeg(), np.maximum(W, 0)),
        (constraints.UnitNorm(), W / NORM),
        (constraints.UnitNorm(axis=[0, 1]), W / np.linalg.norm(W)),
        (constraints.MaxNorm(1.0), W / np.maximum(NORM, 1.0)),
        (constraints.MaxNorm(1.0, axis=1), W / np.maximum(np.linalg.norm(W, axis=1, keepdims=True), 1.0)),
        (constraints.MinMaxNorm(0.9, 1.1), W / NORM * np.clip(NORM, 0.9, 1.1)),
        (constraints.MinMaxNorm(0.9, 1.1, rate=0.5), W / NORM * (0.5 * np.clip(NORM, 0.9, 1.1) + 0.5 * NORM)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_constraint_follows_its_formula(constraint: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(constraint(W)), expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("constraint", [constraints.UnitNorm(), constraints.MaxNorm(), constraints.MinMaxNorm(0.5)])
def test_zeros_stay_finite(constraint: Any) -> None:
    np.testing.assert_array_equal(np.asarray(constraint(np.zeros((2, 2)))), np.zeros((2, 2)))
