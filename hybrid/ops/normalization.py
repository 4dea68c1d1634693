"""Normalization: means, variances, and scaling by them.

Floor 5. Composites of other ops.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import config
from ..core.door import apply, shape_of
from ..core.operators import OPERATORS
from ..core.spec import TensorSpec, normalize_axes, normalize_axis, same_size
from ..errors import ConfigError, ShapeError
from ..typing import TensorLike
from .arithmetic import add, divide, multiply, negative, subtract
from .conversion import cast
from .definition import as_float, as_tensor, floats, public, to_dtype
from .fused import Fused
from .reduction import max, mean, sum
from .shaping import reshape, squeeze

__all__ = ["batch_normalization", "layer_normalization", "moments", "normalize", "rms_normalization"]


def _widened(x: Any) -> Any:
    """Return float16 as float32: sums of squares overflow at 65,504."""
    x = as_float(x)
    return to_dtype(x, np.dtype("float32")) if x.dtype.itemsize == 2 else x


@public()
def moments(x: TensorLike, axes: Any, keepdims: bool = False, synchronized: bool = False) -> tuple[Any, Any]:
    """Return mean and variance.

    Args:
        x: float tensor.
        axes: axis, or axes, to take them over.
        keepdims: whether these axes stay, with size 1.
        synchronized: whether devices share their moments; there is one device, so it must be false.

    Returns:
        mean and (biased) variance, in the dtype of `x`.

    Raises:
        ShapeError: if an axis is out of range.
        ConfigError: if `synchronized`.

    Example:
        >>> average, variance = moments(np.array([[1.0, 3.0], [2.0, 2.0]]), axes=1)
        >>> average.numpy(), variance.numpy()
        (array([2., 2.]), array([1., 0.]))
    """
    if synchronized:
        raise ConfigError("Moments cannot be synchronized: there is one device.", fix="use synchronized=False")
    x = as_float(x)
    wide = _widened(x)
    average = mean(wide, axis=axes, keepdims=True)
    difference = subtract(wide, average)
    variance = mean(multiply(difference, difference), axis=axes, keepdims=keepdims)
    if not keepdims:
        average = squeeze(average, normalize_axes(axes, len(shape_of(x))))
    return cast(average, x.dtype), cast(variance, x.dtype)


@public()
def normalize(x: TensorLike, axis: Any = -1, order: Any = 2, epsilon: float | None = None) -> Any:
    """Divide vectors by their length.

    Args:
        x: tensor; integers become the default float.
        axis: along which the vectors lie.
        order: of the norm: a positive number, or infinity for the greatest magnitude.
        epsilon: least length to divide by; that of `hybrid.config` by default.

    Returns:
        tensor of the shape of `x`.

    Raises:
        ConfigError: if the order is not positive.

    Example:
        >>> normalize([[3.0, 4.0]]).numpy()
        array([[0.6, 0.8]], dtype=float32)
    """
    if not isinstance(order, (int, float)) or order < 1:
        raise ConfigError(f"order must be a number, 1 or greater; received {order!r}.", fix="order=2, for example")
    x = as_float(x)
    least = config.epsilon() if epsilon is None else epsilon
    magnitude = OPERATORS["absolute"](x)
    if order == 1:
        length = sum(magnitude, axis=axis, keepdims=True)
    elif math.isinf(order):
        length = max(magnitude, axis=axis, keepdims=True)
    elif order == 2:
        # The root has no derivative at 0, where the length is `least` anyway.
        squares = OPERATORS["maximum"](sum(multiply(x, x), axis=axis, keepdims=True), least * least)
        return divide(x, OPERATORS["sqrt"](squares))
    else:
        powers = sum(OPERATORS["power"](magnitude, float(order)), axis=axis, keepdims=True)
        length = OPERATORS["power"](OPERATORS["maximum"](powers, least**order), 1.0 / order)
    return divide(x, OPERATORS["maximum"](length, least))


@public()
def batch_normalization(
    x: TensorLike,
    mean: TensorLike,
    variance: TensorLike,
    axis: int,
    offset: TensorLike | None = None,
    scale: TensorLike | None = None,
    epsilon: float = 1e-3,
) -> Any:
    """Shift and scale every feature by a given mean and variance.

    Args:
        x: float tensor.
        mean: `[features]`.
        variance: `[features]`.
        axis: the axis of the features.
        offset: `[features]`, added at the end.
        scale: `[features]`, multiplied before that.
        epsilon: added to the variance.

    Returns:
        `(x - mean) / sqrt(variance + epsilon) * scale + offset`.

    Raises:
        ShapeError: if a vector does not have one element per feature.

    Example:
        >>> batch_normalization(np.ones((2, 1)), [1.0], [4.0], axis=-1, offset=[5.0]).numpy()
        array([[5.],
               [5.]])
    """
    x = as_float(x)
    shape = shape_of(x)
    axis = normalize_axis(axis, len(shape))
    broadcast = tuple(-1 if place == axis else 1 for place in range(len(shape)))

    def along(vector: Any, name: str) -> Any:
        vector = as_tensor(vector)
        if len(shape_of(vector)) != 1 or not same_size(shape_of(vector)[0], shape[axis]):
            raise ShapeError(
                f"batch_normalization received {name} of shape {list(shape_of(vector))} for {shape[axis]} features.",
                why=f"axis {axis} of the input of shape {list(shape)} holds the features",
                fix="pass one number per feature, or choose another axis",
            )
        return reshape(vector, broadcast)

    factor = divide(1.0, OPERATORS["sqrt"](add(along(variance, "variance"), epsilon)))
    if scale is not None:
        factor = multiply(factor, along(scale, "scale"))
    shift = multiply(along(mean, "mean"), factor)
    # One multiplication and one addition of the large tensor.
    shift = subtract(along(offset, "offset"), shift) if offset is not None else negative(shift)
    return cast(add(multiply(x, factor), shift), x.dtype)


def _plain_standardize(x: Any, axes: Any, epsilon: float) -> Any:
    average, variance = moments(x, axes, keepdims=True)
    return divide(subtract(x, average), OPERATORS["sqrt"](add(variance, epsilon)))


def _standardize(x: Any, axes: Any, epsilon: float) -> tuple[Any, Any]:
    y = x - x.mean(axes, keepdims=True)
    scale = 1.0 / np.sqrt(np.square(y).mean(axes, keepdims=True) + x.dtype.type(epsilon))
    y *= scale
    return y, scale


def _standardize_slopes(
    wanted: Any, cotangents: Any, outputs: Any, like: Any, axes: Any, epsilon: float
) -> tuple[Any, ...]:
    (g,), (y, scale) = cotangents, outputs
    slope = g - g.mean(axes, keepdims=True)
    slope -= y * (g * y).mean(axes, keepdims=True)
    slope *= scale
    return (slope,)


def _infer_standardize(x: TensorSpec, axes: Any, epsilon: float) -> tuple[TensorSpec, TensorSpec]:
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(x.shape))
    return TensorSpec.of(x.shape, x.dtype), TensorSpec.of(kept, x.dtype)


STANDARDIZE = Fused(
    "standardize",
    _plain_standardize,
    _standardize,
    _standardize_slopes,
    _infer_standardize,
    samples=lambda rng: [
        ((floats(rng, *shape),), {"axes": axes, "epsilon": 1e-3})
        for shape, axes in (((2, 5), (1,)), ((2, 3, 4), (1, 2)), ((3, 4), (0,)))
    ],
)


@public()
def layer_normalization(
    x: TensorLike,
    gamma: TensorLike | None = None,
    beta: TensorLike | None = None,
    axis: Any = -1,
    epsilon: float | None = None,
) -> Any:
    """Give every sample mean 0 and variance 1 over some axes.

    Args:
        x: float tensor.
        gamma: scale, of the sizes of the axes.
        beta: offset, of the sizes of the axes.
        axis: axis, or axes, to normalize over.
        epsilon: added to the variance; that of `hybrid.config` by default.

    Returns:
        tensor of the shape and dtype of `x`.

    Raises:
        ShapeError: if `gamma` or `beta` do not have the sizes of the axes.

    Example:
        >>> layer_normalization(np.array([[1.0, 3.0]]), epsilon=0.0).numpy()
        array([[-1.,  1.]])
    """
    x = as_float(x)
    wide = _widened(x)
    axes = normalize_axes(axis, len(shape_of(x)))
    y, _ = apply(STANDARDIZE, wide, axes=axes, epsilon=config.epsilon() if epsilon is None else float(epsilon))
    if gamma is not None:
        y = multiply(y, _along_axes(gamma, x, axis, "gamma"))
    if beta is not None:
        y = add(y, _along_axes(beta, x, axis, "beta"))
    return cast(y, x.dtype)


def _along_axes(vector: Any, x: Any, axis: Any, name: str) -> Any:
    vector, shape = as_tensor(vector), shape_of(x)
    axes = normalize_axes(axis, len(shape))
    own = shape_of(vector)
    if len(own) != len(axes) or not all(same_size(own[i], shape[a]) for i, a in enumerate(axes)):
        raise ShapeError(
            f"Normalization over axes {list(axes)} received {name} of shape {list(own)} for an input of shape "
            f"{list(shape)}.",
            why=f"{name} must have the sizes of these axes",
            fix=f"make {name} of shape {[shape[a] for a in axes]}",
        )
    sizes = iter(-1 if size is None else size for size in own)
    return reshape(vector, tuple(next(sizes) if place in axes else 1 for place in range(len(shape))))


@public()
def rms_normalization(
    x: TensorLike, scale: TensorLike | None = None, axis: Any = -1, epsilon: float | None = None
) -> Any:
    """Divide every sample by the root of the mean of its squares over some axes.

    Args:
        x: float tensor.
        scale: of the sizes of the axes.
        axis: axis, or axes, to normalize over.
        epsilon: added to the mean of the squares; that of `hybrid.config` by default.

    Returns:
        tensor of the shape and dtype of `x`.

    Raises:
        ShapeError: if `scale` does not have the sizes of the axes.

    Example:
        >>> rms_normalization(np.array([[3.0, -3.0]]), epsilon=0.0).numpy()
        array([[ 1., -1.]])

    Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization".
    """
    x = as_float(x)
    wide = _widened(x)
    least = config.epsilon() if epsilon is None else epsilon
    y = divide(wide, OPERATORS["sqrt"](add(mean(multiply(wide, wide), axis=axis, keepdims=True), least)))
    if scale is not None:
        y = multiply(y, _along_axes(scale, x, axis, "scale"))
    return cast(y, x.dtype)
