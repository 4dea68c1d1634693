"""Slices whose start may be a tensor, and taking a tensor apart.

Floor 5.
"""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ..core.door import apply, is_tensor, shape_of
from ..core.operators import OPERATORS
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, normalize_axis
from ..errors import DTypeError, OutOfRangeError, ShapeError
from ..typing import Shape, TensorLike
from .conversion import cast
from .definition import as_tensor, floats, public
from .indexing import getitem
from .shaping import join_shape, split_shape

__all__ = ["slice", "slice_update", "unstack"]

Template = tuple[int | None, ...] | None
"""Starts that are known, `None` for those that are tensors; `None` in place of it all if they are one vector."""


def _split_starts(starts: Any) -> tuple[Template, list[Any]]:
    if is_tensor(starts) or isinstance(starts, np.ndarray):
        if starts.dtype.kind not in "iu":
            raise DTypeError(f"start_indices of dtype {starts.dtype} cannot say where a slice starts.", fix="use int32")
        return None, [starts]
    return split_shape(starts)


def _join_starts(template: Template, tensors: Any) -> tuple[int, ...]:
    return tuple(int(start) for start in tensors[0]) if template is None else join_shape(template, tensors)


def _check(x_shape: Shape, shape: Shape, starts: Template, tensors: Any = ()) -> None:
    """Raise if a slice of this shape cannot be cut at these starts."""
    count = len(starts) if starts is not None else tensors[0].shape[0] if tensors[0].shape else 0
    if len(shape) != len(x_shape) or (count is not None and count != len(x_shape)):
        raise ShapeError(
            f"A slice of shape {list(shape)} at {count} start indices does not fit a tensor of shape {list(x_shape)}.",
            why="there must be one start and one size for every axis",
            fix="name all axes",
        )
    for axis, (size, length) in enumerate(zip(x_shape, shape, strict=True)):
        start = None if starts is None else starts[axis]
        if start is not None and start < 0:
            raise OutOfRangeError(f"A slice cannot start at {start} along axis {axis}.", fix="count from the front")
        if size is not None and length is not None and (start or 0) + length > size:
            raise OutOfRangeError(
                f"A slice of {length} elements that starts at {start or 0} ends beyond axis {axis} of a tensor of "
                f"shape {list(x_shape)}.",
                fix=f"start at {size - length} at most" if size >= length else f"ask for {size} elements at most",
            )


def _key(x_shape: Any, shape: Any, starts: Template, tensors: Any) -> tuple[Any, ...]:
    _check(x_shape, shape, starts, tensors)
    joined = _join_starts(starts, tensors)
    _check(x_shape, shape, joined)
    return tuple(builtins.slice(start, start + length) for start, length in zip(joined, shape, strict=True))


def _lengths(x_shape: Shape, shape: Shape, starts: Template) -> Shape:
    """Replace -1, which means: up to the end."""
    if -1 not in shape:
        return shape
    if starts is None or len(starts) != len(x_shape):
        raise ShapeError(
            f"A slice of shape {list(shape)} needs starts that are known.",
            why="-1 means up to the end, so the size of the result depends on the start",
            fix="say how many elements are wanted",
        )
    lengths: list[int | None] = []
    for size, length, start in zip(x_shape, shape, starts, strict=True):
        known = size is not None and start is not None
        lengths.append(length if length != -1 else size - start if known else None)  # type: ignore[operator]
    return tuple(lengths)


def _compute_slice(x: Any, *tensors: Any, shape: Any, starts: Template) -> Any:
    return x[_key(x.shape, _lengths(x.shape, shape, starts), starts, tensors)]


def _infer_slice(x: Any, *tensors: Any, shape: Any, starts: Template) -> TensorSpec:
    lengths = _lengths(x.shape, shape, starts)
    _check(x.shape, lengths, starts, tensors)
    return TensorSpec.of(lengths, x.dtype)


def _compute_update(x: Any, updates: Any, *tensors: Any, starts: Template) -> Any:
    key = _key(x.shape, updates.shape, starts, tensors)
    result = np.array(x)
    result[key] = updates
    return result


def _infer_update(x: Any, updates: Any, *tensors: Any, starts: Template) -> TensorSpec:
    _check(x.shape, updates.shape, starts, tensors)
    return TensorSpec.of(x.shape, x.dtype)


def _vjp_update(i: int, g: Any, y: Any, x: Any, updates: Any, *tensors: Any, starts: Template) -> Any:
    if i == 0:
        return apply(SLICE_UPDATE, g, OPERATORS["zeros_like"](updates), *tensors, starts=starts)
    return apply(SLICE_LIKE, g, updates, *tensors, starts=starts) if i == 1 else None


