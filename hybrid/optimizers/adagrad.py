"""Adagrad, and Adadelta, which forgets. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import initializers
from .base import Optimizer

__all__ = ["Adadelta", "Adagrad"]


class Adagrad(Optimizer):
    """Steps divided by the root of the sum of all squared gradients so far.

    Args:
        initial_accumulator_value: what that sum starts at.
        epsilon: keeps the denominator from zero.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        accumulator: of every variable, its shape, `initial_accumulator_value`.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.Adagrad(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([0.905, 2.095], dtype=float32)

    Source: Duchi et al. 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
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
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = epsilon

    def slot_initializers(self) -> dict[str, Any]:
        """Return `accumulator`."""
        return {"accumulator": initializers.Constant(self.initial_accumulator_value)}

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the new value and the sum."""
        (learning_rate,) = scalars
        accumulator = slots[0] + gradient * gradient
        return value - gradient * learning_rate / np.sqrt(accumulator + self.epsilon), (accumulator,)


class Adadelta(Optimizer):
    """Steps as large as the last steps were, measured against the last gradients.

    Args:
        rho: how much of the running means stays at every step.
        epsilon: keeps the denominator from zero.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        accumulated_grad, accumulated_delta_var: of every variable, its shape, zeros.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.Adadelta(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([1., 2.], dtype=float32)

    Source: Zeiler 2012, "ADADELTA: An Adaptive Learning Rate Method".
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
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
        self.rho = rho
        self.epsilon = epsilon

    def slot_initializers(self) -> dict[str, Any]:
        """Return `accumulated_grad` and `accumulated_delta_var`."""
        return {"accumulated_grad": "zeros", "accumulated_delta_var": "zeros"}

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the new value and the means of squared gradients and of squared changes."""
        (learning_rate,) = scalars
        gradients = slots[0] * self.rho + gradient * gradient * (1.0 - self.rho)
        change = gradient * np.sqrt(slots[1] + self.epsilon) / np.sqrt(gradients + self.epsilon)
        changes = slots[1] * self.rho + change * change * (1.0 - self.rho)
        return value - change * learning_rate, (gradients, changes)
