"""Watching one value of the logs: which direction is better, and what to say if it is not there.

Floor 9.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

from ..errors import ConfigError

__all__ = ["Monitor"]

# Metrics that are better when they are greater, by words of their names; others, such as losses and errors, when
# smaller.
_GREATER = (
    "acc",
    "auc",
    "precision",
    "recall",
    "f1",
    "fbeta",
    "fscore",
    "f_score",
    "iou",
    "specificity",
    "sensitivity",
    "r2",
    "cosine_similarity",
    "correlation",
    "true_positives",
    "true_negatives",
)


class Monitor:
    """Compares the values that one name has in the logs.

    Args:
        owner: name of the callback, for messages.
        name: of the value.
        mode: `"min"`, `"max"`, or `"auto"`: by the name of the value.
        min_delta: least change that counts.

    Raises:
        ConfigError: for an unknown mode.

    Example:
        >>> Monitor("doc", "val_loss", "auto").is_better(0.5, than=0.75)
        True
    """

    def __init__(self, owner: str, name: str, mode: str, min_delta: float = 0.0):
        if mode not in ("auto", "min", "max"):
            raise ConfigError(f"{owner} has no mode {mode!r}.", fix="use 'auto', 'min' or 'max'")
        self.owner = owner
        self.name = name
        is_greater = mode == "max" or (mode == "auto" and any(word in name.lower() for word in _GREATER))
        self.mode = "max" if is_greater else "min"
        self.min_delta = abs(min_delta)

    @property
    def worst(self) -> float:
        """What every value is better than."""
        return -math.inf if self.mode == "max" else math.inf

    def is_better(self, value: float, *, than: float | None) -> bool:
        """Say whether a value is better than another by more than `min_delta`; NaN never is."""
        if than is None:
            return True
        return value - self.min_delta > than if self.mode == "max" else value + self.min_delta < than

    def value(self, logs: Mapping[str, Any] | None, wanted: str) -> float | None:
        """Return the value, or `None` with a warning that lists what there is.

        Args:
            logs: of the epoch.
            wanted: what the callback cannot do without the value, for the warning.
        """
        value = (logs or {}).get(self.name)
        if value is None:
            warnings.warn(
                f"{self.owner} cannot {wanted}: it monitors '{self.name}', which is not available. "
                f"Available are: {', '.join(sorted(logs or {})) or 'none'}.",
                stacklevel=4,
            )
        return value
