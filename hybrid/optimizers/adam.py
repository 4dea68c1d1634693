"""Adam, and Adam with decoupled weight decay. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ConfigError
from .base import Optimizer

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Steps scaled by running means of the gradients and of their squares.

    Args:
        beta_1: how much of the mean of the gradients stays at every step.
        beta_2: how much of the mean of their squares stays.
        epsilon: keeps the denominator from zero.
        amsgrad: whether to divide by the largest mean of squares so far.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        momentum, velocity: of every variable, its shape, zeros.
        velocity_hat: likewise, with amsgrad.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.Adam(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([0.9, 2.1], dtype=float32)

    Source: Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization"; Reddi et al. 2018,
        "On the Convergence of Adam and Beyond".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        self.amsgrad = amsgrad

    def slot_initializers(self) -> dict[str, Any]:
        """Return `momentum`, `velocity` and, with amsgrad, `velocity_hat`."""
        return {"momentum": "zeros", "velocity": "zeros"} | ({"velocity_hat": "zeros"} if self.amsgrad else {})

    def scalars(self, learning_rate: Any, step: Any, shared: Sequence[Any]) -> tuple[Any, ...]:
        """Return the learning rate, corrected for means that start at zero."""
        return (learning_rate * (1.0 - self.beta_2**step) ** 0.5 / (1.0 - self.beta_1**step),)

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the new value, the means, and with amsgrad the largest mean of squares."""
        (rate,) = scalars
        # Augmented assignments to what was just made: arrays are reused, tensors are made anew.
        momentum = gradient - slots[0]
        momentum *= 1.0 - self.beta_1
        momentum += slots[0]
        velocity = gradient * gradient
        velocity -= slots[1]
        velocity *= 1.0 - self.beta_2
        velocity += slots[1]
        kept: tuple[Any, ...] = (momentum, velocity)
        if self.amsgrad:
            velocity = np.maximum(slots[2], velocity)
            kept = (*kept, velocity)
        divisor = np.sqrt(velocity)
        divisor += self.epsilon
        # The rate last: as a program all this is then done in the memory of the new value.
        change = momentum / divisor
        change *= rate
        return value - change, kept


class AdamW(Adam):
    """Adam with weights that decay by themselves, not through the gradient.

    Args:
        beta_1: how much of the mean of the gradients stays at every step.
        beta_2: how much of the mean of their squares stays.
        epsilon: keeps the denominator from zero.
        amsgrad: as in `Adam`.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        As in `Adam`.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.AdamW(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([0.9  , 2.099], dtype=float32)

    Source: Loshchilov & Hutter 2019, "Decoupled Weight Decay Regularization".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
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
        if weight_decay is None:
            raise ConfigError("AdamW needs a weight_decay.", fix="use Adam for weights that do not decay")
        super().__init__(
            learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
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
