"""Counts of right and wrong answers at thresholds, and what is computed from them.

Floor 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from .. import ops
from ..core.door import shape_of
from ..errors import ConfigError
from ..losses.alignment import as_predictions, check_equal, known_size, same_rank
from ..typing import DTypeLike, TensorLike
from .base import Metric
from .mean import combined_weight, divide_or_zero

__all__ = ["FalseNegatives", "FalsePositives", "Precision", "Recall", "TrueNegatives", "TruePositives"]

Counts = dict[str, Any]


def check_thresholds(owner: str, thresholds: Any) -> list[float]:
    """Return thresholds as a list.

    Raises:
        ConfigError: if one is not between 0 and 1.
    """
    values = [
        float(value) for value in (thresholds if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds])
    ]
    wrong = [value for value in values if not 0 <= value <= 1]
    if wrong or not values:
        raise ConfigError(
            f"{owner} cannot have thresholds={thresholds!r}.",
            why="predictions are probabilities",
            fix="use numbers between 0 and 1",
        )
    return values


def _keep_top_k(y_pred: Any, k: int) -> Any:
    """Return 1 for the k greatest predictions of each row and 0 for the others."""
    _, best = ops.top_k(y_pred, k)
    return ops.sum(ops.one_hot(best, known_size(y_pred, -1), dtype=y_pred.dtype), axis=-2)


def confusion_counts(
    name: str,
    y_true: TensorLike,
    y_pred: TensorLike,
    thresholds: Sequence[float],
    *,
    sample_weight: TensorLike | None = None,
    class_id: int | None = None,
    top_k: int | None = None,
    by_label: bool = False,
) -> Counts:
    """Return weighted counts of the four kinds of answers at each threshold.

    Args:
        name: of the metric, for messages.
        y_true: targets; what is not 0 is positive.
        y_pred: predictions of the same shape; what is above a threshold is positive.
        thresholds: T numbers.
        sample_weight: weight of each sample, or of each element.
        class_id: consider this entry of the last axis only.
        top_k: consider the k greatest predictions of each sample positive, and no others.
        by_label: whether to count each entry of the last axis for itself.

    Returns:
        true_positives, false_positives, true_negatives and false_negatives: float64 `[T]`, or `[T, labels]`.

    Raises:
        ShapeError: if the shapes do not fit together.
    """
    y_true, y_pred = same_rank(ops.convert_to_tensor(y_true), as_predictions(y_pred))
    check_equal(name, y_true, y_pred)
    weight = combined_weight(sample_weight, y_pred, y_pred.mask, "float64")
    if top_k is not None:
        y_pred = _keep_top_k(y_pred, top_k)
    positive = ops.cast(ops.not_equal(y_true, 0), "float64")
    weight = ops.ones_like(positive) if weight is None else ops.broadcast_to(weight, ops.shape(positive))
    if class_id is not None:
        positive, y_pred, weight = (each[..., class_id] for each in (positive, y_pred, weight))
    labels = shape_of(y_pred)[-1] if by_label else 1
    positive, y_pred, weight = (ops.reshape(each, (-1, labels)) for each in (positive, y_pred, weight))
    limits = np.asarray(thresholds, y_pred.dtype)[:, np.newaxis, np.newaxis]
    predicted = ops.cast(ops.greater(ops.expand_dims(y_pred, 0), limits), "float64")
    weighted = ops.multiply(positive, weight)
    rest = ops.subtract(weight, weighted)
    hits = ops.sum(ops.multiply(predicted, weighted), axis=1)
    alarms = ops.sum(ops.multiply(predicted, rest), axis=1)
    counts = {
        "true_positives": hits,
        "false_positives": alarms,
        # Rounding must not make a count negative.
        "true_negatives": ops.relu(ops.subtract(ops.sum(rest, axis=0), alarms)),
        "false_negatives": ops.relu(ops.subtract(ops.sum(weighted, axis=0), hits)),
    }
    return counts if by_label else {kind: ops.squeeze(value, 1) for kind, value in counts.items()}


class _Count(Metric):
    """Base of the metrics that count one kind of answer."""

    _kind: ClassVar[str]

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: DTypeLike = None):
        super().__init__(dtype, name)
        self.thresholds = thresholds
        self._limits = check_thresholds(type(self).__name__, 0.5 if thresholds is None else thresholds)
        self.accumulator = self.add_variable((len(self._limits),), name="accumulator")

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add a batch of targets, 0 or 1, and predicted probabilities of the same shape."""
        counts = confusion_counts(type(self).__name__, y_true, y_pred, self._limits, sample_weight=sample_weight)
        self.accumulator.assign_add(counts[self._kind])

    def result(self) -> Any:
        """Return the count, or the counts for several thresholds."""
        return _one_or_all(ops.cast(self.accumulator, self.dtype))


