"""Follow the regularized leader. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import initializers
from ..errors import ConfigError
from .base import Optimizer

__all__ = ["Ftrl"]


class Ftrl(Optimizer):
    """Follow the regularized leader: for large, sparse linear models.

    Args:
        learning_rate_power: how fast the learning rate falls with the sum of the squared gradients, at most 0.
        initial_accumulator_value: what that sum starts at.
        l1_regularization_strength: pulls weights to exactly zero.
        l2_regularization_strength: pulls weights towards zero.
        l2_shrinkage_regularization_strength: adds a multiple of the weights to the gradient.
        beta: makes the first steps smaller.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        accumulator: of every variable, its shape, `initial_accumulator_value`.
        linear: likewise, zeros.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.Ftrl(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([0.603, 1.492], dtype=float32)

    Source: McMahan et al. 2013, "Ad Click Prediction: a View from the Trenches".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ):
        if learning_rate_power > 0:
            raise ConfigError(f"learning_rate_power must not be positive, but is {learning_rate_power!r}.")
        strengths = {
            "l1_regularization_strength": l1_regularization_strength,
            "l2_regularization_strength": l2_regularization_strength,
            "l2_shrinkage_regularization_strength": l2_shrinkage_regularization_strength,
        }
        for label, strength in strengths.items():
            if strength < 0:
                raise ConfigError(f"{label} must not be negative, but is {strength!r}.")
        super().__init__(
            learning_rate,
            weight_decay=weight_decay,
            clipnorm=clipnorm,
            clipvalue=clipvalue,
            global_clipnorm=global_clipnorm,
            use_ema=use_ema,
            ema_momentum=ema_momentum,
            ema_overwrite_frequency=ema_overwrite_frequency,
            loss_scale_factor=loss_scale_factor,
            gradient_accumulation_steps=gradient_accumulation_steps,
            name=name,
        )
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def slot_initializers(self) -> dict[str, Any]:
        """Return `accumulator` and `linear`."""
        return {"accumulator": initializers.Constant(self.initial_accumulator_value), "linear": "zeros"}

    def _rooted(self, accumulator: Any) -> Any:
        # The square root is correctly rounded wherever it runs; a power is not.
        power = -self.learning_rate_power
        return np.sqrt(accumulator) if power == 0.5 else np.power(accumulator, power)

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the new value, the sum of squares and the linear term."""
        (learning_rate,) = scalars
        accumulator = slots[0] + gradient * gradient
        if self.l2_shrinkage_regularization_strength > 0:
            gradient = gradient + value * (2.0 * self.l2_shrinkage_regularization_strength)
        root = self._rooted(accumulator)
        linear = slots[1] + gradient - (root - self._rooted(slots[0])) / learning_rate * value
        strength = self.l2_regularization_strength + self.beta * 0.5 / learning_rate
        limit = self.l1_regularization_strength
        clipped = np.minimum(np.maximum(linear, -limit), limit)
        return (clipped - linear) / (root / learning_rate + strength * 2.0), (accumulator, linear)
