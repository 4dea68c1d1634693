"""Turns array specifications into values, the same for every framework, process and order of cases.

Every draw has a generator of its own, seeded by the name of the case and of the array: adding a case changes no other.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .specification import Array

Draw = Callable[..., np.ndarray]


def generator(*names: object) -> np.random.Generator:
    """A random generator that depends on the names only."""
    return np.random.default_rng(zlib.crc32("/".join(str(name) for name in names).encode()))


def _uniform(random: np.random.Generator, shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
    return random.uniform(low, high, shape)


def _integers(random: np.random.Generator, shape: tuple[int, ...], low: int, high: int) -> np.ndarray:
    return random.integers(low, high, shape)


def _boolean(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return random.random(shape) < 0.6


def _padding_mask(random: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    rows, length = shape
    return np.arange(length)[None, :] < random.integers(1, length + 1, rows)[:, None]


def _probabilities(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    weights = random.uniform(0.1, 1.0, shape)
    normalized: np.ndarray = weights / weights.sum(axis=-1, keepdims=True)
    return normalized


def _one_hot(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.eye(shape[-1])[random.integers(0, shape[-1], shape[:-1])]


def _distinct(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    size = int(np.prod(shape))
    return (random.permutation(size).reshape(shape) + 0.5) * 2.0 / size - 0.8


def _fixed(random: np.random.Generator, shape: tuple[int, ...], values: Any) -> np.ndarray:
    return np.array(values).reshape(shape)


DRAW: dict[str, Draw] = {
    "uniform": _uniform,
    "integers": _integers,
    "boolean": _boolean,
    "padding_mask": _padding_mask,
    "probabilities": _probabilities,
    "one_hot": _one_hot,
    "distinct": _distinct,
    "fixed": _fixed,
}


def draw(specification: Array, *names: object) -> np.ndarray:
    """The value of an array specification inside the case and place that `names` spell out."""
    value = DRAW[specification.kind](generator(*names), specification.shape, *specification.parameters)
    return np.asarray(value, dtype=specification.dtype)


def draw_weight(name: str, shape: tuple[int, ...], *names: object) -> np.ndarray:
    """A small value for the weight called `name`; variances and scales are kept away from zero."""
    low, high = (0.5, 1.5) if "variance" in name or "gamma" in name else (-0.5, 0.5)
    return generator(*names).uniform(low, high, shape).astype("float32")


def draw_cotangent(shape: tuple[int, ...], *names: object) -> np.ndarray:
    """Fixed random numbers that turn an output of this shape into a scalar."""
    return generator(*names, "cotangent").uniform(-1.0, 1.0, shape).astype("float32")
