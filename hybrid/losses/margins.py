"""Losses of decisions and of overlaps: hinges, Dice, Tversky.

Floor 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import config, ops
from ..registry import register_builtin
from ..typing import DTypeLike, TensorLike
from .alignment import align, as_labels, as_predictions, check_classes
from .base import FunctionLoss

__all__ = [
    "CategoricalHinge",
    "Dice",
    "Hinge",
    "SquaredHinge",
    "Tversky",
    "categorical_hinge",
    "dice",
    "hinge",
    "squared_hinge",
    "tversky",
]


def _margins(name: str, y_true: TensorLike, y_pred: TensorLike) -> Any:
    y_true, y_pred = align(name, y_true, y_pred)
    # Targets are -1 and 1; if all are 0 or 1 they are taken for these.
    is_binary = ops.all(ops.logical_or(ops.equal(y_true, 0.0), ops.equal(y_true, 1.0)))
    y_true = ops.where(is_binary, ops.subtract(ops.multiply(y_true, 2.0), 1.0), y_true)
    return ops.relu(ops.subtract(1.0, ops.multiply(y_true, y_pred)))


@register_builtin
def hinge(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return the mean of `max(1 - y_true * y_pred, 0)` over the last axis.

    Args:
        y_true: -1 or 1, `[batch, ..., decisions]`; 0 and 1 are understood as well.
        y_pred: predictions of the same shape.

    Example:
        >>> hinge([[1.0, -1.0]], [[0.5, -2.0]]).numpy()
        array([0.25], dtype=float32)
    """
    return ops.mean(_margins("Hinge", y_true, y_pred), axis=-1)


@register_builtin
def squared_hinge(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return the mean of `max(1 - y_true * y_pred, 0) ** 2`; arguments as in `hinge`.

    Example:
        >>> squared_hinge([[1.0, -1.0]], [[0.5, -2.0]]).numpy()
        array([0.125], dtype=float32)
    """
    return ops.mean(ops.square(_margins("SquaredHinge", y_true, y_pred)), axis=-1)


@register_builtin
def categorical_hinge(y_true: TensorLike, y_pred: TensorLike) -> Any:
    """Return how much the best wrong class comes within 1 of the right one, or 0.

    Args:
        y_true: one-hot targets, `[batch, ..., classes]`.
        y_pred: scores of the same shape.

    Example:
        >>> categorical_hinge([[0.0, 1.0]], [[0.25, 0.5]]).numpy()
        array([0.75], dtype=float32)
    """
    y_pred = as_predictions(y_pred)
    y_true = as_labels(y_true, y_pred)
    check_classes("CategoricalHinge", y_true, y_pred)
    right = ops.sum(ops.multiply(y_true, y_pred), axis=-1)
    wrong = ops.max(ops.multiply(ops.subtract(1.0, y_true), y_pred), axis=-1)
    return ops.relu(ops.add(ops.subtract(wrong, right), 1.0))


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, Sequence) else axis


@register_builtin
def dice(y_true: TensorLike, y_pred: TensorLike, axis: Any = None) -> Any:
    """Return one minus the Dice coefficient, `2 * sum(y_true * y_pred) / (sum(y_true) + sum(y_pred))`.

    Args:
        y_true: 0 or 1, `[batch, ...]`.
        y_pred: predictions of the same shape.
        axis: along which to add up; all by default.

    Example:
        >>> float(dice([[1.0, 0.0]], [[1.0, 0.0]]))
        0.0
    """
    y_true, y_pred = align("Dice", y_true, y_pred)
    axis, epsilon = _axes(axis), config.epsilon()
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    total = ops.add(ops.sum(y_true, axis=axis), ops.sum(y_pred, axis=axis))
    return ops.subtract(1.0, ops.divide(ops.add(ops.multiply(overlap, 2.0), epsilon), ops.add(total, epsilon)))


@register_builtin
def tversky(y_true: TensorLike, y_pred: TensorLike, alpha: float = 0.5, beta: float = 0.5, axis: Any = None) -> Any:
    """Return one minus the Tversky index: the Dice coefficient with different weights for the two kinds of mistakes.

    Args:
        y_true: 0 or 1, `[batch, ...]`.
        y_pred: predictions of the same shape.
        alpha: weight of what is missed.
        beta: weight of what is found and should not be.
        axis: along which to add up; all by default.

    Example:
        >>> float(tversky([[1.0, 0.0]], [[1.0, 0.0]]))
        0.0

    Source: Salehi et al. 2017, "Tversky loss function for image segmentation using 3D fully convolutional deep
    networks".
    """
    y_true, y_pred = align("Tversky", y_true, y_pred)
    axis, epsilon = _axes(axis), config.epsilon()
    overlap = ops.sum(ops.multiply(y_true, y_pred), axis=axis)
    missed = ops.multiply(ops.subtract(ops.sum(y_true, axis=axis), overlap), alpha)
    wrong = ops.multiply(ops.subtract(ops.sum(y_pred, axis=axis), overlap), beta)
    overlap = ops.add(overlap, epsilon)
    return ops.subtract(1.0, ops.divide(overlap, ops.add(overlap, ops.add(missed, wrong))))


class Hinge(FunctionLoss):
    """The mean of `max(1 - y_true * y_pred, 0)`.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(Hinge()([[1.0, -1.0]], [[0.5, -2.0]]))
        0.25
    """

    function = staticmethod(hinge)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "hinge",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)


class SquaredHinge(FunctionLoss):
    """The mean of `max(1 - y_true * y_pred, 0) ** 2`.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(SquaredHinge()([[1.0, -1.0]], [[0.5, -2.0]]))
        0.125
    """

    function = staticmethod(squared_hinge)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "squared_hinge",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)


class CategoricalHinge(FunctionLoss):
    """How much the best wrong class comes within 1 of the right one.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        dtype: as in `Loss`.

    Example:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.25, 0.5]]))
        0.75
    """

    function = staticmethod(categorical_hinge)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_hinge",
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)


class Dice(FunctionLoss):
    """One minus the Dice coefficient.

    Args:
        reduction: as in `Loss`.
        name: shown in logs.
        axis: along which to add up; all by default.
        dtype: as in `Loss`.

    Example:
        >>> float(Dice()([[1.0, 0.0]], [[1.0, 0.0]]))
        0.0
    """

    function = staticmethod(dice)
    options = ("axis",)

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "dice",
        axis: Any = None,
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.axis = axis


class Tversky(FunctionLoss):
    """One minus the Tversky index.

    Args:
        alpha: weight of what is missed.
        beta: weight of what is found and should not be.
        reduction: as in `Loss`.
        name: shown in logs.
        axis: along which to add up; all by default.
        dtype: as in `Loss`.

    Example:
        >>> float(Tversky()([[1.0, 0.0]], [[1.0, 0.0]]))
        0.0
    """

    function = staticmethod(tversky)
    options = (
        "alpha",
        "beta",
        "axis",
    )

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "tversky",
        axis: Any = None,
        dtype: DTypeLike = None,
    ):
        super().__init__(name, reduction, dtype)
        self.alpha = alpha
        self.beta = beta
        self.axis = axis
