"""`TerminateOnNaN`: ends a training whose loss is no longer a number. Floor 9."""

from __future__ import annotations

import math

from .callback import Callback, Logs

__all__ = ["TerminateOnNaN"]


class TerminateOnNaN(Callback):
    """Stops training as soon as the loss is NaN or infinite.

    Args:
        raise_error: whether this is an error instead.
    """

    def __init__(self, raise_error: bool = False):
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"Batch {batch}: the loss is {loss}, training ends")
        print(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