def _one_or_all(values: Any) -> Any:
    return values[0] if shape_of(values)[0] == 1 else values


class TruePositives(_Count):
    """The number of positive targets that are predicted positive.

    Args:
        thresholds: number, or several, between 0 and 1: what is above counts as positive; 0.5 by default.
        name: shown in logs.
        dtype: of the result.

    Variables:
        accumulator: float64 `[thresholds]`, 0.

    Example:
        >>> float(TruePositives()([0, 1, 1, 1], [0.8, 0.3, 0.7, 0.9]))
        2.0
    """

    _kind = "true_positives"


class FalsePositives(_Count):
    """The number of negative targets that are predicted positive; arguments as in `TruePositives`.

    Example:
        >>> float(FalsePositives()([0, 1, 1, 1], [0.8, 0.3, 0.7, 0.9]))
        1.0
    """

    _kind = "false_positives"


class TrueNegatives(_Count):
    """The number of negative targets that are predicted negative; arguments as in `TruePositives`.

    Example:
        >>> float(TrueNegatives()([0, 0, 1, 1], [0.8, 0.3, 0.7, 0.9]))
        1.0
    """

    _kind = "true_negatives"


class FalseNegatives(_Count):
    """The number of positive targets that are predicted negative; arguments as in `TruePositives`.

    Example:
        >>> float(FalseNegatives()([0, 1, 1, 1], [0.8, 0.3, 0.7, 0.9]))
        1.0
    """

    _kind = "false_negatives"


class _Share(Metric):
    """Base of precision and recall: the share of true positives in something."""

    _other: ClassVar[str]

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ):
        super().__init__(dtype, name)
        self.thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        default = 0.5 if thresholds is None or top_k is not None else thresholds
        self._limits = check_thresholds(type(self).__name__, default)
        self.true_positives = self.add_variable((len(self._limits),), name="true_positives")
        setattr(self, self._other, self.add_variable((len(self._limits),), name=self._other))

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add a batch of targets, 0 or 1, and predicted probabilities of the same shape."""
        counts = confusion_counts(
            type(self).__name__,
            y_true,
            y_pred,
            self._limits,
            sample_weight=sample_weight,
            class_id=self.class_id,
            top_k=self.top_k,
        )
        self.true_positives.assign_add(counts["true_positives"])
        getattr(self, self._other).assign_add(counts[self._other])

    def result(self) -> Any:
        """Return the share, or the shares for several thresholds; 0 where there is nothing to share."""
        total = ops.add(self.true_positives, getattr(self, self._other))
        return _one_or_all(ops.cast(divide_or_zero(self.true_positives, total), self.dtype))


class Precision(_Share):
    """Which share of what is predicted positive is positive.

    Args:
        thresholds: number, or several, between 0 and 1: what is above counts as positive; 0.5 by default.
        top_k: instead of thresholds: the k greatest predictions of each sample count as positive.
        class_id: consider this entry of the last axis only.
        name: shown in logs.
        dtype: of the result.

    Variables:
        true_positives: float64 `[thresholds]`, 0. false_positives: float64 `[thresholds]`, 0.

    Example:
        >>> float(Precision()([0, 1, 1, 1], [0.8, 0.3, 0.7, 0.9]).numpy().round(3))
        0.6669999957084656
    """

    _other = "false_positives"


class Recall(_Share):
    """Which share of what is positive is predicted positive.

    Args:
        thresholds: number, or several, between 0 and 1: what is above counts as positive; 0.5 by default.
        top_k: instead of thresholds: the k greatest predictions of each sample count as positive.
        class_id: consider this entry of the last axis only.
        name: shown in logs.
        dtype: of the result.

    Variables:
        true_positives: float64 `[thresholds]`, 0. false_negatives: float64 `[thresholds]`, 0.

    Example:
        >>> float(Recall()([0, 1, 1, 1], [0.8, 0.3, 0.7, 0.9]).numpy().round(3))
        0.6669999957084656
    """

    _other = "false_negatives"
