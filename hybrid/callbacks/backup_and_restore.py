"""`BackupAndRestore`: takes up a training that was interrupted. Floor 9."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..core.variable import Variable
from ..errors import ConfigError, LoadError
from ..saving.archive import read_archive, write_archive
from .callback import Callback, Logs

__all__ = ["BackupAndRestore"]

_NAME = "latest.hybrid"


class BackupAndRestore(Callback):
    """Backs a training up, so that the same program, started again, goes on where it was interrupted.

    What is kept: weights, the optimizer, seeds, metrics, the order of the samples, the history and the states of the
    callbacks. The training that is taken up gives the same numbers as one that was never interrupted.

    Args:
        backup_dir: folder of the backup, used by one training at a time.
        save_freq: `"epoch"`, or the number of batches after which to back up.
        double_checkpoint: whether the backup before the last is kept as well.
        delete_checkpoint: whether the backup is removed when training has ended by itself.

    Raises:
        ConfigError: for an empty folder name or a wrong `save_freq`.

    Example:
        >>> BackupAndRestore("backup").save_freq
        'epoch'
    """

    saves_model = True

    def __init__(
        self,
        backup_dir: Any,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        super().__init__()
        if not backup_dir:
            raise ConfigError("BackupAndRestore needs a folder.", fix="BackupAndRestore('backup')")
        if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1):
            raise ConfigError(f"save_freq is {save_freq!r}.", fix="use 'epoch' or a positive number of batches")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._batches = 0

    @property
    def _path(self) -> Path:
        return Path(self.backup_dir) / _NAME

    def on_train_begin(self, logs: Logs = None) -> None:
        if self._path.exists():
            self._restore()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            return
        before, self._batches = self._batches, self._batches + 1
        if self._batches // self.save_freq > before // self.save_freq:
            self._back_up()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            self._back_up()

    def on_train_end(self, logs: Logs = None) -> None:
        if self.delete_checkpoint:
            self._path.unlink(missing_ok=True)
            self._previous.unlink(missing_ok=True)

    def on_train_abort(self, error: BaseException, logs: Logs = None) -> None:
        """Keep the backup: this is what it is for."""

    @property
    def _previous(self) -> Path:
        return self._path.with_suffix(".hybrid.back")

    def _groups(self) -> dict[str, list[Variable]]:
        model = self.model
        own = {id(variable) for variable in model.variables}
        optimizer = model.optimizer.variables if model.optimizer is not None else []
        metrics = [variable for variable in model.metrics_variables if id(variable) not in own]
        return {"model": model.variables, "optimizer": list(optimizer), "metrics": metrics}

    def _back_up(self) -> None:
        if self.double_checkpoint and self._path.exists():
            os.replace(self._path, self._previous)
        arrays = {
            f"{group}/{number:05d}": variable.current().numpy()
            for group, variables in self._groups().items()
            for number, variable in enumerate(variables)
        }
        write_archive(self._path, {"training": self.model.get_training_state()}, arrays)

    def _restore(self) -> None:
        documents, arrays = read_archive(self._path)
        model = self.model
        if model.optimizer is not None:
            model.optimizer.build(model.trainable_variables)
        pairs = []
        for group, variables in self._groups().items():
            stored: list[Any] = [array for name, array in sorted(arrays.items()) if name.startswith(f"{group}/")]
            if group == "metrics" and len(stored) != len(variables):
                continue
            if [array.shape for array in stored] != [variable.shape for variable in variables]:
                raise LoadError(
                    f"The backup in '{self.backup_dir}' is of another model: its {group} variables differ.",
                    fix="use a folder of its own for every training, or remove the old backup",
                )
            pairs += list(zip(variables, stored, strict=True))
        for variable, array in pairs:
            variable.assign(array)
        model.set_training_state(documents["training"])
        model.resume_from_training_state()
