"""Areas under curves, and points on them.

Floor 8. A curve is approximated by its points at thresholds, so that batches can be added one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from .. import config, ops
from ..core.door import shape_of
from ..errors import ConfigError, ShapeError
from ..losses.alignment import known_size
from ..typing import DTypeLike, TensorLike
from .base import Metric
from .confusion import check_thresholds, confusion_counts
from .mean import divide_or_zero

__all__ = [
    "AUC",
    "PrecisionAtRecall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
]

_KINDS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def even_thresholds(owner: str, count: int) -> list[float]:
    """Return evenly spaced thresholds of which the first is below 0 and the last above 1.

    Raises:
        ConfigError: if there are fewer than two.
    """
    if not isinstance(count, (int, np.integer)) or count < 2:
        raise ConfigError(f"{owner} cannot have num_thresholds={count!r}.", fix="use an int of at least 2")
    return _with_ends([index / (count - 1) for index in range(1, count - 1)])


def _with_ends(inner: Sequence[float]) -> list[float]:
    return [-config.epsilon(), *inner, 1.0 + config.epsilon()]


class _Curve(Metric):
    """Base of the metrics that count the four kinds of answers at many thresholds."""

    def _make_counts(self, shape: tuple[int, ...]) -> None:
        for kind in _KINDS:
            setattr(self, kind, self.add_variable(shape, name=kind))

    def _add(self, y_true: Any, y_pred: Any, **options: Any) -> None:
        counts = confusion_counts(type(self).__name__, y_true, y_pred, self.thresholds, **options)
        for kind in _KINDS:
            getattr(self, kind).assign_add(counts[kind])

    thresholds: Any
    true_positives: Any
    false_positives: Any
    true_negatives: Any
    false_negatives: Any

    def _rates(self) -> dict[str, Any]:
        hits, alarms = self.true_positives.value, self.false_positives.value
        return {
            "precision": divide_or_zero(hits, ops.add(hits, alarms)),
            "recall": divide_or_zero(hits, ops.add(hits, self.false_negatives)),
            "false_alarms": divide_or_zero(alarms, ops.add(alarms, self.true_negatives)),
            "specificity": divide_or_zero(self.true_negatives.value, ops.add(alarms, self.true_negatives)),
        }


class AUC(_Curve):
    """The area under the ROC or the precision-recall curve.

    Args:
        num_thresholds: how many points approximate the curve.
        curve: `"ROC"` (true against false positive rate) or `"PR"` (precision against recall).
        summation_method: how the area between two points is found: `"interpolation"` (trapezoids for ROC; for PR the
            interpolation of Davis and Goadrich), `"minoring"` or `"majoring"` (the lower or the higher point's height).
        name: shown in logs.
        dtype: of the result.
        thresholds: the inner thresholds, instead of evenly spaced ones.
        multi_label: whether the last axis holds independent labels, whose areas are averaged.
        num_labels: number of labels, if it is to be fixed from the start.
        label_weights: weight of each label's area in the average.
        from_logits: whether predictions are logits.

    Raises:
        ConfigError: for unknown options.

    Variables:
        true_positives, false_positives, true_negatives, false_negatives: float64 `[thresholds]`, or
        `[thresholds, labels]`, 0.

    Example:
        >>> float(AUC()([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
        0.75

    Source: Davis and Goadrich 2006, "The Relationship Between Precision-Recall and ROC Curves".
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: DTypeLike = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ):
        super().__init__(dtype, name or "auc")
        for option, value, allowed in (
            ("curve", curve, ("ROC", "PR")),
            ("summation_method", summation_method, ("interpolation", "minoring", "majoring")),
        ):
            if value not in allowed:
                raise ConfigError(f"AUC has no {option} {value!r}.", fix=f"use one of {', '.join(map(repr, allowed))}")
        if label_weights is not None and not multi_label:
            raise ConfigError("AUC received label_weights without multi_label=True.", fix="pass multi_label=True")
        self.curve = curve
        self.summation_method = summation_method
        self._inner = None if thresholds is None else sorted(check_thresholds("AUC", list(thresholds)))
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else [float(weight) for weight in label_weights]
        self.from_logits = from_logits
        self._all = even_thresholds("AUC", num_thresholds) if self._inner is None else _with_ends(self._inner)
        self.num_thresholds = len(self._all)
        if not multi_label:
            self._make_counts((len(self._all),))
        elif num_labels is not None:
            self._make_counts((len(self._all), num_labels))

    @property
    def thresholds(self) -> list[float]:
        """All thresholds, the outer ones included."""
        return self._all

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; of the thresholds, the inner ones that were given."""
        return {**super().get_config(), "thresholds": self._inner}

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add a batch of targets, 0 or 1, and predicted probabilities of the same shape.

        Raises:
            ShapeError: if the shapes do not fit together.
        """
        y_pred = ops.convert_to_tensor(y_pred)
        if self.from_logits:
            y_pred = ops.sigmoid(y_pred)
        if self.multi_label:
            labels = known_size(y_pred, -1) if shape_of(y_pred) else 1
            if "true_positives" not in vars(self):
                self._make_counts((len(self._all), labels))
            if labels != self.true_positives.shape[1]:
                raise ShapeError(
                    f"AUC of {self.true_positives.shape[1]} labels received predictions of shape "
                    f"{list(shape_of(y_pred))}.",
                    fix="make the last axis that of the labels",
                )
        self._add(y_true, y_pred, sample_weight=sample_weight, by_label=self.multi_label)

    def result(self) -> Any:
        """Return the area; with several labels, their weighted mean."""
        if "true_positives" not in vars(self):
            return ops.convert_to_tensor(0.0, self.dtype)
        if self.curve == "PR" and self.summation_method == "interpolation":
            area = self._interpolated_precision()
        else:
            rates = self._rates()
            x, y = (
                (rates["false_alarms"], rates["recall"])
                if self.curve == "ROC"
                else (rates["recall"], rates["precision"])
            )
            heights = self._heights(y[:-1], y[1:])
            area = ops.sum(ops.multiply(ops.subtract(x[:-1], x[1:]), heights), axis=0)
        if self.multi_label:
            weights = np.ones(area.shape) if self.label_weights is None else np.asarray(self.label_weights)
            area = ops.divide(ops.sum(ops.multiply(area, weights)), float(weights.sum()))
        return ops.cast(area, self.dtype)

    def _heights(self, first: Any, second: Any) -> Any:
        if self.summation_method == "interpolation":
            return ops.divide(ops.add(first, second), 2.0)
        return (ops.minimum if self.summation_method == "minoring" else ops.maximum)(first, second)

    def _interpolated_precision(self) -> Any:
        """Return the area under the precision-recall curve on which true positives grow linearly between two points.

        With slope s and intercept c of true positives over all positives p predicted, precision is s + c / p, so the
        area between two points is s (Δtp + c log(p₁ / p₂)) over the number of positive targets.
        """
        hits = self.true_positives.value
        predicted = ops.add(hits, self.false_positives)
        new_hits = ops.subtract(hits[:-1], hits[1:])
        slope = divide_or_zero(new_hits, ops.relu(ops.subtract(predicted[:-1], predicted[1:])))
        intercept = ops.subtract(hits[1:], ops.multiply(slope, predicted[1:]))
        both = ops.logical_and(ops.greater(predicted[:-1], 0.0), ops.greater(predicted[1:], 0.0))
        one = ops.ones_like(predicted[1:])
        ratio = ops.divide(ops.where(both, predicted[:-1], one), ops.where(both, predicted[1:], one))
        gained = ops.multiply(slope, ops.add(new_hits, ops.multiply(intercept, ops.log(ratio))))
        positives = ops.add(hits[1:], self.false_negatives.value[1:])
        return ops.sum(divide_or_zero(gained, positives), axis=0)


class _PointOnCurve(_Curve):
    """Base of the metrics that say how good one rate can be where another one is good enough."""

    _given: ClassVar[str]
    _given_rate: ClassVar[str]
    _rate: ClassVar[str]

    def _set_up(
        self, value: float, num_thresholds: int, class_id: int | None, name: str | None, dtype: DTypeLike
    ) -> None:
        Metric.__init__(self, dtype, name)
        if not 0 <= value <= 1:
            raise ConfigError(
                f"{type(self).__name__} cannot have {self._given}={value!r}.", fix="use a number between 0 and 1"
            )
        setattr(self, self._given, value)
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        self.thresholds = [0.5] if num_thresholds == 1 else even_thresholds(type(self).__name__, num_thresholds)
        self._make_counts((len(self.thresholds),))

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add a batch of targets, 0 or 1, and predicted probabilities of the same shape."""
        self._add(y_true, y_pred, sample_weight=sample_weight, class_id=self.class_id)

    def result(self) -> Any:
        """Return the best rate; 0 if no threshold is good enough."""
        rates = self._rates()
        good_enough = ops.greater_equal(rates[self._given_rate], getattr(self, self._given))
        best = rates[self._rate]
        return ops.cast(ops.max(ops.where(good_enough, best, ops.zeros_like(best))), self.dtype)


class PrecisionAtRecall(_PointOnCurve):
    """The best precision of all thresholds whose recall is high enough.

    Args:
        recall: what is high enough, between 0 and 1.
        num_thresholds: how many thresholds are tried.
        class_id: consider this entry of the last axis only.
        name: shown in logs.
        dtype: of the result.

    Variables:
        true_positives, false_positives, true_negatives, false_negatives: float64 `[thresholds]`, 0.

    Example:
        >>> float(PrecisionAtRecall(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.4, 0.9]))
        1.0
    """

    _given, _given_rate, _rate = "recall", "recall", "precision"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ):
        self._set_up(recall, num_thresholds, class_id, name, dtype)


class RecallAtPrecision(_PointOnCurve):
    """The best recall of all thresholds whose precision is high enough.

    Args:
        precision: what is high enough, between 0 and 1.
        num_thresholds: how many thresholds are tried.
        class_id: consider this entry of the last axis only.
        name: shown in logs.
        dtype: of the result.

    Variables:
        true_positives, false_positives, true_negatives, false_negatives: float64 `[thresholds]`, 0.

    Example:
        >>> float(RecallAtPrecision(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.4, 0.9]))
        1.0
    """

    _given, _given_rate, _rate = "precision", "precision", "recall"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ):
        self._set_up(precision, num_thresholds, class_id, name, dtype)


class SensitivityAtSpecificity(_PointOnCurve):
    """The best recall of all thresholds whose specificity, the share of negatives found, is high enough.

    Args:
        specificity: what is high enough, between 0 and 1.
        num_thresholds: how many thresholds are tried.
        class_id: consider this entry of the last axis only.
        name: shown in logs.
        dtype: of the result.

    Variables:
        true_positives, false_positives, true_negatives, false_negatives: float64 `[thresholds]`, 0.

    Example:
        >>> float(SensitivityAtSpecificity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.4, 0.9]))
        1.0
    """

    _given, _given_rate, _rate = "specificity", "specificity", "recall"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ):
        self._set_up(specificity, num_thresholds, class_id, name, dtype)


class SpecificityAtSensitivity(_PointOnCurve):
    """The best share of negatives found of all thresholds whose recall is high enough.

    Args:
        sensitivity: what is high enough, between 0 and 1.
        num_thresholds: how many thresholds are tried.
        class_id: consider this entry of the last axis only.
        name: shown in logs.
        dtype: of the result.

    Variables:
        true_positives, false_positives, true_negatives, false_negatives: float64 `[thresholds]`, 0.

    Example:
        >>> float(SpecificityAtSensitivity(0.5)([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.4, 0.9]))
        1.0
    """

    _given, _given_rate, _rate = "sensitivity", "recall", "specificity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: DTypeLike = None,
    ):
        self._set_up(sensitivity, num_thresholds, class_id, name, dtype)
