"""The activation functions: ops under the names and defaults that layers know them by.

Floor 6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import ops
from ..errors import ConfigError
from ..registry import register_builtin
from ..typing import TensorLike

__all__ = [
    "celu",
    "elu",
    "exponential",
    "gelu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]


@register_builtin
def linear(x: TensorLike) -> Any:
    """Return the argument unchanged.

    Example:
        >>> linear(3.0)
        3.0
    """
    return x


@register_builtin
def relu(x: TensorLike, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Any:
    """Return the positive part of each element.

    Args:
        x: tensor of any shape.
        negative_slope: slope below the threshold.
        max_value: upper bound of the result, none by default.
        threshold: elements below it count as negative.

    Returns:
        tensor of the shape of `x`: `x` where `x >= threshold`, else `negative_slope * (x - threshold)`.

    Raises:
        ConfigError: if `negative_slope` or `max_value` is negative.

    Example:
        >>> relu([-1.0, 0.5, 9.0], max_value=6.0).numpy()
        array([0. , 0.5, 6. ], dtype=float32)
    """
    if negative_slope == 0.0 and threshold == 0.0 and max_value is None:
        return ops.relu(x)
    if negative_slope < 0 or (max_value is not None and max_value < 0):
        raise ConfigError(
            f"relu cannot have negative_slope={negative_slope} and max_value={max_value}.",
            fix="neither may be negative",
        )
    if threshold == 0.0:
        positive = ops.relu(x)
    else:
        positive = ops.where(ops.greater(x, threshold), x, ops.zeros_like(x))
    result = positive if max_value is None else ops.minimum(positive, max_value)
    if negative_slope:
        result = result - ops.relu(threshold - ops.convert_to_tensor(x)) * negative_slope
    return result


@register_builtin
def leaky_relu(x: TensorLike, negative_slope: float = 0.2) -> Any:
    """Return `x` where it is positive and `negative_slope * x` elsewhere.

    Example:
        >>> leaky_relu([-1.0, 2.0]).numpy()
        array([-0.2,  2. ], dtype=float32)
    """
    return ops.leaky_relu(x, negative_slope=negative_slope)


@register_builtin
def relu6(x: TensorLike) -> Any:
    """Return `min(max(x, 0), 6)`.

    Example:
        >>> relu6([-1.0, 2.0, 7.0]).numpy()
        array([0., 2., 6.], dtype=float32)
    """
    return ops.relu6(x)


@register_builtin
def softmax(x: TensorLike, axis: int = -1) -> Any:
    """Return positive numbers that add up to one along an axis: `exp(x) / sum(exp(x))`.

    Example:
        >>> softmax([[1.0, 1.0]]).numpy()
        array([[0.5, 0.5]], dtype=float32)
    """
    return ops.softmax(x, axis=axis)


@register_builtin
def log_softmax(x: TensorLike, axis: int = -1) -> Any:
    """Return the logarithm of `softmax`, computed without loss of accuracy.

    Example:
        >>> ops.exp(log_softmax([[1.0, 1.0]])).numpy()
        array([[0.5, 0.5]], dtype=float32)
    """
    return ops.log_softmax(x, axis=axis)


@register_builtin
def sparsemax(x: TensorLike, axis: int = -1) -> Any:
    """Project onto the probability simplex: as `softmax`, but small entries become exactly zero.

    Example:
        >>> sparsemax([[3.0, 0.0]]).numpy()
        array([[1., 0.]], dtype=float32)

    Source: Martins and Astudillo 2016, "From Softmax to Sparsemax".
    """
    return ops.sparsemax(x, axis=axis)


@register_builtin
def elu(x: TensorLike, alpha: float = 1.0) -> Any:
    """Return `x` where it is positive and `alpha * (exp(x) - 1)` elsewhere.

    Example:
        >>> elu([0.0, 2.0]).numpy()
        array([0., 2.], dtype=float32)
    """
    return ops.elu(x, alpha=alpha)


@register_builtin
def selu(x: TensorLike) -> Any:
    """Return `1.0507 * elu(x, 1.6733)`, which keeps mean and variance through many layers.

    Example:
        >>> selu([0.0]).numpy()
        array([0.], dtype=float32)

    Source: Klambauer et al. 2017, "Self-Normalizing Neural Networks".
    """
    return ops.selu(x)


@register_builtin
def celu(x: TensorLike, alpha: float = 1.0) -> Any:
    """Return `max(x, 0) + min(0, alpha * (exp(x / alpha) - 1))`.

    Example:
        >>> celu([0.0, 2.0]).numpy()
        array([0., 2.], dtype=float32)
    """
    return ops.celu(x, alpha=alpha)


@register_builtin
def gelu(x: TensorLike, approximate: bool = False) -> Any:
    """Return `x` times the normal distribution function of `x`.

    Args:
        x: tensor of any shape.
        approximate: whether to use the tanh approximation.

    Example:
        >>> gelu([0.0]).numpy()
        array([0.], dtype=float32)
    """
    return ops.gelu(x, approximate=approximate)


@register_builtin
def threshold(x: TensorLike, threshold: float, default_value: float) -> Any:
    """Return `x` where it is above the threshold and `default_value` elsewhere.

    Example:
        >>> threshold([1.0, 3.0], 2.0, -1.0).numpy()
        array([-1.,  3.], dtype=float32)
    """
    return ops.threshold(x, threshold=threshold, default_value=default_value)


def _plain(name: str, op: str, meaning: str, at_zero: float) -> Callable[[TensorLike], Any]:
    """Make the activation of an op of one argument."""
    function = getattr(ops, op)

    def activation(x: TensorLike) -> Any:
        return function(x)

    activation.__name__ = activation.__qualname__ = name
    activation.__doc__ = f"""Return {meaning}.

    Example:
        >>> float({name}(0.0))
        {at_zero}
    """
    return register_builtin(activation)


sigmoid = _plain("sigmoid", "sigmoid", "`1 / (1 + exp(-x))`", 0.5)
tanh = _plain("tanh", "tanh", "the hyperbolic tangent", 0.0)
exponential = _plain("exponential", "exp", "`exp(x)`", 1.0)
log_sigmoid = _plain("log_sigmoid", "log_sigmoid", "the logarithm of `sigmoid(x)`", -0.6931471824645996)
hard_sigmoid = _plain("hard_sigmoid", "hard_sigmoid", "`relu6(x + 3) / 6`", 0.5)
hard_silu = _plain("hard_silu", "hard_silu", "`x * hard_sigmoid(x)`", 0.0)
hard_tanh = _plain("hard_tanh", "hard_tanh", "`x` clipped to [-1, 1]", 0.0)
silu = _plain("silu", "silu", "`x * sigmoid(x)`", 0.0)
softplus = _plain("softplus", "softplus", "`log(1 + exp(x))`", 0.6931471824645996)
softsign = _plain("softsign", "softsign", "`x / (1 + |x|)`", 0.0)
sparse_plus = _plain(
    "sparse_plus", "sparse_plus", "0 below -1, `x` above 1, and the parabola `(x + 1)² / 4` between", 0.25
)
sparse_sigmoid = _plain("sparse_sigmoid", "sparse_sigmoid", "0 below -1, 1 above 1, and `(x + 1) / 2` between", 0.5)
tanh_shrink = _plain("tanh_shrink", "tanh_shrink", "`x - tanh(x)`", 0.0)
hard_swish, swish = hard_silu, silu


@register_builtin
def mish(x: TensorLike) -> Any:
    """Return `x * tanh(softplus(x))`.

    Example:
        >>> float(mish(0.0))
        0.0
    """
    return ops.multiply(x, ops.tanh(ops.softplus(x)))


@register_builtin
def hard_shrink(x: TensorLike, threshold: float = 0.5) -> Any:
    """Return `x` where its magnitude is above the threshold and 0 elsewhere.

    Example:
        >>> hard_shrink([0.4, -2.0]).numpy()
        array([ 0., -2.], dtype=float32)
    """
    return ops.hard_shrink(x, threshold=threshold)


@register_builtin
def soft_shrink(x: TensorLike, threshold: float = 0.5) -> Any:
    """Move each element towards 0 by the threshold; what would cross it becomes 0.

    Example:
        >>> soft_shrink([0.25, -2.0]).numpy()
        array([ 0. , -1.5], dtype=float32)
    """
    return ops.soft_shrink(x, threshold=threshold)


@register_builtin
def squareplus(x: TensorLike, b: float = 4) -> Any:
    """Return `(x + sqrt(x² + b)) / 2`, a smooth rectifier without exponentials.

    Example:
        >>> float(squareplus(0.0))
        1.0
    """
    return ops.squareplus(x, b=b)


@register_builtin
def glu(x: TensorLike, axis: int = -1) -> Any:
    """Split along an axis and return the first half times the sigmoid of the second.

    Example:
        >>> glu([[2.0, 0.0]]).numpy()
        array([[1.]], dtype=float32)
    """
    return ops.glu(x, axis=axis)
