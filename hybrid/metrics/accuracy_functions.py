"""How often predictions are right: the functions.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from .. import config, ops
from ..losses.alignment import as_predictions, check_classes, check_equal, class_labels, same_rank
from ..registry import register_builtin
from ..typing import TensorLike

__all__ = [
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
]


def _as_float(condition: Any) -> Any:
    return ops.cast(condition, config.floatx())


def _equal_shapes(name: str, y_true: TensorLike, y_pred: TensorLike) -> tuple[Any, Any]:
    y_true, y_pred = same_rank(ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred))
    check_equal(name, y_true, y_pred)
    return y_true, y_pred


@register_builtin
def accuracy(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return 1 where a prediction equals its target and 0 elsewhere.

    Args:
        y_true: targets, `[batch, ...]`.
        y_pred: predictions of the same shape.

    Returns:
        float of the same shape.

    Example:
        >>> accuracy([1, 2], [1, 3]).numpy()
        array([1., 0.], dtype=float32)
    """
    y_true, y_pred = _equal_shapes("Accuracy", y_true, y_pred)
    return _as_float(ops.equal(y_true, y_pred))


@register_builtin
def binary_accuracy(y_true: TensorLike, y_pred: TensorLike, threshold: float = 0.5) -> Any:
    """Return 1 where a prediction is on the right side of the threshold and 0 elsewhere.

    Args:
        y_true: 0 or 1, `[batch, ...]`.
        y_pred: predictions of the same shape.
        threshold: what is above counts as 1.

    Returns:
        float of the same shape.

    Raises:
        ShapeError: if the shapes differ; targets are never broadcast.

    Example:
        >>> binary_accuracy([1, 1], [0.9, 0.2]).numpy()
        array([1., 0.], dtype=float32)
    """
    y_true, y_pred = _equal_shapes("BinaryAccuracy", y_true, y_pred)
    predicted = ops.cast(ops.greater(y_pred, threshold), y_true.dtype)
    return _as_float(ops.equal(y_true, predicted))


@register_builtin
def categorical_accuracy(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return 1 where the class with the greatest prediction is that of the one-hot target.

    Args:
        y_true: one-hot targets, `[batch, ..., classes]`.
        y_pred: predictions of the same shape.

    Returns:
        float `[batch, ...]`.

    Raises:
        ShapeError: if the shapes differ; says so if the targets look like integer class labels.

    Example:
        >>> categorical_accuracy([[0, 1], [0, 1]], [[0.1, 0.9], [0.8, 0.2]]).numpy()
        array([1., 0.], dtype=float32)
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    check_classes("CategoricalAccuracy", y_true, y_pred)
    return _as_float(ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1)))


@register_builtin
def sparse_categorical_accuracy(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return 1 where the class with the greatest prediction is the target.

    Args:
        y_true: class labels, int `[batch, ...]` or `[batch, ..., 1]`.
        y_pred: predictions, `[batch, ..., classes]`.

    Returns:
        float `[batch, ...]`.

    Raises:
        ShapeError: if the shapes do not fit; says so if the targets look one-hot.

    Example:
        >>> sparse_categorical_accuracy([1, 1], [[0.1, 0.9], [0.8, 0.2]]).numpy()
        array([1., 0.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    labels = class_labels("SparseCategoricalAccuracy", y_true, y_pred)
    return _as_float(ops.equal(labels, ops.argmax(y_pred, axis=-1)))


@register_builtin
def top_k_categorical_accuracy(y_true: TensorLike, y_pred: TensorLike, k: int = 5) -> Any:
    """Return 1 where the class of the one-hot target is among the k greatest predictions.

    Args:
        y_true: one-hot targets, `[batch, ..., classes]`.
        y_pred: predictions of the same shape.
        k: how many predictions may be right.

    Returns:
        float `[batch, ...]`.

    Example:
        >>> top_k_categorical_accuracy([[0, 0, 1]], [[0.1, 0.6, 0.3]], k=2).numpy()
        array([1.], dtype=float32)
    """
    y_true, y_pred = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    check_classes("TopKCategoricalAccuracy", y_true, y_pred)
    return _in_top_k(ops.argmax(y_true, axis=-1), as_predictions(y_pred), k)


@register_builtin
def sparse_top_k_categorical_accuracy(
    y_true: TensorLike, y_pred: TensorLike, k: int = 5, from_sorted_ids: bool = False
) -> Any:
    """Return 1 where the target is among the k greatest predictions.

    Args:
        y_true: class labels, int `[batch, ...]` or `[batch, ..., 1]`.
        y_pred: predictions, `[batch, ..., classes]`; with `from_sorted_ids`, class labels, the likeliest first.
        k: how many predictions may be right.
        from_sorted_ids: whether predictions are labels.

    Returns:
        float `[batch, ...]`.

    Example:
        >>> sparse_top_k_categorical_accuracy([2], [[0.1, 0.6, 0.3]], k=2).numpy()
        array([1.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    labels = class_labels("SparseTopKCategoricalAccuracy", y_true, y_pred)
    if from_sorted_ids:
        first = ops.cast(y_pred[..., :k], labels.dtype)
        return _as_float(ops.any(ops.equal(ops.expand_dims(labels, -1), first), axis=-1))
    return _in_top_k(ops.cast(labels, "int32"), as_predictions(y_pred), k)


def _in_top_k(labels: Any, y_pred: Any, k: int) -> Any:
    # Among equal predictions the target counts as the first.
    own = ops.take_along_axis(y_pred, ops.expand_dims(labels, -1), axis=-1)
    better = ops.sum(ops.greater(y_pred, own), axis=-1)
    return _as_float(ops.less(better, k))
