"""One seed for everything. Floor 11."""

from __future__ import annotations

import random

import numpy as np

from ..random.seed_generator import seed_global_generator

__all__ = ["set_random_seed"]


def set_random_seed(seed: int) -> None:
    """Make a run repeatable: seeds hybrid's global generator, Python's `random`, and NumPy's global generator.

    Args:
        seed: int from 0 to 2³² - 1.

    Raises:
        ConfigError: if it is no such int.

    Example:
        >>> set_random_seed(1)
        >>> a = hybrid.random.normal(2).tolist()
        >>> set_random_seed(1)
        >>> a == hybrid.random.normal(2).tolist()
        True
    """
    seed_global_generator(seed)
    random.seed(seed)
    np.random.seed(seed)
