"""Paths of layers and of their calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import Model, Sequential, layers
from hybrid.errors import ConfigError, NotBuiltError, PlaceholderError
from hybrid.layers.base.tracking import walk
from hybrid.models import extract
from hybrid.models.layer_paths import LayerCall, layer_at
from tests.models.nested_models import Block, Net, X, net


def test_path_of_every_layer_leads_to_it() -> None:
    model = net()
    for layer in walk(model)[1:]:
        assert model.get_layer(layer.path.removeprefix("net/")) is layer


def test_number_says_which_call() -> None:
    model = net()
    first, second = model.get_layer("block@0"), model.get_layer("block@1")
    assert isinstance(first, LayerCall) and isinstance(second, LayerCall)
    assert first.output.node is not second.output.node
    assert first.input.node.operation.name == "x"
    assert second.input.node.operation is model.branches
    assert (first.name, first.dense) == ("block", model.block.dense)
    assert first.weights == model.block.weights
    np.testing.assert_array_equal(first(X), model.block(X))
    assert "call 1 of" in repr(second)


def test_number_on_the_way_says_which_call_of_the_owner() -> None:
    model = net()
    a, b = (Model(model.input, model.get_layer(f"block@{number}/dense").output) for number in (0, 1))
    block, left = model.block, model.branches(model.block(X))[0]
    np.testing.assert_array_equal(a(X), block.dense(X))
    np.testing.assert_array_equal(b(X), block.dense(left))


def test_calls_are_numbered_as_the_code_makes_them() -> None:
    class Twice(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(4, name="dense")
            self.long = [layers.Dense(4) for _ in range(3)]

        def call(self, x: Any) -> Any:
            first = self.dense(x)
            second = self.dense(x + 1)
            for layer in self.long:
                second = layer(second)
            self.dense(x + 2)
            return first + second

    model = Twice()
    model(X)
    for number in range(3):
        np.testing.assert_array_equal(extract(model, f"dense@{number}")(X), model.dense(X + number))


def test_name_with_an_at_that_is_no_number_is_a_name() -> None:
    model = Sequential([layers.Dense(2, name="a@b"), layers.Dense(2, name="c")])
    model(X)
    assert model.get_layer("a@b") is model.layers[0]


def test_unknown_path_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"(?s)'net/block' has no layer 'dnese'.*dense, norm.*did you mean dense"):
        net().get_layer("block/dnese")
    with pytest.raises(ConfigError, match=r"'net/head' has no layer 'kernel'"):
        net().get_layer("head/kernel")
    with pytest.raises(ConfigError, match="no layer ''"):
        net().get_layer("")


def test_call_that_is_not_made_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"(?s)has no call 'block@2'.*not call it as often.*summary"):
        net().get_layer("block@2")
    model = net()
    model.unused = layers.Dense(2, name="unused")
    with pytest.raises(ConfigError, match=r"(?s)no call 'unused'.*does not call it"):
        extract(model, "unused")


def test_ambiguous_path_lists_the_calls() -> None:
    with pytest.raises(ConfigError, match=r"(?s)'block/dense' is called 2 times.*block@0/dense, block@1/de.*'block@1"):
        extract(net(), "block/dense")


def test_layer_in_a_container_that_is_called_one_by_one() -> None:
    class Loop(Model):
        def __init__(self) -> None:
            super().__init__()
            self.stack = Sequential([layers.Dense(4, name="a"), layers.Dense(4, name="b")], name="stack")

        def call(self, x: Any) -> Any:
            for layer in self.stack.layers:
                x = layer(x)
            return x

    model = Loop()
    model(X)
    np.testing.assert_array_equal(extract(model, "stack/a")(X), model.stack.layers[0](X))
    with pytest.raises(ConfigError, match="does not call it"):
        extract(model, "stack")


class Shared(Model):
    """One layer in two blocks and on its own."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(4, name="dense")
        self.blocks = [Block(name="a"), Block(name="b")]
        for block in self.blocks:
            block.dense = self.dense

    def call(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return self.dense(x)


def test_layer_of_several_owners_is_found_by_each_path() -> None:
    model = Shared()
    model(X)
    a, b = model.blocks
    np.testing.assert_array_equal(extract(model, "a/dense")(X), model.dense(X))
    np.testing.assert_array_equal(extract(model, "b/dense")(X), model.dense(a(X)))
    np.testing.assert_array_equal(extract(model, "dense")(X), model.dense(b(a(X))))
    with pytest.raises(NotBuiltError, match="ambiguous"):
        _ = model.dense.output


def test_paths_need_a_model_that_can_be_recorded() -> None:
    class Asks(Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(4, name="dense")

        def call(self, x: Any) -> Any:
            x = self.dense(x)
            return x if float(x[0, 0]) > 0 else -x

    model = Asks()
    model(X)
    assert model.get_layer("dense") is model.dense
    with pytest.raises(PlaceholderError):
        model.get_layer("dense@0")
    with pytest.raises(ConfigError, match="'net' was never called"):
        Net().get_layer("block@0")
    assert layer_at(Net(), "block").name == "block"
