"""Sums and sample-weighted means, and metrics that are the mean of a function.

Floor 8. Sums are kept in float64: the mean over an epoch is exact to the last digit of float32, whatever the batch
size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from .. import ops
from ..core.spec import size_of
from ..losses.alignment import same_rank
from ..losses.base import function_named
from ..losses.reduction import fit_to_values
from ..typing import DTypeLike, TensorLike
from .base import Metric

__all__ = ["FunctionMetric", "Mean", "MeanMetricWrapper", "Sum"]


def combined_weight(sample_weight: TensorLike | None, values: Any, mask: Any, dtype: Any) -> Any:
    """Return sample weights and masks as one weight that can be broadcast to the values, `None` if all count alike.

    Raises:
        ShapeError: if a weight or a mask does not fit the values.
    """
    weight = None
    if sample_weight is not None:
        weight = fit_to_values("sample_weight", ops.cast(ops.convert_to_tensor(sample_weight), dtype), values)
    if mask is not None:
        valid = fit_to_values("mask", ops.cast(mask, dtype), values)
        weight = valid if weight is None else ops.multiply(weight, valid)
    return weight


class Sum(Metric):
    """The weighted sum of all values.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0.

    Example:
        >>> metric = Sum()
        >>> metric.update_state([1.0, 2.0])
        >>> float(metric.result())
        3.0
    """

    def __init__(self, name: str | None = "sum", dtype: DTypeLike = None):
        super().__init__(dtype, name)
        self.total = self.add_weight(name="total")

    def update_state(self, values: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add values, `[batch, ...]`, each times its weight."""
        values = ops.cast(ops.convert_to_tensor(values), self.total.dtype)
        weight = combined_weight(sample_weight, values, values.mask, values.dtype)
        if weight is not None:
            values = ops.multiply(values, weight)
        self.total.assign_add(ops.sum(values))

    def result(self) -> Any:
        """Return the sum."""
        return ops.cast(self.total, self.dtype)


class Mean(Metric):
    """The weighted mean of all values: their weighted sum divided by the sum of their weights.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> metric = Mean()
        >>> metric.update_state([1.0, 2.0], sample_weight=[3.0, 1.0])
        >>> float(metric.result())
        1.25
    """

    def __init__(self, name: str | None = "mean", dtype: DTypeLike = None):
        super().__init__(dtype, name)
        self.total = self.add_weight(name="total")
        self.count = self.add_weight(name="count")

    def update_state(self, values: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add values, `[batch, ...]`; the axes of the weights are the leading ones of the values."""
        values = ops.convert_to_tensor(values)
        self._add(values, sample_weight, values.mask)

    def _add(self, values: Any, sample_weight: Any, mask: Any) -> None:
        values = ops.cast(values, self.total.dtype)
        size = size_of(values.shape)
        if mask is None and size is not None and (sample_weight is None or type(sample_weight) in (int, float)):
            # All count alike, as in the losses and metrics of most steps: nothing to broadcast.
            alike = 1.0 if sample_weight is None else float(sample_weight)
            total = ops.sum(values) if values.shape else values
            self.total.assign_add(total if alike == 1.0 else ops.multiply(total, alike))
            self.count.assign_add(alike * size)
            return
        weight = combined_weight(sample_weight, values, mask, values.dtype)
        if weight is None:
            weight = ops.ones_like(values)
        weight = ops.broadcast_to(weight, ops.shape(values))
        self.total.assign_add(ops.sum(ops.multiply(values, weight)))
        self.count.assign_add(ops.sum(weight))

    def result(self) -> Any:
        """Return the mean, 0 if there were no values."""
        return ops.cast(divide_or_zero(self.total, self.count), self.dtype)


def divide_or_zero(x: Any, y: Any) -> Any:
    """Divide, with 0 where the divisor is 0."""
    is_zero = ops.equal(y, 0.0)
    quotient = ops.divide(x, ops.where(is_zero, ops.ones_like(y), y))
    return ops.where(is_zero, ops.zeros_like(quotient), quotient)


class MeanMetricWrapper(Mean):
    """The weighted mean of a function of targets and predictions.

    Args:
        fn: function `(y_true, y_pred, **options)` that returns a value per sample. If it returns one number, this
            counts for all samples of the batch.
        name: the function's by default.
        dtype: of the result.
        **kwargs: further arguments of the function.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> metric = MeanMetricWrapper(lambda y_true, y_pred: y_pred[:, 0], name="first")
        >>> float(metric([[0.0], [0.0]], [[1.0], [2.0]]))
        1.5
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: DTypeLike = None, **kwargs: Any):
        fn = function_named(fn)
        super().__init__(name or getattr(fn, "__name__", None), dtype)
        self.fn = fn
        self._options = kwargs

    def update_state(  # type: ignore[override]
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Add a batch.

        Args:
            y_true: targets, `[batch, ...]`.
            y_pred: predictions, `[batch, ...]`. Positions that their mask leaves out do not count.
            sample_weight: weight of each sample, `[batch]`, or of each value.

        Raises:
            ShapeError: if targets, predictions and weights do not fit together.
        """
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        values, mask = ops.convert_to_tensor(self._values(y_true, y_pred)), y_pred.mask
        own = values.mask
        if own is not None and own is not mask:
            mask = own if mask is None else ops.logical_and(own, mask)
        if not values.shape and y_pred.shape:
            # A mean over the batch, which counts as many times as there are samples.
            values = ops.broadcast_to(values, (ops.shape(y_pred)[0],))
        self._add(values, sample_weight, mask)

    def _values(self, y_true: Any, y_pred: Any) -> Any:
        y_true, y_pred = same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._options)


class FunctionMetric(MeanMetricWrapper):
    """Base of our means of functions: a function, and which attributes of the metric are its options."""

    function: ClassVar[Callable[..., Any]]
    reduces_last_axis: ClassVar[bool] = True

    def _set_up(self, name: str | None, dtype: DTypeLike, **options: Any) -> None:
        MeanMetricWrapper.__init__(self, type(self).function, name, dtype, **options)
        for option, value in options.items():
            setattr(self, option, value)

    def _values(self, y_true: Any, y_pred: Any) -> Any:
        if self.reduces_last_axis and len(y_true.shape) == len(y_pred.shape) == 1:
            # Vectors are one value per sample, not one sample of many values.
            y_true, y_pred = ops.expand_dims(y_true, -1), ops.expand_dims(y_pred, -1)
        return self.fn(y_true, y_pred, **self._options)
