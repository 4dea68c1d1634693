"""Patience: whether recording a function once more pays.

Floor 7. Recording takes as long as a dozen runs. A function that is called with something new every time, or reads
attributes that change all the time, is better run operation by operation.
"""

from __future__ import annotations

from ..core.context import CHANGES
from .signature import Signature

__all__ = ["PATIENCE", "Patience"]

PATIENCE = 8
"""Number of signatures that are recorded when first met, and of recordings that may come to nothing."""
_MEETINGS = 3
_WORTH = 8
"""Number of runs after which a recording has paid."""
_LONGEST_MEMORY = 512


class Patience:
    """What a function was recorded for so far.

    Attributes:
        recorded: how often.
    """

    def __init__(self) -> None:
        self.recorded = 0
        self._met: dict[Signature, int] = {}
        self._wasted: dict[Signature, int] = {}
        self._calm: dict[Signature, tuple[int, int]] = {}

    def has_for_new(self, key: Signature) -> bool:
        """Say whether to record for a signature that has no program: after a while only if it is met again."""
        if self.recorded < PATIENCE:
            return True
        if len(self._met) > _LONGEST_MEMORY:
            self._met.clear()
        met = self._met[key] = self._met.get(key, 0) + 1
        return met >= _MEETINGS

    def has_for_stale(self, key: Signature, runs: int) -> bool:
        """Say whether to record anew what no longer holds: if its program was used, or if changes have come to rest.

        Args:
            key: its signature.
            runs: how often its program was run.
        """
        waiting = self._calm.get(key)
        if waiting is None:
            self._wasted[key] = 0 if runs >= _WORTH else self._wasted.get(key, 0) + 1
            if self._wasted[key] < PATIENCE:
                return True
            self._calm[key] = CHANGES.count, 1
            return False
        seen, times = waiting
        times = times + 1 if seen == CHANGES.count else 1
        if times <= _MEETINGS:
            self._calm[key] = CHANGES.count, times
            return False
        del self._calm[key]
        return True
