"""`CSVLogger`: writes the logs of every epoch to a file. Floor 9."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from typing import Any, TextIO

from .callback import Callback, Logs

__all__ = ["CSVLogger"]


class CSVLogger(Callback):
    """Writes a line per epoch to a file of comma-separated values.

    Args:
        filename: of the file.
        separator: between the values of a line.
        append: whether lines are added to a file that exists; otherwise it is replaced.

    Example:
        >>> CSVLogger("log.csv", separator=";").sep
        ';'
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False):
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys: list[str] | None = None
        self._file: TextIO | None = None
        self._needs_header = True

    def on_train_begin(self, logs: Logs = None) -> None:
        exists = self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self.keys = self._known_keys() if exists else None
        self._needs_header = not exists
        self._file = open(self.filename, "a" if self.append else "w", encoding="utf-8", newline="")  # noqa: SIM115

    def _known_keys(self) -> list[str]:
        with open(self.filename, encoding="utf-8", newline="") as file:
            return next(csv.reader(file, delimiter=self.sep))[1:]

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self._file is None:
            return
        logs = dict(logs or {})
        if self.keys is None:
            # Where validation comes only after some epochs, its columns must be there from the first line on.
            validated = [] if any(key.startswith("val_") for key in logs) else [f"val_{key}" for key in sorted(logs)]
            self.keys = sorted(logs) + (validated if self.params.get("validates") else [])
        writer = csv.writer(self._file, delimiter=self.sep)
        if self._needs_header:
            writer.writerow(["epoch", *self.keys])
            self._needs_header = False
        writer.writerow([epoch, *(_written(logs.get(key, "NA")) for key in self.keys)])
        self._file.flush()

    def on_train_end(self, logs: Logs = None) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _written(value: Any) -> Any:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return f'"[{", ".join(map(str, value))}]"'
    return value
