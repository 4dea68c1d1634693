"""Names: from class names to local names, unique among siblings.

Floor 2: pure functions on strings. There is no process-wide counter anywhere: a name depends only on its siblings.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable

__all__ = ["nearest", "snake_case", "unique_name"]


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


def nearest(word: str, candidates: Iterable[str], *, count: int = 3) -> list[str]:
    """Return the candidates that a misspelt word may have meant, best first.

    Example:
        >>> nearest("learning_rat", ["learning_rate", "momentum"])
        ['learning_rate']
    """
    return difflib.get_close_matches(str(word), [str(c) for c in candidates], n=count, cutoff=0.5)
