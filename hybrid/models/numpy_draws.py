"""Random numbers that a `call` draws with NumPy or Python: a recording would freeze them, so it is refused.

Floor 10. Knows the generators of NumPy and Python, the process-wide ones and those in attributes of layers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..errors import FrozenValueError
from ..layers.base.tracking import walk

__all__ = ["refusing_draws"]


@contextmanager
def refusing_draws(layer: Any) -> Iterator[None]:
    """Refuse a recording that drew random numbers which are no part of it; the generators are set back.

    Raises:
        FrozenValueError: names the generator.
    """
    states = [(generator, generator.read()) for generator in _generators(layer)]
    moved = []
    try:
        yield
    finally:
        for generator, before in states:
            if _comparable(generator.read()) != _comparable(before):
                generator.write(before)
                moved.append(generator.name)
    if moved:
        raise FrozenValueError(
            f"{layer._description} draws random numbers from {moved[0]} in its call, so it cannot be recorded.",
            why="they are numbers, not calls: a recording would use the same ones for ever",
            fix="use hybrid.random, as in hybrid.random.normal(shape, seed=self.seed_generator) with a SeedGenerator "
            "that is made in __init__",
        )


class _Generator(NamedTuple):
    name: str
    read: Callable[[], Any]
    write: Callable[[Any], None]


def _generators(layer: Any) -> Iterator[_Generator]:
    yield _Generator("np.random", np.random.get_state, np.random.set_state)
    yield _Generator("random", random.getstate, random.setstate)
    for part in walk(layer):
        for name, value in vars(part).items():
            if isinstance(value, np.random.RandomState):
                yield _Generator(f"{part.path}.{name}", value.get_state, value.set_state)
            elif isinstance(value, np.random.Generator):
                bits = value.bit_generator
                yield _Generator(
                    f"{part.path}.{name}", partial(getattr, bits, "state"), partial(setattr, bits, "state")
                )


def _comparable(state: Any) -> Any:
    """Return a state with the bytes of its arrays in their place."""
    if isinstance(state, np.ndarray):
        return state.tobytes()
    if isinstance(state, dict):
        return {name: _comparable(value) for name, value in state.items()}
    return tuple(v.tobytes() if isinstance(v, np.ndarray) else v for v in state) if isinstance(state, tuple) else state
