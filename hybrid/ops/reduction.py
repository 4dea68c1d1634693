"""Reductions: what makes few numbers of many.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import INT32, default_float
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, normalize_axes, reduce_shape, size_of
from ..typing import TensorLike
from .arithmetic import divide, equal, multiply
from .conversion import cast, shape
from .definition import as_float, as_tensor, floats, public
from .shaping import broadcast_like, expand_dims

__all__ = ["max", "mean", "min", "sum"]


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


def restore_axes(reduced: Any, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Broadcast what a reduction of `x` gave back to the shape of `x`."""
    if not keepdims and axes:
        reduced = expand_dims(reduced, axes)
    return broadcast_like(reduced, x)


def _vjp_extremum(g: Any, y: Any, x: Any, axes: Any, keepdims: bool) -> Any:
    # Ties share the gradient equally.
    is_extreme = cast(equal(x, restore_axes(y, x, axes, keepdims)), x.dtype)
    share = divide(is_extreme, sum(is_extreme, axis=axes, keepdims=True))
    return multiply(share, restore_axes(g, x, axes, keepdims))


SUM = Primitive(
    "sum",
    lambda x, axes, keepdims: np.add.reduce(x, axes, x.dtype, None, keepdims),
    infer_reduction,
    [lambda g, y, x, axes, keepdims: restore_axes(g, x, axes, keepdims)],
    samples=reduction_samples,
)
MAX = Primitive(
    "max",
    lambda x, axes, keepdims: np.maximum.reduce(x, axes, None, None, keepdims),
    infer_reduction,
    [_vjp_extremum],
    samples=reduction_samples,
)
MIN = Primitive(
    "min",
    lambda x, axes, keepdims: np.minimum.reduce(x, axes, None, None, keepdims),
    infer_reduction,
    [_vjp_extremum],
    samples=reduction_samples,
)


def reduce(primitive: Primitive, x: Any, axis: Any, keepdims: bool) -> Any:
    """Apply a reduction along the given axes, all of them for `None`."""
    return apply(primitive, x, axes=normalize_axes(axis, len(shape_of(x))), keepdims=bool(keepdims))


@public(function=np.sum, reduces=np.add)
def sum(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Add up elements.

    Args:
        x: tensor of any shape; bools are counted as int32.
        axis: along which axes, all by default.
        keepdims: whether reduced axes stay, with size 1.

    Returns:
        tensor of the dtype of `x`.

    Raises:
        ShapeError: if an axis is out of range.

    Example:
        >>> sum(np.ones((2, 3)), axis=1).numpy()
        array([3., 3.])
    """
    x = as_tensor(x)
    return reduce(SUM, cast(x, INT32) if x.dtype.kind == "b" else x, axis, keepdims)


@public(function=(np.max, np.amax), reduces=np.maximum)
def max(x: TensorLike, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the greatest element.

    Args:
        x: tensor of any shape.
        axis: along which axes, all by default.
        keepdims: whether reduced axes stay, with size 1.
        initial: lower bound of the result; needed if there may be no elements.

    Example:
        >>> max([[1, 5], [7, 2]], axis=0).numpy()
        array([7, 5], dtype=int32)
    """
    return _extremum(MAX, np.maximum, x, axis, keepdims, initial)


@public(function=(np.min, np.amin), reduces=np.minimum)
def min(x: TensorLike, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
    """Return the least element; arguments as in `max`.

    Example:
        >>> min([[1, 5], [7, 2]], axis=0).numpy()
        array([1, 2], dtype=int32)
    """
    return _extremum(MIN, np.minimum, x, axis, keepdims, initial)


def _extremum(primitive: Primitive, ufunc: Any, x: Any, axis: Any, keepdims: bool, initial: Any) -> Any:
    x = as_tensor(x)
    if initial is None:
        return reduce(primitive, x, axis, keepdims)
    if size_of(shape_of(x)) == 0:
        axes = normalize_axes(axis, len(shape_of(x)))
        return as_tensor(np.full(reduce_shape(shape_of(x), axes, keepdims), initial, x.dtype).tolist())
    return ufunc(reduce(primitive, x, axis, keepdims), initial)


@public(function=np.mean)
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
    x = as_float(x)
    return divide(reduce(SUM, x, axis, keepdims), count(x, axis))


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
