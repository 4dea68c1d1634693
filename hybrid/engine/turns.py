"""Turns: what several threads may do to Variables at once.

Floor 7. Programs read their Variables when they start and assign them when they end, each as one act: what they see are
the values of one moment. Programs that assign the same Variable run one after the other: none loses what another did.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ..core.variable import Variable

__all__ = ["ONE_ACT", "Turn"]

ONE_ACT = threading.RLock()
"""Held while the Variables of a program are read, or assigned."""

_marking = threading.Lock()


class Turn:
    """A context: while a thread is in it no other is in one that shares a Variable with it.

    Args:
        variables: that are assigned.

    Example:
        >>> from hybrid.engine.turns import Turn
        >>> v, w = hybrid.Variable(1.0), hybrid.Variable(2.0)
        >>> with Turn([v, w]), Turn([v]):
        ...     float(v.assign(3.0))
        3.0
    """

    __slots__ = ("_locks",)

    def __init__(self, variables: Iterable[Variable]):
        # One lock for all that have none yet: nearly every program needs a single one.
        fresh = threading.RLock()
        found = {}
        with _marking:
            for variable in variables:
                lock = variable._turn
                if lock is None:
                    lock = variable._turn = fresh
                found[id(lock)] = lock
        # Everyone takes them in the same order: nobody waits for somebody who waits.
        self._locks = [found[key] for key in sorted(found)]

    def __enter__(self) -> None:
        for lock in self._locks:
            lock.acquire()

    def __exit__(self, *exception: object) -> None:
        for lock in self._locks:
            lock.release()
