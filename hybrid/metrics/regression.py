"""The losses of numbers, and correlations, as metrics.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from .. import config, ops
from ..losses import (
    cosine_similarity,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from ..losses.alignment import align
from ..registry import register_builtin
from ..typing import DTypeLike, TensorLike
from .mean import FunctionMetric

__all__ = [
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "PearsonCorrelation",
    "concordance_correlation",
    "pearson_correlation",
]


def _cosine(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Any:
    # As a metric greater is better, as a loss less.
    return ops.negative(cosine_similarity(y_true, y_pred, axis=axis))


def _central_moments(y_true: Any, y_pred: Any, axis: int) -> tuple[Any, ...]:
    mean_true, mean_pred = (ops.mean(y, axis=axis, keepdims=True) for y in (y_true, y_pred))
    true, pred = ops.subtract(y_true, mean_true), ops.subtract(y_pred, mean_pred)
    covariance = ops.mean(ops.multiply(true, pred), axis=axis)
    variances = (ops.mean(ops.square(y), axis=axis) for y in (true, pred))
    gap = ops.squeeze(ops.subtract(mean_true, mean_pred), axis)
    return covariance, *variances, gap


@register_builtin
def pearson_correlation(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Any:
    """Return Pearson's correlation of targets and predictions along an axis.

    Args:
        y_true: targets, float `[batch, ..., values]`.
        y_pred: predictions of the same shape.
        axis: along which to correlate.

    Returns:
        float `[batch, ...]`, between -1 and 1.

    Example:
        >>> pearson_correlation([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]).numpy().round(5)
        array([1.], dtype=float32)
    """
    y_true, y_pred = align("PearsonCorrelation", y_true, y_pred)
    covariance, variance_true, variance_pred, _ = _central_moments(y_true, y_pred, axis)
    spread = ops.sqrt(ops.multiply(variance_true, variance_pred))
    return ops.divide(covariance, ops.maximum(spread, config.epsilon()))


@register_builtin
def concordance_correlation(y_true: TensorLike, y_pred: TensorLike, axis: int = -1) -> Any:
    """Return Lin's concordance: a correlation that is 1 only where predictions equal targets.

    Args:
        y_true: targets, float `[batch, ..., values]`.
        y_pred: predictions of the same shape.
        axis: along which to correlate.

    Returns:
        float `[batch, ...]`, between -1 and 1.

    Example:
        >>> concordance_correlation([[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]]).numpy().round(5)
        array([1.], dtype=float32)
    """
    y_true, y_pred = align("ConcordanceCorrelation", y_true, y_pred)
    covariance, variance_true, variance_pred, gap = _central_moments(y_true, y_pred, axis)
    spread = ops.add(ops.add(variance_true, variance_pred), ops.square(gap))
    return ops.divide(ops.multiply(covariance, 2.0), ops.add(spread, config.epsilon()))


class MeanSquaredError(FunctionMetric):
    """The mean of squared differences.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(MeanSquaredError()([[0.0, 2.0]], [[0.0, 0.0]]))
        2.0
    """

    function = staticmethod(mean_squared_error)

    def __init__(
        self,
        name: str | None = "mean_squared_error",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class MeanAbsoluteError(FunctionMetric):
    """The mean of absolute differences.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(MeanAbsoluteError()([[0.0, 2.0]], [[0.0, 0.0]]))
        1.0
    """

    function = staticmethod(mean_absolute_error)

    def __init__(
        self,
        name: str | None = "mean_absolute_error",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class MeanAbsolutePercentageError(FunctionMetric):
    """The mean of absolute differences in percent of the targets.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 4.0]]))
        25.0
    """

    function = staticmethod(mean_absolute_percentage_error)

    def __init__(
        self,
        name: str | None = "mean_absolute_percentage_error",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class MeanSquaredLogarithmicError(FunctionMetric):
    """The mean of squared differences of `log(1 + y)`.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(MeanSquaredLogarithmicError()([[2.0, 4.0]], [[2.0, 4.0]]))
        0.0
    """

    function = staticmethod(mean_squared_logarithmic_error)

    def __init__(
        self,
        name: str | None = "mean_squared_logarithmic_error",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class LogCoshError(FunctionMetric):
    """The mean of `log(cosh(y_pred - y_true))`.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(LogCoshError()([[0.0]], [[0.0]]))
        0.0
    """

    function = staticmethod(log_cosh)

    def __init__(
        self,
        name: str | None = "logcosh",
        dtype: DTypeLike = None,
    ):
        self._set_up(name, dtype)


class CosineSimilarity(FunctionMetric):
    """The mean cosine of the angle between targets and predictions.

    Args:
        name: shown in logs.
        dtype: of the result.
        axis: along which the vectors lie.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(CosineSimilarity()([[1.0, 0.0]], [[2.0, 0.0]]))
        1.0
    """

    function = staticmethod(_cosine)

    def __init__(
        self,
        name: str | None = "cosine_similarity",
        dtype: DTypeLike = None,
        axis: int = -1,
    ):
        self._set_up(name, dtype, axis=axis)


class PearsonCorrelation(FunctionMetric):
    """The mean correlation of targets and predictions along an axis.

    Args:
        name: shown in logs.
        dtype: of the result.
        axis: along which to correlate.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> round(float(PearsonCorrelation()([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]])), 5)
        1.0
    """

    function = staticmethod(pearson_correlation)

    def __init__(
        self,
        name: str | None = "pearson_correlation",
        dtype: DTypeLike = None,
        axis: int = -1,
    ):
        self._set_up(name, dtype, axis=axis)


class ConcordanceCorrelation(FunctionMetric):
    """The mean concordance of targets and predictions along an axis.

    Args:
        name: shown in logs.
        dtype: of the result.
        axis: along which to correlate.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> round(float(ConcordanceCorrelation()([[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]])), 5)
        1.0
    """

    function = staticmethod(concordance_correlation)

    def __init__(
        self,
        name: str | None = "concordance_correlation",
        dtype: DTypeLike = None,
        axis: int = -1,
    ):
        self._set_up(name, dtype, axis=axis)
