"""Stochastic gradient descent. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .base import Optimizer
from .options import check_range

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    Args:
        momentum: between 0 and 1: how much of the last change is made again.
        nesterov: whether to look ahead along the momentum.
        learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema, ema_momentum,
            ema_overwrite_frequency, loss_scale_factor, gradient_accumulation_steps, name: as in `Optimizer`.

    Variables:
        momentum: of every variable, its shape, zeros; only with momentum.

    Example:
        >>> x = hybrid.Variable([1.0, 2.0], name="x")
        >>> optimizer = hybrid.optimizers.SGD(0.1)
        >>> optimizer.apply([np.array([1.0, -1.0])], [x])
        >>> x.numpy().round(3)
        array([0.9, 2.1], dtype=float32)

    Source: Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
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
        self.momentum = momentum
        self.nesterov = nesterov

    def slot_initializers(self) -> dict[str, Any]:
        """Return `momentum`, where there is one."""
        return {"momentum": "zeros"} if self.momentum else {}

    def rule(
        self, gradient: Any, value: Any, slots: Sequence[Any], scalars: Sequence[Any]
    ) -> tuple[Any, Sequence[Any]]:
        """Return the value moved against the gradient, and the momentum."""
        (learning_rate,) = scalars
        change = -(gradient * learning_rate)
        if not slots:
            return value + change, ()
        momentum = slots[0] * self.momentum + change
        change = momentum * self.momentum + change if self.nesterov else momentum
        return value + change, (momentum,)
