"""The graph of a subclassed model: what of a `call` is recorded."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Model, Sequential, Variable, layers, ops
from hybrid.errors import NotBuiltError
from hybrid.models import to_functional
from hybrid.models.recording import graph_of
from hybrid.random import SeedGenerator
from tests.comparing import assert_equal
from tests.models.nested_models import X, check, model_of

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


def test_names_of_attributes_are_free() -> None:
    class Cell(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.forget, self.refresh = layers.Dense(4), layers.Dense(4)

        def call(self, x: Any) -> Any:
            return self.refresh(x) * ops.sigmoid(self.forget(x))

    model = model_of(lambda self, x: self.cell(self.cell(x)), cell=Cell())
    check(model, X)
    assert len(model.cell.forget.output.shape) == 2
    model.cell.added = layers.Dense(2)
    check(model, X)


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
