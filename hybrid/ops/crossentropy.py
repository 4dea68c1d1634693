"""Cross-entropies: how unlikely the targets are under predicted probabilities.

Floor 5. From logits they are computed by `log_softmax` and `softplus`, which are exact for logits of any size; from
probabilities, these are kept `hybrid.config.epsilon()` away from 0 and 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import config
from ..core.door import apply, shape_of
from ..core.operators import OPERATORS
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, normalize_axis, same_size
from ..errors import OutOfRangeError, ShapeError
from ..typing import TensorLike
from .activation import log_softmax, softmax, softplus
from .arithmetic import add, divide, multiply, negative, subtract
from .conversion import cast
from .definition import as_float, as_tensor, floats, public
from .encoding import one_hot, pick
from .reduction import sum
from .shaping import squeeze

__all__ = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"]


def _softmax_of(x: Any) -> tuple[Any, Any]:
    """Return the exponentials of logits relative to their maximum, and their sums."""
    exponentials = np.exp(x - np.maximum.reduce(x, -1, keepdims=True))
    return exponentials, np.add.reduce(exponentials, -1, keepdims=True)


def _compute_nll(x: Any, labels: Any) -> Any:
    relative = x - np.maximum.reduce(x, -1, keepdims=True)
    chosen = relative.reshape(-1)[_places(x, labels)].reshape(labels.shape)
    return np.log(np.add.reduce(np.exp(relative), -1)) - chosen


def _places(x: Any, labels: Any) -> Any:
    """Return where, in the flat logits, those of the labels stand."""
    if labels.size and not 0 <= labels.min() <= labels.max() < x.shape[-1]:
        raise OutOfRangeError(
            f"A target is no class: targets run from {labels.min()} to {labels.max()}, classes from 0 to "
            f"{x.shape[-1] - 1}.",
            fix="number the classes from 0, or give the model an output for every class",
        )
    places = np.arange(0, labels.size * x.shape[-1], max(x.shape[-1], 1))
    places += labels.reshape(-1)
    return places


def _infer_nll(x: Any, labels: Any) -> TensorSpec:
    return TensorSpec.of(x.shape[:-1], x.dtype)


def _compute_nll_slope(g: Any, x: Any, labels: Any) -> Any:
    exponentials, total = _softmax_of(x)
    slope = exponentials / total
    slope.reshape(-1)[_places(x, labels)] -= 1
    slope *= g[..., None]
    return slope


def _vjp_nll_slope(index: int, ct: Any, y: Any, g: Any, x: Any, labels: Any) -> Any:
    # The slope is g * (p - onehot); p is the softmax of x.
    p = softmax(x)
    if index == 0:
        return sum(multiply(ct, subtract(p, one_hot(labels, shape_of(x)[-1], dtype=x.dtype))), axis=-1)
    if index == 1:
        weighted = multiply(multiply(ct, OPERATORS["expand_dims"](g, -1)), p)
        return subtract(weighted, multiply(p, sum(weighted, axis=-1, keepdims=True)))
    return None


def _nll_samples(rng: np.random.Generator) -> list[Any]:
    return [((floats(rng, 3, 4), np.array([0, 3, 1])), {}), ((floats(rng, 2, 2, 3), np.array([[0, 2], [1, 1]])), {})]


# The cross-entropy of class numbers under logits, as one operation: the last step of most classifiers.
NLL = Primitive(
    "sparse_softmax_crossentropy",
    _compute_nll,
    _infer_nll,
    [lambda g, y, x, labels: apply(NLL_SLOPE, g, x, labels), None],
    samples=_nll_samples,
)
NLL_SLOPE = Primitive(
    "sparse_softmax_crossentropy_slope",
    _compute_nll_slope,
    lambda g, x, labels: TensorSpec.of(x.shape, x.dtype),
    _vjp_nll_slope,
    samples=lambda rng: [((floats(rng, *x.shape[:-1]), x, labels), {}) for (x, labels), _ in _nll_samples(rng)],
)


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
    if from_logits and axis == len(theirs) - 1:
        return apply(NLL, output, target)
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
