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

__all__ = ["STATE", "default_seed", "generator_of", "give_defaults_again", "note_defaults", "seed_defaults"]

STATE = TensorSpec((2,), "uint32")
"""What a seed state looks like."""

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


def generator_of(state: np.ndarray[Any, Any], skipped: int = 0) -> np.random.Generator:
    """Return a NumPy generator in the state that belongs to a seed state.

    Each thread has one, whose state is set anew: that costs a tenth of making one. Use it before the next call.

    Args:
        state: the seed state.
        skipped: number of blocks of 32 random bytes that are passed over, so that threads can draw parts of one stream.

    Example:
        >>> a, b = (generator_of(np.array([1, 2], "uint32")).random() for _ in range(2))
        >>> a == b
        True
    """
    try:
        bits, generator, fresh, counter, key = _LOCAL.parts
    except AttributeError:
        bits = np.random.Philox(0)
        generator, fresh = np.random.Generator(bits), bits.state
        counter, key = fresh["state"]["counter"], fresh["state"]["key"]
        _LOCAL.parts = bits, generator, fresh, counter, key
    key[:] = state
    counter[0] = skipped
    bits.state = fresh
    return generator  # type: ignore[no-any-return]
