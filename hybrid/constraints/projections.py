"""Projections of variables onto legal values, applied after every step of an optimizer.

Floor 6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import config, ops
from ..configurable import Configurable
from ..typing import TensorLike

__all__ = ["Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"]


class Constraint(Configurable):
    """Base of constraints. Subclasses define `__call__(w)`, which returns the nearest legal value.

    Example:
        >>> class Halved(Constraint):
        ...     def __call__(self, w):
        ...         return w / 2
        >>> Halved()(np.array([1.0, 3.0]))
        array([0.5, 1.5])
    """

    def __call__(self, w: TensorLike) -> Any:
        """Return the legal value."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, w)")


def _norm(w: TensorLike, axis: Any) -> Any:
    axes = tuple(axis) if isinstance(axis, Sequence) else axis
    return ops.sqrt(ops.sum(ops.square(w), axis=axes, keepdims=True))


class MaxNorm(Constraint):
    """Shrinks vectors that are longer than a maximum.

    Args:
        max_value: greatest length.
        axis: along which lengths are measured: 0 for the weights of each unit of a Dense layer, `[0, 1, 2]` for the
            filters of a Conv2D layer.

    Example:
        >>> MaxNorm(1.0)(np.array([[3.0], [4.0]])).numpy().round(3)
        array([[0.6],
               [0.8]])

    Source: Srivastava et al. 2014, "Dropout", section 5.1.
    """

    def __init__(self, max_value: float = 2, axis: int | Sequence[int] = 0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w: TensorLike) -> Any:
        """Return the legal value."""
        norm = _norm(w, self.axis)
        return ops.multiply(w, ops.divide(ops.clip(norm, 0, self.max_value), ops.add(norm, config.epsilon())))


class NonNeg(Constraint):
    """Sets negative values to zero.

    Example:
        >>> NonNeg()(np.array([-1.0, 2.0])).numpy()
        array([0., 2.])
    """

    def __call__(self, w: TensorLike) -> Any:
        """Return the legal value."""
        return ops.relu(w)


class UnitNorm(Constraint):
    """Scales vectors to length one.

    Args:
        axis: along which lengths are measured, as in `MaxNorm`.

    Example:
        >>> UnitNorm()(np.array([[3.0], [4.0]])).numpy().round(3)
        array([[0.6],
               [0.8]])
    """

    def __init__(self, axis: int | Sequence[int] = 0):
        self.axis = axis

    def __call__(self, w: TensorLike) -> Any:
        """Return the legal value."""
        return ops.divide(w, ops.add(_norm(w, self.axis), config.epsilon()))


class MinMaxNorm(Constraint):
    """Brings the lengths of vectors between two bounds.

    Args:
        min_value: least length.
        max_value: greatest length.
        rate: how far to go there in one step: 1 for all the way.
        axis: along which lengths are measured, as in `MaxNorm`.

    Example:
        >>> MinMaxNorm(1.0, 2.0)(np.array([[0.3], [0.4]])).numpy().round(3)
        array([[0.6],
               [0.8]])
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: int | Sequence[int] = 0
    ):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w: TensorLike) -> Any:
        """Return the legal value."""
        norm = _norm(w, self.axis)
        clipped = ops.clip(norm, self.min_value, self.max_value)
        desired = ops.add(ops.multiply(clipped, self.rate), ops.multiply(norm, 1 - self.rate))
        return ops.multiply(w, ops.divide(desired, ops.add(norm, config.epsilon())))
