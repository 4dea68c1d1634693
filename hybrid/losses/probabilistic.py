"""Losses of probabilities: cross entropies, divergences.

Floor 8. Each loss is a function, which returns a value per sample, and a class, which weighs and reduces these.
"""

from __future__ import annotations

from typing import Any

from .. import config, ops
from ..ops.conversion import size_of_axis
from ..ops.crossentropy import crossentropy_of_labels
from ..registry import register_builtin
from ..typing import DTypeLike, TensorLike
from .alignment import align, as_labels, as_predictions, check_classes, class_labels, known_size
from .base import FunctionLoss

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "KLDivergence",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_generalized_cross_entropy",
    "kl_divergence",
    "poisson",
    "sparse_categorical_crossentropy",
]


def smooth_classes(y_true: Any, label_smoothing: float, axis: int) -> Any:
    """Move a share of the targets to all classes alike."""
    if not label_smoothing:
        return y_true
    classes = ops.cast(size_of_axis(y_true, axis), y_true.dtype)
    return ops.add(ops.multiply(y_true, 1.0 - label_smoothing), ops.divide(label_smoothing, classes))


def smooth_binary(y_true: Any, label_smoothing: float) -> Any:
    """Move targets of 0 and 1 towards one half."""
    if not label_smoothing:
        return y_true
    return ops.add(ops.multiply(y_true, 1.0 - label_smoothing), 0.5 * label_smoothing)


def clip_probabilities(y: Any) -> Any:
    """Keep probabilities away from 0 and 1, where logarithms are infinite or flat."""
    return ops.clip(y, config.epsilon(), 1.0 - config.epsilon())


@register_builtin
def binary_crossentropy(
    y_true: TensorLike, y_pred: TensorLike, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """Return the mean cross entropy of yes-or-no questions along an axis.

    Args:
        y_true: 0 or 1, or probabilities, `[batch, ..., questions]`.
        y_pred: predicted probabilities, or logits, of the same shape.
        from_logits: whether `y_pred` are logits.
        label_smoothing: how far to move targets towards one half, between 0 and 1.
        axis: of the questions.

    Returns:
        float `[batch, ...]`.

    Raises:
        ShapeError: if the shapes differ.

    Example:
        >>> binary_crossentropy([[1.0, 0.0]], [[0.5, 0.5]]).numpy()
        array([0.6931472], dtype=float32)
    """
    y_true, y_pred = align("BinaryCrossentropy", y_true, y_pred)
    y_true = smooth_binary(y_true, label_smoothing)
    return ops.mean(ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits), axis=axis)


@register_builtin
def categorical_crossentropy(
    y_true: TensorLike, y_pred: TensorLike, from_logits: bool = False, label_smoothing: float = 0.0, axis: int = -1
) -> Any:
    """Return the cross entropy of one-hot targets.

    Args:
        y_true: one-hot targets, or probabilities, `[batch, ..., classes]`.
        y_pred: predicted probabilities, or logits, of the same shape.
        from_logits: whether `y_pred` are logits.
        label_smoothing: share of the targets that is spread over all classes, between 0 and 1.
        axis: of the classes.

    Returns:
        float `[batch, ...]`.

    Raises:
        ShapeError: if the shapes differ; says so if the targets look like integer class labels.

    Example:
        >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
        array([0.6931472], dtype=float32)
    """
    y_pred = as_predictions(y_pred)
    y_true = as_labels(y_true, y_pred)
    check_classes("CategoricalCrossentropy", y_true, y_pred, axis)
    y_true = smooth_classes(y_true, label_smoothing, axis)
    return ops.categorical_crossentropy(y_true, y_pred, from_logits=from_logits, axis=axis)


