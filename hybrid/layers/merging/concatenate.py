"""Inputs joined along an axis.

Floor 8.
"""

from __future__ import annotations

import functools
from typing import Any

from ... import ops
from ...core.spec import same_size
from .merge import Merge

__all__ = ["Concatenate", "concatenate"]


class Concatenate(Merge):
    """Join inputs along an axis.

    Args:
        axis: along which they are joined.

    Variables: none.

    Input: list of tensors whose shapes agree on all other axes. Output: as long along the axis as all inputs together.
    Its mask says where at least one of the inputs that have a mask is no padding; along an axis of the masks, these are
    joined, too.

    Raises:
        StructureError: if the input is no list.
        ShapeError: if the shapes do not fit.

    Example:
        >>> Concatenate()([np.ones((2, 3)), np.ones((2, 1))]).shape
        (2, 4)
    """

    _least_inputs = 1

    def __init__(self, axis: int = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any) -> Any:
        """Join the inputs."""
        self._check_list(inputs)
        shapes = [tuple(each.shape) for each in inputs]
        rank = len(shapes[0])
        if any(len(shape) != rank for shape in shapes) or not -rank <= self.axis < rank:
            raise self._mismatch(inputs, f"all must have one rank and an axis {self.axis}")
        others = [axis for axis in range(rank) if axis != self.axis % rank]
        if not all(same_size(shape[axis], shapes[0][axis]) for shape in shapes for axis in others):
            raise self._mismatch(inputs, f"all sizes but those of axis {self.axis} must be equal")
        return ops.concatenate(list(inputs), axis=self.axis)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the masks joined, or where at least one input that has a mask is no padding."""
        known = [mask for mask in previous_mask if mask is not None]
        if not known:
            return None
        axis, reach = self.axis % len(inputs[0].shape), max(len(mask.shape) for mask in known)
        if axis >= reach:
            return functools.reduce(ops.logical_or, (_with_rank(mask, reach) for mask in known))
        pairs = zip(previous_mask, inputs, strict=True)
        return ops.concatenate([self._full(mask, each, reach) for mask, each in pairs], axis=axis)

    @staticmethod
    def _full(mask: Any, tensor: Any, reach: int) -> Any:
        """Return a mask with the sizes of the first axes of its tensor, true where there is none."""
        sizes = ops.shape(tensor)[:reach]
        if mask is None:
            return ops.ones(sizes, dtype="bool")
        return ops.logical_and(_with_rank(mask, reach), ops.ones(sizes, dtype="bool"))


def _with_rank(mask: Any, rank: int) -> Any:
    """Return a mask with axes of size 1 at its end."""
    missing = range(len(mask.shape), rank)
    return ops.expand_dims(mask, tuple(missing)) if missing else mask


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Join inputs along an axis; `kwargs` are arguments of `Concatenate`.

    Example:
        >>> concatenate([np.array([3.0]), np.array([2.0])]).numpy()
        array([3., 2.], dtype=float32)
    """
    return Concatenate(axis=axis, **kwargs)(inputs)
