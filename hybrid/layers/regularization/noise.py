"""Layers that add noise while training, or a penalty on what passes.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import ops, random, regularizers
from ...errors import ConfigError
from ..base.layer import Layer
from .dropout import checked_rate

__all__ = ["ActivityRegularization", "GaussianDropout", "GaussianNoise"]


class GaussianNoise(Layer):
    """Adds normal noise of mean zero while training.

    Args:
        stddev: standard deviation of the noise.
        seed: int; drawn from the global seed by default.

    Example:
        >>> GaussianNoise(0.5)(np.ones((1, 3))).numpy()
        array([[1., 1., 1.]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(stddev, (int, float)) or stddev < 0:
            raise ConfigError(
                f"GaussianNoise needs a stddev that is not negative, not {stddev!r}.", fix="GaussianNoise(0.1)"
            )
        self.stddev = stddev
        self.seed = seed
        if stddev > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Add noise while training; hand through otherwise."""
        if not training or self.stddev == 0:
            return inputs
        return inputs + random.normal(
            ops.shape(inputs), stddev=self.stddev, dtype=inputs.dtype, seed=self.seed_generator
        )


class GaussianDropout(Layer):
    """Multiplies by normal noise of mean one while training.

    Args:
        rate: the noise has the variance `rate / (1 - rate)`, that of dropout.
        seed: int; drawn from the global seed by default.

    Example:
        >>> GaussianDropout(0.5)(np.ones((1, 3))).shape
        (1, 3)
    """

    supports_masking = True

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = checked_rate("GaussianDropout", rate)
        self.seed = seed
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Multiply by noise while training; hand through otherwise."""
        if not training or self.rate == 0:
            return inputs
        stddev = (self.rate / (1.0 - self.rate)) ** 0.5
        return inputs * random.normal(
            ops.shape(inputs), mean=1.0, stddev=stddev, dtype=inputs.dtype, seed=self.seed_generator
        )


class ActivityRegularization(Layer):
    """Hands values through and adds a penalty on them to the loss.

    Args:
        l1: weight of the sum of magnitudes.
        l2: weight of the sum of squares.

    Example:
        >>> layer = ActivityRegularization(l2=0.5)
        >>> _ = layer(np.ones((1, 4)))
        >>> float(layer.losses[0])
        2.0
    """

    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2

    def call(self, inputs: Any) -> Any:
        """Hand through."""
        return inputs
