"""Cross-entropies: how unlikely the targets are under predicted probabilities.

Floor 5. From logits they are computed by `log_softmax` and `softplus`, which are exact for logits of any size; from
probabilities, these are kept `hybrid.config.epsilon()` away from 0 and 1.
"""

from __future__ import annotations

from typing import Any

from .. import config
from ..core.door import shape_of
from ..core.operators import OPERATORS
from ..core.spec import normalize_axis, same_size
from ..errors import ShapeError
from ..typing import TensorLike
from .activation import log_softmax, softplus
from .arithmetic import add, divide, multiply, negative, subtract
from .conversion import cast
from .definition import as_float, as_tensor, public
from .encoding import pick
from .reduction import sum
from .shaping import squeeze

__all__ = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]


def _safe_log(probabilities: Any) -> Any:
    least = config.epsilon()
    return OPERATORS["log"](OPERATORS["clip"](probabilities, least, 1.0 - least))


def _check_same(name: str, target: Any, output: Any) -> None:
    ours, theirs = shape_of(target), shape_of(output)
    if len(ours) != len(theirs) or not all(map(same_size, ours, theirs)):
        raise ShapeError(
            f"{name} received a target of shape {list(ours)} and an output of shape {list(theirs)}.",
            why="they must have the same shape",
            fix="reshape one of them; use sparse_categorical_crossentropy for targets that are class numbers",
        )


@public()
def categorical_crossentropy(target: TensorLike, output: TensorLike, from_logits: bool = False, axis: int = -1) -> Any:
    """Return the cross-entropy of distributions over classes.

    Args:
        target: float `[..., classes]`, one-hot or probabilities.
        output: float `[..., classes]`, probabilities (which are scaled to the sum 1) or logits.
        from_logits: whether `output` are logits.
        axis: the axis of the classes.

    Returns:
        float `[...]`.

    Raises:
        ShapeError: if the shapes differ.

    Example:
        >>> categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
        array([0.6931472], dtype=float32)
    """
    output = as_float(output)
    target = cast(target, output.dtype)
    _check_same("categorical_crossentropy", target, output)
    axis = normalize_axis(axis, len(shape_of(output)))
    if from_logits:
        logarithms = log_softmax(output, axis)
    else:
        logarithms = _safe_log(divide(output, sum(output, axis=axis, keepdims=True)))
    return negative(sum(multiply(target, logarithms), axis=axis))


@public()
def sparse_categorical_crossentropy(
    target: TensorLike, output: TensorLike, from_logits: bool = False, axis: int = -1
) -> Any:
    """Return the cross-entropy of class numbers under distributions over classes.

    Args:
        target: int `[...]`, or `[..., 1]`.
        output: float `[..., classes]`, probabilities (which are scaled to the sum 1) or logits.
        from_logits: whether `output` are logits.
        axis: the axis of the classes.

    Returns:
        float `[...]`.

    Raises:
        ShapeError: if the shapes do not fit.
        OutOfRangeError: if a target is no class.

    Example:
        >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy()
        array([0.6931472], dtype=float32)
    """
    output, target = as_float(output), as_tensor(target)
    if not shape_of(output):
        raise ShapeError("sparse_categorical_crossentropy needs an axis of classes; the output has rank 0.")
    if target.dtype.kind not in "iu":
        target = cast(target, "int32")
    axis = normalize_axis(axis, len(shape_of(output)))
    if len(shape_of(target)) == len(shape_of(output)) and shape_of(target)[-1] == 1:
        target = squeeze(target, -1)
    ours, theirs = shape_of(target), shape_of(output)
    if len(ours) != len(theirs) - 1 or not all(map(same_size, ours, (*theirs[:axis], *theirs[axis + 1 :]))):
        raise ShapeError(
            f"sparse_categorical_crossentropy received a target of shape {list(ours)} and an output of shape "
            f"{list(theirs)}.",
            why=f"the target must have the shape of the output without axis {axis}, that of the classes",
            fix="reshape one of them; use categorical_crossentropy for targets that are one-hot",
        )
    if from_logits:
        return negative(pick(log_softmax(output, axis), target, axis))
    return negative(_safe_log(divide(pick(output, target, axis), sum(output, axis=axis))))


@public()
def binary_crossentropy(target: TensorLike, output: TensorLike, from_logits: bool = False) -> Any:
    """Return the cross-entropy of yes-or-no targets, element by element.

    Args:
        target: tensor of numbers between 0 and 1.
        output: float tensor of the same shape, probabilities or logits.
        from_logits: whether `output` are logits.

    Returns:
        float tensor of the same shape.

    Raises:
        ShapeError: if the shapes differ.

    Example:
        >>> binary_crossentropy([1.0, 0.0], [0.5, 0.5]).numpy()
        array([0.6931472, 0.6931472], dtype=float32)
    """
    output = as_float(output)
    target = cast(target, output.dtype)
    _check_same("binary_crossentropy", target, output)
    if from_logits:
        return subtract(softplus(output), multiply(target, output))
    least = config.epsilon()
    output = OPERATORS["clip"](output, least, 1.0 - least)
    log = OPERATORS["log"]
    return negative(add(multiply(target, log(output)), multiply(subtract(1.0, target), log(subtract(1.0, output)))))
