"""Relatives of Adam: with Nesterov's momentum, with the largest gradient. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .base import Optimizer

__all__ = ["Adamax", "Nadam"]


class Nadam(Optimizer):
    """Adam that looks ahead along its momentum, as Nesterov's method does.

    Args:
        beta_1: how much of the mean of the gradients stays at every step.
        beta_2: how much of the mean of their squares stays.
        epsilon: keeps the denominator from zero.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        momentum, velocity: of every variable, its shape, zeros.
        momentum_product: `()`, float64, one.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.Nadam(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([0.894, 2.106], dtype=float32)

    Source: Dozat 2016, "Incorporating Nesterov Momentum into Adam".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def slot_initializers(self) -> dict[str, Any]:
        """Return `momentum` and `velocity`."""
        return {"momentum": "zeros", "velocity": "zeros"}

    def shared_initial_values(self) -> dict[str, float]:
        """Return the product of all momentum coefficients so far, 1."""
        return {"momentum_product": 1.0}

    def advance(self, step: Any, shared: Sequence[Any]) -> Sequence[Any]:
        """Return the product with the coefficient of this step."""
        return (shared[0] * self._coefficient(step),)

    def _coefficient(self, step: Any) -> Any:
        return (1.0 - np.power(0.96, step) * 0.5) * self.beta_1

    def scalars(self, learning_rate: Any, step: Any, shared: Sequence[Any]) -> tuple[Any, ...]:
        """Return the weights of the mean and of the gradient, and the correction of the mean of squares."""
        now, ahead = self._coefficient(step), self._coefficient(step + 1.0)
        (product,) = shared
        return (
            learning_rate * ahead / (1.0 - product * ahead),
            learning_rate * (1.0 - now) / (1.0 - product),
            1.0 / (1.0 - np.power(self.beta_2, step)),
        )

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the new value and the means."""
        weight_of_mean, weight_of_gradient, correction = scalars
        momentum = slots[0] + (gradient - slots[0]) * (1.0 - self.beta_1)
        velocity = slots[1] + (gradient * gradient - slots[1]) * (1.0 - self.beta_2)
        change = momentum * weight_of_mean + gradient * weight_of_gradient
        return value - change / (np.sqrt(velocity * correction) + self.epsilon), (momentum, velocity)


class Adamax(Optimizer):
    """Adam with the largest gradient so far, slowly forgotten, in the place of the mean of squares.

    Args:
        beta_1: how much of the mean of the gradients stays at every step.
        beta_2: how much of the mean of their squares stays.
        epsilon: keeps the denominator from zero.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        momentum, norm: of every variable, its shape, zeros.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.Adamax(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([0.9, 2.1], dtype=float32)

    Source: Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization", section 7.1.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
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
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def slot_initializers(self) -> dict[str, Any]:
        """Return `momentum` and `norm`."""
        return {"momentum": "zeros", "norm": "zeros"}

    def scalars(self, learning_rate: Any, step: Any, shared: Sequence[Any]) -> tuple[Any, ...]:
        """Return the learning rate, corrected for a mean that starts at zero."""
        return (learning_rate / (1.0 - np.power(self.beta_1, step)),)

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the new value, the mean and the norm."""
        (rate,) = scalars
        momentum = slots[0] + (gradient - slots[0]) * (1.0 - self.beta_1)
        norm = np.maximum(slots[1] * self.beta_2, np.abs(gradient))
        return value - momentum * rate / (norm + self.epsilon), (momentum, norm)
