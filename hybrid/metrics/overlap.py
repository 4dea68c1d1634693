"""Intersection over union: how well predicted regions match, for segmentation.

Floor 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import ops
from ..errors import ConfigError
from ..losses.alignment import check_equal, same_rank
from ..typing import DTypeLike, TensorLike
from .base import Metric
from .mean import combined_weight, divide_or_zero

__all__ = ["BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"]


class IoU(Metric):
    """The mean over some classes of the intersection of target and prediction divided by their union.

    Args:
        num_classes: how many classes there are.
        target_class_ids: which of them to average over.
        name: shown in logs.
        dtype: of the result.
        ignore_class: label of what does not count.
        sparse_y_true: whether targets are class labels, not one-hot.
        sparse_y_pred: whether predictions are class labels, not probabilities of classes.
        axis: of the classes, where targets or predictions are not sparse.

    Raises:
        ConfigError: if a class does not exist.

    Variables:
        total_confusion_matrix: float64 `[classes, classes]`, 0.

    Example:
        >>> float(IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1]).numpy().round(3))
        0.3330000042915344
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        super().__init__(dtype, name)
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        if any(not 0 <= label < num_classes for label in self.target_class_ids):
            raise ConfigError(
                f"{type(self).__name__} cannot have target_class_ids={self.target_class_ids}.",
                fix=f"use classes between 0 and {num_classes - 1}",
            )
        self.total_confusion_matrix = self.add_variable((num_classes, num_classes), name="total_confusion_matrix")

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add a batch of targets and predictions.

        Raises:
            ShapeError: if the shapes do not fit together.
        """
        y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
        mask = y_pred.mask
        y_true = y_true if self.sparse_y_true else ops.argmax(y_true, axis=self.axis)
        y_pred = y_pred if self.sparse_y_pred else ops.argmax(y_pred, axis=self.axis)
        y_true, y_pred = same_rank(ops.cast(y_true, "int32"), ops.cast(y_pred, "int32"))
        check_equal(type(self).__name__, y_true, y_pred)
        weight = combined_weight(sample_weight, y_pred, mask, "float64")
        weight = ops.ones_like(y_true, "float64") if weight is None else ops.broadcast_to(weight, ops.shape(y_true))
        if self.ignore_class is not None:
            valid = ops.not_equal(y_true, self.ignore_class)
            weight = ops.where(valid, weight, ops.zeros_like(weight))
            y_true = ops.where(valid, y_true, ops.zeros_like(y_true))
        flat_true, flat_pred, flat_weight = (ops.reshape(each, (-1,)) for each in (y_true, y_pred, weight))
        rows = ops.one_hot(flat_true, self.num_classes, dtype="float64")
        columns = ops.one_hot(flat_pred, self.num_classes, dtype="float64")
        weighted = ops.multiply(columns, ops.expand_dims(flat_weight, -1))
        self.total_confusion_matrix.assign_add(ops.matmul(ops.transpose(rows), weighted))

    def result(self) -> Any:
        """Return the mean over the classes that occur."""
        matrix = self.total_confusion_matrix.value
        hits = ops.diagonal(matrix)
        union = ops.subtract(ops.add(ops.sum(matrix, axis=0), ops.sum(matrix, axis=1)), hits)
        hits, union = (ops.take(each, self.target_class_ids) for each in (hits, union))
        occurs = ops.cast(ops.greater(union, 0.0), "float64")
        return ops.cast(divide_or_zero(ops.sum(divide_or_zero(hits, union)), ops.sum(occurs)), self.dtype)


class BinaryIoU(IoU):
    """The mean intersection over union of predictions above and below a threshold.

    Args:
        target_class_ids: which of the classes 0 and 1 to average over.
        threshold: what is above counts as class 1.
        name: shown in logs.
        dtype: of the result.

    Example:
        >>> float(BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7]).numpy().round(3))
        0.3330000042915344
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: DTypeLike = None,
    ):
        super().__init__(num_classes=2, target_class_ids=target_class_ids, name=name, dtype=dtype)
        self.threshold = threshold

    def update_state(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> None:
        """Add a batch of targets, 0 or 1, and predicted probabilities of the same shape."""
        y_pred = ops.convert_to_tensor(y_pred)
        above = ops.cast(ops.greater(y_pred, self.threshold), "int32")
        above.mask = y_pred.mask
        super().update_state(y_true, above, sample_weight)


class MeanIoU(IoU):
    """The mean intersection over union of all classes; arguments as in `IoU`.

    Args:
        num_classes: how many classes there are.
        name: shown in logs.
        dtype: of the result.
        ignore_class: label of what does not count.
        sparse_y_true: whether targets are class labels, not one-hot.
        sparse_y_pred: whether predictions are class labels, not probabilities of classes.
        axis: of the classes, where targets or predictions are not sparse.

    Example:
        >>> float(MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1]).numpy().round(3))
        0.3330000042915344
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ):
        super().__init__(num_classes, range(num_classes), name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


class OneHotIoU(IoU):
    """As `IoU`, for one-hot targets and predicted probabilities.

    Args:
        num_classes: how many classes there are.
        target_class_ids: which of them to average over.
        name: shown in logs.
        dtype: of the result.
        ignore_class: label of what does not count.
        sparse_y_pred: whether predictions are class labels, not probabilities of classes.
        axis: of the classes.

    Example:
        >>> float(OneHotIoU(2, [0])([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]]))
        1.0
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(MeanIoU):
    """As `MeanIoU`, for one-hot targets and predicted probabilities.

    Args:
        num_classes: how many classes there are.
        name: shown in logs.
        dtype: of the result.
        ignore_class: label of what does not count.
        sparse_y_pred: whether predictions are class labels, not probabilities of classes.
        axis: of the classes.

    Example:
        >>> float(OneHotMeanIoU(2)([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]]))
        1.0
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: DTypeLike = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
