"""`History`: remembers the logs of every epoch. Floor 9."""

from __future__ import annotations

from typing import Any

from .callback import Callback, Logs
from .curves import curves_html

__all__ = ["History"]


class History(Callback):
    """Remembers loss and metrics of every epoch; `fit` returns one.

    Attributes:
        epoch: numbers of the epochs.
        history: dict from names to values, one per epoch.

    Example:
        >>> history = History()
        >>> history.on_epoch_end(0, {"loss": 0.5})
        >>> history.history
        {'loss': [0.5]}
    """

    def __init__(self) -> None:
        super().__init__()
        self.epoch: list[int] = []
        self.history: dict[str, list[Any]] = {}

    def on_train_begin(self, logs: Logs = None) -> None:
        self.epoch, self.history = [], {}

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self.epoch.append(epoch)
        for key, value in (logs or {}).items():
            self.history.setdefault(key, []).append(value)

    def _repr_html_(self) -> str:
        return curves_html(self.epoch, self.history)
