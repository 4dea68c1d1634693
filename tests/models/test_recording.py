"""The graph of a subclassed model: what of a `call` is recorded, when it is taken again, and that nothing moves."""

from __future__ import annotations

import dataclasses
import gc
import pickle
import random
import sys
import threading
import types
import weakref
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Model, Sequential, Variable, layers, ops, tree
from hybrid.errors import ConfigError, FrozenValueError, NotBuiltError, PlaceholderError
from hybrid.layers.base.tracking import walk
from hybrid.models import to_functional
from hybrid.models.recording import graph_of
from hybrid.random import SeedGenerator
from tests.comparing import assert_equal, values

X = np.sin(np.arange(8, dtype="float32")).reshape(2, 4)


def model_of(call: Any, **parts: Any) -> Any:
    """Make a model of a function `call(self, ...)`, with parts as attributes."""

    model = type("Made", (Model,), {"call": call})()
    for name, part in parts.items():
        setattr(model, name, part)
    return model


def check(model: Any, *args: Any, as_one: Any = None, training: bool = False, **kwargs: Any) -> Any:
    """Compare the recorded form with an eager call, bit for bit, and what both leave behind; return the first."""
    model(*args, **kwargs)
    state = [variable.numpy() for variable in model.variables]
    expected = values(model(*args, **kwargs, training=training))
    losses, after = values(model.losses), [variable.numpy() for variable in model.variables]
    give(model, state)
    functional = to_functional(model)
    one = as_one if as_one is not None else args[0] if len(args) == 1 and not kwargs else list(args)
    assert_equal(functional(one, training=training), expected)
    assert_equal(values(functional.losses), losses)
    assert_equal([variable.numpy() for variable in model.variables], after)
    give(model, state)
    return functional


def give(model: Any, state: list[Any]) -> None:
    for variable, value in zip(model.variables, state, strict=True):
        variable.assign(value)


class Dense(Model):
    """One layer, and NumPy."""

    def __init__(self, units: int = 3, **kwargs: Any):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units)

    def call(self, x: Any) -> Any:
        return np.tanh(self.dense(x))


# -- what is recorded -------------------------------------------------------------------------------------------------


def test_several_arguments_are_a_list_of_inputs() -> None:
    model = model_of(lambda self, a, b: self.dense(a) + b, dense=layers.Dense(4))
    check(model, X, X + 1)
    assert model.input_names == ["a", "b"]
    assert isinstance(model.input, list)


def test_dict_inputs_keep_their_keys() -> None:
    model = model_of(lambda self, inputs: self.dense(inputs["left"]) + inputs["right"][0], dense=layers.Dense(4))
    inputs = {"right": [X], "left": X + 1}
    check(model, inputs)
    assert set(model.input) == {"left", "right"}
    assert model.input["left"].shape == (None, 4)


def test_tensors_by_keyword_are_a_dict_of_inputs() -> None:
    def call(self: Any, x: Any, *, gate: Any = None, scale: float = 1.0) -> Any:
        return x * gate * scale

    model = model_of(call)
    check(model, X, gate=X + 1, scale=0.5, as_one={"x": X, "gate": X + 1})
    assert set(model.input) == {"x", "gate"}


def test_optional_argument_left_out_is_no_input() -> None:
    def call(self: Any, x: Any, memory: Any = None) -> Any:
        return x if memory is None else x + memory

    model = model_of(call)
    check(model, X)
    assert len(model.inputs) == 1
    given = model_of(call)
    check(given, X, X)
    assert len(given.inputs) == 2
    none = model_of(call)
    check(none, X, None, as_one=X)
    assert len(none.inputs) == 1


def test_surplus_arguments_are_inputs() -> None:
    def call(self: Any, *tensors: Any) -> Any:
        return sum(tensors[1:], tensors[0])

    check(model_of(call), X, X + 1, X + 2)


def test_layer_called_more_than_once_has_as_many_calls() -> None:
    model = model_of(lambda self, x: self.dense(self.dense(x)) + self.dense(x), dense=layers.Dense(4))
    check(model, X)
    calls = [node for node in graph_of(model).graph.nodes if node.operation is model.dense]
    assert len(calls) == 3
    with pytest.raises(NotBuiltError, match=r"called 3 times, so 'output' is ambiguous(?s:.*)dense@0"):
        _ = model.dense.output
    assert model.get_layer("dense@1").output.node is calls[1]


