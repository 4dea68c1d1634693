"""Subtracting the mean, dividing by the standard deviation, scaling and shifting, as one primitive.

Floor 5. What LayerNormalization does along the last axes, and BatchNormalization in training along all others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply
from ..core.operators import OPERATORS
from ..core.spec import TensorSpec
from .arithmetic import add, divide, multiply, subtract
from .definition import floats
from .fused import Fused
from .reduction import mean

__all__: list[str] = []


def _plain(x: Any, *more: Any, given: Any, axes: Any, epsilon: float) -> Any:
    optional = dict(zip(given, more, strict=True))
    difference = subtract(x, mean(x, axis=axes, keepdims=True))
    variance = mean(multiply(difference, difference), axis=axes, keepdims=True)
    y = divide(difference, OPERATORS["sqrt"](add(variance, epsilon)))
    if "gamma" in optional:
        y = multiply(y, optional["gamma"])
    return add(y, optional["beta"]) if "beta" in optional else y


def _mean(x: Any, axes: Any) -> Any:
    return np.add.reduce(x, axes, keepdims=True) / x.dtype.type(np.prod([x.shape[axis] for axis in axes]))


def _summed(x: Any, like: Any) -> Any:
    """Add up over the axes along which an array of rank `x.ndim` was broadcast."""
    axes = tuple(axis for axis, size in enumerate(like.shape) if size != x.shape[axis])
    return np.add.reduce(x, axes, keepdims=True)


def _forward(x: Any, *more: Any, given: Any, axes: Any, epsilon: float) -> tuple[Any, Any, Any]:
    optional = dict(zip(given, more, strict=True))
    average = _mean(x, axes)
    y = x - average
    variance = _mean(np.square(y), axes)
    y /= np.sqrt(variance + x.dtype.type(epsilon))
    if "gamma" in optional:
        y *= optional["gamma"]
    if "beta" in optional:
        y += optional["beta"]
    return y, average, variance


def _backward(
    wanted: Any, cotangents: Any, outputs: Any, x: Any, *more: Any, given: Any, axes: Any, epsilon: float
) -> tuple[Any, ...]:
    optional = dict(zip(given, more, strict=True))
    (g,), (_, average, variance) = cotangents, outputs
    scale = 1 / np.sqrt(variance + x.dtype.type(epsilon))
    normal = (x - average) * scale

    def by_input() -> Any:
        upstream = g * optional["gamma"] if "gamma" in optional else g
        slope = upstream - _mean(upstream, axes)
        slope -= normal * _mean(upstream * normal, axes)
        slope *= scale
        return slope

    found = {
        None: by_input,
        "gamma": lambda: _summed(g * normal, optional["gamma"]),
        "beta": lambda: _summed(g, optional["beta"]),
    }
    return tuple(found[(None, *given)[place]]() for place in wanted)


def _infer(x: TensorSpec, *more: Any, given: Any, axes: Any, epsilon: float) -> tuple[TensorSpec, ...]:
    moments = TensorSpec.of(tuple(1 if axis in axes else size for axis, size in enumerate(x.shape)), x.dtype)
    return TensorSpec.of(x.shape, x.dtype), moments, moments


def _samples(rng: np.random.Generator) -> list[Any]:
    cases: list[Any] = [
        ((2, 5), (1,), {}),
        ((2, 3, 4), (1, 2), {"gamma": (1, 3, 4), "beta": (1, 3, 4)}),
        ((3, 2, 4), (2,), {"beta": (1, 1, 4)}),
        ((3, 4), (0,), {"gamma": (1, 4)}),
        ((2, 3, 4), (0, 1), {"gamma": (1, 1, 4), "beta": (1, 1, 4)}),
        ((2, 3, 4), (0, 2), {"gamma": (1, 3, 1), "beta": (1, 3, 1)}),
    ]
    return [
        (
            (floats(rng, *shape), *(floats(rng, *size) for size in vectors.values())),
            {"given": tuple(vectors), "axes": axes, "epsilon": 1e-3},
        )
        for shape, axes, vectors in cases
    ]


STANDARDIZE = Fused("standardize", _plain, _forward, _backward, _infer, samples=_samples, unread=(-3,))


def standardize(x: Any, axes: Any, epsilon: float, gamma: Any = None, beta: Any = None) -> tuple[Any, Any, Any]:
    """Give a tensor mean 0 and variance 1 over some axes, then scale and shift it.

    Args:
        x: float32 or float64 tensor.
        axes: to normalize over, from the front.
        epsilon: added to the variance.
        gamma: scale, of the rank and dtype of `x`, whose shape can be broadcast to that of `x`.
        beta: offset, likewise.

    Returns:
        tensor of the shape of `x`; its mean and variance before, with sizes of 1 for the axes, without derivative.
    """
    optional = {name: vector for name, vector in (("gamma", gamma), ("beta", beta)) if vector is not None}
    found: tuple[Any, Any, Any] = apply(
        STANDARDIZE, x, *optional.values(), given=tuple(optional), axes=axes, epsilon=epsilon
    )
    return found
