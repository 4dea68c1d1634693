"""Repeating, padding, splitting and stacking.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.door import apply, is_symbolic, shape_of
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, normalize_axis
from ..errors import ConfigError, PlaceholderError, ShapeError
from ..typing import TensorLike
from .arithmetic import multiply
from .conversion import shape, size_of_axis
from .definition import as_tensor, floats, public
from .indexing import getitem
from .rounding import floor_divide
from .selection import take
from .shaping import broadcast_to, concatenate, expand_dims, reshape

__all__ = ["array_split", "dstack", "hstack", "pad", "repeat", "split", "tile", "vstack"]


# -- tile and repeat ---------------------------------------------------------------------------------------------------


def _times(size: int | None, count: int) -> int | None:
    return 0 if count == 0 else None if size is None else size * count


def _compute_tile_sum(g: Any, like: Any, repeats: tuple[int, ...]) -> Any:
    pairs = [part for count, size in zip(repeats, like.shape, strict=True) for part in (count, size)]
    return g.reshape(pairs).sum(axis=tuple(range(0, len(pairs), 2)), dtype=g.dtype)


TILE = Primitive(
    "tile",
    lambda x, repeats: np.tile(x, repeats),
    lambda x, repeats: TensorSpec.of(tuple(map(_times, x.shape, repeats)), x.dtype),
    [lambda g, y, x, repeats: apply(TILE_SUM, g, x, repeats=repeats)],
    samples=lambda rng: [((floats(rng, 2, 3),), {"repeats": (2, 1)}), ((floats(rng, 1, 2),), {"repeats": (3, 2)})],
)
TILE_SUM: Primitive = Primitive(
    "tile_sum",
    _compute_tile_sum,
    lambda g, like, repeats: TensorSpec.of(like.shape, g.dtype),
    [lambda ct, y, g, like, repeats: apply(TILE, ct, repeats=repeats), None],
    samples=lambda rng: [((floats(rng, 4, 3), floats(rng, 2, 3)), {"repeats": (2, 1)})],
)


def _times_symbolic(x: Any, count: Any, axis: int, *, whole: bool) -> Any:
    """Repeat along an axis a symbolic number of times: the whole axis, or each of its elements."""
    sizes, place = list(shape(x)), axis if whole else axis + 1
    spread = broadcast_to(expand_dims(x, place), (*sizes[:place], count, *sizes[place:]))
    return reshape(spread, (*sizes[:axis], multiply(count, sizes[axis]), *sizes[axis + 1 :]))


@public()
def tile(x: TensorLike, repeats: Any) -> Any:
    """Repeat a whole tensor along its axes.

    Args:
        x: tensor of any shape.
        repeats: how often, one for every axis; counted from the last one where the numbers differ. Symbolic integers
            are welcome.

    Example:
        >>> tile([1, 2], 2).numpy()
        array([1, 2, 1, 2], dtype=int32)
    """
    x = as_tensor(x)
    several = isinstance(repeats, (list, tuple)) or (not is_symbolic(repeats) and np.ndim(repeats) > 0)
    counts = tuple(each if is_symbolic(each) else int(each) for each in (repeats if several else (repeats,)))
    missing = len(counts) - len(shape_of(x))
    if missing > 0:
        x = expand_dims(x, tuple(range(missing)))
    counts = (1,) * -missing + counts
    x = apply(TILE, x, repeats=tuple(1 if is_symbolic(count) else count for count in counts))
    for axis, count in enumerate(counts):
        if is_symbolic(count):
            x = _times_symbolic(x, count, axis, whole=True)
    return x


def _compute_repeat_sum(g: Any, like: Any, repeats: int, axis: int) -> Any:
    shape = like.shape
    return g.reshape((*shape[: axis + 1], repeats, *shape[axis + 1 :])).sum(axis=axis + 1, dtype=g.dtype)


REPEAT = Primitive(
    "repeat",
    lambda x, repeats, axis: np.repeat(x, repeats, axis),
    lambda x, repeats, axis: TensorSpec.of(
        (*x.shape[:axis], _times(x.shape[axis], repeats), *x.shape[axis + 1 :]), x.dtype
    ),
    [lambda g, y, x, repeats, axis: apply(REPEAT_SUM, g, x, repeats=repeats, axis=axis)],
    samples=lambda rng: [((floats(rng, 2, 3),), {"repeats": 2, "axis": 1})],
)
REPEAT_SUM: Primitive = Primitive(
    "repeat_sum",
    _compute_repeat_sum,
    lambda g, like, repeats, axis: TensorSpec.of(like.shape, g.dtype),
    [lambda ct, y, g, like, repeats, axis: apply(REPEAT, ct, repeats=repeats, axis=axis), None],
    samples=lambda rng: [((floats(rng, 2, 6), floats(rng, 2, 3)), {"repeats": 2, "axis": 1})],
)


@public()
def repeat(x: TensorLike, repeats: Any, axis: int | None = None) -> Any:
    """Repeat each element along an axis.

    Args:
        x: tensor of any shape.
        repeats: how often: one number for all elements, which may be symbolic, or one for every place along the axis.
        axis: along which to repeat; of the flat tensor by default.

    Raises:
        ShapeError: if there are neither one nor as many numbers as places.
        PlaceholderError: if `repeats` is a symbolic vector.

    Example:
        >>> repeat([1, 2], 2).numpy(), repeat([1, 2], [3, 1]).numpy()
        (array([1, 1, 2, 2], dtype=int32), array([1, 1, 1, 2], dtype=int32))
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    axis = normalize_axis(axis, len(shape_of(x)))
    if is_symbolic(repeats) and not shape_of(repeats):
        return _times_symbolic(x, repeats, axis, whole=False)
    if is_symbolic(repeats):
        raise PlaceholderError(
            "repeat needs to know how often to repeat each place.",
            why="the size of the result depends on it",
            fix="pass numbers, or use ops.take with indices that are computed",
        )
    counts = np.asarray(repeats).reshape(-1)
    if counts.size == 1:
        return apply(REPEAT, x, repeats=int(counts[0]), axis=axis)
    size = shape_of(x)[axis]
    if size is not None and counts.size != size:
        raise ShapeError(
            f"repeat received {counts.size} numbers for axis {axis} of a tensor of shape {list(shape_of(x))}.",
            fix="give one number, or one for every place along the axis",
        )
    return take(x, np.repeat(np.arange(counts.size, dtype="int32"), counts), axis=axis)


