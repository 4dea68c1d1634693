"""Memory to scribble on, divided into arrays; and work divided over the cores, each with memory of its own.

Floor 7.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import threads

__all__ = ["Scratch", "share_out"]

_LINE = 64
"""Bytes in a line of the cache: arrays begin at one."""


class Scratch:
    """Arrays of fixed shapes in one piece of memory, once for each part of the work.

    Args:
        specs: shape and dtype of each array.
        parts: how many times.

    Attributes:
        size: bytes that they need together.

    Example:
        >>> scratch = Scratch([((2, 3), "float32"), ((4,), "uint8")], parts=2)
        >>> first, second = scratch.arrays(None)
        >>> [array.shape for array in first], scratch.size
        ([(2, 3), (4,)], 256)
    """

    def __init__(self, specs: Sequence[tuple[tuple[int, ...], Any]], parts: int = 1):
        self._specs = [(shape, np.dtype(dtype)) for shape, dtype in specs]
        self._parts = parts
        self.size = parts * sum(_rounded(math.prod(shape) * dtype.itemsize) for shape, dtype in self._specs)

    def arrays(self, work: Any) -> list[list[Any]]:
        """Return the arrays of every part.

        Args:
            work: bytes for them; `None` to make some.
        """
        work = np.empty(self.size, np.uint8) if work is None else work
        found: list[list[Any]] = []
        start = 0
        for _ in range(self._parts):
            arrays = []
            for shape, dtype in self._specs:
                arrays.append(np.ndarray(shape, dtype, work, start))
                start += _rounded(math.prod(shape) * dtype.itemsize)
            found.append(arrays)
        return found


def _rounded(size: int) -> int:
    return -(-size // _LINE) * _LINE


def share_out(items: Sequence[Any], task: Callable[[Sequence[Any], int], None], parts: Sequence[slice]) -> None:
    """Have a task done for parts of some items, side by side.

    Args:
        items: to be worked on.
        task: called with some of the items and the number of the part.
        parts: which items belong together, as `threads.parts` says.
    """
    if len(parts) == 1:
        task(items, 0)
        return
    threads.run_all([functools.partial(task, items[part], number) for number, part in enumerate(parts)])
