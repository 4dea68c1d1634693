"""Pooling against plain loops, its gradients and its errors."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function
from hybrid.errors import ShapeError

_RNG = np.random.default_rng(3)


def _loops(x: Any, window: Any, strides: Any, padding: str, reduce: Any) -> Any:
    """Pooling as its definition says: what lies beyond the edges is not seen."""
    sizes, befores = [], []
    for size, length, stride in zip(x.shape[1:-1], window, strides, strict=True):
        count = -(-size // stride) if padding == "same" else (size - length) // stride + 1
        sizes.append(count)
        befores.append(max((count - 1) * stride + length - size, 0) // 2 if padding == "same" else 0)
    y = np.zeros((x.shape[0], *sizes, x.shape[-1]))
    for place in itertools.product(*map(range, sizes)):
        starts = [p * s - b for p, s, b in zip(place, strides, befores, strict=True)]
        seen = tuple(slice(max(a, 0), a + length) for a, length in zip(starts, window, strict=True))
        y[(slice(None), *place)] = reduce(x[(slice(None), *seen)], tuple(range(1, x.ndim - 1)))
    return y


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("shape", "window", "strides"),
    [
        ((2, 7, 3), (3,), (2,)),
        ((2, 4, 6, 3), (2, 2), (2, 2)),
        ((1, 5, 7, 2), (3, 2), (1, 3)),
        ((1, 4, 5, 3, 2), (2, 3, 2), (2, 1, 1)),
    ],
)
def test_pooling_equals_loops(shape: Any, window: Any, strides: Any, padding: str) -> None:
    x = _RNG.normal(size=shape) - 5.0
    for op, reduce in ((ops.max_pool, np.max), (ops.average_pool, np.mean)):
        expected = _loops(x, window, strides, padding, reduce)
        np.testing.assert_allclose(op(x, window, strides, padding).numpy(), expected, rtol=1e-12)
        first = op(np.moveaxis(x, -1, 1), window, strides, padding, "channels_first").numpy()
        np.testing.assert_allclose(np.moveaxis(first, 1, -1), expected, rtol=1e-12)


def test_strides_are_the_size_of_the_window_by_default() -> None:
    assert ops.max_pool(np.ones((1, 7, 9, 2)), (2, 3)).shape == (1, 3, 3, 2)


def test_max_pool_keeps_integers() -> None:
    y = ops.max_pool(np.arange(-4, 0).reshape(1, 4, 1), 3, 1, "same")
    assert y.dtype == np.int64
    np.testing.assert_array_equal(y.numpy().ravel(), [-3, -2, -1, -1])


def test_gradient_of_max_pool_goes_to_the_first_of_equal_elements() -> None:
    x = ops.convert_to_tensor(np.array([1.0, 1.0, 0.0, 2.0]).reshape(1, 4, 1))
    with hybrid.GradientTape() as tape:
        tape.watch(x)
        y = ops.max_pool(x, 2)
    np.testing.assert_array_equal(tape.gradient(y, x).numpy().ravel(), [1, 0, 0, 1])


@pytest.mark.parametrize("op", [ops.max_pool, ops.average_pool])
def test_gradients_replay_on_unknown_sizes(op: Any) -> None:
    def slope(x: Any) -> Any:
        with hybrid.GradientTape() as tape:
            tape.watch(x)
            y = op(x, 3, 2, "same")
            loss = ops.sum(y * y)
        return tape.gradient(loss, x)

    recorded = trace_function(slope, [TensorSpec((None, None, None, 2), "float64")])
    for shape in ((2, 5, 4, 2), (1, 8, 8, 2), (0, 4, 4, 2)):
        x = ops.convert_to_tensor(_RNG.normal(size=shape))
        np.testing.assert_array_equal(recorded.replay([x]).numpy(), slope(x).numpy())


@pytest.mark.parametrize(
    ("shape", "words"), [((2, 3, 3, 1), ["[4, 4]", "larger than the input"]), ((2, 3), ["spatial axes"])]
)
def test_wrong_shapes_are_refused_alike_when_recorded_and_run(shape: Any, words: list[str]) -> None:
    with pytest.raises(ShapeError) as run:
        ops.max_pool(np.ones(shape), 4)
    with pytest.raises(ShapeError) as recorded:
        trace_function(lambda x: ops.max_pool(x, 4), [TensorSpec(shape, "float64")])
    assert str(run.value) == str(recorded.value)
    for word in words:
        assert word in str(run.value)
