"""Infinities, NaN, and how close numbers are.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply
from ..core.primitive import Primitive
from ..typing import TensorLike
from .arithmetic import add, equal, less, less_equal, logical_and, logical_or, multiply, subtract
from .conversion import convert_to_tensor
from .definition import as_tensor, elementwise, infer_broadcast_bool, promote_float, public, unary_samples
from .reduction import all
from .rounding import absolute
from .selection import where

__all__ = ["allclose", "isclose", "isfinite", "isinf", "isnan", "isneginf", "isposinf", "nan_to_num"]


def _question(name: str, compute: Any) -> Primitive:
    return elementwise(name, compute, None, infer=infer_broadcast_bool, samples=unary_samples())


ISFINITE, ISINF, ISNAN = _question("isfinite", np.isfinite), _question("isinf", np.isinf), _question("isnan", np.isnan)


@public(ufunc=np.isfinite)
def isfinite(x: TensorLike) -> Any:
    """Say for each element whether it is neither infinite nor NaN.

    Example:
        >>> isfinite([1.0, np.inf, np.nan]).numpy()
        array([ True, False, False])
    """
    return apply(ISFINITE, as_tensor(x))


@public(ufunc=np.isinf)
def isinf(x: TensorLike) -> Any:
    """Say for each element whether it is infinite.

    Example:
        >>> isinf([1.0, np.inf, np.nan]).numpy()
        array([False,  True, False])
    """
    return apply(ISINF, as_tensor(x))


@public(ufunc=np.isnan)
def isnan(x: TensorLike) -> Any:
    """Say for each element whether it is NaN.

    Example:
        >>> isnan([1.0, np.inf, np.nan]).numpy()
        array([False, False,  True])
    """
    return apply(ISNAN, as_tensor(x))


def isclose(x1: TensorLike, x2: TensorLike, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Say element by element whether `|x1 - x2| <= atol + rtol * |x2|`.

    Args:
        x1: tensor of any shape.
        x2: reference, of a shape that can be broadcast with that of `x1`.
        rtol: allowed difference relative to `x2`.
        atol: allowed difference besides.
        equal_nan: whether NaN is close to NaN.

    Example:
        >>> isclose([1.0, 1.1], 1.0).numpy()
        array([ True, False])
    """
    x1, x2 = promote_float(x1, x2)
    near = less_equal(absolute(subtract(x1, x2)), add(multiply(absolute(x2), rtol), atol))
    # An infinity is close to itself only; the bound around it is infinite too.
    near = logical_or(equal(x1, x2), logical_and(near, logical_and(isfinite(x1), isfinite(x2))))
    return logical_or(near, logical_and(isnan(x1), isnan(x2))) if equal_nan else near


@public()
def isposinf(x: TensorLike) -> Any:
    """Say for each element whether it is positive infinity.

    Example:
        >>> isposinf([1.0, np.inf, -np.inf]).numpy()
        array([False,  True, False])
    """
    return logical_and(isinf(x), less(0, x))


@public()
def isneginf(x: TensorLike) -> Any:
    """Say for each element whether it is negative infinity.

    Example:
        >>> isneginf([1.0, np.inf, -np.inf]).numpy()
        array([False, False,  True])
    """
    return logical_and(isinf(x), less(x, 0))


@public()
def allclose(x1: TensorLike, x2: TensorLike, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Say whether all elements of two tensors are close; arguments as in `isclose`.

    Example:
        >>> allclose([1.0, 1.0], 1.0).numpy()
        array(True)
    """
    return all(isclose(x1, x2, rtol=rtol, atol=atol, equal_nan=equal_nan))


@public()
def nan_to_num(x: TensorLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Put numbers in the place of NaN and infinities.

    Args:
        x: tensor of any shape.
        nan: what stands for NaN.
        posinf: what stands for positive infinity, the greatest finite number by default.
        neginf: what stands for negative infinity, the least finite number by default.

    Example:
        >>> nan_to_num([1.0, np.nan, np.inf], posinf=9.0).numpy()
        array([1., 0., 9.], dtype=float32)
    """
    x = as_tensor(x)
    if x.dtype.kind != "f":
        return convert_to_tensor(x)
    limits = np.finfo(x.dtype)
    low, high = float(limits.min) if neginf is None else neginf, float(limits.max) if posinf is None else posinf
    x = where(isnan(x), float(nan), x)
    return where(isposinf(x), float(high), where(isneginf(x), float(low), x))
