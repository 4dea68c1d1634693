"""Activation functions made of other ops: hard, soft, shrinking and gated ones.

Floor 5. Composites; ops that live in neighbouring files are found by name.
"""

from __future__ import annotations

from typing import Any

from ..core.door import shape_of
from ..core.operators import OPERATORS
from ..core.spec import normalize_axis
from ..errors import ShapeError
from ..typing import TensorLike
from .activation import elu, relu, sigmoid, silu, softplus
from .arithmetic import add, divide, greater, multiply, subtract
from .conversion import cast, size_of_axis, stop_gradient
from .definition import as_float, as_tensor, public
from .indexing import getitem

__all__ = [
    "celu",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "mish",
    "relu6",
    "soft_shrink",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "swish",
    "tanh_shrink",
    "threshold",
]


def _clip(x: Any, low: float, high: float) -> Any:
    return OPERATORS["clip"](x, low, high)


@public()
def relu6(x: TensorLike) -> Any:
    """Return `min(max(x, 0), 6)`.

    Example:
        >>> relu6([-1.0, 3.0, 9.0]).numpy()
        array([0., 3., 6.], dtype=float32)
    """
    return _clip(as_float(x), 0.0, 6.0)


@public()
def hard_sigmoid(x: TensorLike) -> Any:
    """Return `relu6(x + 3) / 6`, a sigmoid of straight lines.

    Example:
        >>> hard_sigmoid([-3.0, 0.0, 3.0]).numpy()
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return divide(relu6(add(as_float(x), 3.0)), 6.0)


@public()
def hard_silu(x: TensorLike) -> Any:
    """Return `x * hard_sigmoid(x)`, also known as hard swish.

    Example:
        >>> hard_silu([-3.0, 0.0, 3.0]).numpy()
        array([-0.,  0.,  3.], dtype=float32)
    """
    x = as_float(x)
    return multiply(x, hard_sigmoid(x))


hard_swish = hard_silu
swish = silu


@public()
def hard_tanh(x: TensorLike) -> Any:
    """Return `x` between -1 and 1, and these beyond.

    Example:
        >>> hard_tanh([-3.0, 0.5, 3.0]).numpy()
        array([-1. ,  0.5,  1. ], dtype=float32)
    """
    return _clip(as_float(x), -1.0, 1.0)


@public()
def softsign(x: TensorLike) -> Any:
    """Return `x / (1 + |x|)`.

    Example:
        >>> softsign([-1.0, 0.0, 3.0]).numpy()
        array([-0.5 ,  0.  ,  0.75], dtype=float32)
    """
    x = as_float(x)
    return divide(x, add(OPERATORS["absolute"](x), 1.0))


@public()
def celu(x: TensorLike, alpha: float = 1.0) -> Any:
    """Return `x` where it is positive, `alpha * (exp(x / alpha) - 1)` elsewhere.

    Example:
        >>> celu([-1000.0, 2.0], alpha=3.0).numpy()
        array([-3.,  2.], dtype=float32)
    """
    x = as_float(x)
    return add(relu(x), multiply(elu(divide(subtract(x, relu(x)), float(alpha))), float(alpha)))


@public()
def glu(x: TensorLike, axis: int = -1) -> Any:
    """Return the first half of the elements, times the sigmoid of the second half.

    Args:
        x: tensor with an even size along the axis.
        axis: along which to divide.

    Returns:
        tensor of half the size along the axis.

    Raises:
        ShapeError: if the size is odd.

    Example:
        >>> glu([2.0, 4.0, 0.0, 0.0]).numpy()
        array([1., 2.], dtype=float32)
    """
    x = as_float(x)
    axis = normalize_axis(axis, len(shape_of(x)))
    size = size_of_axis(x, axis)
    if isinstance(size, int) and size % 2:
        raise ShapeError(f"glu cannot halve axis {axis} of a tensor of shape {list(shape_of(x))}.", why="it is odd")
    half = size // 2
    every = (slice(None),) * axis
    return multiply(getitem(x, (*every, slice(None, half))), sigmoid(getitem(x, (*every, slice(half, None)))))


@public()
def mish(x: TensorLike) -> Any:
    """Return `x * tanh(softplus(x))`.

    Example:
        >>> mish([0.0, 1000.0]).numpy()
        array([   0., 1000.], dtype=float32)

    Source: Misra 2019, "Mish: A Self Regularized Non-Monotonic Activation Function".
    """
    x = as_float(x)
    return multiply(x, OPERATORS["tanh"](softplus(x)))


@public()
def tanh_shrink(x: TensorLike) -> Any:
    """Return `x - tanh(x)`.

    Example:
        >>> tanh_shrink([0.0, 1000.0]).numpy()
        array([  0., 999.], dtype=float32)
    """
    x = as_float(x)
    return subtract(x, OPERATORS["tanh"](x))


@public()
def soft_shrink(x: TensorLike, threshold: float = 0.5) -> Any:
    """Move `x` towards zero by `threshold`, but not past it.

    Example:
        >>> soft_shrink([-2.0, 0.25, 2.0]).numpy()
        array([-1.5,  0. ,  1.5], dtype=float32)
    """
    x = as_float(x)
    return subtract(x, _clip(x, -threshold, threshold))


@public()
def hard_shrink(x: TensorLike, threshold: float = 0.5) -> Any:
    """Return `x` where its magnitude is above `threshold`, zero elsewhere.

    Example:
        >>> hard_shrink([-2.0, 0.25, 2.0]).numpy()
        array([-2.,  0.,  2.], dtype=float32)
    """
    x = as_float(x)
    return multiply(x, cast(greater(OPERATORS["absolute"](x), threshold), x.dtype))


@public()
def threshold(x: TensorLike, threshold: float, default_value: float) -> Any:
    """Return `x` where it is above `threshold`, `default_value` elsewhere.

    Example:
        >>> threshold([-2.0, 1.0, 2.0], 1.0, 9.0).numpy()
        array([9., 9., 2.], dtype=float32)
    """
    x = as_tensor(x)
    return OPERATORS["where"](greater(x, threshold), x, default_value)


@public()
def squareplus(x: TensorLike, b: float = 4) -> Any:
    """Return `(x + sqrt(x² + b)) / 2`, a smooth `relu`.

    Example:
        >>> squareplus([0.0], b=16).numpy()
        array([2.], dtype=float32)

    Source: Barron 2021, "Squareplus: A Softplus-Like Algebraic Rectifier".
    """
    x = as_float(x)
    # The root is taken of numbers near 1, so that the square of a large x does not overflow. The scale cancels.
    scale = stop_gradient(OPERATORS["maximum"](OPERATORS["absolute"](x), 1.0))
    ratio = divide(x, scale)
    root = OPERATORS["sqrt"](add(multiply(ratio, ratio), divide(divide(float(b), scale), scale)))
    return multiply(multiply(scale, 0.5), add(ratio, root))


@public()
def sparse_plus(x: TensorLike) -> Any:
    """Return 0 below -1, `x` above 1, and the parabola `(x + 1)² / 4` between them.

    Example:
        >>> sparse_plus([-2.0, 0.0, 2.0]).numpy()
        array([0.  , 0.25, 2.  ], dtype=float32)
    """
    x = as_float(x)
    middle = add(_clip(x, -1.0, 1.0), 1.0)
    return add(multiply(multiply(middle, middle), 0.25), relu(subtract(x, 1.0)))


@public()
def sparse_sigmoid(x: TensorLike) -> Any:
    """Return 0 below -1, 1 above 1, and `(x + 1) / 2` between them.

    Example:
        >>> sparse_sigmoid([-2.0, 0.0, 2.0]).numpy()
        array([0. , 0.5, 1. ], dtype=float32)
    """
    return multiply(add(_clip(as_float(x), -1.0, 1.0), 1.0), 0.5)
