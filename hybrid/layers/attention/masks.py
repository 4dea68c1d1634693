"""Which keys a query may see.

Floor 8. Shared by all attention layers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import ops

__all__ = ["all_of", "masked_softmax"]

# What must not be seen gets this share of the least float: exp() of it is 0, and adding to it does not overflow.
_MASKED_SHARE = 0.7


def all_of(*masks: Any) -> Any:
    """Return the conjunction of bool masks, `None` among them left out; `None` if there are none."""
    result = None
    for mask in masks:
        if mask is not None:
            mask = ops.cast(mask, "bool")
            result = mask if result is None else ops.logical_and(result, mask)
    return result


def masked_softmax(scores: Any, mask: Any, axis: Any = -1, *, blind: bool = False) -> Any:
    """Return the softmax of scores, zero where the mask is false.

    Args:
        scores: float tensor.
        mask: bool, can be broadcast to the scores, or `None`.
        axis: along which the sum is 1.
        blind: whether a query that may see no key gets zero weights; the same weight for every key otherwise.
    """
    if mask is None:
        return ops.softmax(scores, axis=axis)
    weights = ops.softmax(ops.where(mask, scores, float(np.finfo(scores.dtype).min) * _MASKED_SHARE), axis=axis)
    return ops.multiply(weights, ops.cast(mask, weights.dtype)) if blind else weights
