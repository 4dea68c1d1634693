"""Training twice from one beginning, as programs and operation by operation: what tests of law 1 compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import hybrid
from hybrid import tree
from hybrid.core.tensor import Tensor
from hybrid.saving.paths import variable_paths


def assert_close(found: Any, expected: Any, rtol: float | None = None, atol: float = 1e-7) -> None:
    """Equal to rounding, relative to the largest magnitude of an array, with equal dtypes and masks."""
    first, second = tree.flatten(found), tree.flatten(expected)
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        if b is None:
            assert a is None
            continue
        x, y = np.asarray(a), np.asarray(b)
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        to = rtol if rtol is not None else 1e-5 if x.dtype.itemsize < 8 else 1e-12
        largest = float(np.max(np.abs(y), initial=0.0, where=np.isfinite(y))) if y.dtype.kind == "f" else 0.0
        np.testing.assert_allclose(x, y, rtol=to, atol=max(atol, to * largest) if y.dtype.kind == "f" else 0)
        if isinstance(b, Tensor) and b.mask is not None:
            assert_close(a.mask, b.mask)


class Losses(hybrid.callbacks.Callback):
    """Notes the loss after every batch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.found.append(float(logs["loss"]))


def state_of(model: Any) -> dict[str, Any]:
    """Return everything that training changes, by what it is: weights, statistics, seeds, slots, states of metrics."""
    metrics = [variable for metric in model.metrics for variable in metric.variables]
    return {
        "model": {path: variable.numpy() for path, variable in variable_paths(model).items()},
        "optimizer": [variable.numpy() for variable in model.optimizer.variables],
        "metrics": [variable.numpy() for variable in metrics],
        "draw": hybrid.random.normal((2,)).numpy(),  # the process-wide seed has moved as far
    }


def train_both_ways(train: Callable[[bool], Any]) -> tuple[Any, Any]:
    """Train as programs and eagerly from the same seed; return what `train` returns in each case.

    Args:
        train: makes and trains a model; its argument says whether it runs eagerly.
    """
    found = []
    for eager in (False, True):
        hybrid.utils.set_random_seed(11)
        found.append(train(eager))
    return found[0], found[1]


def ran_as_programs(model: Any) -> bool:
    """Say whether every step that a model has taken was a program."""
    known = model._programs or {}
    entries = [entry for programs in known.values() for entry in programs._entries.values()]
    return bool(entries) and all(entry.executable is not None for entry in entries)
