"""One graph where `call` only hands `training` on, two where it branches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import Input, Model, Variable, layers, ops, tree
from hybrid.models import clone_model, to_functional
from hybrid.models.recording import graph_of
from hybrid.models.text import model_from_json
from tests.comparing import assert_equal
from tests.models.nested_models import X


def recorded(call: Any) -> Any:
    """Record a model with some layers at hand."""
    model = type("Recorded", (Model,), {"call": call})()
    model.dense, model.drop = layers.Dense(4), layers.Dropout(0.5, seed=1)
    model.norm, model.count = layers.BatchNormalization(), Variable(0.0, trainable=False)
    model.norm.build((None, 4))
    model(X)
    model(X, training=True)
    return model


def handed_on(self: Any, x: Any, training: Any = None) -> Any:
    return self.drop(self.norm(x, training=training), training=training)


def handed_on_by_position(self: Any, x: Any, training: Any = None) -> Any:
    return self.drop(x, training)


def handed_on_with_a_default(self: Any, x: Any, training: bool = False) -> Any:
    return self.drop(self.dense(x), training=training)


def not_looked_at(self: Any, x: Any, training: Any = None) -> Any:
    return self.drop(self.dense(x))


def constant(self: Any, x: Any, training: Any = None) -> Any:
    return self.norm(self.drop(x, training=True), training=False)


def in_keywords(self: Any, x: Any, **options: Any) -> Any:
    return self.drop(self.dense(x), **options)


ONE_GRAPH = [handed_on, handed_on_by_position, handed_on_with_a_default, not_looked_at, constant, in_keywords]


def other_operation(self: Any, x: Any, training: bool = False) -> Any:
    return x + 1 if training else x * 2


def other_constant(self: Any, x: Any, training: bool = False) -> Any:
    return x * (2.0 if training else 3.0)


def other_array(self: Any, x: Any, training: bool = False) -> Any:
    return x * np.array([1, 2, 3, 4 if training else 5], "float32")


def other_type(self: Any, x: Any, training: bool = False) -> Any:
    return x**2 if training else x**2.0 * 1


def other_option(self: Any, x: Any, training: bool = False) -> Any:
    return ops.sum(x, axis=0 if training else 1, keepdims=True) * x


def other_layer(self: Any, x: Any, training: bool = False) -> Any:
    return self.dense(x) if training else self.norm(x)


def more_calls(self: Any, x: Any, training: bool = False) -> Any:
    y = self.dense(x)
    return self.dense(y) if training else y


def other_argument(self: Any, x: Any, training: bool = False) -> Any:
    y = x + 1
    return self.dense(y if training else x) + y


def turned_round(self: Any, x: Any, training: bool = False) -> Any:
    return self.drop(self.dense(x), training=not training)


def other_structure(self: Any, x: Any, training: bool = False) -> Any:
    return {"y": x * 2, "aside": x * 3} if training else {"y": x * 2, "aside": None}


def order_of_outputs(self: Any, x: Any, training: bool = False) -> Any:
    a, b = x * 2, x * 3
    return (a, b) if training else (b, a)


def other_update(self: Any, x: Any, training: bool = False) -> Any:
    if training:
        self.count.assign_add(1.0)
    return x * 1


def other_loss(self: Any, x: Any, training: bool = False) -> Any:
    y = ops.mean(x)
    if training:
        self.add_loss(y)
    return x * y


def value_of_update(self: Any, x: Any, training: bool = False) -> Any:
    a, b = ops.mean(x), ops.max(x)
    self.count.assign(a if training else b)
    return x * a * b


TWO_GRAPHS = [
    other_operation,
    other_constant,
    other_array,
    other_type,
    other_option,
    other_layer,
    more_calls,
    other_argument,
    turned_round,
    other_structure,
    order_of_outputs,
    other_update,
    other_loss,
    value_of_update,
]
every_call = pytest.mark.parametrize("call", [*ONE_GRAPH, *TWO_GRAPHS], ids=lambda call: call.__name__)


@pytest.mark.parametrize("call", ONE_GRAPH, ids=lambda call: call.__name__)
def test_one_graph_serves_both(call: Any) -> None:
    assert graph_of(recorded(call)).when_training is None


@pytest.mark.parametrize("call", TWO_GRAPHS, ids=lambda call: call.__name__)
def test_both_graphs_are_kept(call: Any) -> None:
    graph = graph_of(recorded(call))
    assert graph.when_training is not None
    assert graph.for_training(True) is graph.when_training
    assert graph.for_training(False) is graph.for_training(None) is graph
    assert [a.node for a in graph.when_training.input_tensors] == [a.node for a in graph.input_tensors]


def results(model: Any, variables: list[Any], call: Any) -> list[Any]:
    """Call a model in all ways, from the same state; what it returns, adds to the loss, and assigns."""
    found = []
    state = [variable.numpy() for variable in variables]
    for options in ({}, {"training": False}, {"training": True}, {"training": None}):
        outputs = call(X, **options)
        found.append([outputs, list(model.losses), [variable.numpy() for variable in variables]])
        for variable, value in zip(variables, state, strict=True):
            variable.assign(value)
    return found


@every_call
@pytest.mark.parametrize("expand", [False, True])
def test_functional_form_does_what_the_call_does(call: Any, expand: bool) -> None:
    model = recorded(call)
    functional = to_functional(model, expand=expand)
    expected, found = (results(each, model.variables, each) for each in (model, functional))
    for one, other in zip(expected, found, strict=True):
        assert_equal(_leaves(other), _leaves(one))


def _leaves(result: Any) -> list[Any]:
    outputs, losses, state = result
    return [*[leaf for leaf in tree.flatten(outputs) if leaf is not None], *losses, *state]


@every_call
def test_copies_of_the_functional_form_do_the_same(call: Any) -> None:
    functional = to_functional(recorded(call))
    expected = results(functional, functional.variables, functional)
    for copied in (lambda m: model_from_json(m.to_json()), clone_model):
        twin = copied(functional)
        for variable, original in zip(twin.variables, functional.variables, strict=True):
            variable.assign(original.numpy())
        for one, other in zip(expected, results(twin, twin.variables, twin), strict=True):
            assert_equal(_leaves(other), _leaves(one))


def test_layers_that_only_training_calls_belong_to_the_functional_form() -> None:
    def call(self: Any, x: Any, training: bool = False) -> Any:
        return self.dense(x) if training else x * 2

    model = recorded(call)
    functional = to_functional(model)
    assert model.dense in functional.layers
    assert functional.layers[-1] is model.dense
    assert model.dense.kernel in functional.trainable_weights
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    assert "dense (Dense)" in "\n".join(lines) and "?" not in "".join(line for line in lines if "dense (" in line)


def test_functional_form_inside_another_model_branches_too() -> None:
    functional = to_functional(recorded(other_operation))
    y = Input((4,))
    outer = Model(y, functional(y) * 10)
    np.testing.assert_array_equal(outer(X), X * 2 * 10)
    np.testing.assert_array_equal(outer(X, training=True), (X + 1) * 10)
