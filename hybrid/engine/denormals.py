"""Denormal numbers: taken for zero while a program runs.

Floor 7. Numbers below 1e-38 (1e-308 in float64) keep a processor busy for 100 cycles instead of one, and a training
that goes well is full of them: slopes, moments of an optimizer and activations die out. A bit of the processor's
control word, of each thread, makes them zero. C's `fegetenv` and `fesetenv` reach it; where they do not, nothing
happens.
"""

from __future__ import annotations

import ctypes
import functools
import platform
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["environment", "flushed", "use_environment"]


class _Layout(NamedTuple):
    """Where the bits are in C's `fenv_t`, taken as 32-bit words."""

    words: int
    place: int
    bits: int


# x86: flush-to-zero (results) and denormals-are-zero (arguments) in MXCSR. ARM: FZ in FPCR, for both.
_X86, _ARM = 0x8040, 1 << 24
_LAYOUTS = {
    ("Linux", "x86_64"): _Layout(8, 7, _X86),
    ("Darwin", "x86_64"): _Layout(4, 1, _X86),
    ("Linux", "aarch64"): _Layout(2, 0, _ARM),
    ("Darwin", "arm64"): _Layout(4, 2, _ARM),
}


class _Unit(NamedTuple):
    """The floating-point unit: the functions that read and write its state, and the place of the bits in that."""

    get: Callable[[Any], int]
    set: Callable[[Any], int]
    words: Any
    place: int
    bits: int


class flushed:  # noqa: N801 - a context manager; written as a class, for a quarter of the time
    """While it is active, the calling thread takes denormal numbers for zero, as arguments and as results.

    OpenBLAS's own threads do not: they belong to nobody who could tell them.

    Example:
        >>> from hybrid.engine import denormals
        >>> tiny = np.float32(1e-40)
        >>> with denormals.flushed():
        ...     product = np.multiply(tiny, np.float32(0.5))
        >>> bool(product in (0, np.float32(5e-41)))
        True
    """

    __slots__ = ("_before", "_unit")

    def __enter__(self) -> None:
        unit = self._unit = _unit()
        if unit is not None:
            before = self._before = unit.words()
            unit.get(before)
            word = before[unit.place]
            before[unit.place] = word | unit.bits
            unit.set(before)
            before[unit.place] = word

    def __exit__(self, *exception: object) -> None:
        if self._unit is not None:
            self._unit.set(self._before)


def environment() -> Any:
    """Return the state of the calling thread's floating-point unit, for `use_environment`; `None` where unknown."""
    unit = _unit()
    if unit is None:
        return None
    state = unit.words()
    unit.get(state)
    return state


def use_environment(state: Any) -> None:
    """Bring the calling thread's floating-point unit into a state.

    Args:
        state: as `environment` returned it, in any thread.
    """
    unit = _unit()
    if unit is not None and state is not None:
        unit.set(state)


@functools.cache
def _unit() -> _Unit | None:
    layout = _LAYOUTS.get((platform.system(), platform.machine()))
    if layout is None:
        return None
    try:
        # PyDLL keeps the GIL: the calls are shorter than giving it up would be.
        library = ctypes.PyDLL(None)
        unit = _Unit(library.fegetenv, library.fesetenv, ctypes.c_uint32 * layout.words, layout.place, layout.bits)
    except (OSError, AttributeError):
        return None
    return unit if _works(unit) else None


def _works(unit: _Unit) -> bool:
    """Say whether the bits do what they should, and whether the state comes back."""
    tiny, half = np.array([1 << 16], "uint32").view("float32"), np.float32(0.5)
    before, now = unit.words(), unit.words()
    unit.get(before)
    unit.get(now)
    now[unit.place] |= unit.bits
    with np.errstate(all="ignore"):
        unit.set(now)
        product = np.multiply(tiny, half)
        unit.set(before)
        again = np.multiply(tiny, half)
    return bool((product.view("uint32") == 0).all() and (again.view("uint32") != 0).all())
