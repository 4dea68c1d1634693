"""Powers, exponentials and logarithms, element by element.

Floor 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.door import apply
from ..core.primitive import Primitive, spec_like
from ..typing import TensorLike
from .arithmetic import add, divide, equal, multiply, negative, not_equal, subtract
from .conversion import cast
from .creation import zeros_like
from .definition import (
    as_float,
    as_number,
    binary_samples,
    elementwise,
    infer_broadcast_float,
    promote_float,
    promote_numbers,
    public,
    unary_samples,
    unbroadcast,
)

__all__ = [
    "erf",
    "erfinv",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "power",
    "reciprocal",
    "rsqrt",
    "sqrt",
    "square",
]


def _unary(name: str, compute: Any, vjp: Callable[..., Any], **options: Any) -> Primitive:
    return elementwise(name, compute, [vjp], infer=spec_like, samples=unary_samples(**options))


def _compute_erf(x: Any) -> Any:
    from scipy import special

    return np.asarray(special.erf(x), x.dtype)


def _compute_erfinv(x: Any) -> Any:
    from scipy import special

    return np.asarray(special.erfinv(x), x.dtype)


EXP = _unary("exp", np.exp, lambda g, y, x: multiply(g, y))
EXP2 = _unary("exp2", np.exp2, lambda g, y, x: multiply(g, multiply(y, math.log(2.0))))
EXPM1 = _unary("expm1", np.expm1, lambda g, y, x: multiply(g, add(y, 1.0)))
LOG = _unary("log", np.log, lambda g, y, x: divide(g, x), signed=False)
LOG1P = _unary("log1p", np.log1p, lambda g, y, x: divide(g, add(x, 1.0)), signed=False)
LOG2 = _unary("log2", np.log2, lambda g, y, x: divide(g, multiply(x, math.log(2.0))), signed=False)
LOG10 = _unary("log10", np.log10, lambda g, y, x: divide(g, multiply(x, math.log(10.0))), signed=False)
SQRT = _unary("sqrt", np.sqrt, lambda g, y, x: divide(multiply(g, 0.5), y), signed=False)
RSQRT = _unary(
    "rsqrt", lambda x: 1 / np.sqrt(x), lambda g, y, x: multiply(g, multiply(divide(y, x), -0.5)), signed=False
)
SQUARE = _unary("square", np.square, lambda g, y, x: multiply(g, multiply(x, 2.0)))
RECIPROCAL = _unary("reciprocal", np.reciprocal, lambda g, y, x: negative(multiply(g, square(y))))
ERF = _unary(
    "erf", _compute_erf, lambda g, y, x: multiply(g, multiply(exp(negative(square(x))), 2 / math.sqrt(math.pi)))
)
ERFINV = _unary(
    "erfinv", _compute_erfinv, lambda g, y, x: multiply(g, multiply(exp(square(y)), math.sqrt(math.pi) / 2)), high=0.75
)
LOGADDEXP = elementwise(
    "logaddexp",
    np.logaddexp,
    [
        lambda g, y, a, b: unbroadcast(multiply(g, exp(subtract(a, y))), a),
        lambda g, y, a, b: unbroadcast(multiply(g, exp(subtract(b, y))), b),
    ],
    infer=infer_broadcast_float,
    samples=binary_samples(),
)


def _vjp_base(g: Any, y: Any, a: Any, b: Any) -> Any:
    if isinstance(b, (int, float)):
        slope = multiply(a, 2) if b == 2 else multiply(power(a, b - 1), b) if b else zeros_like(a)
        return unbroadcast(multiply(g, slope), a)
    # Where the exponent is 0 the slope is 0 even at a = 0, where a ** -1 is infinite.
    lowered = subtract(b, cast(not_equal(b, 0), b.dtype))
    return unbroadcast(multiply(g, multiply(b, power(a, lowered))), a)


def _vjp_exponent(g: Any, y: Any, a: Any, b: Any) -> Any:
    # The slope y log(a) goes to 0 with a.
    if isinstance(a, (int, float)):
        return unbroadcast(multiply(g, multiply(y, math.log(a) if a > 0 else 0.0)), b)
    is_zero = cast(equal(a, 0), a.dtype)
    return unbroadcast(multiply(g, multiply(y, log(add(a, is_zero)))), b)


POWER = elementwise("power", np.power, [_vjp_base, _vjp_exponent], samples=binary_samples(signed=False))


@public(ufunc=np.exp)
def exp(x: TensorLike) -> Any:
    """Return e to the power of each element; integers give the default float, as in all functions of this file.

    Example:
        >>> exp([0.0, 1.0]).numpy()
        array([1.      , 2.718282], dtype=float32)
    """
    return apply(EXP, as_float(x))


@public(ufunc=np.exp2)
def exp2(x: TensorLike) -> Any:
    """Return 2 to the power of each element.

    Example:
        >>> exp2([0.0, 3.0]).numpy()
        array([1., 8.], dtype=float32)
    """
    return apply(EXP2, as_float(x))


@public(ufunc=np.expm1)
def expm1(x: TensorLike) -> Any:
    """Return `exp(x) - 1`, exact also where x is small.

    Example:
        >>> expm1([0.0, 1e-6]).numpy()
        array([0.0000000e+00, 1.0000005e-06], dtype=float32)
    """
    return apply(EXPM1, as_float(x))


@public(ufunc=np.log)
def log(x: TensorLike) -> Any:
    """Return the natural logarithm of each element.

    Example:
        >>> log([1.0, 10.0]).numpy()
        array([0.       , 2.3025851], dtype=float32)
    """
    return apply(LOG, as_float(x))


@public(ufunc=np.log1p)
def log1p(x: TensorLike) -> Any:
    """Return `log(1 + x)`, exact also where x is small.

    Example:
        >>> log1p([0.0, 1e-6]).numpy()
        array([0.000000e+00, 9.999995e-07], dtype=float32)
    """
    return apply(LOG1P, as_float(x))


@public(ufunc=np.log2)
def log2(x: TensorLike) -> Any:
    """Return the logarithm to base 2 of each element.

    Example:
        >>> log2([1.0, 8.0]).numpy()
        array([0., 3.], dtype=float32)
    """
    return apply(LOG2, as_float(x))


@public(ufunc=np.log10)
def log10(x: TensorLike) -> Any:
    """Return the logarithm to base 10 of each element.

    Example:
        >>> log10([1.0, 100.0]).numpy()
        array([0.       , 2.0000002], dtype=float32)
    """
    return apply(LOG10, as_float(x))


@public(ufunc=np.sqrt)
def sqrt(x: TensorLike) -> Any:
    """Return the square root of each element.

    Example:
        >>> sqrt([1.0, 9.0]).numpy()
        array([1., 3.], dtype=float32)
    """
    return apply(SQRT, as_float(x))


@public()
def rsqrt(x: TensorLike) -> Any:
    """Return one over the square root of each element.

    Example:
        >>> rsqrt([1.0, 4.0]).numpy()
        array([1. , 0.5], dtype=float32)
    """
    return apply(RSQRT, as_float(x))


@public(ufunc=np.square)
def square(x: TensorLike) -> Any:
    """Return the square of each element; integers stay integers.

    Example:
        >>> square([1, -3]).numpy()
        array([1, 9], dtype=int32)
    """
    return apply(SQUARE, as_number(x))


@public(ufunc=np.reciprocal)
def reciprocal(x: TensorLike) -> Any:
    """Return one over each element.

    Example:
        >>> reciprocal([1.0, 4.0]).numpy()
        array([1.  , 0.25], dtype=float32)
    """
    return apply(RECIPROCAL, as_float(x))


@public()
def erf(x: TensorLike) -> Any:
    """Return the error function of each element.

    Example:
        >>> erf([0.0, 1.0]).numpy()
        array([0.       , 0.8427008], dtype=float32)
    """
    return apply(ERF, as_float(x))


@public()
def erfinv(x: TensorLike) -> Any:
    """Return the inverse of the error function; x between -1 and 1.

    Example:
        >>> erfinv([0.0, 0.5]).numpy()
        array([0.        , 0.47693628], dtype=float32)
    """
    return apply(ERFINV, as_float(x))


@public(ufunc=np.logaddexp)
def logaddexp(x1: TensorLike, x2: TensorLike) -> Any:
    """Return `log(exp(x1) + exp(x2))` without overflow.

    Example:
        >>> logaddexp(1000.0, 1000.0).numpy()
        array(1000.6932, dtype=float32)
    """
    return apply(LOGADDEXP, *promote_float(x1, x2))


@public(ufunc=np.power)
def power(x1: TensorLike, x2: TensorLike) -> Any:
    """Raise the first tensor to the power of the second, element by element; shapes and dtypes as in `add`.

    Example:
        >>> power([1.0, 2.0, 3.0], 2).numpy()
        array([1., 4., 9.], dtype=float32)
    """
    return apply(POWER, *promote_numbers(x1, x2))
