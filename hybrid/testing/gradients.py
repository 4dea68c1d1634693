"""Gradients of layers against differences.

Floor 11.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import config, ops, tree
from ..core.derivatives import GradientTape
from .cases import LayerCase

__all__ = ["check_gradients"]

_STEP = 1e-6
_TOLERANCE = 1e-6


def check_gradients(case: LayerCase, attempts: int = 3) -> None:
    """Gradients for float inputs and weights agree with central differences along random directions, in float64.

    Args:
        case: a layer and a call of it.
        attempts: directions that are tried before it counts as wrong: one may cross a kink.

    Raises:
        AssertionError: names the source and both numbers.
    """
    before = config.floatx()
    config.set_floatx("float64")
    try:
        _check(case, attempts)
    finally:
        config.set_floatx(before)


def _check(case: LayerCase, attempts: int) -> None:
    layer, rng = case.layer(), np.random.default_rng(case.seed + 1)
    arrays = case.arrays("float64")
    flat = [ops.convert_to_tensor(array) for array in tree.flatten(list(arrays))]
    places = [place for place, array in enumerate(flat) if array.dtype.kind == "f"]
    weights = list(layer.trainable_weights)
    directions: list[Any] = []

    def loss(inputs: list[Any]) -> Any:
        outputs = layer(*tree.unflatten(list(arrays), inputs), **case.kwargs)
        floats = [each for each in tree.flatten(outputs) if each is not None and each.dtype.kind == "f"]
        while len(directions) < len(floats):
            directions.append(rng.normal(size=floats[len(directions)].shape))
        return sum((ops.sum(each * weight) for each, weight in zip(floats, directions, strict=True)), 0.0)

    with GradientTape() as tape:
        for place in places:
            tape.watch(flat[place])
        value = loss(flat)
    if not directions:
        return
    found = tape.gradient(value, [flat[place] for place in places] + weights)
    for source, gradient in zip([*places, *weights], found, strict=True):
        _compare(source, gradient, flat, loss, rng, attempts)


def _compare(source: Any, gradient: Any, flat: list[Any], loss: Callable[..., Any], rng: Any, attempts: int) -> None:
    value = np.asarray(flat[source] if isinstance(source, int) else source)
    gradient = np.zeros(value.shape) if gradient is None else np.asarray(gradient)
    name = f"input {source}" if isinstance(source, int) else source.path
    assert gradient.shape == value.shape, f"the gradient for {name} has shape {gradient.shape}, not {value.shape}"
    for attempt in range(attempts):
        direction = rng.uniform(0.2, 1.0, value.shape) * rng.choice([-1.0, 1.0], value.shape)
        ends = [_at(source, value + sign * _STEP * direction, flat, loss) for sign in (1, -1)]
        _at(source, value, flat, loss)
        difference, slope = (ends[0] - ends[1]) / (2 * _STEP), float(np.sum(gradient * direction))
        size = max(1.0, abs(slope), float(np.sum(np.abs(gradient * direction))))
        if abs(difference - slope) <= _TOLERANCE * size:
            return
        if attempt == attempts - 1:
            raise AssertionError(f"gradient for {name}: {slope}, but the difference is {difference}")


def _at(source: Any, value: Any, flat: list[Any], loss: Callable[..., Any]) -> float:
    if isinstance(source, int):
        changed = list(flat)
        changed[source] = ops.convert_to_tensor(value)
        return float(loss(changed))
    source.assign(value)
    return float(loss(flat))
