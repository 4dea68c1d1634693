"""Names: from class names to local names, unique among siblings.

Floor 2: pure functions on strings. There is no process-wide counter anywhere: a name depends only on its siblings.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable

__all__ = ["UniqueNames", "nearest", "snake_case", "unique_name"]


def snake_case(name: str) -> str:
    """Turn a class name into a variable name.

    Example:
        >>> snake_case("MultiHeadAttention"), snake_case("Conv2D"), snake_case("PReLU")
        ('multi_head_attention', 'conv2d', 'p_re_lu')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def unique_name(base: str, taken: Collection[str]) -> str:
    """Return `base`, or the first of `base_1`, `base_2` … that is not taken.

    Example:
        >>> unique_name("dense", {"dense", "dense_1"})
        'dense_2'
    """
    if base not in taken:
        return base
    number = 1
    while f"{base}_{number}" in taken:
        number += 1
    return f"{base}_{number}"


class UniqueNames:
    """Hands out names that are unique among themselves, in time that does not grow with their number.

    Args:
        taken: names that are in use.

    Example:
        >>> names = UniqueNames(["dense"])
        >>> names.claim("dense"), names.claim("dense"), names.claim("flatten")
        ('dense_1', 'dense_2', 'flatten')
    """

    def __init__(self, taken: Iterable[str] = ()):
        self._taken = set(taken)
        self._next: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._taken

    def claim(self, base: str) -> str:
        """Return `base`, or the first of `base_1`, `base_2` … that is free, and take it."""
        name, number = base, self._next.get(base, 1)
        while name in self._taken:
            name = f"{base}_{number}"
            number += 1
        self._next[base] = number
        self._taken.add(name)
        return name


def nearest(word: str, candidates: Iterable[str], *, count: int = 3) -> list[str]:
    """Return the candidates that a misspelt word may have meant, best first.

    Example:
        >>> nearest("learning_rat", ["learning_rate", "momentum"])
        ['learning_rate']
    """
    return difflib.get_close_matches(str(word), [str(c) for c in candidates], n=count, cutoff=0.5)
