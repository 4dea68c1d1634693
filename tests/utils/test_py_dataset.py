"""Data given batch by batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.utils import PyDataset


class Batches(PyDataset):
    def __init__(self, **options: Any):
        super().__init__(**options)
        self.events: list[str] = []

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        return np.full((3, 2), index, "float32"), np.zeros((3, 1))

    def on_epoch_begin(self) -> None:
        self.events.append("begin")

    def on_epoch_end(self) -> None:
        self.events.append("end")


@pytest.fixture
def model() -> Any:
    model = hybrid.Sequential([hybrid.Input((2,)), hybrid.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_training_tells_the_epochs(model: Any) -> None:
    data = Batches(workers=2, use_multiprocessing=True)
    model.fit(data, epochs=2, verbose=0)
    assert data.events == ["begin", "end", "begin", "end"]
    assert model.predict(data, verbose=0).shape == (6, 1)
    assert data.num_batches == 2


def test_missing_method_is_named(model: Any) -> None:
    with pytest.raises(NotImplementedError, match="__len__"):
        model.fit(PyDataset(), verbose=0)


class Counted(PyDataset):
    """Six batches that say which they are; it notes the order in which it is asked for them."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> Any:
        self.asked.append(index)
        return np.full((3, 2), index, "float32"), np.zeros((3, 1))


def orders(model: Any, **options: Any) -> list[list[int]]:
    data = Counted()
    model.fit(data, epochs=3, verbose=0, **options)
    asked = data.asked[-18:]  # what came before was looked at, not trained on
    return [asked[start : start + 6] for start in (0, 6, 12)]


def test_batches_come_in_another_order_each_epoch(model: Any) -> None:
    in_order = list(range(6))
    shuffled = orders(model)
    assert all(sorted(order) == in_order for order in shuffled)
    assert len({tuple(order) for order in (in_order, *shuffled)}) > 2
    assert orders(model, shuffle=False) == [in_order] * 3
