"""Initializers that draw their values.

Floor 6. A seed that is an int gives the same values in every call; `None` draws from the global generator, which
`hybrid.utils.set_random_seed` sets; a `SeedGenerator` gives the next values in each call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from .. import ops, random
from ..core.dtypes import standardize_dtype
from ..errors import ConfigError, ShapeError
from ..random.continuous import check_bounds, check_spread, float_or_refuse
from ..random.seed_generator import taken
from ..registry import register_builtin
from ..typing import DTypeLike
from .base import Initializer

__all__ = ["Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal"]


class Drawn(Initializer):
    """Base of initializers that draw: now, or later what they would have drawn now.

    Subclasses define `_draws`.
    """

    seed: Any

    def _draws(self, shape: tuple[int, ...], dtype: DTypeLike) -> Callable[..., Any]:
        """Return a function of `seed` that draws, and that does not look at this initializer any more.

        Raises:
            ConfigError: or another error for arguments that nothing can be drawn with.
        """
        raise NotImplementedError

    def __call__(self, shape: Any, dtype: DTypeLike = None) -> Any:
        """Return draws."""
        return self._draws(tuple(shape), dtype)(seed=self.seed)

    def later(self, shape: Any, dtype: DTypeLike = None) -> Callable[[], Any] | None:
        """Take what is needed of the seed and return a function that draws; `None` if a subclass draws in its own way.

        A Variable calls it when its value is first needed: big weights that are loaded are never drawn.
        """
        if type(self).__call__ is not Drawn.__call__:
            return None
        return partial(self._draws(tuple(shape), dtype), seed=taken(self.seed))


class RandomNormal(Drawn):
    """Draws from a normal distribution.

    Args:
        mean: of the distribution.
        stddev: standard deviation of the distribution.
        seed: `None`, an int or a `SeedGenerator`.

    Example:
        >>> RandomNormal(seed=1)((2, 3)).shape
        (2, 3)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None):
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def _draws(self, shape: tuple[int, ...], dtype: DTypeLike) -> Callable[..., Any]:
        check_spread("normal", self.mean, self.stddev)
        dtype = float_or_refuse("normal", dtype)
        return partial(random.normal, shape, mean=self.mean, stddev=self.stddev, dtype=dtype)


class TruncatedNormal(Drawn):
    """Draws from a normal distribution of which what lies beyond two standard deviations is cut off.

    Args:
        mean: of the distribution before it is cut.
        stddev: standard deviation of the distribution before it is cut.
        seed: `None`, an int or a `SeedGenerator`.

    Example:
        >>> bool(np.all(np.abs(TruncatedNormal(seed=1)((100,)).numpy()) <= 0.1))
        True
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None):
        self.mean = mean
        self.stddev = stddev
        self.seed = seed

    def _draws(self, shape: tuple[int, ...], dtype: DTypeLike) -> Callable[..., Any]:
        check_spread("truncated_normal", self.mean, self.stddev)
        dtype = float_or_refuse("truncated_normal", dtype)
        return partial(random.truncated_normal, shape, mean=self.mean, stddev=self.stddev, dtype=dtype)


class RandomUniform(Drawn):
    """Draws from a uniform distribution.

    Args:
        minval: lower bound, possible.
        maxval: upper bound, not possible.
        seed: `None`, an int or a `SeedGenerator`.

    Example:
        >>> bool(np.all(np.abs(RandomUniform(seed=1)((100,)).numpy()) <= 0.05))
        True
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None):
        self.minval = minval
        self.maxval = maxval
        self.seed = seed

    def _draws(self, shape: tuple[int, ...], dtype: DTypeLike) -> Callable[..., Any]:
        check_bounds(self.minval, self.maxval)
        dtype = float_or_refuse("uniform", dtype)
        return partial(random.uniform, shape, minval=self.minval, maxval=self.maxval, dtype=dtype)


class Orthogonal(Drawn):
    """Draws an orthogonal matrix, uniformly among all of them.

    More than two axes are seen as a matrix whose columns are the last axis.

    Args:
        gain: factor.
        seed: `None`, an int or a `SeedGenerator`.

    Raises:
        ShapeError: when called, if the shape has fewer than two axes.

    Example:
        >>> w = Orthogonal(seed=1)((3, 3)).numpy()
        >>> bool(np.allclose(w @ w.T, np.eye(3), atol=1e-6))
        True

    Source: Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks".
    """

    def __init__(self, gain: float = 1.0, seed: Any = None):
        self.gain = gain
        self.seed = seed

    def _draws(self, shape: tuple[int, ...], dtype: DTypeLike) -> Callable[..., Any]:
        if len(shape) < 2:
            raise ShapeError(
                f"Orthogonal cannot make an array of shape {list(shape)}.",
                why="an orthogonal matrix has two axes at least",
                fix="use it for weights of rank 2 or more",
            )
        return partial(_orthogonal, shape, self.gain, float_or_refuse("normal", dtype))


def _orthogonal(shape: tuple[int, ...], gain: float, dtype: DTypeLike, *, seed: Any) -> Any:
    rows, columns = math.prod(shape[:-1]), shape[-1]
    long, short = max(rows, columns), min(rows, columns)
    draws = random.normal((long, short), dtype=dtype, seed=seed).numpy()
    # LAPACK has no float16.
    q, r = np.linalg.qr(draws.astype(np.promote_types(draws.dtype, "float32")))
    # Q alone is not uniformly distributed: its columns' signs depend on the algorithm (Mezzadri 2007).
    q = q * np.where(np.diag(r) < 0, -1, 1)
    matrix = q if rows >= columns else q.T
    return ops.convert_to_tensor(gain * matrix.reshape(shape), standardize_dtype(dtype))


register_builtin(Orthogonal, name="OrthogonalInitializer")


def check_choice(owner: str, name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return a lower-case option.

    Raises:
        ConfigError: if it is none of those that are allowed.
    """
    if not isinstance(value, str) or value.lower() not in allowed:
        raise ConfigError(f"{owner} has no {name} {value!r}.", fix=f"use one of {', '.join(map(repr, allowed))}")
    return value.lower()
