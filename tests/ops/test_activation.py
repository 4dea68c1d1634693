"""Activation functions against closed forms and SciPy, and for arguments of any size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

import hybrid
from hybrid import ops
from hybrid.errors import ShapeError

_X = np.array([-30.0, -6.5, -2.0, -1.0, -0.75, -0.25, 0.0, 0.25, 0.75, 1.0, 2.0, 6.5, 30.0])
_HUGE = np.array([-1e30, -1e4, -100.0, 100.0, 1e4, 1e30])


def _softplus(x: Any) -> Any:
    return np.logaddexp(x, 0)


_FORMS: dict[str, Any] = {
    "celu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "elu": lambda x: np.where(x > 0, x, np.expm1(x)),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "log_sigmoid": lambda x: special.log_expit(x),
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "relu": lambda x: np.where(x > 0, x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
    "sigmoid": special.expit,
    "silu": lambda x: x * special.expit(x),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x >= 1, x, (x + 1) ** 2 / 4)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "squareplus": lambda x: (x + np.sqrt(x * x + 4)) / 2,
    "tanh_shrink": lambda x: x - np.tanh(x),
    "gelu": lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
}


@pytest.mark.parametrize("name", _FORMS)
def test_values_are_those_of_the_closed_form(name: str) -> None:
    np.testing.assert_allclose(getattr(ops, name)(_X).numpy(), _FORMS[name](_X), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", _FORMS)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_huge_arguments_neither_overflow_nor_change_the_dtype(name: str, dtype: str) -> None:
    x = np.clip(_HUGE, -6e4, 6e4).astype(dtype) if dtype == "float16" else _HUGE.astype(dtype)
    y = getattr(ops, name)(x)
    assert y.dtype == dtype
    assert np.isfinite(y.numpy()).all()
    if name in ("silu", "gelu", "relu", "mish", "softplus", "squareplus"):
        np.testing.assert_allclose(y.numpy(), np.maximum(x, 0), rtol=1e-2, atol=0.1)


@pytest.mark.parametrize("name", _FORMS)
def test_gradient_at_huge_arguments_is_finite(name: str) -> None:
    x = ops.convert_to_tensor(_HUGE.astype(np.float32))
    with hybrid.GradientTape() as tape:
        tape.watch(x)
        y = getattr(ops, name)(x)
    assert np.isfinite(tape.gradient(y, x).numpy()).all()


def test_exact_gelu_equals_scipy() -> None:
    y = ops.gelu(_X, approximate=False).numpy()
    np.testing.assert_allclose(y, _X * special.ndtr(_X), rtol=1e-12)


def test_parameters_of_elu_and_its_relatives() -> None:
    np.testing.assert_allclose(ops.elu(-1.0, alpha=2.0).numpy(), 2 * np.expm1(-1), rtol=1e-6)
    np.testing.assert_allclose(ops.celu(-1.0, alpha=2.0).numpy(), 2 * np.expm1(-0.5), rtol=1e-6)
    np.testing.assert_allclose(ops.leaky_relu(-1.0, negative_slope=0.1).numpy(), -0.1, rtol=1e-6)
    np.testing.assert_array_equal(ops.threshold([-1.0, 3.0], 2.0, 7.0).numpy(), [7.0, 3.0])


def test_relu_keeps_integers_and_others_make_floats_of_them() -> None:
    assert ops.relu(np.array([-1, 2])).dtype == np.int64
    assert ops.sigmoid(np.array([-1, 2])).dtype == np.float32


@pytest.mark.parametrize("axis", [-1, 0, (0, 2), None])
def test_softmax_equals_scipy(axis: Any) -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 4)) * 10
    np.testing.assert_allclose(ops.softmax(x, axis).numpy(), special.softmax(x, axis), rtol=1e-12)
    np.testing.assert_allclose(ops.log_softmax(x, axis).numpy(), special.log_softmax(x, axis), rtol=1e-10, atol=1e-12)


def test_softmax_of_huge_logits() -> None:
    np.testing.assert_array_equal(ops.softmax(np.array([1e30, -1e30, 1e30], np.float32)).numpy(), [0.5, 0, 0.5])
    np.testing.assert_array_equal(ops.log_softmax(np.array([1e5, 0.0], np.float32)).numpy(), [0, -1e5])


def test_softmax_of_nothing_is_nothing() -> None:
    assert ops.softmax(np.ones((0, 3))).shape == (0, 3)
    assert ops.log_softmax(np.ones((2, 0))).shape == (2, 0)


@pytest.mark.parametrize("axis", [0, 1])
def test_sparsemax_is_the_nearest_distribution(axis: int) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(5, 4))
    y = ops.sparsemax(x, axis).numpy()
    np.testing.assert_allclose(y.sum(axis), 1, rtol=1e-12)
    assert (y >= 0).all()
    for _ in range(100):
        other = np.moveaxis(rng.dirichlet(np.ones(x.shape[axis]), x.shape[1 - axis]), -1, axis)
        assert (((x - y) ** 2).sum(axis) <= ((x - other) ** 2).sum(axis) + 1e-12).all()


def test_glu_gates_one_half_by_the_other() -> None:
    x = np.random.default_rng(2).normal(size=(3, 4, 2))
    np.testing.assert_allclose(ops.glu(x, axis=1).numpy(), x[:, :2] * special.expit(x[:, 2:]), rtol=1e-12)
    with pytest.raises(ShapeError, match="odd"):
        ops.glu(np.ones(3))