# -- pad ---------------------------------------------------------------------------------------------------------------

_MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


def _infer_pad(x: Any, widths: Any, **_: Any) -> TensorSpec:
    sizes = zip(x.shape, widths, strict=True)
    return TensorSpec.of(tuple(None if size is None else size + sum(width) for size, width in sizes), x.dtype)


def _inner(widths: Any) -> tuple[slice, ...]:
    return tuple(slice(before, -after if after else None) for before, after in widths)


def _infer_fold(g: Any, like: Any, widths: Any, mode: str) -> TensorSpec:
    return TensorSpec.of(like.shape, g.dtype)


def _compute_fold(g: Any, like: Any, widths: Any, mode: str) -> Any:
    # Each axis is padded by copying along it: the transpose adds up what was copied.
    for axis, width in enumerate(widths):
        source = np.pad(np.arange(like.shape[axis]), width, mode=mode)
        folded = np.zeros((*g.shape[:axis], like.shape[axis], *g.shape[axis + 1 :]), g.dtype)
        np.add.at(folded, (slice(None),) * axis + (source,), g)
        g = folded
    return g


PAD = Primitive(
    "pad",
    lambda x, widths, value: np.pad(x, widths, constant_values=value),
    _infer_pad,
    [lambda g, y, x, widths, value: getitem(g, _inner(widths))],
    samples=lambda rng: [
        ((floats(rng, 2, 3),), {"widths": ((1, 0), (0, 2)), "value": 1.5}),
        ((floats(rng, 0, 3),), {"widths": ((1, 1), (0, 0)), "value": 0.0}),
    ],
)
PAD_COPY = Primitive(
    "pad_copy",
    lambda x, widths, mode: np.pad(x, widths, mode=mode),
    _infer_pad,
    [lambda g, y, x, widths, mode: apply(PAD_FOLD, g, x, widths=widths, mode=mode)],
    samples=lambda rng: [((floats(rng, 3, 4),), {"widths": ((1, 2), (0, 3)), "mode": mode}) for mode in _MODES[1:]],
)
PAD_FOLD: Primitive = Primitive(
    "pad_fold",
    _compute_fold,
    _infer_fold,
    [lambda ct, y, g, like, widths, mode: apply(PAD_COPY, ct, widths=widths, mode=mode), None],
    samples=lambda rng: [((floats(rng, 6, 7), floats(rng, 3, 4)), {"widths": ((1, 2), (0, 3)), "mode": "reflect"})],
)


