"""When a recording is taken again, that nothing else changes by it, and that it goes when its model goes."""

from __future__ import annotations

import gc
import pickle
import sys
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Model, Sequential, layers, ops, tree
from hybrid.errors import ConfigError, NotBuiltError, PlaceholderError
from hybrid.layers.base.tracking import walk
from hybrid.models import to_functional
from hybrid.models.recording import graph_of
from tests.comparing import assert_equal
from tests.models.nested_models import X, model_of


class Dense(Model):
    """One layer, and NumPy."""

    def __init__(self, units: int = 3, **kwargs: Any):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)

    def call(self, x: Any) -> Any:
        return np.tanh(self.dense(x))


# -- without side effects ---------------------------------------------------------------------------------------------


class Remembering(Model):
    """Writes attributes, counts and appends in `call`."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(3)
        self.calls = 0
        self.history: list[Any] = []
        self.cache: dict[str, Any] = {}
        self.scores: Any = None
        self.nested = {"deep": [[]]}

    def call(self, x: Any) -> Any:
        self.calls += 1
        self.scores = self.dense(x)
        self.history.append(self.calls)
        self.cache[f"call {self.calls}"] = self.scores
        self.cache["last"] = self.calls
        self.nested["deep"][0].append(self.calls)
        self.late = self.calls
        return ops.softmax(self.scores)


def test_attributes_set_in_call_are_what_they_were() -> None:
    model = Remembering()
    model(X)
    scores = model.scores
    _ = model.outputs, to_functional(model, (None, None, 4))
    model.summary(expand_nested=True, print_fn=lambda line: None)
    assert (model.calls, model.history, model.late) == (1, [1], 1)
    assert model.scores is scores
    assert list(model.cache) == ["call 1", "last"]
    assert model.cache["last"] == 1
    assert model.nested == {"deep": [[1]]}


def test_recording_draws_nothing_and_moves_nothing() -> None:
    def call(self: Any, x: Any, training: Any = None) -> Any:
        x = self.drop(self.norm(x), training=True)
        return x + hybrid.random.normal(ops.shape(x))

    model = model_of(call, drop=layers.Dropout(0.5, seed=1), norm=layers.BatchNormalization())
    model(X)
    state = [variable.numpy() for variable in model.variables]
    drawn = []
    for look in (lambda: None, lambda: model.outputs, lambda: to_functional(model)):
        hybrid.utils.set_random_seed(5)
        look()
        drawn.append([hybrid.random.normal((2,)).numpy(), layers.Dense(2)(X).numpy()])
        assert_equal([variable.numpy() for variable in model.variables], state)
    assert_equal(drawn[1], drawn[0])
    assert_equal(drawn[2], drawn[0])


def test_recording_leaves_names_order_and_pickle_alone() -> None:
    model = Remembering()
    model(X)
    before = [weight.path for weight in model.weights], [layer.path for layer in walk(model)], pickle.dumps(model)
    _ = model.outputs
    to_functional(model, expand=True)
    assert [weight.path for weight in model.weights] == before[0]
    assert [layer.path for layer in walk(model)] == before[1]
    assert len(pickle.dumps(model)) == len(before[2])


def test_call_that_fails_leaves_everything_as_it_was() -> None:
    def call(self: Any, x: Any) -> Any:
        self.calls += 1
        self.log.append(x)
        return x * float(ops.sum(x))

    model = model_of(call, calls=0, log=[])
    model(X)
    model.log.clear()
    with pytest.raises(PlaceholderError):
        _ = model.outputs
    assert (model.calls, model.log) == (1, [])


# -- taken again ------------------------------------------------------------------------------------------------------


class Stack(Model):
    """Layers in a list, and a setting."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = [layers.Dense(3), layers.Dense(2)]
        self.scale = 1.0

    def call(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return x * self.scale


def test_same_structure_is_recorded_once() -> None:
    model = Stack()
    model(X)
    graph = graph_of(model)
    model.trainable = False
    model.blocks[0].kernel.assign(model.blocks[0].kernel * 2)
    model(X)
    model(X[:1], training=True)
    assert graph_of(model) is graph


def test_structure_that_changes_is_recorded_again() -> None:
    model = Stack()
    model(X)
    assert model.output_shape == (None, 2)
    model.blocks.append(layers.Dense(7))
    assert model.output_shape == (None, 7)
    model.blocks[1:] = [layers.Dense(5), layers.Dense(6)]
    assert [layer.units for layer in model.layers] == [3, 5, 6]
    assert model.get_layer(model.blocks[1].name).output.shape == (None, 5)
    model.blocks.pop()
    assert model.output_shape == (None, 5)
    graph = graph_of(model)
    model.scale = 2.0
    assert graph_of(model) is not graph
    assert_equal(to_functional(model)(X), model(X))


def test_setting_of_a_layer_inside_changes_the_recording() -> None:
    model = Sequential([Dense(3), layers.Dropout(0.5)])
    outer = model_of(lambda self, x: self.inner(x), inner=model)
    outer(X)
    graph = graph_of(outer)
    model.layers[1].rate = 0.1
    assert graph_of(outer) is not graph


def test_new_layer_is_one_with_an_output_of_its_own() -> None:
    model = Stack()
    model(X)
    held = model.blocks[1].output
    model.blocks.append(layers.Dense(7))
    assert model.blocks[1].output.shape == (None, 2)
    assert model.blocks[1].output.node is not held.node


def test_outputs_inside_a_layer_follow_its_structure() -> None:
    class Part(layers.Layer):
        def __init__(self) -> None:
            super().__init__(name="part")
            self.first = layers.Dense(4, name="first")
            self.more: list[Any] = []

        def call(self, x: Any) -> Any:
            for layer in (self.first, *self.more):
                x = layer(x)
            return x

    model = model_of(lambda self, x: self.part(x + 1), part=Part())
    model(X)
    held = model.get_layer("part/first").output
    model.part.more.append(layers.Dense(2, name="second"))
    for path in ("part/first", "part/second"):
        inner = model.get_layer(path).output
        assert inner.node is not held.node
        functional = Model(model.input, inner)
        assert functional.output_shape == inner.shape
    np.testing.assert_array_equal(functional(X), model(X))


@pytest.mark.parametrize(
    "changed", [X[:, None], X.astype("float64").astype("int32"), [X, X]], ids=["rank", "dtype", "structure"]
)
def test_inputs_follow_the_last_kind_of_call(changed: Any) -> None:
    def call(self: Any, inputs: Any) -> Any:
        return self.dense(ops.cast(sum(tree.flatten(inputs)), "float32"))

    model = model_of(call, dense=layers.Dense(3))
    model(X)
    held = model.dense.output
    model(changed)
    tree.assert_same_structure(model.input, changed)
    for tensor, array in zip(model.inputs, tree.flatten(changed), strict=True):
        assert tensor.shape == (None, *array.shape[1:])
        assert tensor.dtype == array.dtype
    assert model.dense.output.shape == model.output_shape
    np.testing.assert_array_equal(Model(model.input, model.dense.output)(changed), model(changed))
    model(X)
    assert model.dense.output.shape == model.output_shape == (None, 3)
    np.testing.assert_array_equal(Model(model.input, model.dense.output)(X), model(X))
    assert held.shape == (None, 3)


def test_other_sizes_and_training_do_not_change_the_inputs() -> None:
    model = model_of(lambda self, x, training=False: self.dense(x), dense=layers.Dense(3))
    model(X)
    graph = graph_of(model)
    model(X[:1], training=True)
    model(np.concatenate([X, X]), training=False)
    model(X, True)
    assert graph_of(model) is graph


def test_calls_inside_other_recordings_do_not_count() -> None:
    model = model_of(lambda self, x: self.dense(x), dense=layers.Dense(3))
    model(X)
    to_functional(model, (None, 5, 4))
    model.compute_output_spec(Input((6, 7, 4)))
    model(Input((6, 4)))
    assert model.input_shape == (None, 4)


def test_built_by_shape_has_inputs() -> None:
    model = Stack()
    model.build((None, 4))
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 2))
    model = Stack()
    model(Input((4,)))
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 2))