def test_raw_operations_and_numpy_functions_are_nodes() -> None:
    def call(self: Any, x: Any) -> Any:
        y = np.where(x > 0, np.exp(-x), 0.5) @ np.eye(4, dtype="float32")
        return ops.softmax(np.concatenate([y, y[:, ::-1]], axis=-1).reshape((-1, 2, 4)), axis=-1)

    check(model_of(call), X)


def test_own_variables_stay_live() -> None:
    model = model_of(lambda self, x: x @ self.w + self.b, w=Variable(np.ones((4, 2), "float32")), b=Variable(0.5))
    functional = check(model, X)
    model.w.assign(model.w * 2)
    assert_equal(functional(X), model(X))
    assert {id(weight) for weight in functional.weights} == {id(weight) for weight in model.weights}


def test_assigned_variables_are_assigned_when_the_recorded_form_runs() -> None:
    def call(self: Any, x: Any, training: bool = False) -> Any:
        if training:
            self.count.assign_add(1)
            self.mean.assign(0.9 * self.mean + ops.mean(x) * ops.cast(self.count, "float32"))
        return x - self.mean

    parts = {"count": Variable(0, dtype="int64", trainable=False), "mean": Variable(0.0, trainable=False)}
    model = model_of(call, **parts)
    check(model, X)
    functional = check(model, X, training=True)
    functional(X, training=True)
    functional(X)
    assert int(model.count) == 1


def test_variable_read_after_it_is_assigned_is_the_new_value() -> None:
    def call(self: Any, x: Any) -> Any:
        before = x * self.scale
        self.scale.assign(self.scale + 1)
        return before, x * self.scale

    check(model_of(call, scale=Variable(2.0, trainable=False)), X)


def test_layer_whose_weights_are_assigned_in_call_reads_the_new_ones() -> None:
    def call(self: Any, x: Any, training: bool = False) -> Any:
        before = self.teacher(x)
        if training:
            for mine, other in zip(self.teacher.weights, self.student.weights, strict=True):
                mine.assign(0.9 * mine + 0.1 * other)
        return before, self.teacher(x), self.student(x)

    parts = {name: Sequential([layers.Dense(3), layers.Dense(2)], name=name) for name in ("teacher", "student")}
    model = model_of(call, **parts)
    check(model, X)
    check(model, X, training=True)


def test_losses_of_call_and_of_activities_are_added() -> None:
    def call(self: Any, x: Any, training: bool = False) -> Any:
        y = self.dense(x)
        self.add_loss(ops.mean(y) * 0.1)
        if training:
            self.add_loss(ops.sum(x))
        return y

    regularized = layers.Dense(3, activity_regularizer="l2")
    plain = layers.Dense(3)
    check(model_of(call, dense=plain), X)
    check(model_of(call, dense=plain), X, training=True)
    functional = to_functional_of(model_of(call, dense=regularized))
    functional(X)
    assert len(functional.losses) == 2


def to_functional_of(model: Any) -> Any:
    model(X)
    return to_functional(model)


def test_activity_regularizer_of_the_model_itself_is_kept() -> None:
    class Regularized(Model):
        def __init__(self) -> None:
            super().__init__(activity_regularizer="l1")

        def call(self, x: Any) -> Any:
            return x * 2

    check(Regularized(), X)


def test_random_draws_follow_their_generator() -> None:
    def call(self: Any, x: Any, training: bool = False) -> Any:
        noise = hybrid.random.normal(ops.shape(x), seed=self.seed) if training else 0.0
        return x + noise

    model = model_of(call, seed=SeedGenerator(3))
    check(model, X)
    check(model, X, training=True)


GENERATORS: dict[str, Any] = {
    "np.random": (np.random, lambda own: str(own.get_state()[1].tolist()) + str(own.get_state()[2:])),
    "random": (random, lambda own: str(own.getstate())),
    "rng": (np.random.default_rng(0), lambda own: str(own.bit_generator.state)),
    "state": (np.random.RandomState(0), lambda own: str(own.get_state()[1].tolist()) + str(own.get_state()[2:])),
}


