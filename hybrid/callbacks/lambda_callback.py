"""`LambdaCallback`: a callback made of functions. Floor 9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import ConfigError
from ..naming import nearest
from .callback import Callback

__all__ = ["LambdaCallback"]


class LambdaCallback(Callback):
    """A callback made of functions.

    Args:
        on_epoch_begin: function `(epoch, logs)`.
        on_epoch_end: function `(epoch, logs)`.
        on_train_begin: function `(logs)`.
        on_train_end: function `(logs)`.
        on_train_batch_begin: function `(batch, logs)`.
        on_train_batch_end: function `(batch, logs)`.
        **kwargs: functions for the other events of `Callback`, by name.

    Raises:
        ConfigError: for an event that does not exist.

    Example:
        >>> LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs)).on_epoch_end(1, {"loss": 2.0})
        1 {'loss': 2.0}
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Callable[..., Any],
    ):
        super().__init__()
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        events = [name for name in dir(Callback) if name.startswith("on_")]
        for name, function in given.items():
            if name not in events:
                close = nearest(name, events)
                raise ConfigError(
                    f"LambdaCallback knows no event '{name}'.",
                    why=f"the events are: {', '.join(events)}",
                    fix=f"did you mean {' or '.join(close)}?" if close else "use one of these",
                )
            if function is not None:
                # As attributes of the object they win over the methods of the class.
                self.__dict__[name] = function
