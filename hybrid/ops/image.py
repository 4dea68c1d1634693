"""Operations on images.

Floor 5. Resizing is linear and goes axis by axis: each element of the result is a mixture of at most two neighbours.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import standardize_data_format
from ..core.door import apply, shape_of
from ..core.operators import OPERATORS
from ..core.primitive import Primitive
from ..core.spec import TensorSpec
from ..errors import ConfigError, ShapeError
from ..typing import TensorLike
from .conversion import cast, convert_to_tensor
from .definition import as_float, floats

__all__ = ["resize"]


def _mixture(size: int, target: int, interpolation: str) -> tuple[Any, Any, Any]:
    """Return for every element of the result its two neighbours and the weight of the second.

    Pixels are areas: the centre of pixel i lies at i + 1/2, in both images.
    """
    position = (np.arange(target) + 0.5) * (size / target if target else 1.0)
    if interpolation == "nearest":
        lower = np.minimum(position.astype(np.intp), size - 1)
        return lower, lower, np.zeros(target)
    position = np.clip(position - 0.5, 0, size - 1)
    lower = np.minimum(position.astype(np.intp), max(size - 2, 0))
    return lower, np.minimum(lower + 1, size - 1), position - lower


def _target(size: int, length: int | None, factor: int | None) -> int:
    return size * factor if length is None and factor is not None else int(length or 0)


def _along(x: Any, weight: Any, axis: int) -> Any:
    shape = [1] * x.ndim
    shape[axis] = -1
    return weight.astype(x.dtype).reshape(shape)


def _compute_resample(x: Any, axis: int, length: Any, factor: Any, interpolation: str) -> Any:
    lower, upper, weight = _mixture(x.shape[axis], _target(x.shape[axis], length, factor), interpolation)
    first = np.take(x, lower, axis)
    if interpolation == "nearest":
        return first
    return first + (np.take(x, upper, axis) - first) * _along(x, weight, axis)


def _compute_gather_back(g: Any, like: Any, axis: int, length: Any, factor: Any, interpolation: str) -> Any:
    size = like.shape[axis]
    result = np.zeros(like.shape, g.dtype)
    if not g.size:
        return result
    lower, upper, weight = _mixture(size, g.shape[axis], interpolation)
    parts = [(lower, g)]
    if interpolation != "nearest":
        weights = _along(g, weight, axis)
        parts = [(lower, g * (1 - weights)), (upper, g * weights)]
    for places, part in parts:
        # Neighbours are in order, so equal ones stand side by side.
        present, starts = np.unique(places, return_index=True)
        result[(slice(None),) * axis + (present,)] += np.add.reduceat(part, starts, axis)
    return result


def _infer_resample(x: Any, axis: int, length: Any, factor: Any, interpolation: str) -> TensorSpec:
    size = x.shape[axis]
    target = length if length is not None else None if size is None else size * factor
    if size == 0 and target:
        raise ShapeError(f"An image of shape {list(x.shape)} cannot be resized.", why=f"axis {axis} has no elements")
    return TensorSpec.of((*x.shape[:axis], target, *x.shape[axis + 1 :]), x.dtype)


def _samples(rng: np.random.Generator) -> list[Any]:
    cases = (
        ((2, 3, 2), 1, 5, None, "bilinear"),
        ((2, 5, 2), 1, 3, None, "bilinear"),
        ((1, 2, 4), 2, 3, None, "nearest"),
        ((1, 1, 2), 1, 4, None, "bilinear"),
        ((2, 3, 2), 1, None, 2, "nearest"),
        ((0, 3, 2), 1, None, 2, "bilinear"),
    )
    return [
        ((floats(rng, *shape),), {"axis": axis, "length": length, "factor": factor, "interpolation": interpolation})
        for shape, axis, length, factor, interpolation in cases
    ]


RESAMPLE: Primitive = Primitive(
    "resample",
    _compute_resample,
    _infer_resample,
    [lambda g, y, x, **params: apply(RESAMPLE_BACK, g, x, **params)],
    samples=_samples,
)
RESAMPLE_BACK: Primitive = Primitive(
    "resample_back",
    _compute_gather_back,
    lambda g, like, **params: TensorSpec.of(like.shape, g.dtype),
    [lambda ct, y, g, like, **params: apply(RESAMPLE, ct, **params), None],
    samples=lambda rng: [((floats(rng, *_compute_resample(*x, **p).shape), *x), p) for x, p in _samples(rng)],
)


def resample(images: Any, sizes: Any, factors: Any, interpolation: str, data_format: str) -> Any:
    """Resize the two spatial axes of images to sizes or, where a size is `None`, by whole factors."""
    rank = len(shape_of(images))
    first = rank - 3 if data_format == "channels_last" else rank - 2
    for place in range(2):
        length, factor = sizes[place], factors[place]
        own = shape_of(images)[first + place]
        if factor != 1 and (length is None or length != own):
            images = apply(
                RESAMPLE, images, axis=first + place, length=length, factor=factor, interpolation=interpolation
            )
    return images


def resize(images: TensorLike, size: Any, interpolation: str = "bilinear", *, data_format: str | None = None) -> Any:
    """Resize images.

    Args:
        images: `[batch, height, width, channels]` or `[height, width, channels]`, or with the channels before the
            height with `channels_first`.
        size: (height, width) of the result.
        interpolation: `"bilinear"` or `"nearest"`.
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.

    Returns:
        images of the given size and the same dtype; bilinear values of integer images are rounded.

    Raises:
        ShapeError: if the images have another rank.
        ConfigError: for an unknown interpolation.

    Example:
        >>> resize(np.ones((2, 4, 4, 3)), (8, 6)).shape
        (2, 8, 6, 3)
    """
    images = convert_to_tensor(images)
    if len(shape_of(images)) not in (3, 4):
        raise ShapeError(
            f"resize received images of shape {list(shape_of(images))}.",
            why="images have a height, a width and channels, with or without a batch axis before them",
            fix="add the missing axes with expand_dims",
        )
    if interpolation not in ("bilinear", "nearest"):
        raise ConfigError(f"Unknown interpolation: {interpolation!r}.", fix="use 'bilinear' or 'nearest'")
    sizes = tuple(int(length) for length in size)
    if len(sizes) != 2 or min(sizes) < 1:
        raise ConfigError(f"size must be (height, width), both positive; received {size!r}.")
    layout = standardize_data_format(data_format)
    if interpolation == "nearest":
        return resample(images, sizes, (None, None), interpolation, layout)
    resized = resample(as_float(images), sizes, (None, None), interpolation, layout)
    return resized if images.dtype.kind == "f" else cast(OPERATORS["round"](resized), images.dtype)
