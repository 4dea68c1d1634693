"""Models that were changed after they were constructed come back from a file as they were."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Model, layers
from hybrid.errors import LoadError
from hybrid.models import load_model
from hybrid.saving.paths import variable_paths


class Block(layers.Layer):
    def __init__(self, units: int):
        super().__init__()
        self.dense, self.drop = layers.Dense(units), layers.Dropout(0.25)

    def call(self, x: Any) -> Any:
        return self.drop(self.dense(x))


class Net(Model):
    """Holds the same block in two attributes."""

    def __init__(self, width: int = 4):
        super().__init__()
        self.blocks = [Block(width), Block(width)]
        self.first = self.blocks[0]
        self.head = layers.Dense(2)
        self.factor = 1.0
        self.seen = 0

    def call(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return self.head(self.first(x)) * self.factor


def replace_head(net: Net) -> None:
    net.head = layers.Dense(3, name="new_head")


def append_block(net: Net) -> None:
    net.blocks.append(Block(4))


def other_rate(net: Net) -> None:
    net.blocks[1].drop = layers.Dropout(0.5)


def other_factor(net: Net) -> None:
    net.factor = 3.0


def new_attribute(net: Net) -> None:
    net.note = ("by hand", 1)


CHANGES: list[Callable[[Net], None]] = [replace_head, append_block, other_rate, other_factor, new_attribute]
KNOWN = {"Net": Net, "Block": Block}
X = np.linspace(-1, 1, 12, dtype="float32").reshape(3, 4)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changed_model_comes_back(change: Callable[[Net], None], tmp_path: Path) -> None:
    net = Net()
    change(net)
    expected = net(X)
    net.save(tmp_path / "net.hybrid")
    loaded = load_model(tmp_path / "net.hybrid", custom_objects=KNOWN)
    assert type(loaded) is Net
    np.testing.assert_array_equal(loaded(X), expected)
    assert list(variable_paths(loaded)) == list(variable_paths(net))
    assert loaded.first is loaded.blocks[0], "what was shared is shared"
    assert [block.drop.rate for block in loaded.blocks] == [block.drop.rate for block in net.blocks]
    assert getattr(loaded, "note", None) == getattr(net, "note", None)


def test_model_as_constructed_says_nothing_of_changes(tmp_path: Path) -> None:
    net = Net()
    net(X)
    assert all("changed" not in net.further_descriptions()(part) for part in (net, *net.blocks))


def test_counters_go_on(tmp_path: Path) -> None:
    net = Net()
    net.seen = 7
    net(X)
    net.save(tmp_path / "net.hybrid")
    assert load_model(tmp_path / "net.hybrid", custom_objects=KNOWN).seen == 7


def test_saving_draws_nothing(tmp_path: Path) -> None:
    net = Net()
    net(X)
    hybrid.utils.set_random_seed(3)
    expected = layers.Dense(2)(X)
    hybrid.utils.set_random_seed(3)
    net.save(tmp_path / "net.hybrid")
    np.testing.assert_array_equal(layers.Dense(2)(X), expected)


@pytest.mark.parametrize("name", ["__class__", "_functional", "_arguments", "a b", "built"])
def test_file_sets_no_attribute_of_ours(name: str) -> None:
    with pytest.raises(LoadError, match="cannot set"):
        Net().take_changes({name: 1})


def test_file_changes_no_layer_of_ours() -> None:
    data = hybrid.saving.serialize_keras_object(layers.Dense(2)) | {"changed": {"call": "nothing", "units": 7}}
    layer = hybrid.saving.deserialize_keras_object(data)
    assert layer.units == 2 and layer(X).shape == (3, 2)


@pytest.mark.parametrize("name", ["_recordings", "_first_call", "__wrapped__"])
def test_recorded_copy_takes_no_attribute_of_ours(name: str) -> None:
    net = Net()
    net(X)
    data = net.further_descriptions()(net)["recorded"]
    data["config"]["attributes"][name] = 1
    with pytest.raises(LoadError, match="cannot set"):
        hybrid.saving.deserialize_keras_object(data)
