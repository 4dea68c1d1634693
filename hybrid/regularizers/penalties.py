"""Penalties on the values of variables.

Floor 6.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import ops
from ..configurable import Configurable
from ..errors import ConfigError, ShapeError
from ..typing import TensorLike

__all__ = ["L1", "L1L2", "L2", "OrthogonalRegularizer", "Regularizer"]


class Regularizer(Configurable):
    """Base of regularizers. Subclasses define `__call__(x)`, which returns a scalar.

    Example:
        >>> class Largest(Regularizer):
        ...     def __call__(self, x):
        ...         return ops.max(x)
        >>> float(Largest()(np.array([1.0, 3.0])))
        3.0
    """

    def __call__(self, x: TensorLike) -> Any:
        """Return the penalty."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, x)")


def _check_factor(owner: Any, name: str, value: Any) -> float:
    if value is None:
        return 0.0
    if not isinstance(value, (int, float, np.number)) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise ConfigError(
            f"{type(owner).__name__} cannot have {name}={value!r}.", fix="use a number that is finite and not negative"
        )
    return float(value)


class L1(Regularizer):
    """The sum of absolute values.

    Args:
        l1: factor.

    Raises:
        ConfigError: if the factor is negative or not a finite number.

    Example:
        >>> float(L1(0.5)(np.array([1.0, -3.0])))
        2.0
    """

    def __init__(self, l1: float = 0.01):
        self.l1 = _check_factor(self, "l1", l1)

    def __call__(self, x: TensorLike) -> Any:
        """Return the penalty."""
        return ops.multiply(ops.sum(ops.absolute(x)), self.l1)


class L2(Regularizer):
    """The sum of squares.

    Args:
        l2: factor.

    Raises:
        ConfigError: if the factor is negative or not a finite number.

    Example:
        >>> float(L2(0.5)(np.array([1.0, -3.0])))
        5.0
    """

    def __init__(self, l2: float = 0.01):
        self.l2 = _check_factor(self, "l2", l2)

    def __call__(self, x: TensorLike) -> Any:
        """Return the penalty."""
        return ops.multiply(ops.sum(ops.square(x)), self.l2)


class L1L2(Regularizer):
    """The sum of absolute values and the sum of squares.

    Args:
        l1: factor of the absolute values.
        l2: factor of the squares.

    Raises:
        ConfigError: if a factor is negative or not a finite number.

    Example:
        >>> float(L1L2(l1=0.5, l2=0.5)(np.array([1.0, -3.0])))
        7.0
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1 = _check_factor(self, "l1", l1)
        self.l2 = _check_factor(self, "l2", l2)

    def __call__(self, x: TensorLike) -> Any:
        """Return the penalty."""
        total: Any = 0.0
        if self.l1:
            total = ops.multiply(ops.sum(ops.absolute(x)), self.l1)
        if self.l2:
            total = ops.add(ops.multiply(ops.sum(ops.square(x)), self.l2), total)
        return ops.convert_to_tensor(total)


class OrthogonalRegularizer(Regularizer):
    """The mean absolute cosine between the rows, or the columns, of a matrix.

    Args:
        factor: of the mean.
        mode: `"rows"` or `"columns"`.

    Raises:
        ConfigError: for a wrong factor or mode.
        ShapeError: when called on something else than a matrix.

    Example:
        >>> float(OrthogonalRegularizer(1.0)(np.eye(3)))
        0.0
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows"):
        if mode not in ("rows", "columns"):
            raise ConfigError(f"OrthogonalRegularizer has no mode {mode!r}.", fix="use 'rows' or 'columns'")
        self.factor = _check_factor(self, "factor", factor)
        self.mode = mode

    def __call__(self, x: TensorLike) -> Any:
        """Return the penalty."""
        x = ops.convert_to_tensor(x)
        if len(x.shape) != 2:
            raise ShapeError(
                f"OrthogonalRegularizer received a variable of shape {list(x.shape)}.",
                why="rows and columns are those of a matrix",
                fix="use it for weights of rank 2 only",
            )
        rows = x if self.mode == "rows" else ops.transpose(x)
        rows = ops.normalize(rows, axis=1)
        count = rows.shape[0]
        cosines = ops.multiply(ops.matmul(rows, ops.transpose(rows)), 1 - np.eye(count, dtype=rows.dtype))
        pairs = max(count * (count - 1) / 2, 1.0)
        return ops.multiply(ops.sum(ops.absolute(cosines)), self.factor * 0.5 / pairs)
