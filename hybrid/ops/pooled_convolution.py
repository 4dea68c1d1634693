"""Convolution whose outputs are pooled at once, as one operation.

Floor 5. Of a convolution that is pooled, only the greatest outputs are needed, and which ones they were: computed
together, the others never leave the cache. Programs put this in the place of `conv` and `max_pool`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..core.door import apply
from ..core.spec import TensorSpec
from .convolution import CONV, CONV_INPUT, CONV_KERNEL
from .definition import floats
from .fused import Fused
from .pooling import MAX_POOL
from .windows import Sizes, from_channels_last, to_channels_last

__all__ = ["CONV_MAX_POOL"]


def _plain(x: Any, kernel: Any, pool: Sizes, **options: Any) -> Any:
    y = apply(CONV, x, kernel, **options)
    return apply(MAX_POOL, y, window=pool, strides=pool, padding="valid", data_format=options["data_format"])


def _infer(x: Any, kernel: Any, pool: Sizes, **options: Any) -> tuple[TensorSpec, TensorSpec]:
    y = CONV.infer(x, kernel, **options)
    y = MAX_POOL.infer(y, window=pool, strides=pool, padding="valid", data_format=options["data_format"])
    return y, TensorSpec.of(y.shape, np.dtype("uint8"))


def _places(array: Any, pool: Sizes) -> Iterator[Any]:
    """Yield, for every place in the pools, what all of them have there: views `[batch, *pooled, channels]`."""
    pooled = [size // by for size, by in zip(array.shape[1:-1], pool, strict=True)]
    for place in itertools.product(*map(range, pool)):
        spatial = (slice(at, at + count * by, by) for at, count, by in zip(place, pooled, pool, strict=True))
        yield array[(slice(None), *spatial)]


def _forward(x: Any, kernel: Any, pool: Sizes, **options: Any) -> tuple[Any, Any]:
    """Return the greatest outputs and their places in the pools; the first of several equal ones."""
    data_format = options["data_format"]
    seen = np.stack(list(_places(to_channels_last(CONV.compute(x, kernel, **options), data_format), pool)))
    results = (seen.max(0), seen.argmax(0).astype(np.uint8)) if seen.size else (seen[0], seen[0].astype(np.uint8))
    return from_channels_last(results[0], data_format), from_channels_last(results[1], data_format)


def _backward(
    wanted: tuple[int, ...], cotangents: Any, outputs: Any, x: Any, kernel: Any, pool: Sizes, **options: Any
) -> tuple[Any, ...]:
    data_format = options["data_format"]
    g, place = (to_channels_last(array, data_format) for array in (cotangents[0], outputs[1]))
    shape = CONV.infer(TensorSpec.of(x.shape, x.dtype), TensorSpec.of(kernel.shape, x.dtype), **options).shape
    sent = np.zeros(to_channels_last(shape, data_format), g.dtype)
    for number, target in enumerate(_places(sent, pool)):
        np.multiply(g, place == number, out=target)
    sent = from_channels_last(sent, data_format)
    slopes = (
        lambda: CONV_INPUT.compute(sent, kernel, x, **options),
        lambda: CONV_KERNEL.compute(x, sent, kernel, **options),
    )
    return tuple(slopes[index]() for index in wanted)


def _samples(rng: np.random.Generator) -> list[Any]:
    cases: tuple[tuple[Any, ...], ...] = (
        ((2, 6, 7, 1), (3, 2, 1, 2), (2, 2), (1, 1), "valid", (1, 1), "channels_last"),
        ((1, 4, 5, 2), (2, 2, 2, 2), (2, 1), (1, 1), "same", (1, 1), "channels_last"),
        ((2, 2, 7, 5), (2, 3, 2, 2), (2, 2), (2, 1), "same", (1, 1), "channels_first"),
        ((2, 8, 2), (2, 1, 2), (3,), (1,), "same", (2,), "channels_last"),
        ((0, 4, 4, 1), (2, 2, 1, 1), (2, 2), (1, 1), "valid", (1, 1), "channels_last"),
    )
    names = ("pool", "strides", "padding", "dilation", "data_format")
    return [
        ((floats(rng, *x), floats(rng, *kernel)), dict(zip(names, params, strict=True))) for x, kernel, *params in cases
    ]


CONV_MAX_POOL = Fused("conv_max_pool", _plain, _forward, _backward, _infer, samples=_samples)
