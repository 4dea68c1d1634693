"""Taking back what happened to layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Layer, Sequential, layers
from hybrid.layers.base.rollback import Snapshot, as_before, built_or_as_before

X = np.ones((2, 3), "float32")


class Holder(Layer):
    """Has state of all kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = [layers.Dense(2)]
        self.table = {"a": {"b": [1]}}
        self.seen: set[int] = set()
        self.seeds = hybrid.random.SeedGenerator(1)
        self.mean = hybrid.metrics.Mean()
        self.count = 0

    def call(self, x: Any) -> Any:
        self.count += 1
        self.table["a"]["b"].append(2)
        self.seen.add(self.count)
        self.mean.update_state(1.0)
        self.late = layers.Dense(2)
        self.parts.append(layers.Dense(2))
        hybrid.random.normal(2, seed=self.seeds)
        return self.parts[-1](self.parts[0](x)) + self.late(x)


def test_everything_is_taken_back() -> None:
    hybrid.utils.set_random_seed(1)
    layer = Holder()
    names, drawn = list(vars(layer)), hybrid.random.normal(1).numpy()
    hybrid.utils.set_random_seed(1)
    with as_before(layer):
        layer(X)
        layer.parts[0].kernel.assign(layer.parts[0].kernel * 2)
    assert list(vars(layer)) == names and len(layer.parts) == 1
    assert not layer.built and not layer.parts[0].built and not layer.weights
    assert (layer.count, layer.table, layer.seen) == (0, {"a": {"b": [1]}}, set())
    assert layer.seeds.state.numpy().tolist() == [1, 0] and float(layer.mean.result()) == 0.0
    np.testing.assert_array_equal(hybrid.random.normal(1).numpy(), drawn)


def test_values_of_weights_come_back_also_after_a_failure() -> None:
    layer = layers.Dense(2)
    layer(X)
    before = layer.get_weights()
    with pytest.raises(RuntimeError), as_before(layer):
        layer.set_weights([value + 1 for value in before])
        layer.trainable = False
        raise RuntimeError
    for value, old in zip(layer.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, old)
    assert layer.trainable and layer.kernel.trainable


def test_layers_that_are_not_below_can_be_added() -> None:
    layer, other = layers.Dense(2), layers.Dense(3)
    with as_before(layer) as snapshot:
        snapshot.add(other)
        other(X)
    assert not other.built


def test_a_layer_is_noted_once() -> None:
    layer = layers.Dense(2)
    snapshot = Snapshot(layer)
    layer(X)
    snapshot.add(layer)
    snapshot.restore()
    assert not layer.built


def test_what_is_built_stays_where_nothing_fails() -> None:
    model = Sequential([layers.Dense(2)])
    with pytest.raises(RuntimeError), built_or_as_before(model):
        model(X)
        raise RuntimeError
    assert not model.built and not model.weights
    with built_or_as_before(model):
        model(X)
    assert model.built and len(model.weights) == 2
