"""Shapes: reshape, transpose, broadcast, join. Sizes may be symbolic integers.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.operators import OPERATORS
from ..core.primitive import Primitive
from ..core.spec import (
    TensorSpec,
    normalize_axis,
    same_size,
    size_of,
)
from ..core.tensor import SymbolicTensor
from ..errors import ShapeError
from ..typing import Shape, TensorLike
from .conversion import SIZE_OF_AXIS
from .definition import as_tensor, floats, promote_all, public, sampled
from .sizes import join_shape, split_shape

__all__ = [
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "moveaxis",
    "reshape",
    "squeeze",
    "stack",
    "swapaxes",
    "transpose",
]


# -- reshape -----------------------------------------------------------------------------------------------------------


def _compute_reshape(x: Any, *sizes: Any, shape: Any, same: Any = ()) -> Any:
    if same:
        shape = tuple(x.shape[same[i]] if same[i] is not None else size for i, size in enumerate(shape))
    return x.reshape(join_shape(shape, sizes) if sizes else shape)


def _infer_reshape(x: Any, *sizes: Any, shape: Any, same: Any = ()) -> TensorSpec:
    kept = {axis for axis in same if axis is not None}
    target = [x.shape[same[i]] if same and same[i] is not None else size for i, size in enumerate(shape)]
    source = [size for axis, size in enumerate(x.shape) if axis not in kept]
    rest = [size for i, size in enumerate(target) if not (same and same[i] is not None)]
    total = size_of(tuple(source))
    if target.count(-1) > 1:
        raise ShapeError(f"The shape {tuple(shape)} has more than one -1.", fix="leave one size to be inferred at most")
    others = size_of(tuple(size for size in rest if size != -1))
    fits = True
    if -1 in target:
        inferred = None
        if total is not None and others is not None:
            fits = total % others == 0 if others else total == 0
            inferred = total // others if others else 0
        target[target.index(-1)] = inferred
    elif total is not None and others is not None:
        fits = total == others
    if not fits or any(size is not None and size < 0 for size in target):
        raise ShapeError(
            f"A tensor of shape {list(x.shape)} cannot be reshaped to {list(shape)}.",
            why="reshape keeps the number of elements",
            fix="choose sizes whose product is that of the tensor's, or -1 for one of them",
        )
    return TensorSpec.of(tuple(target), x.dtype)


RESHAPE = Primitive(
    "reshape",
    _compute_reshape,
    _infer_reshape,
    lambda i, g, y, x, *sizes, **_: reshape_like(g, x) if i == 0 else None,
    samples=lambda rng: [
        ((floats(rng, 2, 6),), {"shape": (3, -1)}),
        ((floats(rng, 2, 6), 3), {"shape": (None, 4)}),
        ((floats(rng, 0, 6),), {"shape": (0, 2)}),
        ((floats(rng, 2, 6),), {"shape": (0, -1, 2), "same": (0, None, None)}),
    ],
)
RESHAPE_LIKE = Primitive(
    "reshape_like",
    lambda x, like: np.reshape(x, like.shape),
    lambda x, like: TensorSpec.of(like.shape, x.dtype),
    [lambda g, y, x, like: reshape_like(g, x), None],
    samples=sampled((2, 6), (3, 4)),
)


@public()
def reshape(x: TensorLike, newshape: Any) -> Any:
    """Return the same elements in another shape.

    Args:
        x: tensor of any shape.
        newshape: sizes, one of which may be -1 (inferred); symbolic sizes from `ops.shape` are welcome.

    Returns:
        tensor of the new shape.

    Raises:
        ShapeError: if the number of elements differs.

    Example:
        >>> reshape(np.arange(6), (2, -1)).shape
        (2, 3)
    """
    x = as_tensor(x)
    template, sizes = split_shape(newshape)
    if not sizes:
        return apply(RESHAPE, x, shape=template)
    # A size that is one of x's own keeps the others known: (None, 4, 6) -> (size of axis 0, -1) is (None, 24).
    same: list[int | None] = []
    others: list[Any] = []
    given = iter(sizes)
    for size in template:
        symbol = next(given) if size is None else None
        axis = _own_axis(x, symbol)
        same.append(axis if axis not in same else None)
        if symbol is not None and same[-1] is None:
            others.append(symbol)
    plan = {"same": tuple(same)} if any(axis is not None for axis in same) else {}
    return apply(RESHAPE, x, *others, shape=template if not plan else _without(template, same), **plan)


def _without(template: Any, same: Any) -> Any:
    return tuple(0 if axis is not None else size for size, axis in zip(template, same, strict=True))


def _own_axis(x: Any, symbol: Any) -> int | None:
    if type(symbol) is not SymbolicTensor or symbol.node.operation is not SIZE_OF_AXIS or type(x) is not SymbolicTensor:
        return None
    source = symbol.node.arguments[0]
    is_own = type(source) is SymbolicTensor and source.node is x.node and source.index == x.index
    return symbol.node.params["axis"] if is_own else None


def reshape_like(x: Any, like: Any) -> Any:
    """Return the same elements in the shape of another tensor."""
    shape = shape_of(like)
    return apply(RESHAPE, x, shape=shape) if None not in shape else apply(RESHAPE_LIKE, x, like)


# -- broadcasting and its inverse --------------------------------------------------------------------------------------


def _compute_sum_to(x: Any, like: Any) -> Any:
    shape = np.shape(like)
    if x.shape == shape:
        return x
    leading = x.ndim - len(shape)
    if leading:
        x = x.sum(axis=tuple(range(leading)))
    axes = tuple(axis for axis, size in enumerate(shape) if size == 1 and x.shape[axis] != 1)
    return x.sum(axis=axes, keepdims=True) if axes else x


SUM_TO = Primitive(
    "sum_to",
    _compute_sum_to,
    lambda x, like: TensorSpec.of(like.shape, x.dtype),
    [lambda g, y, x, like: broadcast_like(g, x), None],
    samples=lambda rng: [((floats(rng, 4, 2, 3), floats(rng, 1, 3)), {}), ((floats(rng, 2), floats(rng)), {})],
)
BROADCAST_LIKE = Primitive(
    "broadcast_like",
    lambda x, like: np.broadcast_to(x, np.shape(like)),
    lambda x, like: TensorSpec.of(like.shape, x.dtype),
    [lambda g, y, x, like: apply(SUM_TO, g, x), None],
    samples=lambda rng: [((floats(rng, 1, 3), floats(rng, 4, 2, 3)), {})],
)


def broadcast_like(x: Any, like: Any) -> Any:
    """Broadcast a tensor to the shape of another."""
    return apply(BROADCAST_LIKE, x, like)


def _infer_broadcast_to(x: Any, *sizes: Any, shape: Any) -> TensorSpec:
    fits = len(x.shape) <= len(shape) and all(
        own == 1 or same_size(own, size) for own, size in zip(x.shape[::-1], shape[::-1], strict=False)
    )
    if not fits:
        raise ShapeError(
            f"A tensor of shape {list(x.shape)} cannot be broadcast to {list(shape)}.",
            why="from the last axis on, each size must be equal or 1",
            fix="use expand_dims to put its axes where they belong",
        )
    return TensorSpec.of(tuple(shape), x.dtype)


BROADCAST_TO = Primitive(
    "broadcast_to",
    lambda x, *sizes, shape: np.broadcast_to(x, join_shape(shape, sizes)),
    _infer_broadcast_to,
    lambda i, g, y, x, *sizes, **_: apply(SUM_TO, g, x) if i == 0 else None,
    samples=lambda rng: [((floats(rng, 3),), {"shape": (2, 3)}), ((floats(rng, 1, 3), 4), {"shape": (None, 3)})],
)


@public(function=np.broadcast_to)
def broadcast_to(x: TensorLike, shape: Any) -> Any:
    """Repeat a tensor along axes of size 1 and new leading axes until it has a shape.

    Args:
        x: tensor whose shape can be broadcast to `shape`.
        shape: sizes; symbolic ones are welcome.

    Raises:
        ShapeError: if it cannot be broadcast.

    Example:
        >>> broadcast_to(np.ones(3), (2, 3)).shape
        (2, 3)
    """
    template, sizes = split_shape(shape)
    return apply(BROADCAST_TO, as_tensor(x), *sizes, shape=template)


# -- axes --------------------------------------------------------------------------------------------------------------


def _inverse(axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(int(axis) for axis in np.argsort(axes))


TRANSPOSE = Primitive(
    "transpose",
    lambda x, axes: np.transpose(x, axes),
    lambda x, axes: TensorSpec.of(tuple(x.shape[axis] for axis in axes), x.dtype),
    [lambda g, y, x, axes: apply(TRANSPOSE, g, axes=_inverse(axes))],
    samples=lambda rng: [((floats(rng, 2, 3, 4),), {"axes": (2, 0, 1)}), ((floats(rng),), {"axes": ()})],
)


@public(function=(np.transpose, np.permute_dims))
def transpose(x: TensorLike, axes: Any = None) -> Any:
    """Return a tensor with its axes in another order.

    Args:
        x: tensor of any rank.
        axes: for every axis of the result, the axis of `x` it is; reversed order by default.

    Raises:
        ShapeError: if `axes` is not a permutation.

    Example:
        >>> transpose(np.ones((2, 3, 4)), (1, 0, 2)).shape
        (3, 2, 4)
    """
    x = as_tensor(x)
    rank = len(shape_of(x))
    order = tuple(range(rank))[::-1] if axes is None else tuple(normalize_axis(int(axis), rank) for axis in axes)
    if sorted(order) != list(range(rank)):
        raise ShapeError(
            f"{axes} is not an order of the {rank} axes of a tensor of shape {list(shape_of(x))}.",
            fix="name every axis once",
        )
    return apply(TRANSPOSE, x, axes=order)


@public(function=np.swapaxes)
def swapaxes(x: TensorLike, axis1: int, axis2: int) -> Any:
    """Return a tensor with two axes exchanged.

    Example:
        >>> swapaxes(np.ones((2, 3, 4)), 0, 2).shape
        (4, 3, 2)
    """
    x = as_tensor(x)
    rank = len(shape_of(x))
    order = list(range(rank))
    first, second = normalize_axis(axis1, rank), normalize_axis(axis2, rank)
    order[first], order[second] = second, first
    return apply(TRANSPOSE, x, axes=tuple(order))


@public(function=np.moveaxis)
def moveaxis(x: TensorLike, source: Any, destination: Any) -> Any:
    """Move axes to other places; the others keep their order.

    Args:
        x: tensor of any rank.
        source: an axis, or several.
        destination: where they go, as many.

    Raises:
        ShapeError: if an axis is out of range.

    Example:
        >>> moveaxis(np.ones((2, 3, 4)), 0, -1).shape
        (3, 4, 2)
    """
    x = as_tensor(x)
    rank = len(shape_of(x))
    sources = [normalize_axis(axis, rank) for axis in np.atleast_1d(source).tolist()]
    targets = [normalize_axis(axis, rank) for axis in np.atleast_1d(destination).tolist()]
    if len(sources) != len(targets):
        raise ShapeError("moveaxis needs as many destinations as sources.", why=f"received {source} and {destination}")
    order = [axis for axis in range(rank) if axis not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return apply(TRANSPOSE, x, axes=tuple(order))


def _infer_expand(x: Any, axes: Any) -> TensorSpec:
    shape = list(x.shape)
    for axis in axes:
        shape.insert(axis, 1)
    return TensorSpec.of(tuple(shape), x.dtype)


EXPAND_DIMS = Primitive(
    "expand_dims",
    lambda x, axes: np.expand_dims(x, axes),
    _infer_expand,
    [lambda g, y, x, axes: apply(SQUEEZE, g, axes=axes)],
    samples=lambda rng: [((floats(rng, 2, 3),), {"axes": (0, 2)})],
)
SQUEEZE = Primitive(
    "squeeze",
    lambda x, axes: np.squeeze(x, axes),
    lambda x, axes: TensorSpec.of(tuple(s for i, s in enumerate(x.shape) if i not in axes), x.dtype),
    [lambda g, y, x, axes: apply(EXPAND_DIMS, g, axes=axes)],
    samples=lambda rng: [((floats(rng, 1, 3, 1),), {"axes": (0, 2)})],
)


@public(function=np.expand_dims)
def expand_dims(x: TensorLike, axis: Any) -> Any:
    """Insert axes of size 1.

    Args:
        x: tensor of any rank.
        axis: place of the new axis in the result, or several.

    Raises:
        ShapeError: if a place is out of range.

    Example:
        >>> expand_dims(np.ones((2, 3)), -1).shape
        (2, 3, 1)
    """
    x = as_tensor(x)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    rank = len(shape_of(x)) + len(axes)
    return apply(EXPAND_DIMS, x, axes=tuple(sorted(normalize_axis(int(a), rank) for a in axes)))


@public(function=np.squeeze)
def squeeze(x: TensorLike, axis: Any = None) -> Any:
    """Remove axes of size 1.

    Args:
        x: tensor of any rank.
        axis: which axes, all that are known to have size 1 by default.

    Raises:
        ShapeError: if an axis has another size.

    Example:
        >>> squeeze(np.ones((2, 1, 3, 1))).shape
        (2, 3)
    """
    x = as_tensor(x)
    shape = shape_of(x)
    if axis is None:
        axes = tuple(a for a, size in enumerate(shape) if size == 1)
    else:
        named = axis if isinstance(axis, (tuple, list)) else (axis,)
        axes = tuple(sorted(normalize_axis(int(a), len(shape)) for a in named))
    wrong = [a for a in axes if shape[a] not in (1, None)]
    if wrong:
        raise ShapeError(
            f"Axis {wrong[0]} of a tensor of shape {list(shape)} cannot be squeezed.", why="its size is not 1"
        )
    return apply(SQUEEZE, x, axes=axes)


# -- joining -----------------------------------------------------------------------------------------------------------


def _infer_concatenate(*xs: Any, axis: int) -> TensorSpec:
    first = xs[0]
    for x in xs[1:]:
        fits = len(x.shape) == len(first.shape) and all(
            i == axis or same_size(a, b) for i, (a, b) in enumerate(zip(x.shape, first.shape, strict=True))
        )
        if not fits:
            raise ShapeError(
                f"Tensors of shapes {' and '.join(str(list(each.shape)) for each in xs)} cannot be concatenated "
                f"along axis {axis}.",
                why="they must have the same rank and the same sizes along all other axes",
                fix="choose another axis, or reshape one of them",
            )
    sizes = [x.shape[axis] for x in xs]
    total = None if None in sizes else sum(sizes)
    others = broadcast_known([x.shape for x in xs])
    return TensorSpec.of((*others[:axis], total, *others[axis + 1 :]), first.dtype)


def broadcast_known(shapes: Sequence[Shape]) -> Shape:
    """For shapes that must be equal, return what is known of each size."""
    return tuple(next((size for size in sizes if size is not None), None) for sizes in zip(*shapes, strict=True))


def _vjp_concatenate(i: int, g: Any, y: Any, *xs: Any, axis: int) -> Any:
    return apply(CONCATENATE_PART, g, *xs, part=i, axis=axis)


def _compute_part(g: Any, *xs: Any, part: int, axis: int) -> Any:
    start = sum(x.shape[axis] for x in xs[:part])
    index = (slice(None),) * axis + (slice(start, start + xs[part].shape[axis]),)
    return g[index]


def _vjp_part(i: int, g: Any, y: Any, whole: Any, *xs: Any, part: int, axis: int) -> Any:
    if i:
        return None
    zeros_like = OPERATORS["zeros_like"]
    return apply(CONCATENATE, *(g if j == part else zeros_like(x) for j, x in enumerate(xs)), axis=axis)


CONCATENATE = Primitive(
    "concatenate",
    lambda *xs, axis: np.concatenate(xs, axis),
    _infer_concatenate,
    _vjp_concatenate,
    samples=lambda rng: [
        ((floats(rng, 2, 3), floats(rng, 2, 1)), {"axis": 1}),
        ((floats(rng, 1, 2), floats(rng, 0, 2), floats(rng, 3, 2)), {"axis": 0}),
    ],
)
CONCATENATE_PART = Primitive(
    "concatenate_part",
    _compute_part,
    lambda g, *like, part, axis: TensorSpec.of(like[part].shape, g.dtype),
    _vjp_part,
    samples=lambda rng: [((floats(rng, 2, 4), floats(rng, 2, 3), floats(rng, 2, 1)), {"part": 1, "axis": 1})],
)


@public()
def concatenate(xs: Sequence[TensorLike], axis: int = 0) -> Any:
    """Join tensors along an axis that they have.

    Args:
        xs: one or more tensors with the same sizes along all other axes.
        axis: along which to join.

    Returns:
        tensor of the promoted dtype.

    Raises:
        ShapeError: if other sizes differ.

    Example:
        >>> concatenate([np.ones((2, 3)), np.zeros((2, 1))], axis=1).shape
        (2, 4)
    """
    tensors = promote_all(*[as_tensor(x) for x in xs])
    if not tensors:
        raise ShapeError("concatenate needs at least one tensor.", fix="pass a non-empty list")
    return apply(CONCATENATE, *tensors, axis=normalize_axis(axis, len(shape_of(tensors[0]))))


@public()
def stack(x: Sequence[TensorLike], axis: int = 0) -> Any:
    """Join tensors of one shape along a new axis.

    Args:
        x: one or more tensors of the same shape.
        axis: place of the new axis in the result.

    Raises:
        ShapeError: if the shapes differ.

    Example:
        >>> stack([np.ones(3), np.zeros(3)], axis=1).shape
        (3, 2)
    """
    tensors = [as_tensor(each) for each in x]
    if not tensors:
        raise ShapeError("stack needs at least one tensor.", fix="pass a non-empty list")
    return concatenate([expand_dims(each, axis) for each in tensors], axis)
