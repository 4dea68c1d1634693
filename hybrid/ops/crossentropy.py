"""Cross-entropies: how unlikely the targets are under predicted probabilities.

Floor 5. From logits they are computed by `log_softmax` and `softplus`, which are exact for logits of any size (that of
class numbers in one go, since most classifiers are trained by it); from probabilities, these are kept
`hybrid.config.epsilon()` away from 0 and 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import config
from ..core.door import apply, shape_of
from ..core.operators import OPERATORS
from ..core.spec import TensorSpec, normalize_axis, same_size, size_of
from ..errors import ShapeError
from ..typing import TensorLike
from .activation import log_softmax, softplus
from .arithmetic import add, divide, multiply, negative, subtract
from .conversion import cast
from .definition import as_float, as_tensor, floats, public
from .encoding import check_classes, pick
from .fused import Fused
from .label_crossentropy import label_crossentropy
from .reduction import sum
from .shaping import squeeze

__all__ = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]


# -- of class numbers, from logits -----------------------------------------------------------------------------------


_FEW = 64
"""Number of classes below which the classes come first in memory: NumPy reduces short last axes one by one."""


def _columns(x: Any, axis: int) -> Any:
    """Return a tensor as a matrix whose first axis is that of the classes."""
    classes = x.shape[axis]
    last = x if axis == x.ndim - 1 else np.moveaxis(x, axis, -1)
    columns = last.reshape(-1, classes).T
    return columns.copy() if classes < _FEW else columns


def _plain_crossentropy(x: Any, target: Any, axis: int) -> Any:
    return negative(pick(log_softmax(x, axis), target, axis))


def _compute_crossentropy(x: Any, target: Any, axis: int) -> tuple[Any, Any]:
    """Return the losses, and the probabilities as a matrix whose first axis is that of the classes."""
    check_classes(target, x.shape[axis])
    columns = _columns(x, axis)
    if not target.size:
        return np.zeros(target.shape, x.dtype), np.zeros(columns.shape, x.dtype)
    shifted = columns - np.maximum.reduce(columns, 0)
    chosen = shifted[target.reshape(-1), np.arange(target.size)]
    chances = np.exp(shifted, shifted)
    totals = np.add.reduce(chances, 0)
    chances /= totals
    return (np.log(totals) - chosen).reshape(target.shape), chances


def _compute_crossentropy_slopes(wanted: Any, cotangents: Any, outputs: Any, like: Any, target: Any, axis: int) -> Any:
    """Return `g * (softmax(x) - one_hot(target))`."""
    weights = cotangents[0].reshape(-1)
    result = outputs[1] * weights
    result[target.reshape(-1), np.arange(target.size)] -= weights
    if axis == like.ndim - 1:
        return (result.T.reshape(like.shape),)
    moved = result.T.reshape(*like.shape[:axis], *like.shape[axis + 1 :], like.shape[axis])
    return (np.moveaxis(moved, -1, axis),)


def _infer_crossentropy(x: Any, target: Any, axis: int) -> tuple[TensorSpec, TensorSpec]:
    columns = (x.shape[axis], size_of(target.shape))
    return TensorSpec.of(target.shape, x.dtype), TensorSpec.of(columns, x.dtype)


def _samples(rng: np.random.Generator) -> list[Any]:
    cases: Any = (((3, 4), 1, [1, 3, 0]), ((2, 3, 2), 1, [[2, 0], [1, 1]]), ((3,), 0, 2), ((0, 3), 1, []))
    return [((floats(rng, *shape), np.array(target, np.int32)), {"axis": axis}) for shape, axis, target in cases]


CROSSENTROPY = Fused(
    "sparse_crossentropy",
    _plain_crossentropy,
    _compute_crossentropy,
    _compute_crossentropy_slopes,
    _infer_crossentropy,
    samples=_samples,
    constant=(1,),
)


# -- public ----------------------------------------------------------------------------------------------------------


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


def crossentropy_of_labels(target: Any, output: Any, from_logits: bool, axis: int) -> Any:
    """Return what `sparse_categorical_crossentropy` does, of integer targets that are known to fit the output."""
    axis = normalize_axis(axis, len(output.shape))
    if from_logits:
        return apply(CROSSENTROPY, output, target, axis=axis)[0]
    return label_crossentropy(output, target, axis, config.epsilon())


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
    ours, theirs = shape_of(target), shape_of(output)
    if not theirs:
        raise ShapeError("sparse_categorical_crossentropy needs an axis of classes; the output has rank 0.")
    if target.dtype.kind not in "iu":
        target = cast(target, "int32")
    axis = normalize_axis(axis, len(theirs))
    if len(ours) == len(theirs) and ours[-1] == 1:
        target, ours = squeeze(target, -1), ours[:-1]
    if len(ours) != len(theirs) - 1 or not all(map(same_size, ours, (*theirs[:axis], *theirs[axis + 1 :]))):
        raise ShapeError(
            f"sparse_categorical_crossentropy received a target of shape {list(ours)} and an output of shape "
            f"{list(theirs)}.",
            why=f"the target must have the shape of the output without axis {axis}, that of the classes",
            fix="reshape one of them; use categorical_crossentropy for targets that are one-hot",
        )
    return crossentropy_of_labels(target, output, from_logits, axis)


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
