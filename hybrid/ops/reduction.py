"""Reductions: what makes few numbers of many.

Floor 5.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import BOOL, INT32, default_float
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, normalize_axes, normalize_axis, reduce_shape, size_of
from ..errors import ShapeError
from ..typing import TensorLike
from .arithmetic import add, divide, equal, multiply
from .conversion import cast, shape
from .definition import as_float, as_summable, as_tensor, floats, public
from .shaping import reshape

__all__ = ["all", "amax", "amin", "any", "argmax", "argmin", "max", "mean", "min", "sum"]


def reduction_samples(rng: np.random.Generator) -> list[Any]:
    """Samples for reductions: one axis, all axes, several axes, kept axes, an empty other axis."""
    return [
        ((floats(rng, 2, 3),), {"axes": (1,), "keepdims": False}),
        ((floats(rng, 2, 3),), {"axes": (0, 1), "keepdims": False}),
        ((floats(rng, 2, 3, 2),), {"axes": (0, 2), "keepdims": True}),
        ((floats(rng, 0, 3),), {"axes": (1,), "keepdims": False}),
    ]


def infer_reduction(x: Any, axes: Any, keepdims: bool) -> TensorSpec:
    """Infer for reductions that keep the dtype."""
    return TensorSpec.of(reduce_shape(x.shape, axes, keepdims), x.dtype)


def _compute_spread(reduced: Any, like: Any, axes: Any, keepdims: bool) -> Any:
    shape = like.shape
    result = np.empty(shape, reduced.dtype)
    if not keepdims and reduced.ndim:
        reduced = reduced.reshape([1 if a in axes else n for a, n in enumerate(shape)])
    result[...] = reduced
    return result


def _compute_share(reduced: Any, like: Any, axes: Any, keepdims: bool) -> Any:
    return _compute_spread(np.asarray(reduced / _count(like, axes)), like, axes, keepdims)


def _count(x: Any, axes: Any) -> float:
    # A Python float has no width: what is divided by it keeps its dtype. For no elements there is nothing to divide.
    return float(x.size if len(axes) == x.ndim else math.prod([x.shape[axis] for axis in axes]))


# The inverse of a reduction: every element gets what its group was reduced to.
SPREAD = Primitive(
    "spread",
    _compute_spread,
    lambda reduced, like, axes, keepdims: TensorSpec.of(like.shape, reduced.dtype),
    [lambda g, y, reduced, like, axes, keepdims: apply(SUM, g, axes=axes, keepdims=keepdims), None],
    samples=lambda rng: [
        ((floats(rng, 2, 1), floats(rng, 2, 3)), {"axes": (1,), "keepdims": True}),
        ((floats(rng, 3), floats(rng, 2, 3)), {"axes": (0,), "keepdims": False}),
        ((floats(rng), floats(rng, 2, 3)), {"axes": (0, 1), "keepdims": False}),
    ],
)


# The derivative of a mean: every element gets an equal part of what its group was reduced to.
SHARE = Primitive(
    "share",
    _compute_share,
    lambda reduced, like, axes, keepdims: TensorSpec.of(like.shape, reduced.dtype),
    [lambda g, y, reduced, like, axes, keepdims: apply(MEAN, g, axes=axes, keepdims=keepdims), None],
    samples=SPREAD.samples,
)


def restore_axes(reduced: Any, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Broadcast what a reduction of `x` gave back to the shape of `x`."""
    return apply(SPREAD, reduced, x, axes=axes, keepdims=keepdims)


def _vjp_extremum(g: Any, y: Any, x: Any, axes: Any, keepdims: bool, initial: Any = None) -> Any:
    # Ties share the gradient equally; where the initial value won, nobody gets any.
    is_extreme = cast(equal(x, restore_axes(y, x, axes, keepdims)), x.dtype)
    winners = sum(is_extreme, axis=axes, keepdims=True)
    share = divide(is_extreme, add(winners, cast(equal(winners, 0.0), x.dtype)))
    return multiply(share, restore_axes(g, x, axes, keepdims))


