"""Placement: which core a thread may run on.

Floor 7. A thread that another one wakes is often put on the core of the one that woke it, and stays there while other
cores are idle: on virtual machines for a millisecond and more, which is all that a task takes. Only Linux can be told.
"""

from __future__ import annotations

import ctypes
import functools
import os
from collections.abc import Callable, Iterable

__all__ = ["keep_away", "present_core"]


def present_core() -> int | None:
    """Return the number of the core that the calling thread runs on; `None` where that is not known.

    Example:
        >>> from hybrid.engine.placement import present_core
        >>> core = present_core()
        >>> core is None or core >= 0
        True
    """
    function = _function()
    return None if function is None else function()


def keep_away(threads: Iterable[int], core: int) -> None:
    """Let threads run on the cores that the calling thread may use, but for one, if there are others.

    Args:
        threads: their numbers in the system (`Thread.native_id`).
        core: that they leave to somebody else.
    """
    others = os.sched_getaffinity(0) - {core}
    if not others:
        return
    for thread in threads:
        try:
            os.sched_setaffinity(thread, others)
        except OSError:  # it may not be told, or has ended: then it runs where it likes
            return


@functools.cache
def _function() -> Callable[[], int] | None:
    if not hasattr(os, "sched_setaffinity"):
        return None
    try:
        # PyDLL keeps the GIL: the call is shorter than giving it up would be.
        return ctypes.PyDLL(None).sched_getcpu
    except (OSError, AttributeError):
        return None
