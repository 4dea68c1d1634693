"""`ProgbarLogger`: shows the progress of training, evaluation and prediction. Floor 9."""

from __future__ import annotations

from typing import Any

from .callback import Callback, Logs
from .progress_bar import ProgressBar, is_interactive

__all__ = ["ProgbarLogger"]


class ProgbarLogger(Callback):
    """Shows the progress: a bar on a terminal or in a notebook, one plain line per epoch elsewhere.

    What `verbose` of `fit` says: 0 nothing, 1 a bar, 2 a line per epoch.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bar: ProgressBar | None = None
        self._in_training = False
        self._steps = 0

    def _start(self, label: str = "") -> None:
        verbose = self.params.get("verbose", 1)
        self._steps = 0
        self._bar = None
        if verbose:
            dynamic = verbose == 1 and is_interactive()
            if dynamic and label:
                print(label)
            plain = f"{label} - " if label else ""
            self._bar = ProgressBar(self.params.get("steps"), dynamic=dynamic, label=plain)

    def _step(self, batch: int, logs: Any) -> None:
        self._steps = batch + 1
        if self._bar is not None and self._bar.is_due():
            values = logs() if callable(logs) else logs
            self._bar.update(self._steps, dict(sorted((values or {}).items())))

    def _finish(self, logs: Logs) -> None:
        if self._bar is not None:
            self._bar.finish(self._steps, logs or {})
            self._bar = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self._in_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        self._in_training = False

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._start(f"Epoch {epoch + 1}/{self.params.get('epochs', 1)}")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._step(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._finish(logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        if not self._in_training:
            self._start()

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        if not self._in_training:
            self._step(batch, logs)

    def on_test_end(self, logs: Logs = None) -> None:
        if not self._in_training:
            self._finish(logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._start()

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self._step(batch, {})

    def on_predict_end(self, logs: Logs = None) -> None:
        self._finish({})
