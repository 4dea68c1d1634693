"""`EarlyStopping`: ends a training that does not get better. Floor 9."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .callback import Callback, Logs
from .monitoring import Monitor

__all__ = ["EarlyStopping"]


class EarlyStopping(Callback):
    """Stops training when a value has not become better for some epochs.

    Args:
        monitor: name of the value in the logs.
        min_delta: least change that counts as better.
        patience: number of epochs without improvement after which training stops.
        verbose: 1 to print what happens.
        mode: `"min"`, `"max"`, or `"auto"`: by the name of the value.
        baseline: value that must be beaten for an epoch to count as better.
        restore_best_weights: whether the weights of the best epoch are put back at the end, whatever ended the
            training: this callback, the last epoch, an exception, or Ctrl-C.
        start_from_epoch: number of epochs to wait before the value is watched.

    Example:
        >>> EarlyStopping(patience=3, restore_best_weights=True).monitor
        'val_loss'
    """

    state_names = ("wait", "best", "best_epoch", "best_weights", "stopped_epoch")

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ):
        super().__init__()
        self.monitor = monitor
        self.min_delta = abs(min_delta)
        self.patience = patience
        self.verbose = verbose
        self.mode = mode
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._monitor = Monitor("EarlyStopping", monitor, mode, min_delta)
        self._reset()

    def _reset(self) -> None:
        self.wait = 0
        self.stopped_epoch = 0
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: list[np.ndarray[Any, Any]] | None = None

    def get_monitor_value(self, logs: Logs) -> float | None:
        """Return the watched value, `None` with a warning if it is not there."""
        return self._monitor.value(logs, "stop early")

    def on_train_begin(self, logs: Logs = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self._monitor.is_better(current, than=self.best):
            self.best, self.best_epoch = current, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            # As in Keras: what is better but does not beat the baseline goes on, without earning new patience.
            if self.baseline is None or self._monitor.is_better(current, than=self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        if self.stopped_epoch > 0 and self.verbose:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if not self.restore_best_weights or self.best_weights is None:
            return
        if self.verbose:
            print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
        if len(self.best_weights) != len(self.model.weights):
            warnings.warn(
                "EarlyStopping cannot restore the best weights: the model has other weights now.", stacklevel=2
            )
            return
        self.model.set_weights(self.best_weights)
