"""What a schedule of learning rates is. Floor 8."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...configurable import Configurable
from ...core.dtypes import default_float

__all__ = ["LearningRateSchedule", "rate", "to_number"]


class LearningRateSchedule(Configurable):
    """Base of schedules. Subclasses define `__call__(step)`; where it is written in ops, steps can be traced.

    Example:
        >>> class Halving(LearningRateSchedule):
        ...     def __call__(self, step):
        ...         return 0.5 ** ops.cast(step, "float32")
        >>> float(Halving()(3))
        0.125
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step.

        Args:
            step: number of updates so far: int, tensor, Variable or placeholder.

        Returns:
            rank 0 tensor of the default float.
        """
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, step)")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def to_number(step: Any) -> Any:
    """Return a step as a float64 tensor: late steps are beyond what float32 can tell apart."""
    return ops.cast(step, "float64")


def rate(value: Any) -> Any:
    """Return a learning rate in the default float."""
    return ops.cast(value, default_float())
