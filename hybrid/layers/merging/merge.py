"""The base of the layers that combine several inputs.

Floor 8. It checks the inputs, brings them to one rank and combines their masks.
"""

from __future__ import annotations

import functools
from typing import Any

from ... import ops
from ...core.door import is_tensor
from ...errors import ShapeError, StructureError
from ...ops.shaping import broadcast_known
from ..base.layer import Layer

__all__: list[str] = []


class Merge(Layer):
    """Combine a list of inputs element by element; subclasses define `_merge`.

    Inputs of lower rank get axes of size 1 after the batch.
    """

    supports_masking = True
    _least_inputs = 2
    _most_inputs: int | None = None

    def _merge(self, inputs: list[Any]) -> Any:
        """Combine tensors of one rank."""
        raise NotImplementedError

    def _merge_two(self, first: Any, second: Any) -> Any:
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        """Check the shapes of the inputs."""
        self._check_list(input_shape)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Combine the inputs."""
        self._check_list(inputs)
        rank = max(len(each.shape) for each in inputs)
        aligned = [_with_rank(each, rank) for each in inputs]
        try:
            broadcast_known([tuple(each.shape) for each in aligned])
        except ShapeError:
            raise self._mismatch(inputs, "sizes on an axis must be equal, or 1") from None
        return self._merge(aligned)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return where at least one of the inputs that have a mask is no padding."""
        if not isinstance(previous_mask, (list, tuple)):
            return previous_mask
        rank = max(len(each.shape) for each in inputs)
        known = [
            _with_rank(mask, len(mask.shape) + rank - len(each.shape))
            for mask, each in zip(previous_mask, inputs, strict=True)
            if mask is not None
        ]
        return functools.reduce(ops.logical_or, known) if known else None

    def _check_list(self, inputs: Any) -> None:
        several = isinstance(inputs, (list, tuple)) and not is_tensor(inputs)
        count = (
            len(inputs)
            if several and (not inputs or isinstance(inputs[0], (list, tuple)) or _all_tensors(inputs))
            else 0
        )
        if count < self._least_inputs or (self._most_inputs is not None and count > self._most_inputs):
            wanted = f"exactly {self._most_inputs}" if self._most_inputs else f"at least {self._least_inputs}"
            received = f"a list of {count}" if several else "one input"
            raise StructureError(
                f"{self._description} must be called on a list of {wanted} inputs.",
                why=f"received {received}",
                fix=f"{type(self).__name__}()([a, b])",
            )

    def _mismatch(self, inputs: Any, why: str) -> ShapeError:
        return ShapeError(
            f"{self._description} cannot combine inputs of shapes {[list(each.shape) for each in inputs]}.",
            why=why,
            fix="reshape the inputs, or use ops.expand_dims",
        )


def _all_tensors(inputs: Any) -> bool:
    return all(is_tensor(each) for each in inputs)


def _with_rank(tensor: Any, rank: int) -> Any:
    """Return a tensor with axes of size 1 after the batch."""
    missing = rank - len(tensor.shape)
    return ops.expand_dims(tensor, tuple(range(1, missing + 1))) if missing > 0 else tensor
