"""Learning rates that fall: by steps, exponentially, as a polynomial, inversely. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...errors import ConfigError
from .base import LearningRateSchedule, rate, to_number

__all__ = ["ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay", "PolynomialDecay"]


def check_positive(owner: LearningRateSchedule, name: str, value: Any) -> Any:
    """Return a number of steps, or raise if it is not positive."""
    if not value > 0:
        raise ConfigError(f"{name} of {type(owner).__name__} must be positive, but is {value!r}.")
    return value


class ExponentialDecay(LearningRateSchedule):
    """`initial_learning_rate * decay_rate ** (step / decay_steps)`.

    Args:
        initial_learning_rate: float.
        decay_steps: number of steps after which the rate has been multiplied by `decay_rate` once, positive.
        decay_rate: float.
        staircase: whether it is multiplied at once every `decay_steps`, not little by little.
        name: accepted for Keras's sake.

    Example:
        >>> float(ExponentialDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
        0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = check_positive(self, "decay_steps", decay_steps)
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        periods = to_number(step) / self.decay_steps
        if self.staircase:
            periods = ops.floor(periods)
        return rate(ops.power(self.decay_rate, periods) * self.initial_learning_rate)


class InverseTimeDecay(LearningRateSchedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: float.
        decay_steps: unit of time in steps, positive.
        decay_rate: float.
        staircase: whether only full units of time count.
        name: accepted for Keras's sake.

    Example:
        >>> float(InverseTimeDecay(1.0, decay_steps=10, decay_rate=1.0)(30))
        0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = check_positive(self, "decay_steps", decay_steps)
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        periods = to_number(step) / self.decay_steps
        if self.staircase:
            periods = ops.floor(periods)
        return rate(self.initial_learning_rate / (periods * self.decay_rate + 1.0))


class PolynomialDecay(LearningRateSchedule):
    """From the initial to the end learning rate along a polynomial.

    Args:
        initial_learning_rate: float.
        decay_steps: number of steps until the end is reached, positive.
        end_learning_rate: float, which stays from then on.
        power: degree of the polynomial; 1 is a straight line.
        cycle: whether to start again, with a longer time, each time the end is reached.
        name: accepted for Keras's sake.

    Example:
        >>> float(PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.0)(5))
        0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ):
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = check_positive(self, "decay_steps", decay_steps)
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        step = to_number(step)
        if self.cycle:
            length = ops.maximum(ops.ceil(step / self.decay_steps), 1.0) * float(self.decay_steps)
        else:
            length = float(self.decay_steps)
            step = ops.minimum(step, length)
        left = ops.power(1.0 - step / length, self.power)
        return rate(left * (self.initial_learning_rate - self.end_learning_rate) + self.end_learning_rate)


class PiecewiseConstantDecay(LearningRateSchedule):
    """One value after the other.

    Args:
        boundaries: ascending numbers of steps up to which, inclusively, each of the values holds.
        values: one more than there are boundaries.
        name: accepted for Keras's sake.

    Raises:
        ConfigError: if the numbers of boundaries and values do not fit.

    Example:
        >>> schedule = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])
        >>> [float(schedule(step)) for step in (10, 11, 21)]
        [1.0, 0.5, 0.25]
    """

    def __init__(self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"):
        if len(boundaries) + 1 != len(values):
            raise ConfigError(
                f"{len(boundaries)} boundaries divide the steps into {len(boundaries) + 1} pieces, "
                f"but {len(values)} values were given.",
                fix="pass one value more than boundaries",
            )
        self.boundaries = list(boundaries)
        self.values = list(values)
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step."""
        step = to_number(step)
        value = ops.cast(self.values[-1], "float64")
        for boundary, before in zip(reversed(self.boundaries), reversed(self.values[:-1]), strict=True):
            value = ops.where(step <= float(boundary), float(before), value)
        return rate(value)
