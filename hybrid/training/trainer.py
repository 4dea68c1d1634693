"""Training: written on the branch `training`; this stands in its place until that lands."""

from __future__ import annotations


class Trainer:
    """What a model can do with data."""

    _untracked: frozenset[str] = frozenset()
    compiled = False