# -- memory and threads -----------------------------------------------------------------------------------------------


def test_graph_dies_with_its_model() -> None:
    gc.collect()
    gc.disable()
    try:
        model = Stack()
        model(X)
        outer = model_of(lambda self, x: self.inner(self.inner.blocks[0](x)[:, :1] * x), inner=model)
        outer(X)
        assert len(outer.outputs) == len(model.outputs) == 1
        outer.summary(expand_nested=True, print_fn=lambda line: None)
        functional, flat = to_functional(outer), to_functional(outer, expand=True)
        dying = [weakref.ref(graph_of(each).graph) for each in (model, outer, functional, flat)]
        dying += [weakref.ref(layer) for each in (outer, functional, flat) for layer in walk(each)]
        del model, outer, functional, flat
        assert [reference() for reference in dying if reference() is not None] == []
    finally:
        gc.enable()


def test_recordings_do_not_pile_up() -> None:
    model = Stack()
    model(X)

    def cycle(number: int) -> None:
        model.scale = float(number)
        _ = model.outputs
        to_functional(model, (None, 1 + number % 3, 4))
        model.get_layer("dense").output  # noqa: B018

    for number in range(30):
        cycle(number)
    gc.collect()
    before = sys.getallocatedblocks()
    for number in range(200):
        cycle(number)
    gc.collect()
    assert sys.getallocatedblocks() - before < 1000


def test_looking_from_several_threads_gives_each_the_same() -> None:
    model = Stack()
    model(X)
    expected = model(X).numpy()
    found: list[Any] = []

    def look() -> None:
        for _ in range(5):
            found.append(to_functional(model)(X).numpy())
            found.append(model(X).numpy())

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 40
    assert all(np.array_equal(each, expected) for each in found)


# -- errors -----------------------------------------------------------------------------------------------------------


def test_call_that_asks_for_a_value_names_the_line_and_the_way_out() -> None:
    def call(self: Any, x: Any) -> Any:
        if ops.sum(x) > 0:
            return x
        return -x

    model = model_of(call)
    model(X)
    with pytest.raises(PlaceholderError, match=r"(?s)test_recording_again\.py.*ops\.(cond|where)"):
        _ = model.inputs


def test_model_that_was_never_called_has_no_inputs() -> None:
    with pytest.raises(NotBuiltError, match=r"'stack' has no inputs yet"):
        _ = Stack().inputs
    with pytest.raises(NotBuiltError, match="never called"):
        to_functional(Stack())
    with pytest.raises(ConfigError, match="never called"):
        Stack().get_layer("dense@0")
    with pytest.raises(NotBuiltError, match="has no output"):
        _ = Stack().layers[0].output
