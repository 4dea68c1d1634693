"""Lion: steps by sign. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import ConfigError
from .base import Optimizer

__all__ = ["Lion"]


class Lion(Optimizer):
    """Steps of one size, in the direction of the sign of the momentum.

    Args:
        beta_1: weight of the momentum in the direction of a step, above 0, at most 1.
        beta_2: how much of the momentum stays at every step.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        momentum: of every variable, its shape, zeros.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.Lion(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([0.9, 2.1], dtype=float32)

    Source: Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
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
        if not 0 < beta_1 <= 1:
            raise ConfigError(f"beta_1 must be above 0 and at most 1, but is {beta_1!r}.")
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

    def slot_initializers(self) -> dict[str, Any]:
        """Return `momentum`."""
        return {"momentum": "zeros"}

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the new value and the momentum."""
        (learning_rate,) = scalars
        momentum = slots[0]
        direction = np.sign(momentum * self.beta_1 + gradient * (1.0 - self.beta_1))
        return value - direction * learning_rate, (momentum * self.beta_2 + gradient * (1.0 - self.beta_2),)