def _infer_extremum(x: Any, axes: Any, keepdims: bool, initial: Any = None) -> TensorSpec:
    if initial is None and 0 in [x.shape[axis] for axis in axes]:
        raise ShapeError(
            f"A tensor of shape {list(x.shape)} has no extreme element along the axes {list(axes)}.",
            why="there are no elements",
            fix="pass initial=, the result for no elements",
        )
    return infer_reduction(x, axes, keepdims)


def _extremum_samples(rng: np.random.Generator) -> list[Any]:
    return [
        *reduction_samples(rng),
        ((floats(rng, 2, 3),), {"axes": (1,), "keepdims": False, "initial": 0.1}),
        ((floats(rng, 0, 3),), {"axes": (0,), "keepdims": False, "initial": 0.1}),
    ]


def _extreme(ufunc: Any) -> Any:
    def compute(x: Any, axes: Any, keepdims: bool, initial: Any = None) -> Any:
        if initial is None:
            return ufunc.reduce(x, axes, None, None, keepdims)
        return ufunc.reduce(x, axes, None, None, keepdims, initial)

    return compute


def _compute_mean(x: Any, axes: Any, keepdims: bool) -> Any:
    return np.add.reduce(x, axes, x.dtype, None, keepdims) / _count(x, axes)


SUM = Primitive(
    "sum",
    lambda x, axes, keepdims: np.add.reduce(x, axes, x.dtype, None, keepdims),
    infer_reduction,
    [lambda g, y, x, axes, keepdims: restore_axes(g, x, axes, keepdims)],
    samples=reduction_samples,
)
MEAN = Primitive(
    "mean",
    _compute_mean,
    infer_reduction,
    [lambda g, y, x, axes, keepdims: apply(SHARE, g, x, axes=axes, keepdims=keepdims)],
    samples=reduction_samples,
)
MAX = Primitive("max", _extreme(np.maximum), _infer_extremum, [_vjp_extremum], samples=_extremum_samples)
MIN = Primitive("min", _extreme(np.minimum), _infer_extremum, [_vjp_extremum], samples=_extremum_samples)


def _truth(name: str, compute: Any) -> Primitive:
    return Primitive(
        name,
        lambda x, axes, keepdims: np.asarray(compute(x, axis=axes, keepdims=keepdims)),
        lambda x, axes, keepdims: TensorSpec.of(reduce_shape(x.shape, axes, keepdims), BOOL),
        samples=reduction_samples,
    )


ANY, ALL = _truth("any", np.any), _truth("all", np.all)


def _place(name: str, compute: Any) -> Primitive:
    return Primitive(
        name,
        lambda x, axis, keepdims: np.asarray(compute(x, axis=axis, keepdims=keepdims), INT32),
        _infer_place,
        samples=lambda rng: [
            ((floats(rng, 2, 3),), {"axis": 1, "keepdims": False}),
            ((floats(rng, 2, 3),), {"axis": 0, "keepdims": True}),
        ],
    )


def _infer_place(x: Any, axis: int, keepdims: bool) -> TensorSpec:
    if x.shape[axis] == 0:
        raise ShapeError(f"Axis {axis} of a tensor of shape {list(x.shape)} is empty: it has no extreme element.")
    return TensorSpec.of(reduce_shape(x.shape, (axis,), keepdims), INT32)


ARGMAX, ARGMIN = _place("argmax", np.argmax), _place("argmin", np.argmin)


def reduce(primitive: Primitive, x: Any, axis: Any, keepdims: bool) -> Any:
    """Apply a reduction along the given axes, all of them for `None`."""
    return apply(primitive, x, axes=normalize_axes(axis, len(shape_of(x))), keepdims=bool(keepdims))


