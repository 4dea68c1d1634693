"""Layers that drop whole channels in training, or keep mean and variance while they drop.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import ops, random
from ...config import standardize_data_format
from ..base.input_spec import InputSpec
from .dropout import Dropout

__all__ = ["AlphaDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"]


class _SpatialDropout(Dropout):
    """Drops whole channels."""

    rank = 0

    def __init__(self, rate: float, data_format: str | None = None, seed: int | None = None, **kwargs: Any):
        super().__init__(rate, seed=seed, **kwargs)
        self.data_format = standardize_data_format(data_format)
        last = self.data_format == "channels_last"
        self.noise_shape = (None, *(1,) * self.rank, None) if last else (None, None, *(1,) * self.rank)
        self.input_spec = InputSpec(ndim=self.rank + 2)


class SpatialDropout1D(_SpatialDropout):
    """Drops whole features of sequences.

    Args:
        rate: share of the features that is dropped.
        seed: int; drawn from the global seed by default.

    Example:
        >>> SpatialDropout1D(0.5)(np.ones((1, 3, 2))).shape
        (1, 3, 2)
    """

    rank = 1

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any):
        super().__init__(rate, "channels_last", seed, **kwargs)


class SpatialDropout2D(_SpatialDropout):
    """Drops whole channels of images.

    Args:
        rate: share of the channels that is dropped.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: int; drawn from the global seed by default.

    Example:
        >>> SpatialDropout2D(0.5)(np.ones((1, 3, 3, 2))).shape
        (1, 3, 3, 2)
    """

    rank = 2


class SpatialDropout3D(_SpatialDropout):
    """Drops whole channels of volumes.

    Args:
        rate: share of the channels that is dropped.
        data_format: `"channels_last"` or `"channels_first"`.
        seed: int; drawn from the global seed by default.

    Example:
        >>> SpatialDropout3D(0.5)(np.ones((1, 3, 3, 3, 2))).shape
        (1, 3, 3, 3, 2)
    """

    rank = 3


class AlphaDropout(Dropout):
    """Dropout that keeps mean and variance, for networks with selu.

    Args:
        rate: share that is dropped.
        noise_shape: shape of the pattern of what is dropped.
        seed: int; drawn from the global seed by default.

    Example:
        >>> AlphaDropout(0.5)(np.ones((1, 3))).shape
        (1, 3)

    Source: Klambauer et al. 2017, "Self-Normalizing Neural Networks".
    """

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """Drop while training; hand through otherwise."""
        if not training or self.rate == 0:
            return inputs
        low = -1.7580993408473766  # minus scale times alpha of selu: what it gives far below zero
        shape = ops.shape(inputs) if self.noise_shape is None else self.noise_shape
        keep = ops.greater_equal(random.uniform(shape, seed=self.seed_generator), self.rate)
        scale = ((1 - self.rate) * (1 + self.rate * low**2)) ** -0.5
        return scale * ops.where(keep, inputs, low) - scale * low * self.rate
