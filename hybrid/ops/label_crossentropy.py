"""The cross-entropy of class numbers under probabilities, as one primitive.

Floor 5. It takes probabilities that need not add up to 1, and keeps them away from 0 and 1, as Keras does. Most
classifiers are trained by it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply
from ..core.operators import OPERATORS
from ..core.spec import TensorSpec
from .arithmetic import divide, negative
from .definition import floats
from .encoding import check_classes, pick
from .fused import Fused
from .reduction import sum

__all__: list[str] = []


def _plain(output: Any, target: Any, axis: int, least: float) -> Any:
    share = divide(pick(output, target, axis), sum(output, axis=axis))
    return negative(OPERATORS["log"](OPERATORS["clip"](share, least, 1.0 - least)))


def _forward(output: Any, target: Any, axis: int, least: float) -> tuple[Any, Any, Any]:
    check_classes(target, output.shape[axis])
    chosen = np.take_along_axis(output, np.expand_dims(target, axis), axis).reshape(target.shape)
    total = np.add.reduce(output, axis)
    share = chosen / total
    return -np.log(np.clip(share, least, 1.0 - least)), share, total


def _backward(
    wanted: Any, cotangents: Any, outputs: Any, like_output: Any, target: Any, axis: int, least: float
) -> tuple[Any, ...]:
    """Return `factor * (share - one_hot(target))`, where `factor` is 0 outside of the bounds."""
    (g,), (_, share, total) = cotangents, outputs
    factor = factor_of(g, share, total, least)
    slope = np.empty(like_output.shape, like_output.dtype)
    slope[...] = np.expand_dims(factor * share, axis)
    place = np.expand_dims(target, axis)
    np.put_along_axis(slope, place, np.take_along_axis(slope, place, axis) - np.expand_dims(factor, axis), axis)
    return (slope,)


def factor_of(g: Any, share: Any, total: Any, least: float) -> Any:
    """Return the slope by the logarithm of a share, divided by that share and what it is a share of."""
    inside = np.logical_and(share >= least, share <= 1.0 - least)
    return g * inside / (np.maximum(share, least) * total)


def _infer(output: Any, target: Any, axis: int, least: float) -> tuple[TensorSpec, TensorSpec, TensorSpec]:
    spec = TensorSpec.of(target.shape, output.dtype)
    return spec, spec, spec


def _samples(rng: np.random.Generator) -> list[Any]:
    def case(target: Any, *shape: int, axis: int = 1) -> Any:
        output = floats(rng, *shape, signed=False)
        return (output, np.array(target, np.int32)), {"axis": axis, "least": 0.1}

    bounded = case([1, 0], 2, 3)
    bounded[0][0][:] = [[1.0, 0.01, 0.5], [1.0, 0.01, 0.02]]
    return [case([1, 3, 0], 3, 4), case([[2, 0], [1, 1]], 2, 3, 2), case(2, 3, axis=0), case([], 0, 3), bounded]


LABEL_CROSSENTROPY = Fused(
    "label_crossentropy", _plain, _forward, _backward, _infer, samples=_samples, constant=(1,), unread=(-3,)
)


def label_crossentropy(output: Any, target: Any, axis: int, least: float) -> Any:
    """Return minus the logarithm of the share that the class of each target has in all classes.

    Args:
        output: float `[..., classes, ...]`, probabilities or what is proportional to them.
        target: int, the shape of `output` without the axis.
        axis: of the classes, from the front.
        least: shares are kept that far away from 0 and 1.

    Returns:
        float, the shape of `target`.

    Raises:
        OutOfRangeError: if a target is no class.
    """
    loss, _, _ = apply(LABEL_CROSSENTROPY, output, target, axis=axis, least=float(least))
    return loss
