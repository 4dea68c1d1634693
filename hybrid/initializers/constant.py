"""Initializers that draw nothing.

Floor 6.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..core.dtypes import standardize_dtype
from ..errors import ShapeError
from ..registry import register_builtin
from ..typing import DTypeLike
from .base import Initializer

__all__ = ["Constant", "Identity", "Ones", "Zeros"]


class Zeros(Initializer):
    """All zeros.

    Example:
        >>> Zeros()((2,)).numpy()
        array([0., 0.], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: DTypeLike = None) -> Any:
        """Return zeros."""
        return ops.zeros(shape, dtype)


class Ones(Initializer):
    """All ones.

    Example:
        >>> Ones()((2,)).numpy()
        array([1., 1.], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: DTypeLike = None) -> Any:
        """Return ones."""
        return ops.ones(shape, dtype)


class Constant(Initializer):
    """One value everywhere, or given values.

    Args:
        value: number, or array that can be broadcast to the shape.

    Example:
        >>> Constant(3.0)((2,)).numpy()
        array([3., 3.], dtype=float32)
    """

    def __init__(self, value: Any = 0.0):
        self.value = value

    def __call__(self, shape: Any, dtype: DTypeLike = None) -> Any:
        """Return the value in every place."""
        value = ops.convert_to_tensor(self.value, standardize_dtype(dtype))
        return ops.broadcast_to(value, tuple(shape))


class Identity(Initializer):
    """The identity matrix; for a matrix that is not square, ones on its main diagonal.

    Args:
        gain: factor.

    Raises:
        ShapeError: when called, if the shape is not that of a matrix.

    Example:
        >>> Identity(2.0)((2, 2)).numpy()
        array([[2., 0.],
               [0., 2.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0):
        self.gain = gain

    def __call__(self, shape: Any, dtype: DTypeLike = None) -> Any:
        """Return the identity matrix times the gain."""
        if len(shape) != 2:
            raise ShapeError(
                f"Identity cannot make an array of shape {list(shape)}.",
                why="an identity is a matrix",
                fix="use it for weights of rank 2 only",
            )
        return ops.convert_to_tensor(self.gain * np.eye(*shape, dtype=standardize_dtype(dtype)), dtype)


register_builtin(Identity, name="IdentityInitializer")
