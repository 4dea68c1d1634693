"""Focal losses: cross entropies in which what is easy counts less.

Floor 8. Source: Lin et al. 2017, "Focal Loss for Dense Object Detection".
"""

from __future__ import annotations

from typing import Any

from .. import ops
from ..registry import register_builtin
from ..typing import DTypeLike, TensorLike
from .alignment import align, as_labels, as_predictions, check_classes
from .base import FunctionLoss
from .probabilistic import clip_probabilities, smooth_binary, smooth_classes

__all__ = [
    "BinaryFocalCrossentropy",
    "CategoricalFocalCrossentropy",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
]


@register_builtin
def binary_focal_crossentropy(
    y_true: TensorLike,
    y_pred: TensorLike,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return the mean binary cross entropy, times `(1 - p) ** gamma` for a right answer predicted with probability p.

    Args:
        y_true: 0 or 1, or probabilities, `[batch, ..., questions]`.
        y_pred: predicted probabilities, or logits, of the same shape.
        apply_class_balancing: whether answers 1 count `alpha` and answers 0 count `1 - alpha`.
        alpha: weight of the answer 1.
        gamma: how much less easy questions count.
        from_logits: whether `y_pred` are logits.
        label_smoothing: how far to move targets towards one half.
        axis: of the questions.

    Example:
        >>> binary_focal_crossentropy([[1.0, 0.0]], [[0.5, 0.5]]).numpy()
        array([0.1732868], dtype=float32)
    """
    y_true, y_pred = align("BinaryFocalCrossentropy", y_true, y_pred)
    y_true = smooth_binary(y_true, label_smoothing)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    values = ops.binary_crossentropy(y_true, y_pred)
    opposite_true, opposite_pred = ops.subtract(1.0, y_true), ops.subtract(1.0, y_pred)
    right = ops.add(ops.multiply(y_true, y_pred), ops.multiply(opposite_true, opposite_pred))
    values = ops.multiply(values, ops.power(ops.subtract(1.0, right), gamma))
    if apply_class_balancing:
        values = ops.multiply(values, ops.add(ops.multiply(y_true, alpha), ops.multiply(opposite_true, 1.0 - alpha)))
    return ops.mean(values, axis=axis)


@register_builtin
def categorical_focal_crossentropy(
    y_true: TensorLike,
    y_pred: TensorLike,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return the categorical cross entropy, times `alpha * (1 - p) ** gamma` for a class predicted with probability p.

    Args:
        y_true: one-hot targets, `[batch, ..., classes]`.
        y_pred: predicted probabilities, or logits, of the same shape.
        alpha: weight, one for all classes or one each.
        gamma: how much less easy samples count.
        from_logits: whether `y_pred` are logits.
        label_smoothing: share of the targets that is spread over all classes.
        axis: of the classes.

    Example:
        >>> categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
        array([0.0433217], dtype=float32)
    """
    y_pred = as_predictions(y_pred)
    y_true = as_labels(y_true, y_pred)
    check_classes("CategoricalFocalCrossentropy", y_true, y_pred, axis)
    y_true = smooth_classes(y_true, label_smoothing, axis)
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    y_pred = clip_probabilities(ops.divide(y_pred, ops.sum(y_pred, axis=axis, keepdims=True)))
    entropy = ops.negative(ops.multiply(y_true, ops.log(y_pred)))
    weight = ops.multiply(ops.power(ops.subtract(1.0, y_pred), gamma), alpha)
    return ops.sum(ops.multiply(weight, entropy), axis=axis)


class BinaryFocalCrossentropy(FunctionLoss):
    """The binary cross entropy in which easy questions count less.

    Args:
        apply_class_balancing: whether answers 1 count `alpha` and answers 0 count `1 - alpha`.
        alpha: weight of the answer 1.
        gamma: how much less easy samples count.
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: how far to move targets towards the uniform distribution, between 0 and 1.
        axis: of the classes.
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> round(float(BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 6)
        0.173287
    """

    function = staticmethod(binary_focal_crossentropy)
    options = (
        "apply_class_balancing",
        "alpha",
        "gamma",
        "from_logits",
        "label_smoothing",
        "axis",
    )

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.apply_class_balancing = apply_class_balancing
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class CategoricalFocalCrossentropy(FunctionLoss):
    """The categorical cross entropy in which easy samples count less.

    Args:
        alpha: weight, one for all classes or one each.
        gamma: how much less easy samples count.
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: how far to move targets towards the uniform distribution, between 0 and 1.
        axis: of the classes.
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> round(float(CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 6)
        0.043322
    """

    function = staticmethod(categorical_focal_crossentropy)
    options = (
        "alpha",
        "gamma",
        "from_logits",
        "label_smoothing",
        "axis",
    )

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_focal_crossentropy",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis
