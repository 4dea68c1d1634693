"""Ranges, grids and unit matrices; sizes and ranks of tensors.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, convert, is_symbolic, shape_of
from ..core.dtypes import INT32, PYTHON_SCALARS, default_float, result_dtype, standardize_dtype
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, broadcast_shapes, size_of
from ..errors import ConfigError
from ..typing import DTypeLike, TensorLike
from .arithmetic import add, divide, less_equal, multiply, subtract
from .conversion import cast, convert_to_tensor, size_of_axis
from .creation import filled_like, zeros
from .definition import as_float, as_tensor, public, to_dtype
from .exponential import power
from .shaping import broadcast_like, broadcast_to, concatenate, expand_dims, moveaxis, reshape

__all__ = [
    "arange",
    "array",
    "empty",
    "empty_like",
    "eye",
    "full_like",
    "identity",
    "linspace",
    "logspace",
    "meshgrid",
    "ndim",
    "ravel",
    "size",
    "tri",
]

ARANGE = Primitive(
    "arange",
    lambda start, stop, step, dtype: np.arange(start, stop, step).astype(dtype, copy=False),
    lambda start, stop, step, dtype: TensorSpec.of((None,), dtype),
    samples=lambda rng: [
        ((0, np.asarray(5), 2), {"dtype": INT32}),
        ((np.asarray(1), 4, 1), {"dtype": np.dtype("float64")}),
    ],
)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: DTypeLike = None) -> Any:
    """Return evenly spaced numbers.

    Args:
        start: the first number; the end, with 0 for a start, if it is given alone. May be symbolic, as all three.
        stop: the end, which is not part of the result.
        step: distance of neighbours, 1 by default.
        dtype: int32 if all are integers, else the default float.

    Returns:
        vector; its size is unknown if a number is symbolic.

    Raises:
        ConfigError: if the step is 0.

    Example:
        >>> arange(3).numpy(), arange(1.0, 2.0, 0.5).numpy()
        (array([0, 1, 2], dtype=int32), array([1. , 1.5], dtype=float32))
    """
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    numbers = (start, stop, step)
    if dtype is None:
        kinds = [type(x) if type(x) in PYTHON_SCALARS else convert_to_tensor(x).dtype for x in numbers]
        found = result_dtype(*kinds)
        standard = INT32 if found.kind == "b" else found
    else:
        standard = standardize_dtype(dtype)
    if any_symbolic(*numbers):
        return apply(ARANGE, *numbers, dtype=standard)
    if not step:
        raise ConfigError("arange needs a step that is not 0.", fix="use ops.full for equal numbers")
    return convert(np.arange(*map(_number, numbers)).astype(standard, copy=False))


def any_symbolic(*values: Any) -> bool:
    """Say whether any of some values would be recorded."""
    return True in map(is_symbolic, values)


def _number(value: Any) -> Any:
    return value if type(value) in PYTHON_SCALARS else np.asarray(value).item()


@public()
def linspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: DTypeLike = None,
    axis: int = 0,
) -> Any:
    """Return so many evenly spaced numbers between two.

    Args:
        start: the first number, or a tensor of them.
        stop: the last number, or a tensor of them.
        num: how many.
        endpoint: whether `stop` is the last number, or the one after it.
        retstep: whether the distance of neighbours is returned too.
        dtype: the default float if not given and both are integers.
        axis: place of the new axis in the result.

    Raises:
        ConfigError: if `num` is negative.

    Example:
        >>> linspace(0.0, 1.0, 3).numpy()
        array([0. , 0.5, 1. ], dtype=float32)
    """
    if num < 0:
        raise ConfigError(f"linspace cannot make {num} numbers.", fix="use 0 or more")
    start, stop = as_float(start), as_float(stop)
    parts = num - 1 if endpoint else num
    step = divide(subtract(stop, start), float(parts)) if parts > 0 else subtract(stop, start)
    rank = len(shape_of(step))
    places = np.arange(num, dtype=step.dtype).reshape((-1,) + (1,) * rank)
    result = add(multiply(places, expand_dims(step, 0)), start)
    if endpoint and num > 1:
        # The end exactly, without the rounding of the steps.
        result = concatenate([result[:-1], expand_dims(broadcast_like(stop, step), 0)])
    if axis:
        result = moveaxis(result, 0, axis)
    result = result if dtype is None else cast(result, dtype)
    return (result, step) if retstep else result


@public(function=np.logspace)
def logspace(
    start: TensorLike,
    stop: TensorLike,
    num: int = 50,
    endpoint: bool = True,
    base: TensorLike = 10,
    dtype: DTypeLike = None,
    axis: int = 0,
) -> Any:
    """Return numbers whose logarithms are evenly spaced; arguments as in `linspace`, and the base of the logarithm.

    Example:
        >>> logspace(0.0, 2.0, 3).numpy()
        array([  1.,  10., 100.], dtype=float32)
    """
    exponents = linspace(start, stop, num, endpoint=endpoint, axis=axis)
    result = power(cast(base, exponents.dtype), exponents)
    return result if dtype is None else cast(result, dtype)


@public()
def full_like(x: TensorLike, fill_value: TensorLike, dtype: DTypeLike = None) -> Any:
    """Return a tensor of one value in the shape of another.

    Args:
        x: tensor of any shape.
        fill_value: number, or tensor that can be broadcast to the shape.
        dtype: that of `x` by default.

    Example:
        >>> full_like([1.0, 2.0], 7).numpy()
        array([7., 7.], dtype=float32)
    """
    x = as_tensor(x)
    if type(fill_value) in PYTHON_SCALARS:
        return filled_like(x, fill_value, dtype)
    return broadcast_like(to_dtype(as_tensor(fill_value), standardize_dtype(x.dtype if dtype is None else dtype)), x)


def empty(shape: Any, dtype: DTypeLike = None) -> Any:
    """Return a tensor whose values do not matter; they are zeros, so that nothing depends on chance.

    Example:
        >>> empty((2,)).shape
        (2,)
    """
    return zeros(shape, dtype)


@public()
def empty_like(x: TensorLike, dtype: DTypeLike = None) -> Any:
    """Return a tensor in the shape of another whose values do not matter; they are zeros.

    Example:
        >>> empty_like([1.0, 2.0]).shape
        (2,)
    """
    return filled_like(x, 0, dtype)


def array(x: TensorLike, dtype: DTypeLike = None) -> Any:
    """Return a tensor of an array, number or nested list; another name of `convert_to_tensor`.

    Example:
        >>> array([1, 2]).dtype
        dtype('int32')
    """
    return convert_to_tensor(x, dtype)


def tri(N: Any, M: Any = None, k: int = 0, dtype: DTypeLike = None) -> Any:
    """Return a matrix with ones at and below a diagonal, zeros above it.

    Args:
        N: number of rows; may be symbolic.
        M: number of columns, as many by default.
        k: which diagonal: 0 the main one, 1 the one above it, -1 the one below it.
        dtype: the default float if not given.

    Example:
        >>> tri(2).numpy()
        array([[1., 0.],
               [1., 1.]], dtype=float32)
    """
    rows, columns = arange(N), arange(N if M is None else M)
    is_below = less_equal(columns, add(expand_dims(rows, 1), k))
    return cast(is_below, standardize_dtype(dtype))


def eye(N: Any, M: Any = None, k: int = 0, dtype: DTypeLike = None) -> Any:
    """Return a matrix with ones on a diagonal, zeros elsewhere; arguments as in `tri`.

    Example:
        >>> eye(2).numpy()
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """
    return subtract(tri(N, M, k, dtype or default_float()), tri(N, M, k - 1, dtype or default_float()))


def identity(n: Any, dtype: DTypeLike = None) -> Any:
    """Return the unit matrix of a size.

    Example:
        >>> identity(2).numpy()
        array([[1., 0.],
               [0., 1.]], dtype=float32)
    """
    return eye(n, dtype=dtype)


@public(function=np.meshgrid)
def meshgrid(*x: TensorLike, indexing: str = "xy") -> list[Any]:
    """Return the coordinates of all points of a grid.

    Args:
        *x: vectors of coordinates along every axis.
        indexing: `"xy"` if the first vector runs along the second axis, as in images; `"ij"` if along the first.

    Raises:
        ConfigError: for another indexing.

    Example:
        >>> [part.numpy() for part in meshgrid([1, 2], [3, 4])]
        [array([[1, 2],
               [1, 2]], dtype=int32), array([[3, 3],
               [4, 4]], dtype=int32)]
    """
    if indexing not in ("xy", "ij"):
        raise ConfigError(f"Unknown indexing: {indexing!r}.", fix="use 'xy' or 'ij'")
    rank = len(x)
    order = [1, 0, *range(2, rank)] if indexing == "xy" and rank > 1 else list(range(rank))
    placed = [
        reshape(vector, tuple(-1 if axis == order[i] else 1 for axis in range(rank))) for i, vector in enumerate(x)
    ]
    frames = broadcast_shapes(*[shape_of(each) for each in placed]) if placed else ()
    if None not in frames:
        return [broadcast_to(each, frames) for each in placed]
    sizes = [size_of_axis(placed[order.index(axis)], axis) for axis in range(rank)]
    return [broadcast_to(each, sizes) for each in placed]


@public()
def ravel(x: TensorLike) -> Any:
    """Return a tensor as a vector.

    Example:
        >>> ravel([[1, 2], [3, 4]]).numpy()
        array([1, 2, 3, 4], dtype=int32)
    """
    return reshape(x, (-1,))


@public()
def ndim(x: TensorLike) -> int:
    """Return the number of axes.

    Example:
        >>> ndim(np.ones((2, 3)))
        2
    """
    return len(shape_of(x))


@public()
def size(x: TensorLike) -> Any:
    """Return the number of elements; a symbolic integer where it is not known yet.

    Example:
        >>> size(np.ones((2, 3)))
        6
    """
    known = size_of(shape_of(x))
    if known is not None:
        return known
    total: Any = 1
    for axis in range(len(shape_of(x))):
        total = multiply(total, size_of_axis(x, axis))
    return total
