"""What a training must remember to be taken up again in another process as if it had never stopped.

Floor 9. Plain data only: numbers, strings, lists and dicts, arrays written as base64.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import LoadError

__all__ = ["TrainingState", "from_plain", "to_plain"]

_ARRAY = "__array__"


@dataclass
class TrainingState:
    """Where a training stands.

    Attributes:
        shuffle_seed: decides, with the number of the epoch, the order of the samples; chosen when the
            model is compiled for the first time.
        epoch: number of completed epochs.
        batch: number of completed batches of the epoch that follows.
        epochs: numbers of the epochs in the history.
        history: values of loss and metrics by epoch.
        callbacks: states of callbacks, by their names.
        is_restored: whether it was read back: then a fit that begins at `epoch` continues history and callbacks.
    """

    shuffle_seed: int | None = None
    epoch: int = 0
    batch: int = 0
    epochs: list[int] = field(default_factory=list)
    history: dict[str, list[Any]] = field(default_factory=dict)
    callbacks: dict[str, Any] = field(default_factory=dict)
    is_restored: bool = False

    def plain(self) -> dict[str, Any]:
        """Return the state as data that JSON can hold."""
        return {
            "version": 1,
            "shuffle_seed": self.shuffle_seed,
            "epoch": self.epoch,
            "batch": self.batch,
            "epochs": list(self.epochs),
            "history": {key: list(values) for key, values in self.history.items()},
            "callbacks": to_plain(self.callbacks),
        }

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> TrainingState:
        """Return the state that `plain` wrote.

        Raises:
            LoadError: if the data is none.
        """
        try:
            seed = data["shuffle_seed"]
            return cls(
                None if seed is None else int(seed),
                int(data["epoch"]),
                int(data["batch"]),
                [int(epoch) for epoch in data["epochs"]],
                {str(key): list(values) for key, values in data["history"].items()},
                from_plain(data["callbacks"]),
                True,
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise LoadError(
                f"Not the state of a training: {error!r}.", fix="pass what model.get_training_state() returned"
            ) from None


def to_plain(value: Any) -> Any:
    """Return nested values as data that JSON can hold; arrays become dicts.

    Example:
        >>> from_plain(to_plain({"a": np.arange(2.0)}))
        {'a': array([0., 1.])}
    """
    if isinstance(value, np.ndarray):
        content = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {_ARRAY: [value.dtype.str, list(value.shape), content]}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def from_plain(data: Any) -> Any:
    """Return what `to_plain` was given; tuples as lists."""
    if isinstance(data, Mapping):
        if set(data) == {_ARRAY}:
            dtype, shape, content = data[_ARRAY]
            kind = np.dtype(dtype)
            if kind.hasobject:
                raise LoadError("An array of the state of a training holds Python objects.")
            return np.frombuffer(base64.b64decode(content), kind).reshape(shape).copy()
        return {key: from_plain(item) for key, item in data.items()}
    return [from_plain(item) for item in data] if isinstance(data, list) else data
