"""Angles and hyperbolic functions, element by element.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.door import apply
from ..core.primitive import Primitive, spec_like
from ..typing import TensorLike
from .arithmetic import add, divide, multiply, negative, subtract
from .definition import (
    as_float,
    binary_samples,
    elementwise,
    infer_broadcast_float,
    promote_float,
    public,
    unary_samples,
    unbroadcast,
)
from .exponential import rsqrt, square

__all__ = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cos",
    "cosh",
    "deg2rad",
    "hypot",
    "rad2deg",
    "sin",
    "sinh",
    "tan",
    "tanh",
]


def _unary(name: str, compute: Any, vjp: Callable[..., Any], **options: Any) -> Primitive:
    return elementwise(name, compute, [vjp], infer=spec_like, samples=unary_samples(**options))


SIN = _unary("sin", np.sin, lambda g, y, x: multiply(g, cos(x)))
COS = _unary("cos", np.cos, lambda g, y, x: negative(multiply(g, sin(x))))
TAN = _unary("tan", np.tan, lambda g, y, x: multiply(g, add(square(y), 1.0)), high=1.2)
ARCSIN = _unary("arcsin", np.arcsin, lambda g, y, x: multiply(g, rsqrt(subtract(1.0, square(x)))), high=0.75)
ARCCOS = _unary("arccos", np.arccos, lambda g, y, x: negative(multiply(g, rsqrt(subtract(1.0, square(x))))), high=0.75)
ARCTAN = _unary("arctan", np.arctan, lambda g, y, x: divide(g, add(square(x), 1.0)))
SINH = _unary("sinh", np.sinh, lambda g, y, x: multiply(g, cosh(x)))
COSH = _unary("cosh", np.cosh, lambda g, y, x: multiply(g, sinh(x)))
TANH = _unary("tanh", np.tanh, lambda g, y, x: multiply(g, subtract(1.0, square(y))))
ARCSINH = _unary("arcsinh", np.arcsinh, lambda g, y, x: multiply(g, rsqrt(add(square(x), 1.0))))
ARCCOSH = _unary(
    "arccosh",
    np.arccosh,
    lambda g, y, x: multiply(g, rsqrt(subtract(square(x), 1.0))),
    low=1.25,
    high=3.0,
    signed=False,
)
ARCTANH = _unary("arctanh", np.arctanh, lambda g, y, x: divide(g, subtract(1.0, square(x))), high=0.75)
DEG2RAD = _unary("deg2rad", np.deg2rad, lambda g, y, x: deg2rad(g))
RAD2DEG = _unary("rad2deg", np.rad2deg, lambda g, y, x: rad2deg(g))
ARCTAN2 = elementwise(
    "arctan2",
    np.arctan2,
    [
        lambda g, y, a, b: unbroadcast(multiply(g, divide(b, add(square(a), square(b)))), a),
        lambda g, y, a, b: unbroadcast(negative(multiply(g, divide(a, add(square(a), square(b))))), b),
    ],
    infer=infer_broadcast_float,
    samples=binary_samples(),
)
HYPOT = elementwise(
    "hypot",
    np.hypot,
    [
        lambda g, y, a, b: unbroadcast(multiply(g, divide(a, y)), a),
        lambda g, y, a, b: unbroadcast(multiply(g, divide(b, y)), b),
    ],
    infer=infer_broadcast_float,
    samples=binary_samples(),
)


@public(ufunc=np.sin)
def sin(x: TensorLike) -> Any:
    """Return the sine of each element, in radians; integers give the default float, as in all functions of this file.

    Example:
        >>> sin([0.0, 1.0]).numpy()
        array([0.      , 0.841471], dtype=float32)
    """
    return apply(SIN, as_float(x))


@public(ufunc=np.cos)
def cos(x: TensorLike) -> Any:
    """Return the cosine of each element, in radians.

    Example:
        >>> cos([0.0, 1.0]).numpy()
        array([1.       , 0.5403023], dtype=float32)
    """
    return apply(COS, as_float(x))


@public(ufunc=np.tan)
def tan(x: TensorLike) -> Any:
    """Return the tangent of each element, in radians.

    Example:
        >>> tan([0.0, 1.0]).numpy()
        array([0.       , 1.5574077], dtype=float32)
    """
    return apply(TAN, as_float(x))


@public(ufunc=np.arcsin)
def arcsin(x: TensorLike) -> Any:
    """Return the angle whose sine is x, between -π/2 and π/2.

    Example:
        >>> arcsin([0.0, 1.0]).numpy()
        array([0.       , 1.5707964], dtype=float32)
    """
    return apply(ARCSIN, as_float(x))


@public(ufunc=np.arccos)
def arccos(x: TensorLike) -> Any:
    """Return the angle whose cosine is x, between 0 and π.

    Example:
        >>> arccos([1.0, 0.0]).numpy()
        array([0.       , 1.5707964], dtype=float32)
    """
    return apply(ARCCOS, as_float(x))


@public(ufunc=np.arctan)
def arctan(x: TensorLike) -> Any:
    """Return the angle whose tangent is x, between -π/2 and π/2.

    Example:
        >>> arctan([0.0, 1.0]).numpy()
        array([0.       , 0.7853982], dtype=float32)
    """
    return apply(ARCTAN, as_float(x))


@public(ufunc=np.sinh)
def sinh(x: TensorLike) -> Any:
    """Return the hyperbolic sine of each element.

    Example:
        >>> sinh([0.0, 1.0]).numpy()
        array([0.       , 1.1752012], dtype=float32)
    """
    return apply(SINH, as_float(x))


@public(ufunc=np.cosh)
def cosh(x: TensorLike) -> Any:
    """Return the hyperbolic cosine of each element.

    Example:
        >>> cosh([0.0, 1.0]).numpy()
        array([1.       , 1.5430807], dtype=float32)
    """
    return apply(COSH, as_float(x))


@public(ufunc=np.tanh)
def tanh(x: TensorLike) -> Any:
    """Return the hyperbolic tangent of each element.

    Example:
        >>> tanh([0.0, 1.0]).numpy()
        array([0.       , 0.7615942], dtype=float32)
    """
    return apply(TANH, as_float(x))


@public(ufunc=np.arcsinh)
def arcsinh(x: TensorLike) -> Any:
    """Return the inverse of the hyperbolic sine.

    Example:
        >>> arcsinh([0.0, 1.0]).numpy()
        array([0.       , 0.8813736], dtype=float32)
    """
    return apply(ARCSINH, as_float(x))


@public(ufunc=np.arccosh)
def arccosh(x: TensorLike) -> Any:
    """Return the inverse of the hyperbolic cosine; x at least 1.

    Example:
        >>> arccosh([1.0, 2.0]).numpy()
        array([0.      , 1.316958], dtype=float32)
    """
    return apply(ARCCOSH, as_float(x))


@public(ufunc=np.arctanh)
def arctanh(x: TensorLike) -> Any:
    """Return the inverse of the hyperbolic tangent; x between -1 and 1.

    Example:
        >>> arctanh([0.0, 0.5]).numpy()
        array([0.        , 0.54930615], dtype=float32)
    """
    return apply(ARCTANH, as_float(x))


@public(ufunc=(np.deg2rad, np.radians))
def deg2rad(x: TensorLike) -> Any:
    """Turn degrees into radians.

    Example:
        >>> deg2rad([0.0, 180.0]).numpy()
        array([0.       , 3.1415927], dtype=float32)
    """
    return apply(DEG2RAD, as_float(x))


@public(ufunc=(np.rad2deg, np.degrees))
def rad2deg(x: TensorLike) -> Any:
    """Turn radians into degrees.

    Example:
        >>> rad2deg([0.0, np.pi]).numpy()
        array([  0., 180.], dtype=float32)
    """
    return apply(RAD2DEG, as_float(x))


@public(ufunc=np.arctan2)
def arctan2(x1: TensorLike, x2: TensorLike) -> Any:
    """Return the angle of the point `(x2, x1)`, between -π and π.

    Args:
        x1: ordinates, of any shape.
        x2: abscissas, of a shape that can be broadcast with that of `x1`.

    Example:
        >>> arctan2([1.0, -1.0], [0.0, -1.0]).numpy()
        array([ 1.5707964, -2.3561945], dtype=float32)
    """
    return apply(ARCTAN2, *promote_float(x1, x2))


@public(ufunc=np.hypot)
def hypot(x1: TensorLike, x2: TensorLike) -> Any:
    """Return the length of the hypotenuse, `sqrt(x1² + x2²)`.

    Example:
        >>> hypot(3.0, 4.0).numpy()
        array(5., dtype=float32)
    """
    return apply(HYPOT, *promote_float(x1, x2))
