"""`ModelCheckpoint`: saves the model while it is trained. Floor 9."""

from __future__ import annotations

import os
from typing import Any

from ..errors import ConfigError
from .callback import Callback, Logs
from .monitoring import Monitor

__all__ = ["ModelCheckpoint"]


class ModelCheckpoint(Callback):
    """Saves the model, or its weights, after epochs or batches.

    Args:
        filepath: of the file; `{epoch}` (counted from 1), `{batch}` and names of the logs are filled in, as in
            `"model_{epoch:02d}_{val_loss:.2f}.hybrid"`.
        monitor: name of the value that says which model is best.
        verbose: 1 to print what happens.
        save_best_only: whether only models that are better than all before are saved.
        save_weights_only: whether weights are saved instead of the whole model.
        mode: `"min"`, `"max"`, or `"auto"`: by the name of the value.
        save_freq: `"epoch"`, or the number of batches after which to save.
        initial_value_threshold: value that a model must beat to count as best.

    Raises:
        ConfigError: for an unknown mode, a wrong `save_freq`, or a file of a format that is not written.

    Example:
        >>> ModelCheckpoint("best.hybrid", save_best_only=True).mode
        'min'
    """

    saves_model = True
    state_names = ("best", "_batches")

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
    ):
        super().__init__()
        if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1):
            raise ConfigError(f"save_freq is {save_freq!r}.", fix="use 'epoch' or a positive number of batches")
        self.filepath = os.fspath(filepath)
        if self.filepath.endswith((".h5", ".hdf5")):
            raise ConfigError(
                f"hybrid does not write HDF5 files ('{self.filepath}').",
                why="its archives hold arrays as NumPy writes them",
                fix=f"use '{self.filepath.rpartition('.')[0]}.hybrid'",
            )
        self.monitor = monitor
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._monitor = Monitor("ModelCheckpoint", monitor, mode)
        self.mode = self._monitor.mode
        self.best = initial_value_threshold
        self._batches = 0
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            return
        before, self._batches = self._batches, self._batches + 1
        if self._batches // self.save_freq > before // self.save_freq:
            self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: Logs) -> None:
        path = self._path(epoch, batch, logs)
        if self.save_best_only:
            current = self._monitor.value(logs, "save the best model only")
            if current is None or not self._monitor.is_better(current, than=self.best):
                return
            if self.verbose:
                print(f"Epoch {epoch + 1}: {self.monitor} improved from {self.best} to {current}, saving to {path}")
            self.best = current
        elif self.verbose:
            print(f"Epoch {epoch + 1}: saving to {path}")
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)

    def _path(self, epoch: int, batch: int | None, logs: Logs) -> str:
        values = {**(logs or {}), "epoch": epoch + 1}
        if batch is not None:
            values["batch"] = batch + 1
        try:
            return self.filepath.format(**values)
        except (KeyError, IndexError, ValueError) as error:
            raise ConfigError(
                f"The file name '{self.filepath}' cannot be filled in: {error!r}.",
                why=f"there is: {', '.join(sorted(values))}",
                fix="use these names in {}",
            ) from None
