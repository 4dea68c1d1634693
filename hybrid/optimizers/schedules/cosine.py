"""Learning rates that fall along a cosine, once or again and again. Floor 8."""

from __future__ import annotations

import math
from typing import Any

from ... import ops
from ...errors import ConfigError
from .base import LearningRateSchedule, rate, to_number
from .decays import check_positive

__all__ = ["CosineDecay", "CosineDecayRestarts"]


def _half_wave(fraction: Any) -> Any:
    """Return 1 at the start of a period, 0 at its end, half a cosine between."""
    return (ops.cos(fraction * math.pi) + 1.0) * 0.5


class CosineDecay(LearningRateSchedule):
    """A straight way up, if wanted, and half a cosine down.

    Args:
        initial_learning_rate: the rate of the first step.
        decay_steps: number of steps of the way down, positive.
        alpha: the lowest rate, as a fraction of the rate at which the way down starts.
        name: accepted for Keras's sake.
        warmup_target: the rate at the end of the way up; `None`: there is no way up.
        warmup_steps: number of steps of the way up.

    Source: Loshchilov & Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts".

    Example:
        >>> schedule = CosineDecay(0.0, decay_steps=10, warmup_target=1.0, warmup_steps=4)
        >>> [round(float(schedule(step)), 3) for step in (0, 2, 4, 9, 14, 20)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ):
        if warmup_target is not None and warmup_target < initial_learning_rate:
            raise ConfigError(
                f"warmup_target of CosineDecay is {warmup_target!r}, below initial_learning_rate, "
                f"{initial_learning_rate!r}.",
                fix="pass a higher warmup_target, or None",
            )
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = check_positive(self, "decay_steps", decay_steps)
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        step = to_number(step)
        if self.warmup_target is None:
            return rate(self._down(step, self.initial_learning_rate))
        top, steps = self.warmup_target, self.warmup_steps
        down = self._down(ops.maximum(step - float(steps), 0.0), top)
        if not steps:
            return rate(down)
        up = step / float(steps) * (top - self.initial_learning_rate) + self.initial_learning_rate
        return rate(ops.where(step < float(steps), up, down))

    def _down(self, step: Any, top: float) -> Any:
        fraction = ops.minimum(step / float(self.decay_steps), 1.0)
        return (_half_wave(fraction) * (1.0 - self.alpha) + self.alpha) * top


class CosineDecayRestarts(LearningRateSchedule):
    """Half a cosine down, again and again: each time longer, each time from another height.

    Args:
        initial_learning_rate: the rate of the first step.
        first_decay_steps: number of steps of the first period, positive.
        t_mul: how much longer each period is than the one before.
        m_mul: how much higher each starts.
        alpha: the lowest rate, as a fraction of the initial one.
        name: accepted for Keras's sake.

    Source: Loshchilov & Hutter 2017, "SGDR: Stochastic Gradient Descent with Warm Restarts".

    Example:
        >>> schedule = CosineDecayRestarts(1.0, first_decay_steps=10)
        >>> [round(float(schedule(step)), 3) for step in (0, 5, 10, 20, 30)]
        [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = check_positive(self, "first_decay_steps", first_decay_steps)
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        time = to_number(step) / float(self.first_decay_steps)
        if self.t_mul == 1.0:
            period = ops.floor(time)
            fraction = time - period
        else:
            # The periods before number n last (1 - t_mul ** n) / (1 - t_mul) first periods together. The summand keeps
            # the first step of a period, a whole number, from falling to the period before by rounding.
            ratio = self.t_mul
            period = ops.floor(ops.log(1.0 + time * (ratio - 1.0) + 1e-12) / math.log(ratio))
            length = ops.power(ratio, period)
            fraction = ops.maximum((time - (length - 1.0) / (ratio - 1.0)) / length, 0.0)
        height = ops.power(float(self.m_mul), period)
        return rate((_half_wave(fraction) * height * (1.0 - self.alpha) + self.alpha) * self.initial_learning_rate)
