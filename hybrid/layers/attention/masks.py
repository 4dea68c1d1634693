"""Which keys a query may see.

Floor 8. Shared by all attention layers.
"""

from __future__ import annotations

from typing import Any

from ... import ops

__all__ = ["all_of"]


def all_of(*masks: Any) -> Any:
    """Return the conjunction of bool masks, `None` among them left out; `None` if there are none."""
    result = None
    for mask in masks:
        if mask is not None:
            mask = ops.cast(mask, "bool")
            result = mask if result is None else ops.logical_and(result, mask)
    return result
