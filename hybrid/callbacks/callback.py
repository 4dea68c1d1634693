"""`Callback`: what is told of the events of a training.

Floor 9. Knows a model only by its public methods.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = ["Callback"]

Logs = Mapping[str, Any] | None


class Callback:
    """Base of callbacks. Subclasses override the events they care for.

    Attributes:
        model: the model that is trained.
        params: `epochs`, `steps` and `verbose` of the training.

    Example:
        >>> class Shout(Callback):
        ...     def on_epoch_end(self, epoch, logs=None):
        ...         print(f"epoch {epoch}: {logs['loss']:.1f}!")
        >>> Shout().on_epoch_end(0, {"loss": 0.25})
        epoch 0: 0.2!
    """

    saves_model: ClassVar[bool] = False
    """Whether it writes the model at the end of an epoch: then it is told last, after those that change the model's
    state."""

    state_names: ClassVar[tuple[str, ...]] = ()
    """Attributes that a training that is taken up again needs."""

    def __init__(self) -> None:
        self._model: weakref.ref[Any] | None = None
        self.params: dict[str, Any] = {}

    @property
    def model(self) -> Any:
        """The model that is trained."""
        reference = self.__dict__.get("_model")
        return None if reference is None else reference()

    def set_model(self, model: Any) -> None:
        """Learn which model is trained."""
        # Weak: a model keeps its history, and must still be freed with its last name.
        self._model = weakref.ref(model)

    def set_params(self, params: dict[str, Any]) -> None:
        """Learn the parameters of the training."""
        self.params = params

    def __getstate__(self) -> dict[str, Any]:
        # Weak references cannot be pickled; a copy learns of its model when a training begins.
        return {**self.__dict__, "_model": None}

    def get_state(self) -> dict[str, Any]:
        """Return what a training that is taken up again needs.

        Numbers, strings, arrays, and lists and dicts of them.
        """
        return {name: getattr(self, name) for name in self.state_names if hasattr(self, name)}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `get_state` returned. Called after `on_train_begin`."""
        for name in self.state_names:
            if name in state:
                setattr(self, name, state[name])

    def on_train_begin(self, logs: Logs = None) -> None:
        """Training begins."""

    def on_train_end(self, logs: Logs = None) -> None:
        """Training has ended; `logs` are those of the last epoch."""

    def on_train_abort(self, error: BaseException, logs: Logs = None) -> None:
        """Training was ended by an exception or Ctrl-C. By default as if it had ended otherwise."""
        self.on_train_end(logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """An epoch of training begins."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """An epoch has ended; `logs` has loss and metrics, those of the validation with `val_` before their names."""

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """An older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """An older name of `on_train_batch_end`."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """A batch of training begins."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """A batch of training has ended; `logs` has the means since the epoch began."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """An evaluation begins."""

    def on_test_end(self, logs: Logs = None) -> None:
        """An evaluation has ended."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """A batch of an evaluation begins."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """A batch of an evaluation has ended."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """A prediction begins."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """A prediction has ended."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """A batch of a prediction begins."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """A batch of a prediction has ended; `logs["outputs"]` has what was predicted."""
