"""Choosing elements: where, take, nonzero, triangles and diagonals.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import INT32, PYTHON_SCALARS, result_dtype
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, broadcast_shapes, normalize_axis, same_size
from ..errors import DTypeError, ShapeError
from ..typing import TensorLike
from .arithmetic import not_equal
from .creation import zeros_like
from .definition import as_tensor, dtype_or_kind, elementwise, floats, promote, public, unbroadcast
from .indexing import getitem
from .reduction import sum
from .shaping import reshape

__all__ = ["diag", "diagonal", "nonzero", "take", "take_along_axis", "trace", "tril", "triu", "where"]


def _infer_where(condition: Any, a: Any, b: Any) -> TensorSpec:
    shapes = [() if type(x) in PYTHON_SCALARS else x.shape for x in (condition, a, b)]
    return TensorSpec.of(broadcast_shapes(*shapes), result_dtype(dtype_or_kind(a), dtype_or_kind(b)))


WHERE = elementwise(
    "where",
    np.where,
    [
        None,
        lambda g, y, c, a, b: unbroadcast(apply(WHERE, c, g, zeros_like(g)), a),
        lambda g, y, c, a, b: unbroadcast(apply(WHERE, c, zeros_like(g), g), b),
    ],
    infer=_infer_where,
    samples=lambda rng: [
        ((floats(rng, 2, 3) > 0, floats(rng, 2, 3), floats(rng, 3)), {}),
        ((floats(rng, 3) > 0, floats(rng), floats(rng, 2, 1)), {}),
        ((floats(rng, 2) > 0, floats(rng, 2), 0.5), {}),
    ],
)
NONZERO = Primitive(
    "nonzero",
    lambda x: tuple(index.astype(INT32) for index in np.nonzero(x)),
    lambda x: tuple(TensorSpec.of((None,), INT32) for _ in x.shape),
    samples=lambda rng: [((floats(rng, 2, 3) > 0,), {})],
)


@public()
def where(condition: TensorLike, x1: TensorLike = None, x2: TensorLike = None) -> Any:
    """Choose element by element between two tensors.

    Args:
        condition: bool tensor; of other dtypes, what is not zero counts as true.
        x1: what is chosen where the condition holds.
        x2: what is chosen elsewhere. Without `x1` and `x2` the indices of true elements are returned, as by `nonzero`.

    Returns:
        tensor of the broadcast shape of all three and the promoted dtype of the last two.

    Raises:
        ShapeError: if the shapes cannot be broadcast.

    Example:
        >>> where([True, False], [1.0, 2.0], 0.0).numpy()
        array([1., 0.], dtype=float32)
    """
    if x1 is None and x2 is None:
        return nonzero(condition)
    if x1 is None or x2 is None:
        raise ShapeError("where needs both alternatives or none.", fix="pass where(condition, x1, x2)")
    condition = as_tensor(condition)
    if condition.dtype.kind != "b":
        condition = not_equal(condition, 0)
    first, second = promote(x1, x2)
    return apply(WHERE, condition, *_strong(first, second))


def _strong(first: Any, second: Any) -> tuple[Any, Any]:
    # np.where takes a Python number for a float64 or int64: it gets the dtype of the other first.
    if type(first) in PYTHON_SCALARS:
        return np.asarray(first, second.dtype), second
    return first, np.asarray(second, first.dtype) if type(second) in PYTHON_SCALARS else second


@public(function=np.nonzero)
def nonzero(x: TensorLike) -> Any:
    """Return the indices of the elements that are not zero.

    Args:
        x: tensor of rank 1 or more.

    Returns:
        tuple with an int32 vector for every axis; their length depends on the values and is unknown while recording.

    Raises:
        ShapeError: for a tensor of rank 0.

    Example:
        >>> [index.numpy() for index in nonzero([0, 3, 0, 4])]
        [array([1, 3], dtype=int32)]
    """
    x = as_tensor(x)
    if not shape_of(x):
        raise ShapeError("nonzero needs a tensor of rank 1 or more.", fix="use ops.not_equal(x, 0)")
    indices = apply(NONZERO, x)
    return indices


@public()
def take(x: TensorLike, indices: TensorLike, axis: int | None = None) -> Any:
    """Return the elements or slices at some places along an axis.

    Args:
        x: tensor of any shape.
        indices: integers of any shape; negative ones count from the end.
        axis: along which to take; of the flat tensor by default.

    Returns:
        tensor in which the axis is replaced by those of `indices`.

    Raises:
        OutOfRangeError: if an index is out of range.

    Example:
        >>> take([[1.0, 2.0], [3.0, 4.0]], [1, 0, 1], axis=1).numpy()
        array([[2., 1., 2.],
               [4., 3., 4.]], dtype=float32)
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    axis = normalize_axis(axis, len(shape_of(x)))
    indices = as_tensor(indices)
    if indices.dtype.kind not in "iu":
        raise DTypeError(f"take cannot use indices of dtype {indices.dtype}.", fix="cast them to int32")
    return getitem(x, (slice(None),) * axis + (indices,))


