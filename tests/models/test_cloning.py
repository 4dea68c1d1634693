"""Cloning: what decides how a model is cloned, what begins anew, what a clone function is called for, the errors."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Model, Sequential, Variable, layers, ops
from hybrid.errors import ConfigError
from hybrid.layers.base.tracking import walk
from hybrid.models import clone_model
from hybrid.models.structural_clone import StructuralCloner
from tests.contracts.test_models import calls_while
from tests.models.awkward_models import Mixed, Stack, Tied, array, built

DATA = array(5, 4)


def again(layer: Any) -> Any:
    return type(layer).from_config(layer.get_config())


def dropouts(model: Any) -> list[float]:
    return [layer.rate for layer in walk(model) if isinstance(layer, layers.Dropout)]


class Block(Model):
    """Calls what it is given, and a Dropout of its own."""

    def __init__(self, inner: Any):
        super().__init__()
        self.table = {"drop": [layers.Dropout(0.1)]}
        self.inner = inner

    def call(self, x: Any) -> Any:
        return self.table["drop"][0](self.inner(x))


class Made(Model):
    """Counts how often its constructor runs."""

    made = 0

    def __init__(self, units: int = 3):
        super().__init__()
        type(self).made += 1
        self.dense = layers.Dense(units)

    def call(self, x: Any) -> Any:
        return self.dense(x)


# -- by configuration or by structure ---------------------------------------------------------------------------------


def test_configuration_is_used_where_it_is_exact() -> None:
    model = Made()
    model(DATA)
    before = Made.made
    clone_model(model)
    assert Made.made == before + 1


def test_configuration_is_exact_after_training() -> None:
    model = Made()
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(DATA, DATA[:, :3], epochs=2, validation_split=0.5, verbose=0)
    model.evaluate(DATA, DATA[:, :3], verbose=0)
    model.predict(DATA, verbose=0)
    assert StructuralCloner(model).from_config() is not None


def test_constructor_does_not_count_where_the_model_was_changed() -> None:
    class Fussy(Made):
        made = 0

        def __init__(self, units: Any):
            if Fussy.made:
                raise OSError("a second one cannot be made")
            super().__init__(units)

    model = Fussy(3)
    model.dense = layers.Dense(2)
    twin = clone_model(model)
    assert Fussy.made == 1
    assert twin(DATA).shape == (5, 2)
    assert twin.get_config() == model.get_config()


@pytest.mark.parametrize("name", ["appended", "attribute_set", "constructor_draws_on_outside_state"])
def test_what_a_configuration_would_lose_is_kept(name: str) -> None:
    model = built(name)
    assert [layer.get_config() for layer in walk(clone_model(model))] == [layer.get_config() for layer in walk(model)]


def test_clone_is_not_compiled_and_not_trained() -> None:
    class Own(Stack):
        def compile(self, *, first: Any, **options: Any) -> None:
            super().compile(**options)
            self.first_optimizer = first

    model = Own()
    model.compile(first=hybrid.optimizers.Adam(0.1), optimizer="sgd", loss="mse", metrics=["mae"])
    model.fit(DATA, DATA, verbose=0)
    model.first_optimizer.build(model.trainable_variables)
    twin = clone_model(model)
    assert not twin.compiled
    assert twin.optimizer is None
    assert twin.history is None
    assert type(twin.first_optimizer) is hybrid.optimizers.Adam
    assert twin.first_optimizer is not model.first_optimizer
    assert not twin.first_optimizer.built
    twin.compile(first=None, optimizer="sgd", loss="mse")
    twin.fit(DATA, DATA, verbose=0)


def test_state_begins_anew() -> None:
    model = built("seeds_metrics_and_optimizers")
    model(DATA, training=True)
    twin = clone_model(model)
    assert float(model.mean.result()) == 1.5
    assert float(twin.mean.result()) == 0.0
    assert twin.changed == [twin.mean]
    assert twin.seeds.state.tolist() == [3, 0] != model.seeds.state.tolist()
    assert twin.same == [twin.seeds]
    assert twin.optimizer_of_mine.get_config() == model.optimizer_of_mine.get_config()


def test_weights_are_initialized_anew() -> None:
    model = Stack()
    model(DATA)
    model.blocks.append(layers.Dense(2, kernel_initializer="ones"))
    model(DATA)
    model.blocks[2].kernel.assign(model.blocks[2].kernel * 5)
    first, second = clone_model(model), clone_model(model)
    for twin in (first, second):
        assert np.all(twin.blocks[2].kernel.numpy() == 1)
        assert np.any(twin.blocks[0].kernel.numpy() != model.blocks[0].kernel.numpy())
    assert np.any(first.blocks[0].kernel.numpy() != second.blocks[0].kernel.numpy())


def test_variable_that_was_given_a_value_keeps_it() -> None:
    model = Stack()
    model.given = Variable(array(2), name="given")
    model.given.assign([7.0, 8.0])
    twin = clone_model(model)
    assert twin.given.tolist() == [7, 8]
    twin.given.assign([0.0, 0.0])
    assert model.given.tolist() == [7, 8]


def test_functions_reach_the_clone_and_not_the_original() -> None:
    model = Stack()
    kernel = model.add_weight(shape=(4,), initializer="ones", name="scale")
    model.function = lambda x, dense=model.blocks[0]: dense(x) * kernel
    twin = clone_model(model)
    twin(DATA)
    assert twin.function.__defaults__ == (twin.blocks[0],)
    assert twin.function.__closure__[0].cell_contents is twin.weights[0] is not kernel
    assert twin.function.__code__ is model.function.__code__


def test_masks_and_generators_of_a_graph_are_those_of_the_clone() -> None:
    twin = clone_model(built("masks_in_a_graph"))
    assert twin.outputs[1].mask is not None
    model = built("draws_in_a_graph")
    twin = clone_model(model)
    assert [v.path for v in twin.variables] == [v.path for v in model.variables]
    assert {id(v) for v in twin.variables}.isdisjoint({id(v) for v in model.variables})
    assert len(twin.variables) == 3


def test_layer_that_the_original_never_called_is_not_built() -> None:
    twin = clone_model(built("changed_inside_a_graph_that_was_recorded_before"))
    assert not twin.layers[0].spare["not"].built


@pytest.mark.parametrize("changed", [False, True])
def test_cost_is_linear_in_the_layers_of_a_subclassed_model(changed: bool) -> None:
    def work(count: int) -> int:
        model = Stack(count)
        model(DATA)
        model.spare = [layers.Dense(1)] if changed else None
        return calls_while(lambda: clone_model(model))

    work(2)
    assert work(80) < 4.6 * work(20)


# -- what cannot be cloned --------------------------------------------------------------------------------------------


class Inner(layers.Layer):
    def __init__(self, held: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.held = {"a": [held]}

    def call(self, x: Any) -> Any:
        return x


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: open(__file__), "TextIOWrapper"),  # noqa: SIM115
        (threading.Lock, "lock"),
        (lambda: (n for n in range(3)), "generator"),
    ],
    ids=["file", "lock", "generator"],
)
def test_what_has_no_second_one_is_named(make: Callable[[], Any], named: str) -> None:
    held = make()
    model = Stack()
    model.blocks.append(Inner(held))
    with pytest.raises(ConfigError) as error:
        clone_model(model)
    text = str(error.value)
    assert f"no second {named}" in text.replace("_io.", "").replace("_thread.", "")
    assert "model.blocks[2].held['a'][0]" in text
    for word in ("'stack'", "get_config", "__deepcopy__", "set the attribute after"):
        assert word in text
    assert "differs at model.blocks" in text
    if hasattr(held, "close"):
        held.close()


def test_path_leads_through_graphs_and_stacks() -> None:
    lock = threading.Lock()
    x = Input((4,))
    model = Model(x, Sequential([layers.Dense(4), Inner(lock)])(x))
    with pytest.raises(
        ConfigError, match=r"held by model\.get_layer\('sequential'\)\.get_layer\('inner'\)\.held\['a'\]"
    ):
        clone_model(model)


def test_argument_that_is_not_kept_does_not_matter() -> None:
    class Reads(Stack):
        def __init__(self, stream: Any):
            super().__init__(len(stream.readline()))
            self.note = [1]

    with Path(__file__).open() as stream:
        model = Reads(stream)
        twin = clone_model(model)
    assert len(twin.blocks) == len(model.blocks) > 2
    assert twin.note == [1]
    assert twin._arguments == model._arguments


def test_constructor_that_opens_something_opens_it_again() -> None:
    class Log(Stack):
        def __init__(self, path: str):
            super().__init__()
            self.stream = open(path)  # noqa: SIM115

    model = Log(__file__)
    twin = clone_model(model)
    assert twin.stream is not model.stream
    for each in (model, twin):
        each.stream.close()


def test_object_that_copies_itself_is_asked_to() -> None:
    class Handle:
        def __init__(self, layer: Any):
            self.layer, self.lock = layer, threading.Lock()

        def __deepcopy__(self, memo: Any) -> Any:
            return type(self)(copy.deepcopy(self.layer, memo))

    model = Stack()
    model.handle = Handle(model.blocks[0])
    twin = clone_model(model)
    assert twin.handle.lock is not model.handle.lock
    assert twin.handle.layer is twin.blocks[0]


# -- clone_function ---------------------------------------------------------------------------------------------------


def swap(layer: Any) -> Any:
    return layers.Dropout(0.9) if isinstance(layer, layers.Dropout) else again(layer)


def functional(inner: Any) -> Any:
    x = Input((4,))
    return Model(x, layers.Dropout(0.2)(inner(x)))


def sequential(inner: Any) -> Any:
    return Sequential([Input((4,)), inner, layers.Dropout(0.3)])


MIXES = {
    "functional in subclassed in Sequential": lambda: sequential(Block(functional(layers.Dense(4)))),
    "Sequential in subclassed in functional": lambda: functional(Block(sequential(layers.Dense(4)))),
    "subclassed in Sequential in functional": lambda: functional(sequential(Block(layers.Dense(4)))),
    "subclassed in functional in Sequential": lambda: sequential(functional(Block(layers.Dense(4)))),
    "Sequential in functional in subclassed": lambda: Block(functional(sequential(layers.Dense(4)))),
    "functional in Sequential in subclassed": lambda: Block(sequential(functional(layers.Dense(4)))),
    "subclassed in subclassed in subclassed": lambda: Block(Block(Block(layers.Dense(4)))),
}


@pytest.mark.parametrize("make", MIXES.values(), ids=MIXES)
def test_every_dropout_is_swapped_at_any_depth(make: Any) -> None:
    model = make()
    expected = model(DATA)
    twin = clone_model(model, clone_function=swap, recursive=True)
    assert dropouts(twin) == [0.9, 0.9, 0.9]
    assert sorted(dropouts(model)) != dropouts(twin)
    assert [w.path for w in twin.weights] == [w.path for w in model.weights]
    assert [layer.path for layer in walk(twin)] == [layer.path for layer in walk(model)]
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin(DATA), expected)
    rng = hybrid.utils.set_random_seed
    rng(1)
    assert np.mean(np.asarray(twin(DATA, training=True)) == 0) > np.mean(np.asarray(expected) == 0)


@pytest.mark.parametrize("name", [name for name in MIXES if not name.endswith(("Sequential", "functional"))])
def test_in_a_subclassed_model_every_style_is_looked_into(name: str) -> None:
    model = MIXES[name]()
    model(DATA)
    assert set(dropouts(clone_model(model, clone_function=swap))) == {0.9}


def test_in_a_graph_nested_models_are_layers_unless_recursive() -> None:
    seen: list[str] = []

    def note(layer: Any) -> Any:
        seen.append(type(layer).__name__)
        return again(layer)

    model = functional(sequential(layers.Dense(4)))
    clone_model(model, clone_function=note)
    assert seen == ["Sequential", "Dropout"]
    seen.clear()
    clone_model(model, clone_function=note, recursive=True)
    assert seen == ["Dense", "Dropout", "Dropout"]


def test_function_is_called_once_for_each_layer_and_its_answer_stands_everywhere() -> None:
    model = Mixed()
    model(DATA)
    seen: list[Any] = []

    def note(layer: Any) -> Any:
        seen.append(layer)
        return again(layer)

    twin = clone_model(model, clone_function=note)
    assert len(seen) == len({id(layer) for layer in seen}) == 5
    shared = twin.shared
    assert shared is twin.several[0] is twin.several[2] is twin.table["a"][0] is twin.table["a"][1]["b"][0]
    assert shared is twin.graph.layers[2] is twin.stack.layers[0] is not model.shared
    assert twin.graph.layers[1] is not model.graph.layers[1]


def test_answer_takes_the_name_if_it_has_none() -> None:
    model = Block(layers.Dense(4, name="mine"))
    model(DATA)

    def other(layer: Any) -> Any:
        return layers.Activation("relu") if isinstance(layer, layers.Dropout) else layers.Dense(4, name="chosen")

    twin = clone_model(model, clone_function=other)
    assert [layer.name for layer in twin.layers] == ["dropout", "chosen"]
    assert type(twin.layers[0]) is layers.Activation
    assert [layer.path for layer in twin.layers] == ["block/dropout", "block/chosen"]


def test_layers_can_be_reused() -> None:
    model = Block(functional(layers.Dense(4)))
    expected = model(DATA)
    twin = clone_model(model, clone_function=lambda layer: layer)
    assert twin is not model
    assert twin.table is not model.table
    assert [id(w) for w in twin.weights] == [id(w) for w in model.weights]
    assert twin.table["drop"][0] is model.table["drop"][0]
    assert [layer.path for layer in walk(model) if layer.weights] == [
        "block",
        "block/functional",
        "block/functional/dense",
    ]
    np.testing.assert_array_equal(twin(DATA), expected)


def test_wrappers_are_looked_into_and_layers_of_ours_are_not() -> None:
    seen: list[str] = []

    def note(layer: Any) -> Any:
        seen.append(type(layer).__name__)
        return again(layer)

    model = built("cells_and_wrappers")
    twin = clone_model(model, clone_function=note)
    assert "LSTM" in seen
    assert seen.count("LSTMCell") == seen.count("Dropout") == 1
    assert not {"TimeDistributed", "RNN", "Bidirectional", "Sequential"} & set(seen)
    assert twin.rnn.cell is twin.cell


def test_tied_variables_follow_what_the_function_returns() -> None:
    model = Tied()
    model(DATA)
    twin = clone_model(model, clone_function=again)
    assert twin.tied[0] is twin.embed.kernel is not model.embed.kernel
    with pytest.raises(ConfigError, match=r"(?s)no counterpart of its variable 'kernel'.*model\.tied\[0\]"):
        clone_model(model, clone_function=lambda layer: layers.Dense(3))


def test_layers_of_other_sizes_are_built_for_what_reaches_them() -> None:
    def wider(layer: Any) -> Any:
        return layers.Dense(layer.units * 2)

    model = Stack()
    model(DATA)
    twin = clone_model(model, clone_function=wider)
    assert [w.shape for w in twin.weights] == [(4, 8), (8,), (8, 8), (8,)]
    built_by_shape = Stack()
    built_by_shape.build((None, 4))
    twin = clone_model(built_by_shape, clone_function=wider)
    assert [w.shape for w in twin.weights] == [(4, 8), (8,), (8, 8), (8,)]


def test_model_that_needs_values_builds_the_answers_when_it_is_called() -> None:
    class Values(Stack):
        def call(self, x: Any) -> Any:
            return super().call(x) if float(ops.sum(x)) > 0 else x

    model = Values()
    model(np.abs(DATA))
    twin = clone_model(model, clone_function=again)
    assert not twin.weights
    twin(np.abs(DATA))
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin(np.abs(DATA)), model(np.abs(DATA)))


def test_original_is_left_alone_by_a_clone_function() -> None:
    model = MIXES["Sequential in functional in subclassed"]()
    expected, config = model(DATA), [layer.get_config() for layer in walk(model)]
    clone_model(model, clone_function=swap)
    assert [layer.get_config() for layer in walk(model)] == config
    np.testing.assert_array_equal(model(DATA), expected)


def test_answer_that_is_no_layer_is_refused() -> None:
    with pytest.raises(ConfigError, match="clone_function returned NoneType for the layer 'stack/dense'"):
        clone_model(Stack(), clone_function=lambda layer: None)
    with pytest.raises(ConfigError, match="clones models, not list"):
        clone_model([])


# -- other inputs, other calls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [functional, sequential], ids=["functional", "Sequential"])
def test_clone_on_inputs_of_another_size(make: Any) -> None:
    model = make(layers.Dense(4))
    twin = clone_model(model, input_tensors=Input((7,)))
    assert twin.input_shape == (None, 7)
    assert twin(array(2, 7)).shape == (2, 4)
    assert [w.shape for w in twin.weights] == [(7, 4), (4,)]


def test_changed_layer_survives_another_call() -> None:
    inner = Stack()
    inner.blocks.append(layers.Dense(3))
    x = Input((4,))
    model = Model(x, inner(x))
    twin = clone_model(model, call_function=lambda layer, *args, **kwargs: layer(*args, **kwargs) * 2)
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(twin(DATA), model(DATA) * 2)


def test_layers_that_a_call_function_inserts_belong_to_the_clone() -> None:
    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        return layers.Dropout(0.5)(layer(*args, **kwargs))

    twin = clone_model(functional(layers.Dense(4)), clone_function=again, call_function=call)
    assert [type(layer).__name__ for layer in twin.layers] == ["InputLayer", "Dense", "Dropout", "Dropout", "Dropout"]
    assert len({layer.path for layer in twin.layers}) == 5


def test_sequential_takes_no_other_call() -> None:
    with pytest.raises(ConfigError, match="a Sequential: it cannot be cloned with call_function"):
        clone_model(sequential(layers.Dense(4)), call_function=lambda layer, x: layer(x))
