"""Arrays that Variables give up, and whether their memory may be used again.

Floor 4. A value that was read from a Variable never changes, so memory is used again only if nobody can see it any
more: no tensor, no view, no other thread. Reference counts tell; where they do not, nothing is used again.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

__all__ = ["array_of", "freed"]

_COUNTS = getattr(sys, "getrefcount", None) if getattr(sys, "_is_gil_enabled", lambda: True)() else None


def _count(box: list[Any]) -> int:
    return _COUNTS(box[0]) if _COUNTS is not None else 0


_ALONE = _count([object()]) if _COUNTS is not None else -1


def freed(box: list[Any]) -> np.ndarray[Any, Any] | None:
    """Take an array out of a list and return it if nothing else refers to it or to its memory; else `None`.

    Args:
        box: list of the array alone.

    Example:
        >>> kept = np.ones(3)
        >>> freed([kept]) is None, freed([kept[:2]]) is None, freed([np.ones(3)]) is None
        (True, True, False)
    """
    if _count(box) != _ALONE or type(box[0]) is not np.ndarray or box[0].base is not None:
        return None
    array: np.ndarray[Any, Any] = box.pop()
    return array if array.flags.c_contiguous and array.flags.writeable else None


def array_of(box: list[Any]) -> list[Any]:
    """Take a tensor out of a list and return a list of its array; an empty-handed one if something else has the tensor.

    Args:
        box: list of the tensor alone.
    """
    if _count(box) != _ALONE:
        return [None]
    array = box[0]._value
    box.clear()
    return [array]