def _infer_take_along(x: Any, indices: Any, axis: int) -> TensorSpec:
    shape = _check_along(x, indices, axis)
    return TensorSpec.of(shape, x.dtype)


def _check_along(x: Any, indices: Any, axis: int) -> tuple[int | None, ...]:
    fits = len(x.shape) == len(indices.shape) and all(
        i == axis or same_size(a, b) or 1 in (a, b) for i, (a, b) in enumerate(zip(x.shape, indices.shape, strict=True))
    )
    if not fits:
        raise ShapeError(
            f"take_along_axis cannot take indices of shape {list(indices.shape)} along axis {axis} of shape "
            f"{list(x.shape)}.",
            why="both must have the same rank and, along all other axes, sizes that are equal or 1",
            fix="use expand_dims on the indices",
        )
    without = [tuple(1 if i == axis else size for i, size in enumerate(each.shape)) for each in (x, indices)]
    shape = list(broadcast_shapes(*without))
    shape[axis] = indices.shape[axis]
    return tuple(shape)


def _along(shape: Any, indices: Any, axis: int) -> tuple[Any, ...]:
    """Return the index that selects along an axis and runs through all others."""
    rank = len(shape)
    key = [np.arange(size).reshape((1,) * i + (-1,) + (1,) * (rank - i - 1)) for i, size in enumerate(shape)]
    key[axis] = indices
    # An axis of size 1 is broadcast against the indices, which np.arange(1) does by itself.
    return tuple(key)


def _compute_put_along(g: Any, like: Any, indices: Any, axis: int) -> Any:
    result = np.zeros(like.shape, g.dtype)
    np.add.at(result, _along(like.shape, indices, axis), g)
    return result


def _along_samples(rng: np.random.Generator) -> list[Any]:
    return [
        ((floats(rng, 3, 4), rng.integers(0, 4, (3, 2))), {"axis": 1}),
        ((floats(rng, 3, 4), rng.integers(0, 3, (5, 1))), {"axis": 0}),
        ((floats(rng, 3), np.array([-1, 0, 0])), {"axis": 0}),
    ]


TAKE_ALONG = Primitive(
    "take_along_axis",
    lambda x, indices, axis: x[_along(x.shape, indices, axis)],
    _infer_take_along,
    [lambda g, y, x, i, axis: apply(PUT_ALONG, g, x, i, axis=axis), None],
    samples=_along_samples,
)
PUT_ALONG = Primitive(
    "put_along_axis",
    _compute_put_along,
    lambda g, like, indices, axis: TensorSpec.of(like.shape, g.dtype),
    [lambda ct, y, g, like, i, axis: apply(TAKE_ALONG, ct, i, axis=axis), None, None],
    samples=lambda rng: [
        ((floats(rng, *TAKE_ALONG.compute(x, i, **params).shape), x, i), params)
        for (x, i), params in _along_samples(rng)
    ],
)


@public()
def take_along_axis(x: TensorLike, indices: TensorLike, axis: int | None = None) -> Any:
    """Return, for every line along an axis, the elements at places of its own.

    Args:
        x: tensor of any shape.
        indices: integers, of the same rank; sizes along other axes are broadcast.
        axis: along which to take; of the flat tensor by default.

    Raises:
        ShapeError: if the shapes do not fit.
        OutOfRangeError: if an index is out of range.

    Example:
        >>> take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1).numpy()
        array([[2.],
               [3.]], dtype=float32)
    """
    x, indices = as_tensor(x), as_tensor(indices)
    if indices.dtype.kind not in "iu":
        raise DTypeError(f"take_along_axis cannot use indices of dtype {indices.dtype}.", fix="cast them to int32")
    if axis is None:
        x, indices, axis = reshape(x, (-1,)), reshape(indices, (-1,)), 0
    return apply(TAKE_ALONG, x, indices, axis=normalize_axis(axis, len(shape_of(x))))


# -- triangles and diagonals -------------------------------------------------------------------------------------------


def _infer_triangle(x: Any, k: int) -> TensorSpec:
    if len(x.shape) < 2:
        raise ShapeError(f"A tensor of shape {list(x.shape)} has no triangle.", why="it needs two axes")
    return TensorSpec.of(x.shape, x.dtype)


def _triangle_samples(rng: np.random.Generator) -> list[Any]:
    return [((floats(rng, 3, 4),), {"k": 0}), ((floats(rng, 2, 3, 3),), {"k": -1}), ((floats(rng, 3, 2),), {"k": 1})]


TRIL = Primitive(
    "tril",
    lambda x, k: np.tril(x, k),
    _infer_triangle,
    [lambda g, y, x, k: apply(TRIL, g, k=k)],
    samples=_triangle_samples,
)
TRIU = Primitive(
    "triu",
    lambda x, k: np.triu(x, k),
    _infer_triangle,
    [lambda g, y, x, k: apply(TRIU, g, k=k)],
    samples=_triangle_samples,
)


