"""The harmonic mean of precision and recall.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from .. import config, ops
from ..core.door import shape_of
from ..errors import ConfigError, ShapeError
from ..losses.alignment import as_predictions, check_equal
from ..typing import DTypeLike, TensorLike
from .base import Metric
from .mean import combined_weight, divide_or_zero

__all__ = ["F1Score", "FBetaScore"]

_COUNTS = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")


class FBetaScore(Metric):
    """A harmonic mean of precision and recall, in which recall counts `beta` times as much.

    Args:
        average: what becomes of the scores of the classes: `None` (all are returned), `"micro"` (one score of the
            summed counts), `"macro"` (their mean) or `"weighted"` (their mean, weighted by the number of targets).
        beta: positive; how much more recall counts.
        threshold: what is above counts as positive; by default the greatest prediction of each sample.
        name: shown in logs.
        dtype: of the result.

    Raises:
        ConfigError: for wrong options.

    Variables:
        true_positives, false_positives, false_negatives, intermediate_weights: float64 `[classes]`, 0; made by the
        first batch, but for `"micro"`, where they are scalars.

    Example:
        >>> FBetaScore(beta=2.0, threshold=0.5)([[1, 0], [1, 1]], [[0.9, 0.2], [0.3, 0.9]]).numpy().round(3)
        array([0.556, 1.   ], dtype=float32)
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: DTypeLike = None,
    ):
        super().__init__(dtype, name)
        own = type(self).__name__
        if average not in (None, "micro", "macro", "weighted"):
            raise ConfigError(f"{own} has no average {average!r}.", fix="use None, 'micro', 'macro' or 'weighted'")
        if not isinstance(beta, (int, float)) or beta <= 0:
            raise ConfigError(f"{own} cannot have beta={beta!r}.", fix="use a positive number")
        if threshold is not None and not 0 < threshold <= 1:
            raise ConfigError(f"{own} cannot have threshold={threshold!r}.", fix="use a number above 0, at most 1")
        self.average = average
        self.beta = float(beta)
        self.threshold = threshold
        if average == "micro":
            self._make_counts(())

    true_positives: Any
    false_positives: Any
    false_negatives: Any
    intermediate_weights: Any

    def _make_counts(self, shape: tuple[Any, ...]) -> None:
        for name in _COUNTS:
            setattr(self, name, self.add_variable(shape, name=name))

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add a batch.

        Args:
            y_true: 0 or 1, `[batch, classes]`.
            y_pred: predicted probabilities of the same shape.
            sample_weight: weight of each sample, `[batch]`.

        Raises:
            ShapeError: if the shapes do not fit together, or there is no axis of classes.
        """
        y_pred = as_predictions(y_pred)
        y_true = ops.cast(ops.convert_to_tensor(y_true), "float64")
        check_equal(type(self).__name__, y_true, y_pred)
        if len(shape_of(y_pred)) != 2:
            raise ShapeError(
                f"{type(self).__name__} received predictions of shape {list(shape_of(y_pred))}.",
                fix="pass targets and predictions of shape [batch, classes]",
            )
        if "true_positives" not in vars(self):
            self._make_counts(shape_of(y_pred)[-1:])
        weight = combined_weight(sample_weight, y_pred, y_pred.mask, "float64")
        if self.threshold is None:
            best = ops.max(y_pred, axis=-1, keepdims=True)
            chosen = ops.logical_and(ops.equal(y_pred, best), ops.greater(ops.absolute(y_pred), 1e-9))
        else:
            chosen = ops.greater(y_pred, self.threshold)
        chosen = ops.cast(chosen, "float64")
        missed, wrong = ops.subtract(1.0, chosen), ops.subtract(1.0, y_true)
        axis = None if self.average == "micro" else 0
        for name, values in zip(
            _COUNTS,
            (ops.multiply(chosen, y_true), ops.multiply(chosen, wrong), ops.multiply(missed, y_true), y_true),
            strict=True,
        ):
            weighted = values if weight is None else ops.multiply(values, weight)
            getattr(self, name).assign_add(ops.sum(weighted, axis=axis))

    def result(self) -> Any:
        """Return the score, or the scores of all classes."""
        if "true_positives" not in vars(self):
            return ops.convert_to_tensor(0.0, self.dtype)
        hits, epsilon = self.true_positives.value, config.epsilon()
        precision = ops.divide(hits, ops.add(ops.add(hits, self.false_positives), epsilon))
        recall = ops.divide(hits, ops.add(ops.add(hits, self.false_negatives), epsilon))
        square = self.beta**2
        divisor = ops.add(ops.add(ops.multiply(precision, square), recall), epsilon)
        scores = ops.divide(ops.multiply(ops.multiply(precision, recall), 1.0 + square), divisor)
        if self.average == "macro":
            scores = ops.mean(scores)
        elif self.average == "weighted":
            weights = divide_or_zero(self.intermediate_weights.value, ops.sum(self.intermediate_weights))
            scores = ops.sum(ops.multiply(scores, weights))
        return ops.cast(scores, self.dtype)


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall.

    Args:
        average: as in `FBetaScore`.
        threshold: as in `FBetaScore`.
        name: shown in logs.
        dtype: of the result.

    Example:
        >>> F1Score(threshold=0.5)([[1, 0], [1, 1]], [[0.9, 0.2], [0.3, 0.9]]).numpy().round(3)
        array([0.667, 1.   ], dtype=float32)
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: DTypeLike = None,
    ):
        super().__init__(average=average, threshold=threshold, name=name, dtype=dtype)
