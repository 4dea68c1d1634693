"""Sizes, signs, bounds, rounding and remainders, element by element.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply
from ..core.primitive import Primitive, spec_like
from ..typing import TensorLike
from .arithmetic import (
    add,
    divide,
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_or,
    multiply,
    negative,
)
from .conversion import cast, convert_to_tensor
from .definition import (
    as_float,
    as_number,
    as_tensor,
    binary_samples,
    elementwise,
    floats,
    promote,
    promote_all,
    promote_numbers,
    public,
    unary_samples,
    unbroadcast,
)

__all__ = [
    "abs",
    "absolute",
    "ceil",
    "clip",
    "floor",
    "floor_divide",
    "fmod",
    "maximum",
    "minimum",
    "mod",
    "remainder",
    "rint",
    "round",
    "sign",
    "trunc",
]


def _stepwise(name: str, compute: Any) -> Primitive:
    return elementwise(name, compute, None, infer=spec_like, samples=unary_samples())


ABSOLUTE = elementwise(
    "absolute", np.absolute, [lambda g, y, x: multiply(g, sign(x))], infer=spec_like, samples=unary_samples()
)
SIGN, FLOOR, CEIL, TRUNC = (
    _stepwise(function.__name__, function) for function in (np.sign, np.floor, np.ceil, np.trunc)
)
ROUND = elementwise(
    "round",
    lambda x, decimals: np.round(x, decimals),
    None,
    infer=spec_like,
    samples=lambda rng: [((floats(rng, 2, 3),), {"decimals": 1}), ((floats(rng),), {"decimals": 0})],
)


def _share(a: Any, b: Any, dtype: Any) -> Any:
    """1 where a is greater than b, a half where they tie (the gradient is shared), else 0."""
    return add(cast(greater(a, b), dtype), multiply(cast(equal(a, b), dtype), 0.5))


MAXIMUM = elementwise(
    "maximum",
    np.maximum,
    [
        lambda g, y, a, b: unbroadcast(multiply(g, _share(a, b, g.dtype)), a),
        lambda g, y, a, b: unbroadcast(multiply(g, _share(b, a, g.dtype)), b),
    ],
    samples=binary_samples(),
)
MINIMUM = elementwise(
    "minimum",
    np.minimum,
    [
        lambda g, y, a, b: unbroadcast(multiply(g, _share(b, a, g.dtype)), a),
        lambda g, y, a, b: unbroadcast(multiply(g, _share(a, b, g.dtype)), b),
    ],
    samples=binary_samples(),
)
MOD = elementwise(
    "mod",
    np.mod,
    [
        lambda g, y, a, b: unbroadcast(g, a),
        lambda g, y, a, b: unbroadcast(negative(multiply(g, floor(divide(a, b)))), b),
    ],
    samples=binary_samples(),
)
FMOD = elementwise(
    "fmod",
    np.fmod,
    [
        lambda g, y, a, b: unbroadcast(g, a),
        lambda g, y, a, b: unbroadcast(negative(multiply(g, trunc(divide(a, b)))), b),
    ],
    samples=binary_samples(),
)
FLOOR_DIVIDE = elementwise("floor_divide", np.floor_divide, None, samples=binary_samples())


def _inside(x: Any, low: Any, high: Any, dtype: Any) -> Any:
    return cast(logical_and(greater_equal(x, low), less_equal(x, high)), dtype)


CLIP = elementwise(
    "clip",
    lambda x, low, high: np.minimum(np.maximum(x, low), high),
    [
        lambda g, y, x, low, high: unbroadcast(multiply(g, _inside(x, low, high, g.dtype)), x),
        lambda g, y, x, low, high: unbroadcast(
            multiply(g, cast(logical_and(less(x, low), less_equal(low, high)), g.dtype)), low
        ),
        lambda g, y, x, low, high: unbroadcast(
            multiply(g, cast(logical_or(greater(x, high), greater(low, high)), g.dtype)), high
        ),
    ],
    samples=lambda rng: [
        ((floats(rng, 2, 3), -0.6, 0.8), {}),
        ((floats(rng, 2, 3), -floats(rng, 3, signed=False), floats(rng, 2, 1, signed=False)), {}),
        ((floats(rng, 3), floats(rng, 3), floats(rng, 3)), {}),
    ],
)


@public(ufunc=(np.absolute, np.fabs))
def absolute(x: TensorLike) -> Any:
    """Return the magnitude of each element.

    Example:
        >>> absolute([1.0, -2.0]).numpy()
        array([1., 2.], dtype=float32)
    """
    return apply(ABSOLUTE, as_tensor(x))


@public(ufunc=np.sign)
def sign(x: TensorLike) -> Any:
    """Return -1, 0 or 1 for each element, in its dtype.

    Example:
        >>> sign([-3.0, 0.0, 2.0]).numpy()
        array([-1.,  0.,  1.], dtype=float32)
    """
    return apply(SIGN, as_number(x))


@public(ufunc=np.floor)
def floor(x: TensorLike) -> Any:
    """Return the greatest whole number that is not greater than each element; integers give the default float.

    Example:
        >>> floor([1.7, -1.2]).numpy()
        array([ 1., -2.], dtype=float32)
    """
    return apply(FLOOR, as_float(x))


@public(ufunc=np.ceil)
def ceil(x: TensorLike) -> Any:
    """Return the least whole number that is not less than each element; integers give the default float.

    Example:
        >>> ceil([1.2, -1.7]).numpy()
        array([ 2., -1.], dtype=float32)
    """
    return apply(CEIL, as_float(x))


@public(ufunc=np.trunc)
def trunc(x: TensorLike) -> Any:
    """Return each element without its fraction; integers stay integers.

    Example:
        >>> trunc([1.7, -1.7]).numpy()
        array([ 1., -1.], dtype=float32)
    """
    return apply(TRUNC, as_number(x))


def abs(x: TensorLike) -> Any:
    """Return the magnitude of each element; another name of `absolute`.

    Example:
        >>> abs([1.0, -2.0]).numpy()
        array([1., 2.], dtype=float32)
    """
    return absolute(x)


@public()
def round(x: TensorLike, decimals: int = 0) -> Any:
    """Round each element to the nearest number with so many decimals; halves go to the even neighbour.

    Args:
        x: tensor of any shape.
        decimals: how many digits stay behind the point; negative ones count before it.

    Example:
        >>> round([1.25, 0.5, 1.5], 1).numpy()
        array([1.2, 0.5, 1.5], dtype=float32)
    """
    return apply(ROUND, as_number(x), decimals=int(decimals))


@public(ufunc=np.rint)
def rint(x: TensorLike) -> Any:
    """Round each element to the nearest whole number; halves go to the even neighbour.

    Example:
        >>> rint([0.5, 1.7]).numpy()
        array([0., 2.], dtype=float32)
    """
    return apply(ROUND, as_float(x), decimals=0)


@public(ufunc=np.maximum)
def maximum(x1: TensorLike, x2: TensorLike) -> Any:
    """Return the greater of two tensors, element by element; where they tie, the gradient is shared.

    Example:
        >>> maximum([1.0, 5.0], 3.0).numpy()
        array([3., 5.], dtype=float32)
    """
    return apply(MAXIMUM, *promote(x1, x2))


@public(ufunc=np.minimum)
def minimum(x1: TensorLike, x2: TensorLike) -> Any:
    """Return the lesser of two tensors, element by element; where they tie, the gradient is shared.

    Example:
        >>> minimum([1.0, 5.0], 3.0).numpy()
        array([1., 3.], dtype=float32)
    """
    return apply(MINIMUM, *promote(x1, x2))


@public(ufunc=np.mod)
def mod(x1: TensorLike, x2: TensorLike) -> Any:
    """Return the remainder of a division, with the sign of the divisor.

    Example:
        >>> mod([5, -5], 3).numpy()
        array([2, 1], dtype=int32)
    """
    return apply(MOD, *promote_numbers(x1, x2))


@public()
def remainder(x1: TensorLike, x2: TensorLike) -> Any:
    """Return the remainder of a division, with the sign of the divisor; another name of `mod`.

    Example:
        >>> remainder([5, -5], 3).numpy()
        array([2, 1], dtype=int32)
    """
    return apply(MOD, *promote_numbers(x1, x2))


@public(ufunc=np.fmod)
def fmod(x1: TensorLike, x2: TensorLike) -> Any:
    """Return the remainder of a division, with the sign of the dividend.

    Example:
        >>> fmod([5, -5], 3).numpy()
        array([ 2, -2], dtype=int32)
    """
    return apply(FMOD, *promote_numbers(x1, x2))


@public(ufunc=np.floor_divide)
def floor_divide(x1: TensorLike, x2: TensorLike) -> Any:
    """Return the greatest whole number that is not greater than the quotient.

    Example:
        >>> floor_divide([5, -5], 3).numpy()
        array([ 1, -2], dtype=int32)
    """
    return apply(FLOOR_DIVIDE, *promote_numbers(x1, x2))


@public()
def clip(x: TensorLike, x_min: TensorLike, x_max: TensorLike) -> Any:
    """Return each element, or the bound that it exceeds.

    Args:
        x: tensor of any shape.
        x_min: lower bounds, `None` for none; can be broadcast with `x`.
        x_max: upper bounds, `None` for none.

    Returns:
        tensor of the promoted dtype.

    Example:
        >>> clip([-2.0, 0.5, 2.0], -1.0, 1.0).numpy()
        array([-1. ,  0.5,  1. ], dtype=float32)
    """
    if x_min is None or x_max is None:
        bounded = convert_to_tensor(as_number(x))
        bounded = bounded if x_min is None else maximum(bounded, x_min)
        return bounded if x_max is None else minimum(bounded, x_max)
    return apply(CLIP, *promote_all(as_number(x), x_min, x_max))
