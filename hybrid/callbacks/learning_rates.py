"""Callbacks that change the learning rate: by a function of the epoch, or when a value stops getting better.

Floor 9.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ..errors import ConfigError
from .callback import Callback, Logs
from .monitoring import Monitor

__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]


def _learning_rate(model: Any, owner: str) -> float:
    """Return the learning rate of a model's optimizer.

    Raises:
        ConfigError: if it follows a schedule, which decides alone.
    """
    optimizer = model.optimizer
    schedule = getattr(optimizer, "_learning_rate", None)
    if not hasattr(optimizer, "learning_rate") or (callable(schedule) and not hasattr(schedule, "assign")):
        raise ConfigError(
            f"{owner} cannot change the learning rate of {type(optimizer).__name__}.",
            why="it follows a schedule, which decides alone" if schedule is not None else "it has none",
            fix="compile with a number as the learning rate",
        )
    return float(optimizer.learning_rate)


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch.

    Args:
        schedule: function `(epoch, learning_rate)`, or `(epoch)`, to the new learning rate.
        verbose: 1 to print it.

    Example:
        >>> LearningRateScheduler(lambda epoch, rate: rate * 0.9).verbose
        0
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0):
        super().__init__()
        if not callable(schedule):
            raise ConfigError(f"schedule is {schedule!r}.", fix="pass a function (epoch, learning_rate)")
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        rate = _learning_rate(self.model, "LearningRateScheduler")
        try:
            inspect.signature(self.schedule).bind(epoch, rate)
            new = self.schedule(epoch, rate)
        except TypeError:
            new = self.schedule(epoch)
        if isinstance(new, bool) or not hasattr(new, "__float__"):
            raise ConfigError(f"The schedule returned {new!r}.", fix="return the learning rate, a number")
        self.model.optimizer.learning_rate = float(new)
        if self.verbose:
            print(f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate to {float(new)}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if isinstance(logs, dict):
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class ReduceLROnPlateau(Callback):
    """Multiplies the learning rate when a value has not become better for some epochs.

    Args:
        monitor: name of the value in the logs.
        factor: of the new learning rate, below 1.
        patience: number of epochs without improvement to wait.
        verbose: 1 to print what happens.
        mode: `"min"`, `"max"`, or `"auto"`: by the name of the value.
        min_delta: least change that counts as better.
        cooldown: number of epochs to wait after a reduction before the value counts again.
        min_lr: least learning rate.

    Raises:
        ConfigError: for a factor of 1 or more.

    Example:
        >>> ReduceLROnPlateau(factor=0.5, patience=2).min_lr
        0.0
    """

    state_names = ("best", "wait", "cooldown_counter")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__()
        if kwargs:
            raise ConfigError(
                f"ReduceLROnPlateau has no argument '{next(iter(kwargs))}'.", fix="use min_delta, min_lr, …"
            )
        if factor >= 1:
            raise ConfigError(f"ReduceLROnPlateau has the factor {factor}.", fix="use a factor below 1, as 0.1")
        self.monitor = monitor
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.min_delta = min_delta
        self.cooldown = cooldown
        self.min_lr = min_lr
        self._monitor = Monitor("ReduceLROnPlateau", monitor, mode, min_delta)
        self.mode = mode
        self._reset()

    def _reset(self) -> None:
        self.best: float | None = None
        self.wait = 0
        self.cooldown_counter = 0

    def on_train_begin(self, logs: Logs = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        rate = _learning_rate(self.model, "ReduceLROnPlateau")
        if isinstance(logs, dict):
            logs["learning_rate"] = rate
        current = self._monitor.value(logs, "reduce the learning rate")
        if current is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self._monitor.is_better(current, than=self.best):
            self.best, self.wait = current, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch, rate)

    def _reduce(self, epoch: int, rate: float) -> None:
        if rate <= self.min_lr:
            return
        new = max(rate * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = new
        if self.verbose:
            print(f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
        self.cooldown_counter = self.cooldown
        self.wait = 0
