"""Losses of numbers: errors, their logarithms, angles.

Floor 8. Each loss is a function, which returns a value per sample, and a class, which weighs and reduces these.
"""

from __future__ import annotations

import math
from typing import Any

from .. import config, ops
from ..registry import register_builtin
from ..typing import DTypeLike, TensorLike
from .alignment import align
from .base import FunctionLoss

__all__ = [
    "CosineSimilarity",
    "Huber",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "cosine_similarity",
    "huber",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
]


@register_builtin
def mean_squared_error(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return the mean of squared differences over the last axis.

    Args:
        y_true: targets, float `[batch, ..., values]`.
        y_pred: predictions of the same shape.

    Returns:
        float `[batch, ...]`.

    Raises:
        ShapeError: if the shapes differ; targets are never broadcast.

    Example:
        >>> mean_squared_error([[0.0, 2.0]], [[0.0, 0.0]]).numpy()
        array([2.], dtype=float32)
    """
    y_true, y_pred = align("MeanSquaredError", y_true, y_pred)
    return ops.mean(ops.square(ops.subtract(y_true, y_pred)), axis=-1)


@register_builtin
def mean_absolute_error(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return the mean of absolute differences over the last axis; arguments as in `mean_squared_error`.

    Example:
        >>> mean_absolute_error([[0.0, 2.0]], [[0.0, 0.0]]).numpy()
        array([1.], dtype=float32)
    """
    y_true, y_pred = align("MeanAbsoluteError", y_true, y_pred)
    return ops.mean(ops.absolute(ops.subtract(y_true, y_pred)), axis=-1)


@register_builtin
def mean_absolute_percentage_error(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return the mean of absolute differences in percent of the targets; arguments as in `mean_squared_error`.

    Example:
        >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).numpy()
        array([25.], dtype=float32)
    """
    y_true, y_pred = align("MeanAbsolutePercentageError", y_true, y_pred)
    share = ops.divide(ops.subtract(y_true, y_pred), ops.maximum(ops.absolute(y_true), config.epsilon()))
    return ops.multiply(ops.mean(ops.absolute(share), axis=-1), 100.0)


@register_builtin
def mean_squared_logarithmic_error(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return the mean of squared differences of `log(1 + y)`; arguments as in `mean_squared_error`.

    Negative numbers count as zero.

    Example:
        >>> mean_squared_logarithmic_error([[0.0, 1.0]], [[0.0, 1.0]]).numpy()
        array([0.], dtype=float32)
    """
    y_true, y_pred = align("MeanSquaredLogarithmicError", y_true, y_pred)
    first, second = (ops.log1p(ops.maximum(y, config.epsilon())) for y in (y_true, y_pred))
    return ops.mean(ops.square(ops.subtract(first, second)), axis=-1)


@register_builtin
def huber(y_true: TensorLike, y_pred: TensorLike, delta: float = 1.0) -> Any:
    """Return the mean of an error that is quadratic when small and linear when large.

    Args:
        y_true: targets, float `[batch, ..., values]`.
        y_pred: predictions of the same shape.
        delta: where the parabola turns into a line.

    Example:
        >>> huber([[0.0, 0.0]], [[1.0, 3.0]]).numpy()
        array([1.5], dtype=float32)

    Source: Huber 1964, "Robust Estimation of a Location Parameter".
    """
    y_true, y_pred = align("Huber", y_true, y_pred)
    error = ops.absolute(ops.subtract(y_true, y_pred))
    quadratic = ops.multiply(ops.square(error), 0.5)
    linear = ops.subtract(ops.multiply(error, delta), 0.5 * delta * delta)
    return ops.mean(ops.where(ops.less_equal(error, delta), quadratic, linear), axis=-1)


@register_builtin
def log_cosh(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return the mean of `log(cosh(y_pred - y_true))`; arguments as in `mean_squared_error`.

    Example:
        >>> log_cosh([[1.0, 2.0]], [[1.0, 2.0]]).numpy().round(6) + 0.0
        array([0.], dtype=float32)
    """
    y_true, y_pred = align("LogCosh", y_true, y_pred)
    error = ops.subtract(y_pred, y_true)
    # log(cosh(e)) = e + log((1 + exp(-2e)) / 2), which does not overflow.
    values = ops.subtract(ops.add(error, ops.softplus(ops.multiply(error, -2.0))), math.log(2.0))
    return ops.mean(values, axis=-1)


@register_builtin
def cosine_similarity(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Any:
    """Return minus the cosine of the angle between targets and predictions: -1 for the same direction.

    Args:
        y_true: targets, float `[batch, ..., values]`.
        y_pred: predictions of the same shape.
        axis: along which the vectors lie.

    Example:
        >>> cosine_similarity([[1.0, 0.0]], [[2.0, 0.0]]).numpy()
        array([-1.], dtype=float32)
    """
    y_true, y_pred = align("CosineSimilarity", y_true, y_pred)
    product = ops.multiply(ops.normalize(y_true, axis=axis), ops.normalize(y_pred, axis=axis))
    return ops.negative(ops.sum(product, axis=axis))


class MeanSquaredError(FunctionLoss):
    """The mean of squared differences.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(MeanSquaredError()([[0.0, 2.0]], [[0.0, 0.0]]))
        2.0
    """

    function = staticmethod(mean_squared_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_error",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)


class MeanAbsoluteError(FunctionLoss):
    """The mean of absolute differences.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(MeanAbsoluteError()([[0.0, 2.0]], [[0.0, 0.0]]))
        1.0
    """

    function = staticmethod(mean_absolute_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_error",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)


class MeanAbsolutePercentageError(FunctionLoss):
    """The mean of absolute differences in percent of the targets.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 4.0]]))
        25.0
    """

    function = staticmethod(mean_absolute_percentage_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_percentage_error",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)


class MeanSquaredLogarithmicError(FunctionLoss):
    """The mean of squared differences of `log(1 + y)`.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(MeanSquaredLogarithmicError()([[2.0, 4.0]], [[2.0, 4.0]]))
        0.0
    """

    function = staticmethod(mean_squared_logarithmic_error)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_logarithmic_error",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)


class LogCosh(FunctionLoss):
    """The mean of `log(cosh(y_pred - y_true))`.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(LogCosh()([[0.0]], [[0.0]]))
        0.0
    """

    function = staticmethod(log_cosh)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "log_cosh",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)


class Huber(FunctionLoss):
    """An error that is quadratic when small and linear when large.

    Args:
        delta: where the parabola turns into a line.
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(Huber()([[0.0, 0.0]], [[1.0, 3.0]]))
        1.5
    """

    function = staticmethod(huber)
    options = ("delta",)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "huber_loss",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.delta = delta


class CosineSimilarity(FunctionLoss):
    """Minus the cosine of the angle between targets and predictions.

    Args:
        axis: along which the vectors lie.
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(CosineSimilarity()([[1.0, 0.0]], [[2.0, 0.0]]))
        -1.0
    """

    function = staticmethod(cosine_similarity)
    options = ("axis",)

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "cosine_similarity",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.axis = axis