@register_builtin
def sparse_categorical_crossentropy(
    y_true: TensorLike,
    y_pred: TensorLike,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Return the cross entropy of integer class labels.

    Args:
        y_true: class labels, int `[batch, ...]` or `[batch, ..., 1]`.
        y_pred: predicted probabilities, or logits, `[batch, ..., classes]`.
        from_logits: whether `y_pred` are logits.
        ignore_class: label of samples that do not count: their loss is 0, and means leave them out.
        axis: of the classes.

    Returns:
        float `[batch, ...]`.

    Raises:
        ShapeError: if the shapes do not fit; says so if the targets look one-hot.

    Example:
        >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy()
        array([0.6931472], dtype=float32)
    """
    y_pred = as_predictions(y_pred)
    labels = class_labels("SparseCategoricalCrossentropy", y_true, y_pred, axis)
    if labels.dtype.kind not in "iu":
        labels = ops.cast(labels, "int32")
    if ignore_class is None:
        return crossentropy_of_labels(labels, y_pred, from_logits, axis)
    valid = ops.not_equal(labels, ignore_class)
    safe = ops.where(valid, labels, ops.zeros_like(labels))
    values = crossentropy_of_labels(safe, y_pred, from_logits, axis)
    result = ops.where(valid, values, ops.zeros_like(values))
    result.mask = valid
    return result


@register_builtin
def categorical_generalized_cross_entropy(y_true: TensorLike, y_pred: TensorLike, q: float) -> Any:
    """Return `(1 - p ** q) / q`, where p is the predicted probability of the labelled class: robust to wrong labels.

    Args:
        y_true: class labels, int `[batch, ...]` or `[batch, ..., 1]`.
        y_pred: predicted probabilities, `[batch, ..., classes]`.
        q: between 0 (cross entropy) and 1 (mean absolute error).

    Example:
        >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).numpy()
        array([1.], dtype=float32)

    Source: Zhang and Sabuncu 2018, "Generalized Cross Entropy Loss for Training Deep Neural Networks with Noisy
    Labels".
    """
    y_pred = as_predictions(y_pred)
    labels = ops.cast(class_labels("CategoricalGeneralizedCrossEntropy", y_true, y_pred), "int32")
    chosen = ops.sum(ops.multiply(y_pred, ops.one_hot(labels, known_size(y_pred, -1), dtype=y_pred.dtype)), axis=-1)
    return ops.divide(ops.subtract(1.0, ops.power(chosen, q)), q)


@register_builtin
def kl_divergence(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return the Kullback-Leibler divergence: `sum(y_true * log(y_true / y_pred))` over the last axis.

    Args:
        y_true: probabilities, float `[batch, ..., classes]`.
        y_pred: predicted probabilities of the same shape.

    Example:
        >>> kl_divergence([[0.5, 0.5]], [[0.5, 0.5]]).numpy()
        array([0.], dtype=float32)
    """
    y_true, y_pred = align("KLDivergence", y_true, y_pred)
    y_true, y_pred = (ops.clip(y, config.epsilon(), 1.0) for y in (y_true, y_pred))
    return ops.sum(ops.multiply(y_true, ops.log(ops.divide(y_true, y_pred))), axis=-1)


@register_builtin
def poisson(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return the mean of `y_pred - y_true * log(y_pred)`, for counts.

    Args:
        y_true: counts, float `[batch, ..., values]`.
        y_pred: predicted rates of the same shape, positive.

    Example:
        >>> poisson([[0.0]], [[3.0]]).numpy()
        array([3.], dtype=float32)
    """
    y_true, y_pred = align("Poisson", y_true, y_pred)
    logarithm = ops.log(ops.add(y_pred, config.epsilon()))
    return ops.mean(ops.subtract(y_pred, ops.multiply(y_true, logarithm)), axis=-1)


class BinaryCrossentropy(FunctionLoss):
    """The cross entropy of yes-or-no questions.

    Args:
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: how far to move targets towards the uniform distribution, between 0 and 1.
        axis: of the questions.
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(BinaryCrossentropy()([[1.0]], [[0.5]]))
        0.6931471824645996
    """

    function = staticmethod(binary_crossentropy)
    options = (
        "from_logits",
        "label_smoothing",
        "axis",
    )

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class CategoricalCrossentropy(FunctionLoss):
    """The cross entropy of one-hot targets.

    Args:
        from_logits: whether predictions are logits, not probabilities.
        label_smoothing: how far to move targets towards the uniform distribution, between 0 and 1.
        axis: of the classes.
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]))
        0.6931471824645996
    """

    function = staticmethod(categorical_crossentropy)
    options = (
        "from_logits",
        "label_smoothing",
        "axis",
    )

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


class SparseCategoricalCrossentropy(FunctionLoss):
    """The cross entropy of integer class labels.

    Args:
        from_logits: whether predictions are logits, not probabilities.
        ignore_class: label of samples that do not count.
        reduction: as in `Loss`.
        axis: of the classes.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]]))
        0.6931471824645996
    """

    function = staticmethod(sparse_categorical_crossentropy)
    options = (
        "from_logits",
        "ignore_class",
        "axis",
    )

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis


class CategoricalGeneralizedCrossEntropy(FunctionLoss):
    """A cross entropy that is robust to wrong labels.

    Args:
        q: between 0 (cross entropy) and 1 (mean absolute error).
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
        1.0
    """

    function = staticmethod(categorical_generalized_cross_entropy)
    options = ("q",)

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_generalized_cross_entropy",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.q = q


class KLDivergence(FunctionLoss):
    """The Kullback-Leibler divergence of predicted from true probabilities.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
        0.0
    """

    function = staticmethod(kl_divergence)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "kl_divergence",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)


class Poisson(FunctionLoss):
    """The mean of `y_pred - y_true * log(y_pred)`, for counts.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(Poisson()([[0.0]], [[3.0]]))
        3.0
    """

    function = staticmethod(poisson)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "poisson",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
