"""Regularizers against formulas in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, Variable, regularizers
from hybrid.errors import ConfigError, ShapeError

W = np.random.default_rng(0).normal(size=(3, 4))


def mean_cosine(rows: np.ndarray[Any, Any]) -> Any:
    rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return np.abs((rows @ rows.T)[np.triu_indices(len(rows), 1)]).mean()


@pytest.mark.parametrize(
    ("regularizer", "expected"),
    [
        (regularizers.L1(0.5), 0.5 * np.abs(W).sum()),
        (regularizers.L2(0.5), 0.5 * (W**2).sum()),
        (regularizers.L1L2(0.5, 0.25), 0.5 * np.abs(W).sum() + 0.25 * (W**2).sum()),
        (regularizers.L1L2(), 0.0),
        (regularizers.l1(), 0.01 * np.abs(W).sum()),
        (regularizers.l2(), 0.01 * (W**2).sum()),
        (regularizers.OrthogonalRegularizer(0.5), 0.5 * mean_cosine(W)),
        (regularizers.OrthogonalRegularizer(0.5, mode="columns"), 0.5 * mean_cosine(W.T)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_penalty_follows_its_formula(regularizer: Any, expected: float) -> None:
    np.testing.assert_allclose(float(regularizer(W)), expected, rtol=1e-12)


def test_penalty_has_a_gradient() -> None:
    variable = Variable(W)
    with GradientTape() as tape:
        penalty = regularizers.L2(0.5)(variable)
    np.testing.assert_allclose(tape.gradient(penalty, variable).numpy(), W)


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf, "x", True])
def test_wrong_factors_are_refused(wrong: Any) -> None:
    with pytest.raises(ConfigError, match="L2 cannot have l2="):
        regularizers.L2(wrong)


def test_orthogonal_needs_a_matrix_and_a_known_mode() -> None:
    with pytest.raises(ShapeError, match=r"shape \[3\]"):
        regularizers.OrthogonalRegularizer()(np.ones(3))
    with pytest.raises(ConfigError, match="no mode 'x'"):
        regularizers.OrthogonalRegularizer(mode="x")
