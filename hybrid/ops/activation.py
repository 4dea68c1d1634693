"""Activation functions that are primitives: fused, stable for arguments of any size.

Floor 5. Ops that live in neighbouring files are found by name. The rarer functions, made of others, are in `shrinkage`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.operators import OPERATORS
from ..core.primitive import Primitive, spec_like
from ..core.spec import normalize_axes, normalize_axis
from ..typing import TensorLike
from .arithmetic import add, divide, greater, multiply, negative, subtract
from .conversion import cast
from .definition import as_float, as_tensor, elementwise, floats, public, unary_samples
from .reduction import sum

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "log_sigmoid",
    "log_softmax",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "sparsemax",
]

_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805
_GELU_SLOPE = 2 * math.sqrt(2 / math.pi)
_GELU_CUBIC = 0.044715
# The normal density is zero in float64 beyond this, and so is what the cubic approximation leaves of it.
_GELU_RANGE = 40.0


def _sigmoid(x: Any) -> Any:
    # exp() of negative numbers only: it may vanish but not overflow, and small results keep their precision. A second
    # exp() takes half the time of choosing by np.where.
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def _softplus(x: Any) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _with(options: dict[str, Any], *shapes: tuple[int, ...]) -> Any:
    return lambda rng: [(tuple(floats(rng, *shape) for shape in shapes), options)]


# -- piecewise linear and exponential --------------------------------------------------------------------------------


def _compute_gate(g: Any, y: Any, slope: float = 0.0) -> Any:
    if slope:
        return np.where(y > 0, g, g * slope)
    # A product of floats and bools converts the bools piece by piece, which takes three times as long.
    return g * (y > 0).astype(g.dtype)


# The derivative of relu and its relatives: what flows back where y is positive, and `slope` of it elsewhere.
GATE: Primitive = elementwise(
    "gate",
    _compute_gate,
    [lambda ct, _, g, y, slope=0.0: apply(GATE, ct, y, slope=slope), None],
    infer=lambda g, y, slope=0.0: g,
    samples=lambda rng: [
        ((floats(rng, 2, 3), floats(rng, 2, 3)), {}),
        ((floats(rng, 2, 3), floats(rng, 2, 3)), {"slope": 0.3}),
    ],
)
RELU: Primitive = elementwise(
    "relu",
    lambda x: np.maximum(x, 0),
    [lambda g, y, x: apply(GATE, g, y)],
    infer=spec_like,
    samples=unary_samples(),
)
LEAKY_RELU: Primitive = elementwise(
    "leaky_relu",
    lambda x, slope: np.maximum(x, 0) + np.minimum(x, 0) * slope,
    [lambda g, y, x, slope: apply(GATE, g, x, slope=slope)],
    infer=spec_like,
    samples=_with({"slope": 0.2}, (2, 3)),
)
# alpha * (exp(x) - 1) below zero; its derivative there is y + alpha.
ELU: Primitive = elementwise(
    "elu",
    lambda x, alpha: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0)),
    [lambda g, y, x, alpha: multiply(g, OPERATORS["where"](greater(x, 0), np.ones((), x.dtype), add(y, float(alpha))))],
    infer=spec_like,
    samples=lambda rng: [((floats(rng, 2, 3),), {"alpha": 1.5}), ((floats(rng, 0, 3),), {"alpha": 1.0})],
)


# -- smooth ----------------------------------------------------------------------------------------------------------


def _vjp_silu(g: Any, y: Any, x: Any) -> Any:
    gate = sigmoid(x)
    return multiply(g, add(gate, multiply(y, subtract(1.0, gate))))


SIGMOID: Primitive = elementwise(
    "sigmoid",
    _sigmoid,
    [lambda g, y, x: multiply(g, multiply(y, subtract(1.0, y)))],
    infer=spec_like,
    samples=unary_samples(),
)
SOFTPLUS: Primitive = elementwise(
    "softplus", _softplus, [lambda g, y, x: multiply(g, apply(SIGMOID, x))], infer=spec_like, samples=unary_samples()
)
SILU: Primitive = elementwise("silu", lambda x: x * _sigmoid(x), [_vjp_silu], infer=spec_like, samples=unary_samples())


def _compute_gelu(x: Any) -> Any:
    # (1 + tanh(z)) / 2 is sigmoid(2 z).
    near = np.clip(x, -_GELU_RANGE, _GELU_RANGE)
    return x * _sigmoid(_GELU_SLOPE * (near + _GELU_CUBIC * near * near * near))


def _vjp_gelu(g: Any, y: Any, x: Any) -> Any:
    near = OPERATORS["clip"](x, -_GELU_RANGE, _GELU_RANGE)
    squares = multiply(near, near)
    gate = sigmoid(multiply(multiply(near, add(multiply(squares, _GELU_CUBIC), 1.0)), _GELU_SLOPE))
    slope = multiply(add(multiply(squares, 3 * _GELU_CUBIC), 1.0), _GELU_SLOPE)
    bend = multiply(multiply(near, multiply(gate, subtract(1.0, gate))), slope)
    return multiply(g, add(gate, bend))


def _compute_normal_cdf(x: Any) -> Any:
    from scipy import special

    return special.ndtr(x).astype(x.dtype, copy=False)


def _normal_density(x: Any) -> Any:
    near = OPERATORS["clip"](x, -_GELU_RANGE, _GELU_RANGE)
    return multiply(OPERATORS["exp"](multiply(multiply(near, near), -0.5)), 1 / math.sqrt(2 * math.pi))


GELU: Primitive = elementwise("gelu", _compute_gelu, [_vjp_gelu], infer=spec_like, samples=unary_samples())
NORMAL_CDF: Primitive = elementwise(
    "normal_cdf",
    _compute_normal_cdf,
    [lambda g, y, x: multiply(g, _normal_density(x))],
    infer=spec_like,
    samples=unary_samples(),
)


# -- over an axis ----------------------------------------------------------------------------------------------------


def _compute_softmax(x: Any, axes: Any) -> Any:
    if not x.size:
        return x.copy()
    y = np.exp(x - x.max(axis=axes, keepdims=True))
    return y / y.sum(axis=axes, keepdims=True)


def _compute_log_softmax(x: Any, axes: Any) -> Any:
    if not x.size:
        return x.copy()
    shifted = x - x.max(axis=axes, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axes, keepdims=True))


def _vjp_softmax(g: Any, y: Any, x: Any, axes: Any) -> Any:
    weighted = multiply(g, y)
    return subtract(weighted, multiply(y, sum(weighted, axis=axes, keepdims=True)))


def _vjp_log_softmax(g: Any, y: Any, x: Any, axes: Any) -> Any:
    return subtract(g, multiply(OPERATORS["exp"](y), sum(g, axis=axes, keepdims=True)))


def _softmax_samples(rng: np.random.Generator) -> list[Any]:
    cases = (((2, 3), (1,)), ((2, 3, 2), (1,)), ((2, 3, 2), (0, 2)), ((0, 3), (1,)))
    return [((floats(rng, *shape),), {"axes": axes}) for shape, axes in cases]


SOFTMAX: Primitive = Primitive("softmax", _compute_softmax, lambda x, axes: x, [_vjp_softmax], samples=_softmax_samples)
LOG_SOFTMAX: Primitive = Primitive(
    "log_softmax", _compute_log_softmax, lambda x, axes: x, [_vjp_log_softmax], samples=_softmax_samples
)


def _compute_sparsemax(x: Any, axis: int) -> Any:
    if not x.size:
        return x.copy()
    rows = np.moveaxis(x, axis, -1)
    ordered = np.sort(rows, -1)[..., ::-1]
    above = np.cumsum(ordered, -1) - 1
    rank = np.arange(1, ordered.shape[-1] + 1, dtype=x.dtype)
    support = np.count_nonzero(ordered * rank > above, -1, keepdims=True)
    threshold = np.take_along_axis(above, support - 1, -1) / support.astype(x.dtype)
    return np.moveaxis(np.maximum(rows - threshold, 0), -1, axis)


def _vjp_sparsemax(g: Any, y: Any, x: Any, axis: int) -> Any:
    support = cast(greater(y, 0), x.dtype)
    count = OPERATORS["maximum"](sum(support, axis=axis, keepdims=True), 1.0)
    level = divide(sum(multiply(g, support), axis=axis, keepdims=True), count)
    return multiply(support, subtract(g, level))


SPARSEMAX: Primitive = Primitive(
    "sparsemax",
    _compute_sparsemax,
    lambda x, axis: x,
    [_vjp_sparsemax],
    samples=lambda rng: [((floats(rng, 2, 4),), {"axis": 1}), ((floats(rng, 3, 2),), {"axis": 0})],
)


# -- public ----------------------------------------------------------------------------------------------------------


@public()
def relu(x: TensorLike) -> Any:
    """Return the positive part, `max(x, 0)`.

    Args:
        x: tensor of any shape; integers stay integers.

    Returns:
        tensor of the same shape and dtype.

    Example:
        >>> relu([-1.0, 2.0]).numpy()
        array([0., 2.], dtype=float32)
    """
    return apply(RELU, as_tensor(x))


@public()
def leaky_relu(x: TensorLike, negative_slope: float = 0.2) -> Any:
    """Return `x` where it is positive, `negative_slope * x` elsewhere.

    Example:
        >>> leaky_relu([-1.0, 2.0], negative_slope=0.5).numpy()
        array([-0.5,  2. ], dtype=float32)
    """
    return apply(LEAKY_RELU, as_float(x), slope=float(negative_slope))


@public()
def elu(x: TensorLike, alpha: float = 1.0) -> Any:
    """Return `x` where it is positive, `alpha * (exp(x) - 1)` elsewhere.

    Example:
        >>> elu([-1000.0, 2.0]).numpy()
        array([-1.,  2.], dtype=float32)

    Source: Clevert et al. 2015, "Fast and Accurate Deep Network Learning by Exponential Linear Units".
    """
    return apply(ELU, as_float(x), alpha=float(alpha))


@public()
def selu(x: TensorLike) -> Any:
    """Return a scaled `elu` that keeps mean 0 and variance 1 from layer to layer.

    Example:
        >>> selu([0.0, 1.0]).numpy()
        array([0.      , 1.050701], dtype=float32)

    Source: Klambauer et al. 2017, "Self-Normalizing Neural Networks".
    """
    return multiply(elu(x, _SELU_ALPHA), _SELU_SCALE)


@public()
def sigmoid(x: TensorLike) -> Any:
    """Return `1 / (1 + exp(-x))`, for arguments of any size.

    Args:
        x: tensor of any shape; integers become the default float.

    Example:
        >>> sigmoid([-1000.0, 0.0, 1000.0]).numpy()
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return apply(SIGMOID, as_float(x))


