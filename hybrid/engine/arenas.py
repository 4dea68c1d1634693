"""What a program keeps from one run to the next: arenas for intermediate values, memory for new values of Variables.

Floor 7. Allocating large arrays anew costs as much as computing them, since the system hands out empty pages one by
one. No memory is ever shared by two runs at a time. What programs keep while they do not run is bounded.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.spec import TensorSpec
from .planning import ALIGNMENT

__all__ = ["KEPT", "Arenas", "Part"]

Array = np.ndarray[Any, Any]

KEPT = 1 << 27
"""Number of bytes that programs may keep while they do not run, beside the arena of the program that ran last."""
SPARE = 4
"""Number of arenas that one program may keep: as many runs at a time make no new ones."""


class Part(NamedTuple):
    """An array in an arena.

    Attributes:
        offset: in bytes.
        shape: of the array.
        dtype: of the array.
    """

    offset: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


class Arenas:
    """The memory that a program keeps.

    Args:
        size: of an arena in bytes.
        parts: what a run is handed of it.
        new: specs of the arrays that a run is handed for new values of Variables.

    Example:
        >>> arenas = Arenas(64, [Part(0, (2, 3), np.dtype("float32")), Part(32, (4,), np.dtype("float64"))])
        >>> arena = arenas.take()
        >>> [part.shape for part in arena], arenas.take() is arena
        ([(2, 3), (4,)], False)
        >>> arenas.give_back(arena)
        >>> arenas.take() is arena
        True
    """

    def __init__(self, size: int, parts: Sequence[Part], new: Sequence[TensorSpec] = ()):
        self._size = size
        self._parts = parts
        self._new = new
        self._idle: list[list[Array]] = []
        self._replaced: list[list[Array]] = [[] for _ in new]

    @property
    def kept(self) -> int:
        """Number of bytes that are kept for the next runs."""
        return self._size * len(self._idle) + sum(array.nbytes for idle in self._replaced for array in idle)

    def take(self) -> list[Array]:
        """Return an arena that nobody else has."""
        try:
            return self._idle.pop()
        except IndexError:
            memory = _aligned(self._size)
            return [np.ndarray(part.shape, part.dtype, memory, part.offset) for part in self._parts]

    def give_back(self, arena: list[Array]) -> None:
        """Keep an arena for the next run."""
        if len(self._idle) < SPARE:
            self._idle.append(arena)
        if _recent[-1]() is not self:
            _keep_few(self)

    def take_new(self) -> list[Array]:
        """Return an array for each of the specs. What it holds means nothing."""
        taken = []
        for idle, spec in zip(self._replaced, self._new, strict=True):
            try:
                taken.append(idle.pop())
            except IndexError:
                taken.append(np.empty(spec.shape, spec.dtype))
        return taken

    def keep(self, index: int, array: Array) -> None:
        """Keep an array, which a Variable had before and which nobody else has, for the value that it gets next.

        Args:
            index: of the array's spec.
            array: contiguous.
        """
        if not self._replaced[index]:
            self._replaced[index].append(array)
        if _recent[-1]() is not self:
            _keep_few(self)

    def clear(self) -> None:
        """Let go of what is kept."""
        self._idle.clear()
        for idle in self._replaced:
            idle.clear()


def _aligned(size: int) -> np.ndarray[Any, Any]:
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size]


_lock = threading.Lock()
_recent: list[Callable[[], Arenas | None]] = [lambda: None]
"""The programs that keep arenas, the one that ran last at the end. They are held weakly."""


def _keep_few(newest: Arenas) -> None:
    """Note which program ran last, and let go of what the others keep beyond `KEPT` bytes, the oldest first."""
    with _lock:
        others = [each for each in map(_called, _recent) if each is not None and each is not newest]
        total, kept = 0, [newest]
        for each in reversed(others):
            total += each.kept
            if total > KEPT:
                each.clear()
            else:
                kept.append(each)
        _recent[:] = map(weakref.ref, reversed(kept))


def _called(reference: Callable[[], Arenas | None]) -> Arenas | None:
    return reference()
