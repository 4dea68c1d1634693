"""Traces: what is collected, what stays as it was, and functions as closed graphs."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, TensorSpec, Variable, ops
from hybrid.core.context import SCOPE
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.core.trace import trace, trace_function

PAIR = TensorSpec((2,), "float64")


def test_variables_are_symbolic_inside_a_trace_only() -> None:
    v = Variable(np.ones(2))
    with trace():
        inside = v * 2.0
    assert type(inside).__name__ == "SymbolicTensor" and type(v * 2.0).__name__ == "Tensor"


def test_assignments_are_collected_and_seen_by_later_reads() -> None:
    v = Variable(np.ones(2))
    with trace() as current:
        v.assign_add(np.ones(2))
        y = v * 3.0
        ((variable, value),) = list(current.updates)
    assert variable is v
    np.testing.assert_array_equal(v.numpy(), [1, 1])
    found = Graph([], [y, value]).replay([])
    np.testing.assert_array_equal(found[0].numpy(), [6, 6])
    np.testing.assert_array_equal(found[1].numpy(), [2, 2])


def test_scope_is_restored_when_a_trace_fails() -> None:
    with pytest.raises(RuntimeError), trace():
        raise RuntimeError
    assert SCOPE.get().trace is None and SCOPE.get().state is None


def test_trace_of_one_thread_is_unseen_by_another() -> None:
    v, seen = Variable(np.ones(2)), []
    with trace():
        thread = threading.Thread(target=lambda: seen.append(type(v * 1.0).__name__))
        thread.start()
        thread.join()
    assert seen == ["Tensor"]


def test_traced_function_knows_what_it_closes_over() -> None:
    x, v = placeholder(PAIR), Variable(np.ones(2))
    traced = trace_function(lambda a: {"y": a * v + x, "none": None}, [PAIR])
    assert {id(capture) for capture in traced.graph.captures} == {id(x), id(v)}
    assert traced.structure["none"] is None and not traced.updates
    found = traced.replay(
        [np.ones(2)], [np.full(2, 3.0) if capture is v else np.ones(2) for capture in _captures(traced)]
    )
    np.testing.assert_array_equal(found["y"].numpy(), [4, 4])


def _captures(traced: Any) -> list[Any]:
    return traced.graph.captures


def test_captured_variable_stays_live_by_default() -> None:
    v = Variable(np.ones(2))
    traced = trace_function(lambda a: a * v, [PAIR])
    v.assign([5.0, 6.0])
    np.testing.assert_array_equal(traced.replay([np.ones(2)]).numpy(), [5, 6])


def test_closed_function_takes_captures_and_returns_updates() -> None:
    v, w = Variable(np.ones(2)), Variable(np.zeros(2))

    def function(a: Any) -> Any:
        v.assign(v + a)
        return v * 2.0

    traced = trace_function(function, [PAIR])
    graph = traced.closed([v, w], [v, w])
    assert not graph.captures and len(graph.inputs) == 3
    found = graph.replay([np.ones(2), np.full(2, 10.0), np.full(2, 7.0)])
    assert [np.asarray(tensor).tolist() for tensor in found] == [[22, 22], [11, 11], [7, 7]]
    np.testing.assert_array_equal(v.numpy(), [1, 1])


def test_tracing_leaves_an_outer_trace_as_it_was() -> None:
    v = Variable(np.ones(2))
    with trace() as outer:
        trace_function(lambda a: v.assign(a), [PAIR])
        assert len(outer.updates) == 0


def test_gradient_on_placeholders_stays_live_in_variables() -> None:
    v, x = Variable(np.array([2.0, 3.0])), placeholder(PAIR)
    with GradientTape() as tape:
        tape.watch(x)
        y = x * v * v
    graph = Graph([x], tape.gradient(y, [x, v]))
    v.assign([5.0, 7.0])
    by_x, by_v = graph.replay([np.ones(2)])
    np.testing.assert_allclose(by_x.numpy(), [25, 49])
    np.testing.assert_allclose(by_v.numpy(), [10, 14])
    assert ops.is_tensor(by_x)
