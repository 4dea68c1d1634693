"""Branches: against plain Python, eagerly and recorded, with gradients to second order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import TensorSpec, Variable, ops
from hybrid.core.graph import Graph
from hybrid.core.trace import trace
from hybrid.errors import (
    ConfigError,
    DTypeError,
    FrozenValueError,
    ShapeError,
    StructureError,
)
from tests.ops.flow_checks import (
    Function,
    array,
    check_gradients,
    eager_gradients,
    replayed_gradients,
    symbol,
    symbolic_gradients,
    values,
)


@pytest.mark.parametrize("truth", [True, False])
def test_cond_calls_only_the_chosen_branch(truth: bool) -> None:
    called: list[str] = []
    ops.cond(np.array(truth), lambda: called.append("true"), lambda: called.append("false"))
    assert called == ["true" if truth else "false"]


@pytest.mark.parametrize("truth", [True, False])
def test_recorded_cond_chooses_when_replayed(truth: bool) -> None:
    p, x = symbol(dtype="bool"), symbol(None, 3)
    y = ops.cond(p, lambda: {"a": x * 2, "b": None}, lambda: {"a": x + 1, "b": None})
    assert y["a"].shape == (None, 3) and y["b"] is None
    value = array(2, 3)
    (found,) = values(Graph([p, x], [y["a"]]).replay([np.array(truth), value]))
    np.testing.assert_array_equal(found, value * 2 if truth else value + 1)


@pytest.mark.parametrize("offset", [-2.0, 2.0])
def test_cond_gradients(offset: float) -> None:
    def function(x: Any, y: Any) -> Any:
        return ops.cond(ops.sum(x) + offset > 1.0, lambda: ops.sum(x * x * y), lambda: ops.sum(x * x * x))

    check_gradients(function, array(3), array(3, seed=1))


def test_cond_gradient_reaches_variables_inside() -> None:
    w = Variable(np.array([2.0, 3.0]))

    def function(x: Any) -> Any:
        return ops.cond(ops.sum(x) > 0.0, lambda: ops.sum(x * w * w), lambda: ops.sum(x))

    for way in (eager_gradients, symbolic_gradients, replayed_gradients):
        _, found = way(function, [np.array([1.0, 5.0])], [w])
        np.testing.assert_allclose(found, [4.0, 30.0], err_msg=way.__name__)


def test_recorded_branch_sees_later_values_of_a_variable() -> None:
    w, p = Variable(np.array(2.0)), symbol(dtype="bool")
    graph = Graph([p], [ops.cond(p, lambda: w * 1.0, lambda: w * 10.0)])
    w.assign(5.0)
    assert float(graph.replay([np.array(False)])[0]) == 50.0


def test_cond_on_a_variable_with_symbolic_branches_stays_live() -> None:
    flag, x = Variable(np.array(True), trainable=False), symbol(2)
    graph = Graph([x], [ops.cond(flag, lambda: x, lambda: -x)])
    flag.assign(False)
    np.testing.assert_array_equal(values(graph.replay([np.ones(2)]))[0], [-1, -1])


def test_cond_is_recorded_as_one_node_also_inside_a_trace() -> None:
    with trace() as current:
        p, x = current.placeholder(TensorSpec((), "bool")), current.placeholder(TensorSpec((2,), "float64"))
        y = ops.cond(p, lambda: x * 2, lambda: x)
    assert [node.operation.name for node in Graph([p, x], [y]).nodes] == ["cond"]


def test_replay_on_placeholders_records_the_branch_again() -> None:
    p, x = symbol(dtype="bool"), symbol(None)
    graph = Graph([p, x], [ops.cond(p, lambda: x * 2, lambda: x)])
    q, z = symbol(dtype="bool"), symbol(5)
    (y,) = graph.replay([q, z])
    assert y.shape == (5,)
    np.testing.assert_array_equal(values(Graph([q, z], [y]).replay([np.array(True), np.ones(5)]))[0], 2 * np.ones(5))


def test_assignment_in_a_branch_is_done_when_run_and_not_when_recorded() -> None:
    v, p = Variable(np.array(1.0)), symbol(dtype="bool")

    def assign() -> Any:
        v.assign_add(1.0)
        return v.value

    graph = Graph([p], [ops.cond(p, assign, lambda: v.value * 10)])
    assert v.item() == 1.0
    assert float(graph.replay([np.array(True)])[0]) == 2.0 and v.item() == 2.0
    assert float(graph.replay([np.array(False)])[0]) == 20.0 and v.item() == 2.0


def test_assignment_in_a_branch_goes_to_the_updates_of_a_trace() -> None:
    v = Variable(np.array(1.0))
    with trace() as current:
        p = current.placeholder(TensorSpec((), "bool"))
        ops.cond(p, lambda: v.assign(v + 1.0), lambda: v.value)
        ((variable, value),) = list(current.updates)
    assert variable is v and v.item() == 1.0
    graph = Graph([p], [value])
    assert [float(graph.replay([np.array(truth)])[0]) for truth in (True, False)] == [2.0, 1.0]
    assert v.item() == 1.0


def test_switch_clips_its_index() -> None:
    x, index = symbol(2), symbol(dtype="int32")
    branches = [lambda a: a, lambda a: a * 2, lambda a: a * 3]
    graph = Graph([index, x], [ops.switch(index, branches, x)])
    for number, factor in ((-1, 1), (0, 1), (1, 2), (2, 3), (9, 3)):
        assert float(ops.switch(number, branches, 1.0)) == factor
        np.testing.assert_array_equal(
            values(graph.replay([np.array(number, "int32"), np.ones(2)]))[0], np.full(2, factor)
        )


def test_switch_gradients() -> None:
    def function(x: Any) -> Any:
        index = ops.cast(ops.sum(x), "int32")
        return ops.switch(index, [lambda a: ops.sum(a), lambda a: ops.sum(a * a), lambda a: ops.sum(a * a * a)], x)

    check_gradients(function, np.array([0.3, 0.9]))
    check_gradients(function, np.array([1.3, 0.9]))


@pytest.mark.parametrize(
    ("true_fn", "false_fn", "error", "words"),
    [
        (lambda x: x, lambda x: x[0], ShapeError, ["[2]", "[]"]),
        (lambda x: x, lambda x: ops.cast(x, "float32"), DTypeError, ["float64 [2]", "float32 [2]"]),
        (lambda x: (x, x), lambda x: x, StructureError, ["(*, *)", "*"]),
        (lambda x: {"a": x}, lambda x: {"a": None}, StructureError, ["None"]),
        (lambda x: {"a": x}, lambda x: {"a": x[:1]}, ShapeError, ["'a'", "[2]", "[1]"]),
    ],
    ids=["shape", "dtype", "structure", "none", "leaf"],
)
def test_unequal_branches_are_refused(true_fn: Function, false_fn: Function, error: Any, words: list[str]) -> None:
    p, x = symbol(dtype="bool"), symbol(2)
    with pytest.raises(error) as caught:
        ops.cond(p, lambda: true_fn(x), lambda: false_fn(x))
    assert all(word in str(caught.value) for word in [*words, "cond"])


def test_condition_must_be_a_scalar() -> None:
    for condition in (symbol(3, dtype="bool"), np.array([True])):
        with pytest.raises(ShapeError, match="must be a scalar"):
            ops.cond(condition, lambda: 1, lambda: 2)


def test_switch_refuses_what_is_no_choice() -> None:
    with pytest.raises(ConfigError, match="one or more functions"):
        ops.switch(0, [])
    with pytest.raises(DTypeError, match="integer"):
        ops.switch(np.array(0.5), [lambda: 1])


def test_value_computed_from_a_variable_is_not_frozen_in_a_branch() -> None:
    frozen = Variable(np.array(2.0)) * 2.0
    p = symbol(dtype="bool")
    with pytest.raises(FrozenValueError, match=r"ops\.cond"):
        ops.cond(p, lambda: frozen * 2.0, lambda: frozen)