@pytest.mark.parametrize("name", GENERATORS)
def test_numbers_drawn_with_numpy_are_not_frozen(name: str) -> None:
    generator, state = GENERATORS[name]
    draws = generator.gauss if name == "random" else generator.normal
    own = {} if name in ("np.random", "random") else {name: generator}
    model = model_of(lambda self, x: self.dense(x) + np.float32(draws(0.0, 1.0)), dense=layers.Dense(2), **own)
    model(X)
    before = state(generator)
    with pytest.raises(FrozenValueError, match=rf"(?s){name} in its call.*SeedGenerator"):
        to_functional(model)
    assert state(generator) == before
    model.summary(print_fn=lambda line: None)
    assert not np.allclose(model(X), model(X))


def test_draws_and_calls_that_no_output_needs_still_happen() -> None:
    def call(self: Any, x: Any) -> Any:
        hybrid.random.normal((2,), seed=self.seed)
        self.drop(x, training=True)
        self.norm(x, training=True)
        return self.drop(x, training=True) + hybrid.random.normal((4,), seed=self.seed)

    parts = {"seed": SeedGenerator(3), "drop": layers.Dropout(0.5, seed=1), "norm": layers.BatchNormalization()}
    check(model_of(call, **parts), X)


def test_layer_called_on_a_constant_stays_live() -> None:
    def call(self: Any, tokens: Any) -> Any:
        return self.tokens(tokens) + self.positions(np.arange(tokens.shape[1]))

    model = model_of(call, tokens=layers.Embedding(5, 3), positions=layers.Embedding(4, 3))
    functional = check(model, np.array([[1, 2, 3, 0]]))
    model.positions.embeddings.assign(model.positions.embeddings * 3)
    assert_equal(functional(np.array([[1, 2, 3, 0]])), model(np.array([[1, 2, 3, 0]])))


def test_constant_outputs_are_allowed() -> None:
    model = model_of(lambda self, x: {"y": x * 2, "constant": np.arange(3), "weight": self.v}, v=Variable([1.0, 2.0]))
    functional = check(model, X)
    model.v.assign([5.0, 6.0])
    np.testing.assert_array_equal(functional(X)["weight"], [5.0, 6.0])


def test_none_among_the_outputs_stays_none() -> None:
    check(model_of(lambda self, x: (x, None, {"state": None, "y": x + 1})), X)


class NoOutput(layers.Layer):
    """Returns nothing, or nothing for one of its outputs."""

    supports_masking = True

    def __init__(self, wholly: bool) -> None:
        super().__init__()
        self.wholly = wholly

    def call(self, x: Any) -> Any:
        self.add_loss(ops.mean(x))
        return None if self.wholly else (x * 2, None)


def test_layers_that_return_none() -> None:
    def call(self: Any, tokens: Any) -> Any:
        x = self.embed(tokens)
        assert self.nothing(x) is None
        y, none = self.half(x)
        assert none is None
        return y

    parts = {"nothing": NoOutput(True), "half": NoOutput(False), "embed": layers.Embedding(5, 3, mask_zero=True)}
    functional = check(model_of(call, **parts), TOKENS)
    twin = pickle.loads(pickle.dumps(functional))
    assert_equal(twin(TOKENS), functional(TOKENS))
    assert len(functional.losses) == 2
    functional.summary(print_fn=lambda line: None)


def test_input_that_is_returned_as_it_came() -> None:
    check(model_of(lambda self, x: x), X)
    check(model_of(lambda self, x, y: [y, x, y]), X, X + 1)


# -- masks ------------------------------------------------------------------------------------------------------------


class Block(layers.Layer):
    """Uses a mask that its input carries, and hands it on."""

    supports_masking = True

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(3)

    def call(self, x: Any, mask: Any = None) -> Any:
        x = self.dense(x)
        return x if mask is None else x * ops.cast(mask, "float32")[..., None]


TOKENS = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])


