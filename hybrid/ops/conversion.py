"""Conversion: arrays to tensors and back, dtypes, shapes, stop_gradient.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core import door
from ..core.door import apply, convert, shape_of
from ..core.dtypes import INT32, standardize_dtype
from ..core.operators import OPERATORS
from ..core.primitive import Primitive, spec_like
from ..core.spec import TensorSpec, normalize_axis
from ..core.tensor import Tensor
from ..core.variable import Variable
from ..typing import DTypeLike, TensorLike
from .definition import as_tensor, elementwise, floats, public, unary_samples

__all__ = ["cast", "convert_to_numpy", "convert_to_tensor", "is_tensor", "saturate_cast", "shape", "stop_gradient"]

CAST = elementwise(
    "cast",
    lambda x, dtype: x.astype(dtype),
    [lambda g, y, x, dtype: cast(g, x.dtype)],
    infer=lambda x, dtype: TensorSpec.of(x.shape, dtype),
    samples=lambda rng: [((floats(rng, 2, 3),), {"dtype": np.dtype("float64")})],
)
READ = elementwise("read", lambda x: x, [lambda g, y, x: g], infer=spec_like, samples=unary_samples())
STOP_GRADIENT = elementwise("stop_gradient", lambda x: x, None, infer=spec_like, samples=unary_samples())
SIZE_OF_AXIS = Primitive(
    "size_of_axis",
    lambda x, axis: np.asarray(x.shape[axis], INT32),
    lambda like, axis: TensorSpec.of((), INT32),
    samples=lambda rng: [((floats(rng, 2, 3),), {"axis": 1})],
)


@public()
def read(x: TensorLike) -> Any:
    """Return the value of a Variable as a tensor; a new handle of a tensor's value."""
    return apply(READ, as_tensor(x))


@public(function=np.astype)
def cast(x: TensorLike, dtype: DTypeLike) -> Any:
    """Return a tensor in another dtype.

    Args:
        x: tensor of any shape and dtype.
        dtype: a dtype or its name.

    Returns:
        tensor of the same shape.

    Example:
        >>> cast(np.array([1.7, -1.7]), "int32").numpy()
        array([ 1, -1], dtype=int32)
    """
    x, dtype = as_tensor(x), standardize_dtype(dtype)
    return apply(CAST, x, dtype=dtype) if x.dtype != dtype else x if door.is_tensor(x) else convert(x)


def saturate_cast(x: TensorLike, dtype: DTypeLike) -> Any:
    """Return a tensor in another dtype, values out of its range clipped to the nearest that is in range.

    Example:
        >>> saturate_cast(np.array([-5, 300]), "uint8").numpy()
        array([  0, 255], dtype=uint8)
    """
    x, dtype = as_tensor(x), standardize_dtype(dtype)
    limits: Any = np.iinfo(dtype) if dtype.kind in "iu" else np.finfo(dtype) if dtype.kind == "f" else None
    if limits is None:
        return cast(x, dtype)
    own: Any = np.iinfo(x.dtype) if x.dtype.kind in "iu" else np.finfo(x.dtype) if x.dtype.kind == "f" else None
    if own is None:
        return cast(x, dtype)
    low, high = max(limits.min, own.min), min(limits.max, own.max)
    return cast(OPERATORS["clip"](x, np.asarray(low, x.dtype), np.asarray(high, x.dtype)), dtype)


def convert_to_tensor(x: TensorLike, dtype: DTypeLike = None) -> Any:
    """Return a tensor of an array, number or nested list.

    Args:
        x: what NumPy can make an array of, or a tensor.
        dtype: of the result; by default that of an array, the default float for Python floats, int32 for Python ints.

    Returns:
        Tensor; a symbolic tensor for a symbolic argument.

    Example:
        >>> convert_to_tensor([1.0, 2.0]).dtype
        dtype('float32')
    """
    if type(x) is Tensor and dtype is None:
        return x
    if isinstance(x, Variable):
        x = read(x)
    if door.is_tensor(x):
        return x if dtype is None else cast(x, dtype)
    return convert(x, dtype)


def convert_to_numpy(x: TensorLike) -> np.ndarray[Any, Any]:
    """Return the values of a tensor as an array.

    Raises:
        PlaceholderError: for a symbolic tensor, which has none.

    Example:
        >>> convert_to_numpy(convert_to_tensor([1, 2]))
        array([1, 2], dtype=int32)
    """
    return x.numpy() if door.is_tensor(x) else np.asarray(convert(x).numpy())


def is_tensor(x: Any) -> bool:
    """Say whether a value is a tensor of hybrid: concrete, symbolic, or a Variable.

    Example:
        >>> is_tensor(np.ones(3)), is_tensor(convert_to_tensor(np.ones(3)))
        (False, True)
    """
    return door.is_tensor(x)


def shape(x: TensorLike) -> tuple[Any, ...]:
    """Return the shape of a tensor. A size that is not known yet is a symbolic integer.

    Symbolic sizes can be computed with and handed to whatever takes a shape, so code that is written with `ops.shape`
    records as well as it runs.

    Args:
        x: tensor of any rank.

    Returns:
        tuple of ints and rank 0 int32 symbolic tensors.

    Example:
        >>> shape(np.ones((2, 3)))
        (2, 3)
        >>> batch, width = shape(hybrid.Input((3,)))
        >>> batch, width
        (<SymbolicTensor int32 [], made by size_of_axis>, 3)
    """
    x = as_tensor(x)
    sizes = shape_of(x)
    if None not in sizes:
        return sizes
    return tuple(apply(SIZE_OF_AXIS, x, axis=axis) if size is None else size for axis, size in enumerate(sizes))


@public()
def stop_gradient(variable: TensorLike) -> Any:
    """Return a tensor unchanged; no gradient flows back through it.

    Example:
        >>> x = hybrid.Variable(2.0)
        >>> with hybrid.GradientTape() as tape:
        ...     y = x * stop_gradient(x)
        >>> float(tape.gradient(y, x))
        2.0
    """
    return apply(STOP_GRADIENT, as_tensor(variable))


def size_of_axis(x: TensorLike, axis: int) -> Any:
    """Return the size of one axis, an int where it is known and a symbolic integer where it is not."""
    sizes = shape_of(x)
    axis = normalize_axis(axis, len(sizes))
    return apply(SIZE_OF_AXIS, x, axis=axis) if sizes[axis] is None else sizes[axis]
