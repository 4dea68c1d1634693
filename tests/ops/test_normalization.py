"""Moments and normalizations against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function
from hybrid.errors import ConfigError, ShapeError

_X = np.random.default_rng(4).normal(size=(3, 4, 5)) * 3 + 2


@pytest.mark.parametrize("axes", [0, (0, 1), (0, 1, 2), -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_moments_equal_numpy(axes: Any, keepdims: bool) -> None:
    mean, variance = ops.moments(_X, axes, keepdims)
    np.testing.assert_allclose(mean.numpy(), _X.mean(axes, keepdims=keepdims), rtol=1e-12)
    np.testing.assert_allclose(variance.numpy(), _X.var(axes, keepdims=keepdims), rtol=1e-12)


def test_moments_of_float16_do_not_overflow() -> None:
    mean, variance = ops.moments(np.full((4, 4096), 100.0, np.float16), (0, 1))
    assert mean.dtype == np.float16
    assert float(mean) == 100 and float(variance) == 0


def test_moments_are_not_synchronized() -> None:
    with pytest.raises(ConfigError, match="one device"):
        ops.moments(_X, 0, synchronized=True)


@pytest.mark.parametrize("order", [1, 2, 3, np.inf])
@pytest.mark.parametrize("axis", [-1, 1])
def test_normalize_divides_by_the_norm(order: float, axis: int) -> None:
    expected = _X / np.linalg.norm(_X, order, axis, keepdims=True)
    np.testing.assert_allclose(ops.normalize(_X, axis, order).numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_normalize_leaves_zeros_and_their_gradient_finite(order: int) -> None:
    x = ops.convert_to_tensor(np.zeros((2, 3)))
    with hybrid.GradientTape() as tape:
        tape.watch(x)
        y = ops.normalize(x, order=order)
    np.testing.assert_array_equal(y.numpy(), np.zeros((2, 3)))
    assert np.isfinite(tape.gradient(y, x).numpy()).all()


def test_normalize_refuses_an_order_that_is_no_norm() -> None:
    with pytest.raises(ConfigError, match="order"):
        ops.normalize(_X, order=0)


@pytest.mark.parametrize("axis", [1, -1])
def test_batch_normalization_equals_its_formula(axis: int) -> None:
    size = _X.shape[axis]
    mean, variance, offset, scale = np.random.default_rng(1).uniform(1, 2, (4, size))
    shape = [size if place == axis % 3 else 1 for place in range(3)]
    expected = (_X - mean.reshape(shape)) / np.sqrt(variance.reshape(shape) + 0.01)
    y = ops.batch_normalization(_X, mean, variance, axis, epsilon=0.01)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-10)
    y = ops.batch_normalization(_X, mean, variance, axis, offset, scale, epsilon=0.01)
    expected = expected * scale.reshape(shape) + offset.reshape(shape)
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("axis", [-1, (1, 2), 1])
def test_layer_and_rms_normalization_equal_their_formulas(axis: Any) -> None:
    axes = axis if isinstance(axis, tuple) else (axis % 3,)
    gamma, beta = np.random.default_rng(1).normal(size=(2, *(_X.shape[a] for a in axes)))
    spread = [_X.shape[place] if place in axes else 1 for place in range(3)]
    normal = (_X - _X.mean(axes, keepdims=True)) / np.sqrt(_X.var(axes, keepdims=True) + 1e-7)
    y = ops.layer_normalization(_X, gamma, beta, axis)
    np.testing.assert_allclose(y.numpy(), normal * gamma.reshape(spread) + beta.reshape(spread), rtol=1e-9, atol=1e-12)
    root = np.sqrt((_X * _X).mean(axes, keepdims=True) + 0.5)
    y = ops.rms_normalization(_X, gamma, axis, epsilon=0.5)
    np.testing.assert_allclose(y.numpy(), _X / root * gamma.reshape(spread), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: ops.batch_normalization(x, np.ones(4), np.ones(5), -1), "mean of shape [4] for 5 features"),
        (lambda x: ops.layer_normalization(x, np.ones(4)), "gamma of shape [4]"),
        (lambda x: ops.rms_normalization(x, np.ones(5), axis=(1, 2)), "scale of shape [5]"),
        (lambda x: ops.moments(x, 3), "out of range"),
    ],
)
def test_vectors_of_another_size_are_refused_alike_when_recorded_and_run(call: Any, words: str) -> None:
    with pytest.raises(ShapeError) as run:
        call(_X)
    with pytest.raises(ShapeError) as recorded:
        trace_function(call, [TensorSpec((None, 4, 5), "float64")])
    assert words in str(run.value) and words in str(recorded.value)


def test_layer_normalization_of_unknown_sizes() -> None:
    recorded = trace_function(ops.layer_normalization, [TensorSpec((None, None, 5), "float64")])
    assert recorded.output_specs[0].shape == (None, None, 5)
    got = recorded.replay([ops.convert_to_tensor(_X)])
    np.testing.assert_array_equal(got.numpy(), ops.layer_normalization(_X).numpy())