def test_masks_travel_into_recorded_blocks() -> None:
    def call(self: Any, tokens: Any) -> Any:
        hidden = self.block(self.embedding(tokens))
        return self.lstm(self.block(hidden * 2))

    model = model_of(call, embedding=layers.Embedding(5, 3, mask_zero=True), block=Block(), lstm=layers.LSTM(2))
    functional = check(model, TOKENS)
    assert np.any(functional(TOKENS).numpy() != functional(TOKENS + 1).numpy())


def test_mask_passed_explicitly_is_an_input_of_the_block() -> None:
    def call(self: Any, tokens: Any) -> Any:
        hidden = self.embedding(tokens)
        return self.block(hidden, mask=self.embedding.compute_mask(tokens)), self.block(hidden, mask=tokens > 2)

    check(model_of(call, embedding=layers.Embedding(5, 3, mask_zero=True), block=Block()), TOKENS)


def test_mask_that_is_computed_with_is_recorded() -> None:
    def call(self: Any, tokens: Any) -> Any:
        hidden = self.embedding(tokens)
        return ops.sum(ops.cast(hidden.mask, "float32"), axis=1) + ops.sum(self.block(hidden), axis=(1, 2))

    check(model_of(call, embedding=layers.Embedding(5, 3, mask_zero=True), block=Block()), TOKENS)


# -- training ---------------------------------------------------------------------------------------------------------


def test_training_that_is_handed_on_gives_one_graph() -> None:
    def call(self: Any, x: Any, training: Any = None) -> Any:
        return self.drop(self.dense(x), training=training)

    model = model_of(call, dense=layers.Dense(3), drop=layers.Dropout(0.5, seed=1))
    check(model, X, training=True)
    assert graph_of(model).when_training is None


def test_training_that_branches_gives_two_graphs() -> None:
    def call(self: Any, x: Any, training: bool = False) -> Any:
        return self.noise(x) if training else x * 2

    model = model_of(call, noise=layers.GaussianNoise(0.5, seed=1))
    check(model, X)
    check(model, X, training=True)
    assert graph_of(model).when_training is not None


def test_constant_training_stays_what_the_code_says() -> None:
    def call(self: Any, x: Any, training: Any = None) -> Any:
        return self.norm(x, training=False) + self.drop(x, training=True)

    model = model_of(call, norm=layers.BatchNormalization(), drop=layers.Dropout(0.5, seed=1))
    check(model, X)
    check(model, X, training=True)
    assert graph_of(model).when_training is None


def test_flag_that_nobody_hands_on_is_inherited() -> None:
    model = model_of(
        lambda self, x: self.drop(self.norm(x)), norm=layers.BatchNormalization(), drop=layers.Dropout(0.5)
    )
    check(model, X)
    check(model, X, training=True)


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


class Scaled(Model):
    """A setting in an object of the user's own."""

    def __init__(self, settings: Any) -> None:
        super().__init__()
        self.dense = layers.Dense(2)
        self.settings = settings

    def call(self, x: Any) -> Any:
        settings = self.settings[0] if isinstance(self.settings, list) else self.settings
        return self.dense(x) * settings.scale


@dataclasses.dataclass
class Settings:
    scale: float = 1.0


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: [s], lambda s: types.SimpleNamespace(**vars(s))])
def test_setting_in_an_object_changes_the_recording(wrap: Any) -> None:
    model = Scaled(wrap(Settings()))
    model(X)
    graph = graph_of(model)
    assert graph_of(model) is graph
    settings = model.settings[0] if isinstance(model.settings, list) else model.settings
    settings.scale = 3.0
    assert graph_of(model) is not graph
    assert_equal(to_functional(model)(X), model(X))


def test_object_made_where_another_one_was_is_another_one() -> None:
    """The identity of an object that is gone is soon given to the next."""
    model = Scaled(Settings(0.0))
    model(X)
    for scale in range(1, 10):
        assert graph_of(model) is not None
        model.settings = None
        model.settings = types.SimpleNamespace(scale=float(scale))
        assert_equal(to_functional(model)(X), model(X))


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
    with pytest.raises(PlaceholderError, match=r"(?s)test_recording\.py.*ops\.(cond|where)"):
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