@public()
def pad(x: TensorLike, pad_width: Any, mode: str = "constant", constant_values: float | None = None) -> Any:
    """Enlarge a tensor at its borders.

    Args:
        x: tensor of any shape.
        pad_width: how many elements before and after: `((before, after), ...)` for every axis, `(before, after)` or one
            number for all axes.
        mode: `"constant"`, `"edge"`, `"reflect"`, `"symmetric"` or `"wrap"`.
        constant_values: the number to pad with in mode `"constant"`, 0 by default.

    Raises:
        ConfigError: for another mode, or a constant in another mode.
        ShapeError: if the widths do not fit the axes.

    Example:
        >>> pad([1, 2], 1).numpy(), pad([1, 2], (0, 2), mode="wrap").numpy()
        (array([0, 1, 2, 0], dtype=int32), array([1, 2, 1, 2], dtype=int32))
    """
    if mode not in _MODES:
        raise ConfigError(f"Unknown mode: {mode!r}.", fix=f"use one of {', '.join(map(repr, _MODES))}")
    if constant_values is not None and mode != "constant":
        raise ConfigError(f"constant_values means nothing in mode {mode!r}.", fix="leave it out")
    x = as_tensor(x)
    rank = len(shape_of(x))
    try:
        widths = tuple(map(tuple, np.broadcast_to(np.asarray(pad_width, int), (rank, 2)).tolist()))
    except ValueError:
        raise ShapeError(
            f"pad_width {pad_width} does not fit a tensor of shape {list(shape_of(x))}.",
            fix="give (before, after) for every axis",
        ) from None
    if any(width < 0 for pair in widths for width in pair):
        raise ShapeError(f"pad_width {pad_width} is negative.", fix="use a slice to make a tensor smaller")
    if mode == "constant":
        return apply(PAD, x, widths=widths, value=0 if constant_values is None else constant_values)
    return apply(PAD_COPY, x, widths=widths, mode=mode)


# -- split and stack ---------------------------------------------------------------------------------------------------

# One operation for all parts: its derivative joins their cotangents once.
SPLIT = Primitive(
    "split",
    lambda x, sections, axis: tuple(np.split(x, sections, axis)),
    lambda x, sections, axis: (_part(x, sections, axis),) * sections,
    [lambda g, y, x, sections, axis: concatenate(g if sections > 1 else [g], axis)],
    samples=lambda rng: [
        ((floats(rng, 2, 6),), {"sections": 3, "axis": 1}),
        ((floats(rng, 4, 2),), {"sections": 2, "axis": 0}),
        ((floats(rng, 3),), {"sections": 1, "axis": 0}),
    ],
)


def _part(x: Any, sections: int, axis: int) -> TensorSpec:
    size = x.shape[axis]
    part = None if size is None else size // sections
    return TensorSpec.of((*x.shape[:axis], part, *x.shape[axis + 1 :]), x.dtype)


