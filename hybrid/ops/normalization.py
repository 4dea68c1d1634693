"""Normalization: means, variances, and scaling by them.

Floor 5. Composites of other ops.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import config
from ..core.door import shape_of
from ..core.operators import OPERATORS
from ..core.spec import normalize_axes, normalize_axis, same_size
from ..errors import ConfigError, ShapeError
from ..typing import TensorLike
from .arithmetic import add, divide, multiply, negative, subtract
from .conversion import cast
from .definition import as_float, as_tensor, public, to_dtype
from .reduction import max, mean, sum
from .shaping import reshape, squeeze
from .standardize import standardize

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
    axis = normalize_axis(axis, len(shape_of(x)))
    factor = divide(1.0, OPERATORS["sqrt"](add(_along_features(variance, x, axis, "variance"), epsilon)))
    if scale is not None:
        factor = multiply(factor, _along_features(scale, x, axis, "scale"))
    shift = multiply(_along_features(mean, x, axis, "mean"), factor)
    # One multiplication and one addition of the large tensor.
    shift = subtract(_along_features(offset, x, axis, "offset"), shift) if offset is not None else negative(shift)
    return cast(add(multiply(x, factor), shift), x.dtype)


def _along_features(vector: Any, x: Any, axis: int, name: str) -> Any:
    vector, shape = as_tensor(vector), shape_of(x)
    if len(shape_of(vector)) != 1 or not same_size(shape_of(vector)[0], shape[axis]):
        raise ShapeError(
            f"batch_normalization received {name} of shape {list(shape_of(vector))} for {shape[axis]} features.",
            why=f"axis {axis} of the input of shape {list(shape)} holds the features",
            fix="pass one number per feature, or choose another axis",
        )
    return reshape(vector, tuple(-1 if place == axis else 1 for place in range(len(shape))))


def batch_standardization(x: Any, axis: int, offset: Any, scale: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Shift and scale every feature by its own mean and variance in a batch.

    Args:
        x: float tensor.
        axis: the axis of the features.
        offset: `[features]`, added at the end, or `None`.
        scale: `[features]`, multiplied before that, or `None`.
        epsilon: added to the variance.

    Returns:
        tensor like `x`, and mean and variance, `[features]`, which have no derivative.
    """
    wide = _widened(x)
    axis = normalize_axis(axis, len(shape_of(x)))
    axes = tuple(each for each in range(len(shape_of(x))) if each != axis)
    gamma, beta = (
        None if vector is None else to_dtype(_along_features(vector, x, axis, name), wide.dtype)
        for vector, name in ((scale, "scale"), (offset, "offset"))
    )
    y, average, variance = standardize(wide, axes, epsilon, gamma, beta)
    return cast(y, x.dtype), squeeze(average, axes), squeeze(variance, axes)


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
    vectors = {
        name: to_dtype(_along_axes(vector, x, axis, name), wide.dtype)
        for name, vector in (("gamma", gamma), ("beta", beta))
        if vector is not None
    }
    y, _, _ = standardize(wide, axes, config.epsilon() if epsilon is None else float(epsilon), **vectors)
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
