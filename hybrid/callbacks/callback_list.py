"""`CallbackList`: tells several callbacks of each event.

Floor 9. The values of logs cost something: they are computed only for an event that a callback listens to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import ConfigError
from .callback import Callback
from .history import History
from .progbar_logger import ProgbarLogger

__all__ = ["CallbackList"]

_BATCH_EVENTS = {
    "on_train_batch_begin": "on_batch_begin",
    "on_train_batch_end": "on_batch_end",
    "on_test_batch_begin": None,
    "on_test_batch_end": None,
    "on_predict_batch_begin": None,
    "on_predict_batch_end": None,
}


class CallbackList(Callback):
    """Several callbacks as one.

    Args:
        callbacks: a callback, a list of them, or `None`.
        add_history: whether a `History` is put first, if there is none.
        add_progbar: whether a `ProgbarLogger` is put last, if there is none.
        model: that is trained.
        **params: of the training.

    Raises:
        ConfigError: if something is no callback.

    Example:
        >>> CallbackList([hybrid.callbacks.LambdaCallback(on_train_begin=lambda logs: print("go"))]).on_train_begin()
        go
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ):
        super().__init__()
        self.callbacks: list[Any] = _as_list(callbacks)
        if add_history and not any(isinstance(each, History) for each in self.callbacks):
            self.callbacks.insert(0, History())
        if add_progbar and not any(isinstance(each, ProgbarLogger) for each in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        self._listeners: dict[str, list[Any]] = {}
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    @property
    def history(self) -> History | None:
        """The `History` among the callbacks."""
        return next((each for each in self.callbacks if isinstance(each, History)), None)

    def append(self, callback: Any) -> None:
        """Add a callback."""
        self.callbacks.append(callback)
        self._listeners.clear()

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)

    # -- states --------------------------------------------------------------------------------------------------------
    def _named(self) -> dict[str, Any]:
        """Name callbacks by their class, numbered where a class occurs again."""
        named: dict[str, Any] = {}
        for callback in self.callbacks:
            name, number = type(callback).__name__, 1
            while name in named:
                number += 1
                name = f"{type(callback).__name__}_{number}"
            named[name] = callback
        return named

    def get_states(self) -> dict[str, Any]:
        """Return the states of all callbacks that have one, by name."""
        states = {name: each.get_state() for name, each in self._named().items() if hasattr(each, "get_state")}
        return {name: state for name, state in states.items() if state}

    def set_states(self, states: Mapping[str, Any]) -> None:
        """Give callbacks their states back."""
        for name, callback in self._named().items():
            if name in states and hasattr(callback, "set_state"):
                callback.set_state(states[name])

    # -- events --------------------------------------------------------------------------------------------------------
    def _listening(self, event: str) -> list[Any]:
        found = self._listeners.get(event)
        if found is None:
            found = self._listeners[event] = [each for each in self.callbacks if _listens(each, event)]
        return found

    def _tell(self, event: str, batch: int, logs: Any) -> None:
        """Tell of a batch. `logs` may be a function that computes them."""
        listeners = self._listening(event)
        if not listeners:
            return
        known: Any = None
        for callback in listeners:
            if isinstance(callback, ProgbarLogger) and known is None and callable(logs):
                getattr(callback, event)(batch, logs)
                continue
            if known is None:
                known = _plain(logs() if callable(logs) else logs)
            getattr(callback, event)(batch, known)

    def on_train_begin(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_train_begin(logs or {})

    def on_train_end(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_train_end(logs or {})

    def on_train_abort(self, error: BaseException, logs: Any = None) -> None:
        """Tell every callback, even if one of them fails: then the error gets a note."""
        for callback in self.callbacks:
            try:
                callback.on_train_abort(error, logs or {})
            except Exception as further:
                error.add_note(f"  {type(callback).__name__}.on_train_end raised {further!r} when training had failed")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, logs or {})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = {} if logs is None else logs
        for callback in sorted(self.callbacks, key=_turn):
            callback.on_epoch_end(epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._tell("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._tell("on_train_batch_end", batch, logs)

    def on_test_begin(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_test_begin(logs or {})

    def on_test_end(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_test_end(logs or {})

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._tell("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self._tell("on_test_batch_end", batch, logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_predict_begin(logs or {})

    def on_predict_end(self, logs: Any = None) -> None:
        for callback in self.callbacks:
            callback.on_predict_end(logs or {})

    def on_predict_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._tell("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
        self._tell("on_predict_batch_end", batch, logs)


def _as_list(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    listed = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    for callback in listed:
        if isinstance(callback, type) or not hasattr(callback, "on_train_begin"):
            raise ConfigError(
                f"Not a callback: {callback!r}.",
                why="it is a class, not an object" if isinstance(callback, type) else "it has no method on_train_begin",
                fix=f"callbacks=[{callback.__name__}(...)]"
                if isinstance(callback, type)
                else "derive it from Callback",
            )
    return listed


def _listens(callback: Any, event: str) -> bool:
    names = [name for name in (event, _BATCH_EVENTS[event]) if name is not None]
    own = vars(callback)
    return any(name in own or getattr(type(callback), name, None) is not getattr(Callback, name) for name in names)


def _turn(callback: Any) -> int:
    """Return when a callback is told of the end of an epoch.

    First those that may add to the logs or change the model, then those that show and remember, then those that save
    it all.
    """
    if getattr(callback, "saves_model", False):
        return 2
    return int(isinstance(callback, (History, ProgbarLogger)))


def _plain(logs: Mapping[str, Any] | Callable[[], Any] | None) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in (logs or {}).items():  # type: ignore[union-attr]
        if isinstance(value, Mapping):
            flat.update(_plain(value))
        elif hasattr(value, "shape") and not value.shape:
            flat[key] = float(np.asarray(value))
        else:
            flat[key] = value
    return dict(sorted(flat.items()))