@public(function=np.split)
def split(x: TensorLike, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Divide a tensor along an axis.

    Args:
        x: tensor of rank 1 or more.
        indices_or_sections: number of equal parts, or the places at which to divide.
        axis: along which to divide.

    Returns:
        list of tensors.

    Raises:
        ShapeError: if the axis cannot be divided into equal parts.

    Example:
        >>> [part.numpy() for part in split([1, 2, 3, 4], 2)]
        [array([1, 2], dtype=int32), array([3, 4], dtype=int32)]
    """
    x = as_tensor(x)
    axis = normalize_axis(axis, len(shape_of(x)))
    if not isinstance(indices_or_sections, (int, np.integer)):
        return _split_at(x, [int(place) for place in indices_or_sections], axis)
    sections, size = int(indices_or_sections), shape_of(x)[axis]
    if sections < 1 or (size is not None and size % sections):
        raise ShapeError(
            f"Axis {axis} of a tensor of shape {list(shape_of(x))} cannot be divided into {sections} equal parts.",
            fix="give the places at which to divide, or use ops.array_split",
        )
    if size is not None:
        return list(apply(SPLIT, x, sections=sections, axis=axis))
    part_size = floor_divide(size_of_axis(x, axis), sections)
    return _split_at(x, [part_size * part for part in range(1, sections)], axis)


def _split_at(x: Any, places: list[Any], axis: int) -> list[Any]:
    bounds = [0, *places, None]
    before = (slice(None),) * axis
    return [getitem(x, (*before, slice(start, stop))) for start, stop in zip(bounds[:-1], bounds[1:], strict=True)]


@public(function=np.array_split)
def array_split(x: TensorLike, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Divide a tensor along an axis into parts that need not be equal; arguments as in `split`.

    Raises:
        ShapeError: if the size of the axis is not known.

    Example:
        >>> [part.numpy() for part in array_split([1, 2, 3], 2)]
        [array([1, 2], dtype=int32), array([3], dtype=int32)]
    """
    x = as_tensor(x)
    axis = normalize_axis(axis, len(shape_of(x)))
    if not isinstance(indices_or_sections, (int, np.integer)):
        return split(x, indices_or_sections, axis)
    size = shape_of(x)[axis]
    if size is None:
        raise ShapeError("array_split needs an axis of known size.", fix="use ops.split, or give the places")
    parts = np.array_split(np.arange(size), int(indices_or_sections))
    return _split_at(x, np.cumsum([len(part) for part in parts])[:-1].tolist(), axis)


@public()
def vstack(xs: Sequence[TensorLike]) -> Any:
    """Join tensors along their first axis; vectors are rows.

    Example:
        >>> vstack([[1, 2], [3, 4]]).shape
        (2, 2)
    """
    tensors = [as_tensor(x) for x in xs]
    return concatenate([x if len(shape_of(x)) > 1 else reshape(x, (1, -1)) for x in tensors], axis=0)


@public()
def hstack(xs: Sequence[TensorLike]) -> Any:
    """Join tensors along their second axis, vectors along their only one.

    Example:
        >>> hstack([[1, 2], [3]]).numpy()
        array([1, 2, 3], dtype=int32)
    """
    tensors = [x if shape_of(x) else reshape(x, (1,)) for x in map(as_tensor, xs)]
    return concatenate(tensors, axis=0 if all(len(shape_of(x)) == 1 for x in tensors) else 1)


@public(function=np.dstack)
def dstack(xs: Sequence[TensorLike]) -> Any:
    """Join tensors along their third axis, which those of lower rank are given.

    Example:
        >>> dstack([[1, 2], [3, 4]]).shape
        (1, 2, 2)
    """
    tensors = []
    for x in map(as_tensor, xs):
        rank = len(shape_of(x))
        tensors.append(reshape(x, (1, -1, 1)) if rank < 2 else expand_dims(x, 2) if rank == 2 else x)
    return concatenate(tensors, axis=2)
