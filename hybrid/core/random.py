"""Randomness: where seeds come from, and how a seed state becomes numbers.

Floor 4. A draw is a deterministic function of a seed state, two unsigned integers `(seed, counter)`: they are the key
of a counter-based generator (Philox), so equal states give equal numbers wherever and in whatever order they are drawn.
Nothing is random but the seeds that nobody chose.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

from __future__ import annotations

import random
import threading
from typing import Any

import numpy as np

from .spec import TensorSpec

__all__ = [
    "STATE",
    "default_seed",
    "generator_of",
    "give_defaults_again",
    "note_defaults",
    "seed_defaults",
    "words_of",
]

STATE = TensorSpec((2,), "uint32")
"""What a seed state looks like."""

_WARM_UP = 18
"""Number of words that are thrown away: the first ones show what the seeds of two stretches have in common."""

_SEEDS = random.Random()
_LOCAL = threading.local()


def seed_defaults(seed: int) -> None:
    """Make the seeds that `default_seed` gives from now on repeatable."""
    _SEEDS.seed(seed)


def note_defaults() -> Any:
    """Return what `give_defaults_again` needs to give the same seeds again."""
    return _SEEDS.getstate()


def give_defaults_again(noted: Any) -> None:
    """Let `default_seed` give the seeds again that it has given since they were noted."""
    _SEEDS.setstate(noted)


def default_seed() -> int:
    """Return a seed for a generator that was given none."""
    return _SEEDS.randrange(1, 2**31)


def generator_of(state: np.ndarray[Any, Any]) -> np.random.Generator:
    """Return a NumPy generator in the state that belongs to a seed state.

    Each thread has one, whose state is set anew: that costs a tenth of making one. Use it before the next call.

    Example:
        >>> a, b = (generator_of(np.array([1, 2], "uint32")).random() for _ in range(2))
        >>> a == b
        True
    """
    try:
        bits, generator, fresh, key = _LOCAL.parts
    except AttributeError:
        bits = np.random.Philox(0)
        generator, fresh = np.random.Generator(bits), bits.state
        key = fresh["state"]["key"]
        _LOCAL.parts = bits, generator, fresh, key
    key[:] = state
    bits.state = fresh
    return generator  # type: ignore[no-any-return]


def words_of(state: np.ndarray[Any, Any], stretch: int, count: int) -> np.ndarray[Any, Any]:
    """Return random words of 64 bits: one of the stretches that belong to a seed state.

    Several threads can draw a stretch each. The bits come from another generator, SFC64, in half the time.

    Args:
        state: the seed state.
        stretch: number of the stretch.
        count: number of words.

    Example:
        >>> words_of(np.array([1, 2], "uint32"), 0, 2).dtype
        dtype('uint64')

    Source: Doty-Humphrey, PractRand: "sfc64", whose words depend on the whole seed after 18 steps.
    """
    try:
        bits, fresh = _LOCAL.words
    except AttributeError:
        bits = np.random.SFC64(0)
        fresh = bits.state
        _LOCAL.words = bits, fresh
    fresh["state"]["state"][:] = stretch, state[1], state[0], 1
    bits.state = fresh
    return bits.random_raw(_WARM_UP + count)[_WARM_UP:]  # type: ignore[no-any-return]