SLICE: Primitive = Primitive(
    "slice",
    _compute_slice,
    _infer_slice,
    lambda i, g, y, x, *tensors, shape, starts: (
        apply(SLICE_UPDATE, OPERATORS["zeros_like"](x), g, *tensors, starts=starts) if i == 0 else None
    ),
    samples=lambda rng: [
        ((floats(rng, 4, 3),), {"shape": (2, -1), "starts": (1, 1)}),
        ((floats(rng, 4, 3), np.int64(2)), {"shape": (2, 1), "starts": (None, 0)}),
        ((floats(rng, 4, 3), np.array([0, 2])), {"shape": (2, 1), "starts": None}),
    ],
)
SLICE_LIKE: Primitive = Primitive(
    "slice_like",
    lambda x, like, *tensors, starts: x[_key(x.shape, like.shape, starts, tensors)],
    lambda x, like, *tensors, starts: TensorSpec.of(like.shape, x.dtype),
    lambda i, g, y, x, like, *tensors, starts: (
        apply(SLICE_UPDATE, OPERATORS["zeros_like"](x), g, *tensors, starts=starts) if i == 0 else None
    ),
    samples=lambda rng: [((floats(rng, 4, 3), floats(rng, 2, 2)), {"starts": (1, 1)})],
)
SLICE_UPDATE: Primitive = Primitive(
    "slice_update",
    _compute_update,
    _infer_update,
    _vjp_update,
    samples=lambda rng: [
        ((floats(rng, 4, 3), floats(rng, 2, 2)), {"starts": (1, 1)}),
        ((floats(rng, 4, 3), floats(rng, 2, 1), np.array([0, 2])), {"starts": None}),
    ],
)


@public()
def slice(inputs: TensorLike, start_indices: Any, shape: Any) -> Any:
    """Cut a block out of a tensor.

    Args:
        inputs: tensor of rank `n`.
        start_indices: int `[n]`, or a sequence of ints and symbolic ints: where the block starts.
        shape: its sizes; -1 for all up to the end.

    Returns:
        tensor of the given shape.

    Raises:
        OutOfRangeError: if the block does not lie inside.
        ShapeError: if starts or sizes are too few or too many.

    Example:
        >>> slice(np.arange(6).reshape(2, 3), (0, 1), (2, 2)).numpy()
        array([[1, 2],
               [4, 5]])
    """
    starts, tensors = _split_starts(start_indices)
    return apply(SLICE, as_tensor(inputs), *tensors, shape=tuple(int(size) for size in shape), starts=starts)


@public()
def slice_update(inputs: TensorLike, start_indices: Any, updates: TensorLike) -> Any:
    """Return a tensor with a block replaced.

    Args:
        inputs: tensor of rank `n`.
        start_indices: int `[n]`, or a sequence of ints and symbolic ints: where the block starts.
        updates: tensor of rank `n`, the new block.

    Returns:
        tensor like `inputs`.

    Raises:
        OutOfRangeError: if the block does not lie inside.
        ShapeError: if the ranks differ.

    Example:
        >>> slice_update(np.zeros(4), [1], np.array([7.0, 8.0])).numpy()
        array([0., 7., 8., 0.])
    """
    inputs = as_tensor(inputs)
    starts, tensors = _split_starts(start_indices)
    return apply(SLICE_UPDATE, inputs, cast(updates, inputs.dtype), *tensors, starts=starts)


@public()
def unstack(x: TensorLike, num: int | None = None, axis: int = 0) -> list[Any]:
    """Take a tensor apart along an axis.

    Args:
        x: tensor of rank 1 or more.
        num: size of the axis, where it is not known.
        axis: along which.

    Returns:
        list of tensors without that axis.

    Raises:
        ShapeError: if the size is not known, or is not `num`.

    Example:
        >>> [part.shape for part in unstack(np.ones((2, 3)), axis=1)]
        [(2,), (2,), (2,)]
    """
    x = as_tensor(x)
    axis = normalize_axis(axis, len(shape_of(x)))
    size = shape_of(x)[axis]
    if size is None and num is None or None not in (size, num) and size != num:
        raise ShapeError(
            f"A tensor of shape {list(shape_of(x))} cannot be taken apart into {num or 'an unknown number of'} parts "
            f"along axis {axis}.",
            fix="pass num, the size of the axis" if size is None else f"leave num out, or pass {size}",
        )
    every = (builtins.slice(None),) * axis
    return [getitem(x, (*every, number)) for number in range(size if size is not None else num or 0)]
