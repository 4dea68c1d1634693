"""Three ways to differentiate a function of tensors, and their comparison with central differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hybrid import GradientTape, TensorSpec, ops
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder

Function = Callable[..., Any]


def symbol(*shape: int | None, dtype: str = "float64") -> Any:
    return placeholder(TensorSpec(shape, dtype))


def array(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(0.25, 1.5, shape)


def values(tensors: Sequence[Any]) -> list[Any]:
    return [np.asarray(tensor.numpy()) for tensor in tensors]


def eager_gradients(function: Function, arrays: Sequence[Any], extra: Sequence[Any] = ()) -> list[Any]:
    tensors = [ops.convert_to_tensor(value) for value in arrays]
    with GradientTape() as tape:
        tape.watch(tensors)
        loss = function(*tensors)
    return values(tape.gradient(loss, [*tensors, *extra], unconnected_gradients="zero"))


def symbolic_gradients(function: Function, arrays: Sequence[Any], extra: Sequence[Any] = ()) -> list[Any]:
    """Gradients by a tape over placeholders, computed by replaying what it recorded."""
    inputs = [symbol(*(None,) * np.ndim(value)) for value in arrays]
    with GradientTape() as tape:
        tape.watch(inputs)
        loss = function(*inputs)
    found = tape.gradient(loss, [*inputs, *extra], unconnected_gradients="zero")
    return values(Graph(inputs, found).replay(arrays))


def replayed_gradients(function: Function, arrays: Sequence[Any], extra: Sequence[Any] = ()) -> list[Any]:
    """Gradients by a tape around the replay of a recorded graph."""
    inputs = [symbol(*np.shape(value)) for value in arrays]
    graph = Graph(inputs, [function(*inputs)])
    return eager_gradients(lambda *tensors: graph.replay(tensors)[0], arrays, extra)


def numeric_slope(function: Function, arrays: Sequence[Any], directions: Sequence[Any], step: float = 1e-6) -> float:
    def value(sign: float) -> float:
        return float(
            function(*[ops.convert_to_tensor(a + sign * step * d) for a, d in zip(arrays, directions, strict=True)])
        )

    return (value(1) - value(-1)) / (2 * step)


def check_gradients(function: Function, *arrays: Any) -> None:
    """Compare the three ways with one another and with a central difference, for a function and for its gradient."""

    def slope(*tensors: Any) -> Any:
        # Differentiating the squared gradient makes it second order.
        with GradientTape() as tape:
            tape.watch(list(tensors))
            loss = function(*tensors)
        found = tape.gradient(loss, list(tensors), unconnected_gradients="zero")
        total = ops.convert_to_tensor(0.0, "float64")
        for gradient in found:
            total = total + ops.sum(gradient * gradient)
        return total

    directions = [array(*np.shape(value), seed=index + 7) for index, value in enumerate(arrays)]
    for target in (function, slope):
        expected = numeric_slope(target, arrays, directions)
        for way in (eager_gradients, symbolic_gradients, replayed_gradients):
            found = way(target, arrays)
            slope_found = sum(float(np.sum(g * d)) for g, d in zip(found, directions, strict=True))
            np.testing.assert_allclose(slope_found, expected, rtol=1e-5, err_msg=way.__name__)
