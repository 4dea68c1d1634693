"""The scalar product of two inputs, sample by sample.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.spec import same_size
from ...errors import ConfigError
from .merge import Merge

__all__ = ["Dot", "dot"]


class Dot(Merge):
    """Multiply two inputs and sum over one axis of each, sample by sample.

    Args:
        axes: axis to sum over, or one for each input; the batch is axis 0 and cannot be chosen.
        normalize: whether vectors along the axes are given length 1 before: the output is then the cosine similarity.

    Variables: none.

    Input: list of two tensors `[batch, ...]`. Output: `[batch, ...]` with the other axes of the first, then those of
    the second; `[batch, 1]` if there are none.

    Raises:
        ConfigError: if `axes` is not an int or a pair of ints other than 0.
        StructureError: if the input is no list of two.
        ShapeError: if the sizes of the axes differ.

    Example:
        >>> Dot(axes=(2, 1))([np.ones((2, 3, 4)), np.ones((2, 4, 5))]).shape
        (2, 3, 5)
    """

    _most_inputs = 2

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        pair = (axes, axes) if isinstance(axes, int) else tuple(axes) if isinstance(axes, (list, tuple)) else ()
        if len(pair) != 2 or not all(isinstance(axis, int) and axis != 0 for axis in pair):
            raise ConfigError(
                f"Dot received axes={axes!r}.",
                why="axis 0 is the batch",
                fix="give one axis, or a pair: Dot(axes=(2, 1))",
            )
        self.axes = axes if isinstance(axes, int) else pair
        self.normalize = normalize

    def call(self, inputs: Any) -> Any:
        """Compute the products."""
        self._check_list(inputs)
        given = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        ranks = [len(each.shape) for each in inputs]
        if any(rank < 2 or not -rank < axis < rank for rank, axis in zip(ranks, given, strict=True)):
            raise self._mismatch(inputs, f"the axes {given} are to be summed over, after that of the batch")
        axes = [axis % rank for axis, rank in zip(given, ranks, strict=True)]
        sizes = [each.shape[axis] for each, axis in zip(inputs, axes, strict=True)]
        if not same_size(*sizes) or not same_size(inputs[0].shape[0], inputs[1].shape[0]):
            raise self._mismatch(inputs, f"axes {given} have sizes {sizes}: these, and the batches, must be equal")
        first, second = (
            ops.normalize(each, axis=axis) if self.normalize else each for each, axis in zip(inputs, axes, strict=True)
        )
        return _batch_dot(first, second, *axes)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return no mask: the axes of the output are others."""
        return None


def _batch_dot(first: Any, second: Any, first_axis: int, second_axis: int) -> Any:
    names = iter("bcdefghijklmnopqrstuvwxyz")
    left = ["a" if axis == 0 else "z" if axis == first_axis else next(names) for axis in range(len(first.shape))]
    right = ["a" if axis == 0 else "z" if axis == second_axis else next(names) for axis in range(len(second.shape))]
    result = "".join(name for name in [*left, *right[1:]] if name != "z")
    product = ops.einsum(f"{''.join(left)},{''.join(right)}->{result}", first, second)
    return ops.expand_dims(product, 1) if result == "a" else product


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """Multiply two inputs and sum over one axis of each; `kwargs` are arguments of `Dot`.

    Example:
        >>> dot([np.ones((1, 3)), np.ones((1, 3))], axes=1).numpy()
        array([[3.]], dtype=float32)
    """
    return Dot(axes=axes, **kwargs)(inputs)
