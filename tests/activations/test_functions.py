"""Activations against their formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import special

from hybrid import activations
from hybrid.errors import ConfigError

X = np.linspace(-4.0, 4.0, 42).reshape(6, 7)
_SIGMOID = special.expit
_SOFTPLUS = np.logaddexp(0.0, X)

FORMULAS: dict[str, np.ndarray[Any, Any]] = {
    "linear": X,
    "relu": np.maximum(X, 0),
    "relu6": np.clip(X, 0, 6),
    "leaky_relu": np.where(X > 0, X, 0.2 * X),
    "elu": np.where(X > 0, X, np.expm1(X)),
    "selu": 1.0507009873554805 * np.where(X > 0, X, 1.6732632423543772 * np.expm1(X)),
    "celu": np.where(X > 0, X, np.expm1(X)),
    "gelu": X * special.ndtr(X),
    "sigmoid": _SIGMOID(X),
    "log_sigmoid": np.log(_SIGMOID(X)),
    "hard_sigmoid": np.clip(X / 6 + 0.5, 0, 1),
    "hard_silu": X * np.clip(X / 6 + 0.5, 0, 1),
    "hard_tanh": np.clip(X, -1, 1),
    "hard_shrink": np.where(np.abs(X) > 0.5, X, 0),
    "soft_shrink": np.sign(X) * np.maximum(np.abs(X) - 0.5, 0),
    "tanh_shrink": X - np.tanh(X),
    "tanh": np.tanh(X),
    "exponential": np.exp(X),
    "silu": X * _SIGMOID(X),
    "softplus": _SOFTPLUS,
    "mish": X * np.tanh(_SOFTPLUS),
    "softsign": X / (1 + np.abs(X)),
    "softmax": special.softmax(X, axis=-1),
    "log_softmax": special.log_softmax(X, axis=-1),
    "sparse_plus": np.where(X <= -1, 0, np.where(X >= 1, X, (X + 1) ** 2 / 4)),
    "sparse_sigmoid": np.clip((X + 1) / 2, 0, 1),
    "squareplus": (X + np.sqrt(X**2 + 4)) / 2,
    "glu": X[:, :3] * _SIGMOID(X[:, 3:6]),
    "threshold": np.where(X > 0.5, X, -1.0),
}
ARGUMENTS: dict[str, Callable[[Any], tuple[Any, ...]]] = {
    "threshold": lambda x: (x, 0.5, -1.0),
    "glu": lambda x: (x[:, :6],),
}
_ALIASES = {"swish", "hard_swish"}
_OTHERS = {"get", "serialize", "deserialize", "sparsemax"}  # sparsemax has no closed form: tested by its properties


@pytest.mark.parametrize("name", sorted(set(activations.__all__) - _ALIASES - _OTHERS))
def test_activation_follows_its_formula(name: str) -> None:
    arguments = ARGUMENTS.get(name, lambda x: (x,))(X)
    result = np.asarray(getattr(activations, name)(*arguments))
    np.testing.assert_allclose(result, FORMULAS[name], rtol=1e-12, atol=1e-12)


def test_sparsemax_is_the_nearest_point_of_the_simplex() -> None:
    result = np.asarray(activations.sparsemax(X))
    np.testing.assert_allclose(result.sum(-1), 1.0)
    assert (result >= 0).all() and (result == 0).any()
    # The projection moves all entries that stay positive by the same amount.
    shift = np.where(result > 0, X - result, np.nan)
    np.testing.assert_allclose(np.nanmax(shift, -1), np.nanmin(shift, -1), atol=1e-12)


@pytest.mark.parametrize("slope", [0.0, 0.1])
@pytest.mark.parametrize("maximum", [None, 2.0])
@pytest.mark.parametrize("threshold", [-0.75, 0.0, 0.75])
def test_relu_with_options(slope: float, maximum: float | None, threshold: float) -> None:
    result = np.asarray(activations.relu(X, negative_slope=slope, max_value=maximum, threshold=threshold))
    positive = np.where(X > threshold, X, 0) if threshold else np.maximum(X, 0)
    expected = np.minimum(positive, maximum or np.inf) + slope * np.minimum(X - threshold, 0)
    np.testing.assert_allclose(result, expected, atol=1e-12)


def test_relu_refuses_negative_options() -> None:
    with pytest.raises(ConfigError, match="neither may be negative"):
        activations.relu(X, negative_slope=-1.0)


def test_gelu_has_an_approximation() -> None:
    result = np.asarray(activations.gelu(X, approximate=True))
    np.testing.assert_allclose(result, FORMULAS["gelu"], atol=2e-3)
    assert not np.allclose(result, FORMULAS["gelu"], atol=1e-6)