@public(reduces=np.add)
def sum(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Add up elements.

    Args:
        x: tensor of any shape; bools and integers of less than 32 bits are added up as int32 or uint32.
        axis: along which axes, all by default.
        keepdims: whether reduced axes stay, with size 1.

    Returns:
        tensor of the dtype of the sum.

    Raises:
        ShapeError: if an axis is out of range.

    Example:
        >>> sum(np.ones((2, 3)), axis=1).numpy()
        array([3., 3.])
    """
    return reduce(SUM, as_summable(x), axis, keepdims)


@public(reduces=np.maximum)
def max(x: TensorLike, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the greatest element.

    Args:
        x: tensor of any shape.
        axis: along which axes, all by default.
        keepdims: whether reduced axes stay, with size 1.
        initial: number that bounds the result; needed if there may be no elements.

    Raises:
        ShapeError: if there are no elements and no initial value.

    Example:
        >>> max([[1, 5], [7, 2]], axis=0).numpy()
        array([7, 5], dtype=int32)
    """
    return _extremum(MAX, x, axis, keepdims, initial)


@public(reduces=np.minimum)
def min(x: TensorLike, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the least element; arguments as in `max`.

    Example:
        >>> min([[1, 5], [7, 2]], axis=0).numpy()
        array([1, 2], dtype=int32)
    """
    return _extremum(MIN, x, axis, keepdims, initial)


def _extremum(primitive: Primitive, x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    x = as_tensor(x)
    if initial is None:
        return reduce(primitive, x, axis, keepdims)
    axes = normalize_axes(axis, len(shape_of(x)))
    bound = np.asarray(initial).astype(x.dtype).item()
    return apply(primitive, x, axes=axes, keepdims=bool(keepdims), initial=bound)


@public()
def mean(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the arithmetic mean; integers give the default float.

    Args:
        x: tensor of any shape.
        axis: along which axes, all by default.
        keepdims: whether reduced axes stay, with size 1.

    Example:
        >>> mean([[1, 2], [3, 4]], axis=0).numpy()
        array([2., 3.], dtype=float32)
    """
    return reduce(MEAN, as_float(x), axis, keepdims)


def count(x: Any, axis: Any) -> Any:
    """Return the number of elements along axes: a float where it is known, else a symbolic one of the dtype of `x`."""
    sizes = shape_of(x)
    axes = normalize_axes(axis, len(sizes))
    known = size_of(tuple(sizes[a] for a in axes))
    if known is not None:
        return float(known)
    total: Any = 1
    for a in axes:
        total = multiply(total, shape(x)[a])
    return cast(total, x.dtype if x.dtype.kind == "f" else default_float())


def amax(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the greatest element; another name of `max`.

    Example:
        >>> amax([[1, 5], [7, 2]], axis=0).numpy()
        array([7, 5], dtype=int32)
    """
    return max(x, axis=axis, keepdims=keepdims)


def amin(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the least element; another name of `min`.

    Example:
        >>> amin([[1, 5], [7, 2]], axis=0).numpy()
        array([1, 2], dtype=int32)
    """
    return min(x, axis=axis, keepdims=keepdims)


@public(reduces=np.logical_or)
def any(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Say whether any element is true; arguments as in `max`.

    Example:
        >>> any([[True, False], [False, False]], axis=1).numpy()
        array([ True, False])
    """
    return reduce(ANY, as_tensor(x), axis, keepdims)


@public(reduces=np.logical_and)
def all(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Say whether all elements are true; arguments as in `max`.

    Example:
        >>> all([[True, True], [True, False]], axis=1).numpy()
        array([ True, False])
    """
    return reduce(ALL, as_tensor(x), axis, keepdims)


@public()
def argmax(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the place of the greatest element, the first of several.

    Args:
        x: tensor of any shape.
        axis: along which axis; of the flat tensor by default.
        keepdims: whether the reduced axis stays, with size 1.

    Returns:
        int32 tensor.

    Raises:
        ShapeError: if the axis is empty.

    Example:
        >>> argmax([[1, 5], [7, 2]], axis=1).numpy()
        array([1, 0], dtype=int32)
    """
    return _place_of(ARGMAX, as_tensor(x), axis, keepdims)


@public()
def argmin(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the place of the least element, the first of several; arguments as in `argmax`.

    Example:
        >>> argmin([[1, 5], [7, 2]], axis=1).numpy()
        array([0, 1], dtype=int32)
    """
    return _place_of(ARGMIN, as_tensor(x), axis, keepdims)


def _place_of(primitive: Primitive, x: Any, axis: int | None, keepdims: bool) -> Any:
    rank = len(shape_of(x))
    if axis is not None and rank:
        return apply(primitive, x, axis=normalize_axis(axis, rank), keepdims=bool(keepdims))
    place = apply(primitive, reshape(x, (-1,)), axis=0, keepdims=False)
    return reshape(place, (1,) * rank) if keepdims else place