@public()
def log_sigmoid(x: TensorLike) -> Any:
    """Return the logarithm of `sigmoid(x)`, also where that is too small for a float.

    Example:
        >>> log_sigmoid([-1000.0, 1000.0]).numpy()
        array([-1000.,    -0.], dtype=float32)
    """
    return negative(softplus(negative(as_float(x))))


@public()
def softplus(x: TensorLike) -> Any:
    """Return `log(1 + exp(x))`, for arguments of any size.

    Example:
        >>> softplus([-1000.0, 1000.0]).numpy()
        array([   0., 1000.], dtype=float32)
    """
    return apply(SOFTPLUS, as_float(x))


@public()
def silu(x: TensorLike) -> Any:
    """Return `x * sigmoid(x)`, also known as swish.

    Example:
        >>> silu([0.0, 1000.0]).numpy()
        array([   0., 1000.], dtype=float32)
    """
    return apply(SILU, as_float(x))


@public()
def gelu(x: TensorLike, approximate: bool = True) -> Any:
    """Return `x` times the probability that a standard normal number is below `x`.

    Args:
        x: tensor of any shape; integers become the default float.
        approximate: whether to use the `tanh` approximation, which needs no error function.

    Example:
        >>> gelu([-1000.0, 0.0, 1000.0]).numpy()
        array([  -0.,    0., 1000.], dtype=float32)

    Source: Hendrycks and Gimpel 2016, "Gaussian Error Linear Units".
    """
    x = as_float(x)
    return apply(GELU, x) if approximate else multiply(x, apply(NORMAL_CDF, x))


