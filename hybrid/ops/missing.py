"""Sums, means and extremes that pass over what is not a number.

Floor 5. Composites: what is missing is replaced by what changes nothing, so nothing flows back to it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..typing import TensorLike
from .arithmetic import divide, greater, logical_not, subtract
from .conversion import cast
from .definition import as_float, public
from .exponential import sqrt, square
from .finiteness import isnan
from .reduction import all, max, min, sum
from .running import cumprod, cumsum, prod
from .selection import where

__all__ = [
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmin",
    "nanprod",
    "nanstd",
    "nansum",
    "nanvar",
]


def _filled(x: Any, value: float) -> Any:
    """Return a float tensor with a number in the place of what is none."""
    x = as_float(x)
    return where(isnan(x), np.asarray(value, x.dtype), x)


def _number_of_present(x: Any, axis: Any) -> Any:
    return sum(cast(logical_not(isnan(x)), x.dtype), axis=axis, keepdims=True)


@public(function=np.nansum)
def nansum(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Add up the elements that are numbers.

    Args:
        x: tensor of any shape; integers give the default float.
        axis: along which axes, all by default.
        keepdims: whether reduced axes stay, with size 1.

    Returns:
        float tensor, 0 where there is no number.

    Example:
        >>> nansum([1.0, np.nan, 3.0]).numpy()
        array(4., dtype=float32)
    """
    return sum(_filled(x, 0.0), axis=axis, keepdims=keepdims)


@public(function=np.nanprod)
def nanprod(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Multiply the elements that are numbers; arguments as in `nansum`. 1 where there is none.

    Example:
        >>> nanprod([2.0, np.nan, 3.0]).numpy()
        array(6., dtype=float32)
    """
    return prod(_filled(x, 1.0), axis=axis, keepdims=keepdims)


@public(function=np.nanmean)
def nanmean(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the mean of the elements that are numbers; arguments as in `nansum`. NaN where there is none.

    Example:
        >>> nanmean([1.0, np.nan, 3.0]).numpy()
        array(2., dtype=float32)
    """
    x = as_float(x)
    present = _number_of_present(x, axis)
    # Divided by itself, a sum of nothing would be a warning.
    present = where(greater(present, 0), present, np.asarray(np.nan, x.dtype))
    total = divide(sum(_filled(x, 0.0), axis=axis, keepdims=True), present)
    return total if keepdims else sum(total, axis=axis)


@public(function=np.nanvar)
def nanvar(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the variance of the elements that are numbers; arguments as in `nansum`. NaN where there is none.

    Example:
        >>> nanvar([1.0, np.nan, 3.0]).numpy()
        array(1., dtype=float32)
    """
    x = as_float(x)
    return nanmean(square(subtract(x, nanmean(x, axis=axis, keepdims=True))), axis=axis, keepdims=keepdims)


@public(function=np.nanstd)
def nanstd(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the standard deviation of the elements that are numbers; arguments as in `nansum`.

    Example:
        >>> nanstd([1.0, np.nan, 3.0]).numpy()
        array(1., dtype=float32)
    """
    return sqrt(nanvar(x, axis=axis, keepdims=keepdims))


def _extremum(reduce: Any, x: Any, bound: float, axis: Any, keepdims: bool) -> Any:
    x = as_float(x)
    found = reduce(_filled(x, bound), axis=axis, keepdims=keepdims)
    return where(all(isnan(x), axis=axis, keepdims=keepdims), np.asarray(np.nan, x.dtype), found)


@public(function=np.nanmax)
def nanmax(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the greatest element that is a number; arguments as in `nansum`. NaN where there is none.

    Example:
        >>> nanmax([1.0, np.nan, 3.0]).numpy()
        array(3., dtype=float32)
    """
    return _extremum(max, x, -np.inf, axis, keepdims)


@public(function=np.nanmin)
def nanmin(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the least element that is a number; arguments as in `nansum`. NaN where there is none.

    Example:
        >>> nanmin([1.0, np.nan, 3.0]).numpy()
        array(1., dtype=float32)
    """
    return _extremum(min, x, np.inf, axis, keepdims)


@public(function=np.nancumsum)
def nancumsum(x: TensorLike, axis: int | None = None, dtype: Any = None) -> Any:
    """Add up from the first element on, what is no number counting as 0; arguments as in `cumsum`.

    Example:
        >>> nancumsum([1.0, np.nan, 3.0]).numpy()
        array([1., 1., 4.], dtype=float32)
    """
    return cumsum(_filled(x, 0.0), axis=axis, dtype=dtype)


@public(function=np.nancumprod)
def nancumprod(x: TensorLike, axis: int | None = None, dtype: Any = None) -> Any:
    """Multiply from the first element on, what is no number counting as 1; arguments as in `cumprod`.

    Example:
        >>> nancumprod([2.0, np.nan, 3.0]).numpy()
        array([2., 2., 6.], dtype=float32)
    """
    return cumprod(_filled(x, 1.0), axis=axis, dtype=dtype)