@public()
def tril(x: TensorLike, k: int = 0) -> Any:
    """Return matrices with zeros above a diagonal.

    Args:
        x: tensor `[..., n, m]`.
        k: which diagonal: 0 the main one, 1 the one above it, -1 the one below it.

    Example:
        >>> tril(np.ones((2, 2))).numpy()
        array([[1., 0.],
               [1., 1.]])
    """
    return apply(TRIL, as_tensor(x), k=int(k))


@public()
def triu(x: TensorLike, k: int = 0) -> Any:
    """Return matrices with zeros below a diagonal; arguments as in `tril`.

    Example:
        >>> triu(np.ones((2, 2))).numpy()
        array([[1., 1.],
               [0., 1.]])
    """
    return apply(TRIU, as_tensor(x), k=int(k))


def _diagonal_size(rows: int | None, columns: int | None, offset: int) -> int | None:
    if rows is None or columns is None:
        return None
    return max(0, min(rows + min(offset, 0), columns - max(offset, 0)))


def _infer_diagonal(x: Any, offset: int, axes: tuple[int, int]) -> TensorSpec:
    first, second = axes
    others = tuple(size for i, size in enumerate(x.shape) if i not in axes)
    return TensorSpec.of((*others, _diagonal_size(x.shape[first], x.shape[second], offset)), x.dtype)


def _compute_put_diagonal(g: Any, like: Any, offset: int, axes: tuple[int, int]) -> Any:
    result = np.zeros(like.shape, g.dtype)
    view = np.moveaxis(result, axes, (-2, -1))
    places = np.arange(g.shape[-1])
    view[..., places - min(offset, 0), places + max(offset, 0)] = g
    return result


def _diagonal_samples(rng: np.random.Generator) -> list[Any]:
    return [
        ((floats(rng, 3, 4),), {"offset": 1, "axes": (0, 1)}),
        ((floats(rng, 3, 2, 3),), {"offset": -1, "axes": (2, 0)}),
    ]


DIAGONAL = Primitive(
    "diagonal",
    lambda x, offset, axes: np.diagonal(x, offset, *axes),
    _infer_diagonal,
    [lambda g, y, x, offset, axes: apply(PUT_DIAGONAL, g, x, offset=offset, axes=axes)],
    samples=_diagonal_samples,
)
PUT_DIAGONAL = Primitive(
    "put_diagonal",
    _compute_put_diagonal,
    lambda g, like, offset, axes: TensorSpec.of(like.shape, g.dtype),
    [lambda ct, y, g, like, offset, axes: apply(DIAGONAL, ct, offset=offset, axes=axes), None],
    samples=lambda rng: [
        ((floats(rng, *DIAGONAL.compute(x, **params).shape), x), params) for (x,), params in _diagonal_samples(rng)
    ],
)
DIAGONAL_MATRIX = Primitive(
    "diagonal_matrix",
    lambda x, k: np.diag(x, k),
    lambda x, k: TensorSpec.of((None if x.shape[0] is None else x.shape[0] + (k if k > 0 else -k),) * 2, x.dtype),
    [lambda g, y, x, k: apply(DIAGONAL, g, offset=k, axes=(0, 1))],
    samples=lambda rng: [((floats(rng, 3),), {"k": 0}), ((floats(rng, 2),), {"k": -1})],
)


@public()
def diagonal(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return a diagonal of matrices, as the last axis.

    Args:
        x: tensor of rank 2 or more.
        offset: which diagonal: 0 the main one, 1 the one above it, -1 the one below it.
        axis1: the axis of rows.
        axis2: the axis of columns.

    Raises:
        ShapeError: if there are no two axes, or they are the same.

    Example:
        >>> diagonal([[1, 2], [3, 4]]).numpy()
        array([1, 4], dtype=int32)
    """
    x = as_tensor(x)
    rank = len(shape_of(x))
    axes = normalize_axis(axis1, rank), normalize_axis(axis2, rank)
    if axes[0] == axes[1]:
        raise ShapeError("diagonal needs two different axes.", why=f"received {axis1} and {axis2}")
    return apply(DIAGONAL, x, offset=int(offset), axes=axes)


@public()
def diag(x: TensorLike, k: int = 0) -> Any:
    """Return the diagonal of a matrix, or the matrix with a vector on its diagonal.

    Args:
        x: matrix or vector.
        k: which diagonal, as in `diagonal`.

    Raises:
        ShapeError: for other ranks.

    Example:
        >>> diag([1, 2]).numpy()
        array([[1, 0],
               [0, 2]], dtype=int32)
    """
    x = as_tensor(x)
    rank = len(shape_of(x))
    if rank not in (1, 2):
        raise ShapeError(f"diag needs a vector or a matrix, not rank {rank}.", fix="use ops.diagonal")
    return diagonal(x, k) if rank == 2 else apply(DIAGONAL_MATRIX, x, k=int(k))


@public()
def trace(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Return the sum of a diagonal; arguments as in `diagonal`.

    Example:
        >>> trace([[1, 2], [3, 4]]).numpy()
        array(5, dtype=int32)
    """
    return sum(diagonal(x, offset, axis1, axis2), axis=-1)