def _axes(x: Any, axis: Any) -> tuple[int, ...]:
    return normalize_axes(axis, len(shape_of(x)))


@public()
def softmax(x: TensorLike, axis: Any = -1) -> Any:
    """Return `exp(x)`, scaled to the sum 1.

    Args:
        x: tensor of rank 1 or more.
        axis: along which the sum is 1: one axis, several, or all for `None`.

    Returns:
        float tensor of the same shape.

    Raises:
        ShapeError: if the axis is out of range.

    Example:
        >>> softmax([0.0, 0.0]).numpy(), softmax([1000.0, 0.0]).numpy()
        (array([0.5, 0.5], dtype=float32), array([1., 0.], dtype=float32))
    """
    x = as_float(x)
    return apply(SOFTMAX, x, axes=_axes(x, axis))


@public()
def log_softmax(x: TensorLike, axis: Any = -1) -> Any:
    """Return the logarithm of `softmax(x)`, also where that is too small for a float; arguments as in `softmax`.

    Example:
        >>> log_softmax([1000.0, 0.0]).numpy()
        array([    0., -1000.], dtype=float32)
    """
    x = as_float(x)
    return apply(LOG_SOFTMAX, x, axes=_axes(x, axis))


@public()
def sparsemax(x: TensorLike, axis: int = -1) -> Any:
    """Return the distribution nearest to `x`: like `softmax`, but small elements become zero.

    Example:
        >>> sparsemax([2.0, 1.5, -1.0]).numpy()
        array([0.75, 0.25, 0.  ], dtype=float32)

    Source: Martins and Astudillo 2016, "From Softmax to Sparsemax".
    """
    x = as_float(x)
    return apply(SPARSEMAX, x, axis=normalize_axis(axis, len(shape_of(x))))
