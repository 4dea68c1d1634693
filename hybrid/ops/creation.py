"""Tensors made from nothing: zeros, ones, constants. Their sizes may be symbolic.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import standardize_dtype
from ..core.primitive import Primitive
from ..core.spec import TensorSpec
from ..core.tensor import wrap
from ..typing import DTypeLike, TensorLike
from .conversion import cast
from .definition import as_tensor, elementwise, floats, public
from .shaping import broadcast_to, join_shape, split_shape

__all__ = ["full", "ones", "ones_like", "zeros", "zeros_like"]

FULL = Primitive(
    "full",
    lambda *sizes, value, shape, dtype: np.full(join_shape(shape, sizes), value, dtype),
    lambda *sizes, value, shape, dtype: TensorSpec.of(shape, dtype),
    samples=lambda rng: [((np.asarray(3, "int32"),), {"value": 2.0, "shape": (None, 2), "dtype": np.dtype("float64")})],
)
FILLED_LIKE = elementwise(
    "filled_like",
    lambda x, value, dtype: np.full(np.shape(x), value, dtype),
    None,
    infer=lambda like, value, dtype: TensorSpec.of(like.shape, dtype),
    samples=lambda rng: [((floats(rng, 2, 3),), {"value": 1, "dtype": np.dtype("float64")})],
)


def filled(shape: Any, value: Any, dtype: DTypeLike) -> Any:
    """Return a tensor of equal Python numbers; a symbolic size makes it symbolic."""
    template, sizes = split_shape(shape)
    return apply(FULL, *sizes, value=value, shape=template, dtype=standardize_dtype(dtype))


def filled_like(x: Any, value: Any, dtype: DTypeLike) -> Any:
    """Return a tensor of equal Python numbers in the shape of another."""
    x = as_tensor(x)
    standard = x.dtype if dtype is None else standardize_dtype(dtype)
    shape = shape_of(x)
    if None in shape:
        return apply(FILLED_LIKE, x, value=value, dtype=standard)
    return wrap(np.full(shape, value, standard))


def zeros(shape: Any, dtype: DTypeLike = None) -> Any:
    """Return zeros.

    Args:
        shape: sizes; symbolic ones are welcome.
        dtype: the default float if not given.

    Example:
        >>> zeros((2, 2)).numpy()
        array([[0., 0.],
               [0., 0.]], dtype=float32)
    """
    return filled(shape, 0, dtype)


def ones(shape: Any, dtype: DTypeLike = None) -> Any:
    """Return ones; arguments as in `zeros`.

    Example:
        >>> ones(2, dtype="int32").numpy()
        array([1, 1], dtype=int32)
    """
    return filled(shape, 1, dtype)


@public()
def zeros_like(x: TensorLike, dtype: DTypeLike = None) -> Any:
    """Return zeros in the shape of a tensor.

    Args:
        x: tensor of any shape.
        dtype: that of `x` by default.

    Example:
        >>> zeros_like([1.0, 2.0]).numpy()
        array([0., 0.], dtype=float32)
    """
    return filled_like(x, 0, dtype)


@public()
def ones_like(x: TensorLike, dtype: DTypeLike = None) -> Any:
    """Return ones in the shape of a tensor; arguments as in `zeros_like`.

    Example:
        >>> ones_like([1.0, 2.0]).numpy()
        array([1., 1.], dtype=float32)
    """
    return filled_like(x, 1, dtype)


def full(shape: Any, fill_value: TensorLike, dtype: DTypeLike = None) -> Any:
    """Return a tensor of one value.

    Args:
        shape: sizes; symbolic ones are welcome.
        fill_value: number, or tensor that can be broadcast to the shape.
        dtype: the default float if not given.

    Example:
        >>> full((2,), 7.0).numpy()
        array([7., 7.], dtype=float32)
    """
    if isinstance(fill_value, (bool, int, float)):
        return filled(shape, fill_value, dtype)
    return broadcast_to(cast(fill_value, standardize_dtype(dtype)), shape)
