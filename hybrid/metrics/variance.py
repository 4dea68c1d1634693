"""How much of the targets' variation predictions explain, and the size of their errors.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core.door import shape_of
from ..errors import ConfigError, ShapeError
from ..losses.alignment import align
from ..typing import DTypeLike, TensorLike
from .base import Metric
from .mean import Mean, combined_weight, divide_or_zero

__all__ = ["R2Score", "RootMeanSquaredError"]


class RootMeanSquaredError(Mean):
    """The root of the mean of squared differences.

    Args:
        name: shown in logs.
        dtype: of the result.

    Variables:
        total: float64 `[]`, 0. count: float64 `[]`, 0.

    Example:
        >>> float(RootMeanSquaredError()([[0.0], [0.0]], [[1.0], [7.0]]))
        5.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: DTypeLike = None):
        super().__init__(name, dtype)

    def update_state(  # type: ignore[override]
        self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None
    ) -> None:
        """Add a batch of targets and predictions of the same shape.

        Raises:
            ShapeError: if the shapes differ; targets are never broadcast.
        """
        y_true, y_pred = align("RootMeanSquaredError", y_true, y_pred)
        self._add(ops.square(ops.subtract(y_true, y_pred)), sample_weight, y_pred.mask)

    def result(self) -> Any:
        """Return the root of the mean."""
        return ops.cast(ops.sqrt(divide_or_zero(self.total, self.count)), self.dtype)


class R2Score(Metric):
    """The share of the targets' variance that predictions explain: 1 is perfect, 0 no better than the mean.

    Args:
        class_aggregation: what becomes of the scores of several outputs: `"uniform_average"`,
            `"variance_weighted_average"`, or `None` (all are returned).
        num_regressors: number of independent variables, for the adjusted score.
        name: shown in logs.
        dtype: of the result.

    Raises:
        ConfigError: for wrong options.

    Variables:
        squared_sum, sum, residual, count: float64 `[outputs]`, 0; made by the first batch.
        num_samples: float64 `[]`, 0.

    Example:
        >>> float(R2Score()([[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.0]]))
        0.5
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: DTypeLike = None,
    ):
        super().__init__(dtype, name)
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ConfigError(
                f"R2Score has no class_aggregation {class_aggregation!r}.",
                fix="use 'uniform_average', 'variance_weighted_average' or None",
            )
        if num_regressors < 0:
            raise ConfigError(f"R2Score cannot have num_regressors={num_regressors}.", fix="use 0 or more")
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), name="num_samples")

    squared_sum: Any
    sum: Any
    residual: Any
    count: Any

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add a batch of targets and predictions, `[batch, outputs]`.

        Raises:
            ShapeError: if the shapes differ, or are not of rank 2.
        """
        y_true, y_pred = align("R2Score", y_true, y_pred)
        if len(shape_of(y_pred)) != 2:
            raise ShapeError(
                f"R2Score received predictions of shape {list(shape_of(y_pred))}.",
                fix="pass targets and predictions of shape [batch, outputs]",
            )
        if "residual" not in vars(self):
            for name in ("squared_sum", "sum", "residual", "count"):
                setattr(self, name, self.add_variable(y_pred.shape[-1:], name=name))
        weight = combined_weight(sample_weight, y_pred, y_pred.mask, "float64")
        y_true, y_pred = ops.cast(y_true, "float64"), ops.cast(y_pred, "float64")
        weight = ops.ones_like(y_true) if weight is None else ops.broadcast_to(weight, ops.shape(y_true))
        weighted = ops.multiply(y_true, weight)
        self.sum.assign_add(ops.sum(weighted, axis=0))
        self.squared_sum.assign_add(ops.sum(ops.multiply(y_true, weighted), axis=0))
        errors = ops.multiply(ops.square(ops.subtract(y_true, y_pred)), weight)
        self.residual.assign_add(ops.sum(errors, axis=0))
        self.count.assign_add(ops.sum(weight, axis=0))
        self.num_samples.assign_add(ops.cast(ops.shape(y_true)[0], "float64"))

    def result(self) -> Any:
        """Return the score, or the scores of all outputs."""
        if "residual" not in vars(self):
            return ops.convert_to_tensor(0.0, self.dtype)
        mean = divide_or_zero(self.sum, self.count)
        total = ops.subtract(self.squared_sum, ops.multiply(self.sum, mean))
        is_flat = ops.equal(total, 0.0)
        unexplained = ops.divide(self.residual, ops.where(is_flat, ops.ones_like(total), total))
        scores = ops.where(is_flat, ops.zeros_like(total), ops.subtract(1.0, unexplained))
        if self.class_aggregation == "uniform_average":
            scores = ops.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = divide_or_zero(ops.sum(ops.multiply(scores, total)), ops.sum(total))
        if self.num_regressors:
            free = ops.subtract(self.num_samples, float(self.num_regressors + 1))
            factor = divide_or_zero(ops.subtract(self.num_samples, 1.0), free)
            factor = ops.where(ops.greater(free, 0.0), factor, 1.0)  # too few samples to adjust for
            scores = ops.subtract(1.0, ops.multiply(ops.subtract(1.0, scores), factor))
        return ops.cast(scores, self.dtype)
