"""Layers that drop elements in training.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import random
from ...errors import ConfigError
from ..base.layer import Layer

__all__ = ["Dropout"]


class Dropout(Layer):
    """Set elements to zero at random in training, and scale the others so that the expected sum stays.

    Args:
        rate: share of the elements that is dropped, between 0 and 1.
        noise_shape: shape of the random choices, which is broadcast to the inputs: `None` for the size of the input.
        seed: integer that makes the choices repeatable, or a `SeedGenerator`.

    Variables: none, except for the state of the seed.

    Input: float, any shape. Output: the shape of the input.

    Raises:
        ConfigError: if the rate is not between 0 and 1.

    Example:
        >>> Dropout(0.5)(np.ones((2, 3))).numpy()
        array([[1., 1., 1.],
               [1., 1., 1.]], dtype=float32)

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
    """

    supports_masking = True

    def __init__(self, rate: float, noise_shape: Any = None, seed: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate = checked_rate(type(self).__name__, rate)
        self.noise_shape = noise_shape if noise_shape is None else tuple(noise_shape)
        self.seed = seed
        if rate > 0:
            self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """Drop elements."""
        if not training or not self.rate:
            return inputs
        return random.dropout(inputs, self.rate, noise_shape=self.noise_shape, seed=self.seed_generator)


def checked_rate(cls: str, rate: Any) -> Any:
    """Return the rate if it lies between 0 and 1.

    Raises:
        ConfigError: if not.
    """
    if not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
        raise ConfigError(f"{cls} needs a rate between 0 and 1, not {rate!r}.", fix=f"{cls}(0.5)")
    return rate
