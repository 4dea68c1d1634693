"""Convolution with what mostly follows it, a bias and relu, as one operation.

Floor 5. Programs put it in the place of `conv`, `add` and `relu`, which write and read the output three times.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply
from ..core.primitive import Primitive
from ..core.spec import TensorSpec
from .activation import GATE, RELU
from .convolution import CONV, CONV_INPUT, CONV_KERNEL
from .definition import floats, unbroadcast

__all__ = ["CONV_AFFINE"]


def _compute(x: Any, kernel: Any, bias: Any, relu: bool, **options: Any) -> Any:
    y = CONV.compute(x, kernel, **options) + bias
    return RELU.compute(y) if relu else y


def _infer(x: Any, kernel: Any, bias: Any, relu: bool, **options: Any) -> TensorSpec:
    y: TensorSpec = CONV.infer(x, kernel, **options)
    return y


def _slope(place: int, g: Any, y: Any, x: Any, kernel: Any, bias: Any, relu: bool, **options: Any) -> Any:
    g = apply(GATE, g, y) if relu else g
    if place == 0:
        return apply(CONV_INPUT, g, kernel, x, **options)
    return apply(CONV_KERNEL, x, g, kernel, **options) if place == 1 else unbroadcast(g, bias)


def _samples(rng: np.random.Generator) -> list[Any]:
    cases: tuple[tuple[Any, ...], ...] = (
        ((2, 5, 4, 3), (3, 2, 3, 2), (2,), True, (1, 1), "valid", (1, 1), "channels_last"),
        ((2, 5, 2), (2, 2, 3), (1, 1, 3), False, (2,), "same", (1,), "channels_last"),
        ((2, 2, 5, 4), (3, 3, 2, 4), (4, 1, 1), True, (1, 1), "same", (1, 1), "channels_first"),
    )
    names = ("relu", "strides", "padding", "dilation", "data_format")
    return [
        (tuple(floats(rng, *shape) for shape in case[:3]), dict(zip(names, case[3:], strict=True))) for case in cases
    ]


CONV_AFFINE: Primitive = Primitive("conv_affine", _compute, _infer, _slope, samples=_samples)
