"""Initializers whose spread depends on how many inputs and outputs a weight connects.

Floor 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from .. import random
from ..errors import ConfigError
from ..random.continuous import float_or_refuse
from ..typing import DTypeLike
from .random import Drawn, check_choice

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "VarianceScaling",
]

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("uniform", "truncated_normal", "untruncated_normal")
_TRUNCATED_STDDEV = 0.87962566103423978
"""Standard deviation of the standard normal distribution when it is cut at -2 and 2."""


class VarianceScaling(Drawn):
    """Draws with variance `scale / fan`, so that signals keep their size from layer to layer.

    Args:
        scale: positive factor of the variance.
        mode: what the variance is divided by: `"fan_in"` (number of inputs), `"fan_out"` or `"fan_avg"` (their mean).
        distribution: `"truncated_normal"`, `"untruncated_normal"` or `"uniform"`.
        seed: `None`, an int or a `SeedGenerator`.
        input_axes: axes of the weight that are inputs; with `output_axes`, instead of the usual reading, by which the
            last axis holds outputs, the one before it inputs, and all others are the window of a convolution.
        output_axes: axes of the weight that are outputs.

    Raises:
        ConfigError: for a scale that is not positive, or an unknown mode or distribution.

    Example:
        >>> w = VarianceScaling(scale=3.0, distribution="uniform", seed=1)((100, 50)).numpy()
        >>> bool(np.all(np.abs(w) <= 0.3))
        True

    Source: He et al. 2015, "Delving Deep into Rectifiers"; Glorot and Bengio 2010.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ):
        if scale <= 0:
            raise ConfigError(f"{type(self).__name__} cannot have scale={scale}.", fix="use a positive number")
        self.scale = scale
        self.mode = check_choice(type(self).__name__, "mode", mode, _MODES)
        self.distribution = check_choice(type(self).__name__, "distribution", distribution, _DISTRIBUTIONS)
        self.seed = seed
        self.input_axes = input_axes
        self.output_axes = output_axes

    def _draws(self, shape: tuple[int, ...], dtype: DTypeLike) -> Callable[..., Any]:
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        dtype = float_or_refuse(self.distribution, dtype)
        if self.distribution == "uniform":
            limit = math.sqrt(3.0 * variance)
            return partial(random.uniform, shape, minval=-limit, maxval=limit, dtype=dtype)
        if self.distribution == "truncated_normal":
            stddev = math.sqrt(variance) / _TRUNCATED_STDDEV
            return partial(random.truncated_normal, shape, stddev=stddev, dtype=dtype)
        return partial(random.normal, shape, stddev=math.sqrt(variance), dtype=dtype)


def fans(
    shape: tuple[int, ...], input_axes: Sequence[int] | None = None, output_axes: Sequence[int] | None = None
) -> tuple[int, int]:
    """Return how many inputs each output of a weight sees, and how many outputs each input feeds.

    Example:
        >>> fans((3, 3, 8, 16)), fans((5,))
        ((72, 144), (5, 5))
    """
    if input_axes is not None and output_axes is not None:
        named = {axis % len(shape) for axis in (*input_axes, *output_axes)}
        window = math.prod(size for axis, size in enumerate(shape) if axis not in named)
        inputs, outputs = (math.prod(shape[axis] for axis in axes) for axes in (input_axes, output_axes))
        return inputs * window, outputs * window
    if len(shape) < 2:
        size = math.prod(shape)
        return size, size
    window = math.prod(shape[:-2])
    return shape[-2] * window, shape[-1] * window


class _Preset(VarianceScaling):
    """A VarianceScaling whose scale, mode and distribution are those of a paper."""

    _choice: tuple[float, str, str]

    def __init__(
        self, seed: Any = None, input_axes: Sequence[int] | None = None, output_axes: Sequence[int] | None = None
    ):
        super().__init__(*self._choice, seed=seed, input_axes=input_axes, output_axes=output_axes)


class GlorotUniform(_Preset):
    """Uniform with variance `2 / (fan_in + fan_out)`, after Glorot and Bengio 2010.

    Args:
        seed: `None`, an int or a `SeedGenerator`.
        input_axes: as in `VarianceScaling`.
        output_axes: as in `VarianceScaling`.

    Example:
        >>> bool(np.all(np.abs(GlorotUniform(seed=1)((3, 3)).numpy()) <= 1.0))
        True
    """

    _choice = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Preset):
    """Truncated normal with variance `2 / (fan_in + fan_out)`; arguments as in `GlorotUniform`.

    Example:
        >>> GlorotNormal(seed=1)((3, 3)).shape
        (3, 3)
    """

    _choice = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Preset):
    """Uniform with variance `2 / fan_in`, for rectifiers, after He et al. 2015; arguments as in `GlorotUniform`.

    Example:
        >>> HeUniform(seed=1)((3, 3)).shape
        (3, 3)
    """

    _choice = (2.0, "fan_in", "uniform")


class HeNormal(_Preset):
    """Truncated normal with variance `2 / fan_in`, for rectifiers; arguments as in `GlorotUniform`.

    Example:
        >>> HeNormal(seed=1)((3, 3)).shape
        (3, 3)
    """

    _choice = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Preset):
    """Uniform with variance `1 / fan_in`, after LeCun 1998; arguments as in `GlorotUniform`.

    Example:
        >>> LecunUniform(seed=1)((3, 3)).shape
        (3, 3)
    """

    _choice = (1.0, "fan_in", "uniform")


class LecunNormal(_Preset):
    """Truncated normal with variance `1 / fan_in`; arguments as in `GlorotUniform`.

    Example:
        >>> LecunNormal(seed=1)((3, 3)).shape
        (3, 3)
    """

    _choice = (1.0, "fan_in", "truncated_normal")
