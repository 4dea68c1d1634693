"""RMSprop. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .base import Optimizer
from .options import check_range

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """Steps divided by the root of a running mean of the squared gradients.

    Args:
        rho: how much of that mean stays at every step.
        momentum: between 0 and 1: how much of the last change is made again.
        epsilon: keeps the denominator from zero.
        centered: whether to divide by the deviation of the gradients from their mean.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        velocity: of every variable, its shape, zeros.
        momentum, average_gradient: likewise; only with momentum, only if centered.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.RMSprop(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([0.684, 2.316], dtype=float32)

    Source: Hinton 2012, "Neural Networks for Machine Learning", lecture 6.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
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
        check_range("momentum", momentum, 0, 1)
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
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered

    def slot_initializers(self) -> dict[str, Any]:
        """Return `velocity` and, where they are used, `momentum` and `average_gradient`."""
        names = ["velocity", *(["momentum"] if self.momentum else []), *(["average_gradient"] if self.centered else [])]
        return dict.fromkeys(names, "zeros")

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the new value and the means."""
        (learning_rate,) = scalars
        kept = dict(zip(self.slot_initializers(), slots, strict=True))
        kept["velocity"] = denominator = kept["velocity"] * self.rho + gradient * gradient * (1.0 - self.rho)
        if self.centered:
            mean = kept["average_gradient"] = kept["average_gradient"] * self.rho + gradient * (1.0 - self.rho)
            # Rounding can make a variance negative.
            denominator = np.maximum(denominator - mean * mean, 0.0)
        change = gradient * learning_rate / np.sqrt(denominator + self.epsilon)
        if self.momentum:
            change = kept["momentum"] = kept["momentum"] * self.momentum + change
        return value - change, tuple(kept.values())
