"""Looking into calls: nested models dissolved, and inner tensors as outputs, with all that a call may do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Model, Sequential, Variable, layers, ops
from hybrid.errors import DisconnectedGraphError
from hybrid.models import extract, to_functional
from hybrid.models.unfolding import connect
from hybrid.random import SeedGenerator
from tests.comparing import assert_equal, values
from tests.models.nested_models import X, net


def outer_of(inner: Any, call: Any) -> Any:
    """Make a model around another."""
    model = type("Outer", (Model,), {"call": call})()
    model.inner = inner
    return model


def inner_of(call: Any, **parts: Any) -> Any:
    model = type("Inner", (Model,), {"call": call})()
    for name, part in parts.items():
        setattr(model, name, part)
    return model


def check(model: Any, *args: Any) -> Any:
    """Compare the dissolved form with the model, in training too, with what both leave behind; return the first."""
    model(*args)
    model(*args, training=True)
    flat = to_functional(model, expand=True)
    assert not any(isinstance(layer, Model) and not layer.is_opaque for layer in flat.layers)
    state = [variable.numpy() for variable in model.variables]
    for training in (False, True):
        found = []
        for each, given in ((model, args), (flat, (args[0] if len(args) == 1 else args,))):
            outputs = values(each(*given, training=training))
            losses = sorted(float(loss) for loss in each.losses)
            found.append([outputs, losses, [variable.numpy() for variable in model.variables]])
            for variable, value in zip(model.variables, state, strict=True):
                variable.assign(value)
        assert_equal(found[1], found[0])
    return flat


# -- arguments and outputs of nested calls ----------------------------------------------------------------------------


def test_nested_call_with_keywords_and_structures() -> None:
    def call(self: Any, inputs: Any, *, gate: Any = None, scale: float = 1.0) -> Any:
        return {"sum": self.dense(inputs["a"]) + inputs["b"][0], "gate": gate * scale, "none": None}

    def outer(self: Any, x: Any) -> Any:
        first = self.inner({"b": [x], "a": x + 1}, gate=x * 2, scale=0.5)
        second = self.inner({"a": first["sum"], "b": (first["gate"],)}, gate=first["sum"])
        return first, second

    check(outer_of(inner_of(call, dense=layers.Dense(4)), outer), X)


def test_nested_functional_models_by_name_and_with_other_structures() -> None:
    a, b = Input((4,), name="a"), Input((4,), name="b")
    inner = Model({"a": a, "b": b}, [layers.Dense(4)(a) * b, b])

    def outer(self: Any, x: Any) -> Any:
        product, same = self.inner({"b": x, "a": x + 1})
        return self.inner({"a": product, "b": same})

    check(outer_of(inner, outer), X)
    check(outer_of(Model([a, b], a - b), lambda self, x: self.inner([x, x * 2]) + self.inner((x * 3, x))), X)


def test_nested_model_that_returns_its_input_or_a_constant() -> None:
    def call(self: Any, x: Any, y: Any) -> Any:
        return y, np.ones(4, "float32"), self.scale, x

    def outer(self: Any, x: Any) -> Any:
        same, constant, scale, other = self.inner(x, x + 1)
        return same * constant * scale + other

    check(outer_of(inner_of(call, scale=Variable(2.0)), outer), X)


def test_nested_model_called_on_constants_only() -> None:
    inner = inner_of(lambda self, x: self.dense(x), dense=layers.Dense(4))
    check(outer_of(inner, lambda self, x: x + self.inner(np.eye(4, dtype="float32")[:1])), X)


def test_sequentials_of_models() -> None:
    inner = Sequential(
        [layers.Dense(4), Sequential([layers.Dense(4), layers.BatchNormalization()]), layers.Dropout(0.5)]
    )
    check(outer_of(inner, lambda self, x: self.inner(self.inner(x))), X)


def test_layers_that_are_no_models_stay_whole() -> None:
    class Residual(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.stack = Sequential([layers.Dense(4)])

        def call(self, x: Any) -> Any:
            return x + self.stack(x)

    flat = check(outer_of(Residual(), lambda self, x: self.inner(x)), X)
    assert "Residual" in [type(layer).__name__ for layer in flat.layers]


# -- effects ----------------------------------------------------------------------------------------------------------


def test_losses_updates_and_draws_inside_nested_calls_are_kept() -> None:
    def call(self: Any, x: Any, training: bool = False) -> Any:
        self.add_loss(ops.mean(x) * 0.1)
        self.count.assign_add(1.0)
        noise = hybrid.random.normal(ops.shape(x), seed=self.seed) if training else 0.0
        return self.drop(x * self.count + noise)

    parts = {"count": Variable(0.0, trainable=False), "seed": SeedGenerator(1), "drop": layers.Dropout(0.5, seed=2)}
    check(outer_of(inner_of(call, **parts), lambda self, x: self.inner(self.inner(x))), X)


def test_variable_assigned_by_one_nested_call_is_read_by_the_next() -> None:
    def call(self: Any, x: Any) -> Any:
        y = x * self.state
        self.state.assign(self.state + ops.mean(ops.abs(x)))
        return y

    inner = inner_of(call, state=Variable(1.0, trainable=False))
    check(outer_of(inner, lambda self, x: (self.inner(x), self.inner(x) + self.inner.state)), X)


# -- training ---------------------------------------------------------------------------------------------------------


def branching() -> Any:
    def call(self: Any, x: Any, training: bool = False) -> Any:
        return self.drop(x) + 10 if training else self.drop(x) - 10

    return inner_of(call, drop=layers.Dropout(0.5, seed=1))


def handing_on(self: Any, x: Any, training: Any = None) -> Any:
    return self.inner(x, training=training)


def by_position(self: Any, x: Any, training: Any = None) -> Any:
    return self.inner(x, training)


def inheriting(self: Any, x: Any) -> Any:
    return self.inner(x)


def always(self: Any, x: Any, training: Any = None) -> Any:
    return self.inner(x, training=True) + self.inner(x)


def never(self: Any, x: Any, training: Any = None) -> Any:
    return self.inner(x, training=False) * (2 if training else 1)


@pytest.mark.parametrize("call", [handing_on, by_position, inheriting, always, never])
def test_training_reaches_nested_branches_as_the_code_says(call: Any) -> None:
    check(outer_of(branching(), call), X)
    check(outer_of(outer_of(branching(), call), inheriting), X)
    check(outer_of(outer_of(branching(), always), call), X)


def test_features_inside_a_call_that_always_trains() -> None:
    def call(self: Any, x: Any, training: bool = False) -> Any:
        return self.dense(x + 1 if training else x)

    inner = inner_of(call, dense=layers.Dense(4, name="dense"))
    model = outer_of(inner, lambda self, x: self.inner(x, training=True))
    model(X)
    np.testing.assert_array_equal(extract(model, "inner/dense")(X), inner.dense(X + 1))
    np.testing.assert_array_equal(Model(model.input, inner.dense.output)(X), inner.dense(X + 1))


# -- masks ------------------------------------------------------------------------------------------------------------

TOKENS = np.array([[1, 2, 0, 0], [3, 4, 1, 0]])


def test_masks_go_into_nested_calls_and_come_out() -> None:
    def call(self: Any, x: Any, mask: Any = None) -> Any:
        return self.lstm(x * 2) + (0.0 if mask is None else ops.cast(mask, "float32")[..., None])

    inner = inner_of(call, lstm=layers.LSTM(3, return_sequences=True))

    def outer(self: Any, tokens: Any) -> Any:
        hidden = self.inner(self.embed(tokens))
        return self.pool(hidden), self.inner(hidden, mask=tokens > 1)

    model = outer_of(inner, outer)
    model.embed, model.pool = layers.Embedding(5, 3, mask_zero=True), layers.GlobalAveragePooling1D()
    check(model, TOKENS)


# -- what cannot be looked into ---------------------------------------------------------------------------------------


def test_model_that_asks_for_values_stays_whole() -> None:
    def call(self: Any, x: Any) -> Any:
        return x if float(ops.sum(x)) > 0 else self.dense(x)

    inner = inner_of(call, dense=layers.Dense(4))
    type(inner).compute_output_shape = lambda self, shape: shape
    check(outer_of(inner, lambda self, x: self.inner(x) * 2), X)


# -- tensors of inner graphs as outputs -------------------------------------------------------------------------------


def test_tensors_that_are_connected_stay_what_they_are() -> None:
    x = Input((4,))
    y = layers.Dense(3)(x)
    assert connect(x, {"y": [y]})["y"][0] is y


def test_tensor_of_another_model_is_refused() -> None:
    model, other = net(), net()
    with pytest.raises(DisconnectedGraphError):
        Model(model.input, other.get_layer("stack/first").output)


def test_inner_and_outer_outputs_depend_on_each_other() -> None:
    model = net()
    features = Model(model.input, [model.get_layer("stack/deep/dense").output, model.get_layer("head").output])
    with hybrid.GradientTape() as tape:
        deep, outputs = features(X)
        total = ops.sum(outputs)
    assert tape.gradient(total, deep) is not None
