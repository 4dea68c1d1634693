"""Masks made of values.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ..base.input_spec import InputSpec
from ..base.layer import Layer

__all__ = ["Masking"]


class Masking(Layer):
    """Mark the steps whose features all equal a value as padding, and set them to zero.

    Args:
        mask_value: of the padding.

    Variables: none.

    Input: float `[batch, time, ..., features]`. Output: the shape of the input; its mask is false where all features
    equal `mask_value`.

    Example:
        >>> Masking()(np.array([[[1.0, 2.0], [0.0, 0.0]]])).mask.numpy()
        array([[ True, False]])
    """

    supports_masking = True

    def __init__(self, mask_value: Any = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """Set padding to zero."""
        kept = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return ops.multiply(inputs, ops.cast(kept, inputs.dtype))

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return where not all features equal the value."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)
