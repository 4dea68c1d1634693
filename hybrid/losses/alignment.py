"""Whether targets and predictions belong together: their shapes are compared before anything is computed.

Floor 8. Nothing is ever broadcast: (n,) against (n, 1) is brought to one rank, every other difference is an error.
"""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core.door import shape_of
from ..core.dtypes import default_float
from ..core.spec import same_size
from ..errors import ShapeError
from ..typing import Shape, TensorLike

__all__ = ["align", "as_labels", "as_predictions", "check_equal", "same_rank"]


def same_rank(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    """Bring two tensors to one rank where one has a last axis of size 1 that the other lacks.

    Of (n,) and (n, 1) the first gets the axis; of higher ranks the second loses it.
    """
    rank_true, rank_pred = len(y_true.shape), len(y_pred.shape)
    if rank_true == rank_pred + 1 and y_true.shape[-1] == 1:
        if rank_pred == 1:
            return y_true, ops.expand_dims(y_pred, -1)
        return ops.squeeze(y_true, -1), y_pred
    if rank_pred == rank_true + 1 and y_pred.shape[-1] == 1:
        if rank_true == 1:
            return ops.expand_dims(y_true, -1), y_pred
        return y_true, ops.squeeze(y_pred, -1)
    return y_true, y_pred


def as_predictions(y_pred: TensorLike) -> Any:
    """Return predictions as a float tensor."""
    y_pred = ops.convert_to_tensor(y_pred)
    return y_pred if y_pred.dtype.kind == "f" else ops.cast(y_pred, default_float())


def as_labels(y_true: TensorLike, y_pred: Any) -> Any:
    """Return targets as a tensor of the dtype of the predictions."""
    return ops.cast(ops.convert_to_tensor(y_true), y_pred.dtype)


def align(name: str, y_true: TensorLike, y_pred: TensorLike) -> tuple[Any, Any]:
    """Return targets and predictions as float tensors of one shape.

    Raises:
        ShapeError: if the shapes cannot be the same.
    """
    y_pred = as_predictions(y_pred)
    y_true = as_labels(y_true, y_pred)
    if y_true.shape != y_pred.shape:
        y_true, y_pred = same_rank(y_true, y_pred)
        check_equal(name, y_true, y_pred)
    return y_true, y_pred


def known_size(x: Any, axis: int) -> int:
    """Return the size of an axis.

    Raises:
        ShapeError: if it is not known.
    """
    size = shape_of(x)[axis]
    if size is None:
        raise ShapeError(
            f"Axis {axis} of a tensor of shape {list(shape_of(x))} holds the classes, but their number is not known.",
            fix="give the size of this axis in Input(...)",
        )
    return size


def _can_be_equal(first: Shape, second: Shape) -> bool:
    return first == second or (len(first) == len(second) and all(map(same_size, first, second)))


def check_equal(name: str, y_true: Any, y_pred: Any) -> None:
    """Check that targets and predictions can have the same shape.

    Raises:
        ShapeError: if they cannot, naming both shapes and the most likely mistake.
    """
    true, pred = shape_of(y_true), shape_of(y_pred)
    if _can_be_equal(true, pred):
        return
    raise ShapeError(
        f"{name} received targets of shape {list(true)} and predictions of shape {list(pred)}.",
        why="each prediction needs a target of its own; targets are never broadcast",
        fix=_fix_for(true, pred),
    )


def _fix_for(true: Shape, pred: Shape) -> str:
    if true and pred and not same_size(true[0], pred[0]):
        return f"pass as many targets ({true[0]}) as samples ({pred[0]})"
    if len(true) == len(pred) and pred[-1] == 1:
        return f"the model has one output but the targets have {true[-1]}: give its last layer {true[-1]} units"
    if true in (pred[:-1], (*pred[:-1], 1)):
        return (
            "for integer class labels use the sparse loss or metric; for regression give the last layer of the model "
            "one unit"
        )
    return f"reshape the targets to {list(pred)}, or change the last layer so that the model returns {list(true)}"


def check_classes(name: str, y_true: Any, y_pred: Any, axis: int = -1) -> None:
    """Check that targets are one-hot, or probabilities, over the classes of the predictions.

    Raises:
        ShapeError: if they are not; says so if they look like integer class labels.
    """
    true, pred = shape_of(y_true), shape_of(y_pred)
    if _can_be_equal(true, pred):
        return
    labels = (pred[:axis] if axis == -1 else _without(pred, axis)) if pred else ()
    if true == labels or (true and true[-1] == 1 and _can_be_equal(true[:-1], labels)):
        raise ShapeError(
            f"{name} received targets of shape {list(true)} for predictions of shape {list(pred)}.",
            why=f"it takes one number per class, and these look like integer class labels of {pred[axis]} classes",
            fix=f"use Sparse{name} or its function, or ops.one_hot(labels, {pred[axis]})",
        )
    check_equal(name, y_true, y_pred)


def _without(shape: Shape, axis: int) -> Shape:
    axis %= len(shape)
    return (*shape[:axis], *shape[axis + 1 :])


def class_labels(name: str, y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return integer class labels in the shape of the predictions without their class axis.

    Raises:
        ShapeError: if they do not fit; says so if they look one-hot.
    """
    y_true = ops.convert_to_tensor(y_true)
    true, pred = shape_of(y_true), shape_of(y_pred)
    if not pred:
        raise ShapeError(f"{name} received predictions of rank 0.", fix="give them an axis of classes")
    labels = _without(pred, axis)
    if len(true) == len(labels) + 1 and true[-1] == 1:
        y_true, true = ops.squeeze(y_true, -1), true[:-1]
    if _can_be_equal(true, labels):
        return y_true
    if _can_be_equal(true, pred):
        raise ShapeError(
            f"{name} received targets of shape {list(true)} for predictions of shape {list(pred)}.",
            why="it takes integer class labels, and these look one-hot",
            fix=f"use {name.removeprefix('Sparse')} or its function, or np.argmax(targets, axis={axis})",
        )
    raise ShapeError(
        f"{name} received targets of shape {list(true)} for predictions of shape {list(pred)}.",
        why=f"it takes one integer class label per prediction: targets of shape {list(labels)}",
        fix=f"reshape the targets to {list(labels)}",
    )
