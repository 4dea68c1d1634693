"""Graphs: replaying, captures, errors, and chains of any length."""

from __future__ import annotations

import gc
import time
import weakref

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.core.graph import Graph, key_of
from hybrid.core.node import placeholder
from hybrid.core.tape import reverse
from hybrid.core.trace import trace, trace_function
from hybrid.errors import DisconnectedGraphError, ShapeError

_SPEC = hybrid.TensorSpec((None, 3), "float64", name="features")


def test_graph_replays_on_arrays_tensors_and_placeholders() -> None:
    x = placeholder(_SPEC)
    graph = Graph([x], [ops.tanh(x) @ np.ones((3, 2)), x])
    array = np.array([[0.1, 0.2, 0.3]])
    from_array, same = graph.replay([array])
    assert np.array_equal(from_array.numpy(), np.tanh(array) @ np.ones((3, 2))) and same is array
    (from_tensor, _) = graph.replay([hybrid.Tensor(array)])
    assert np.array_equal(from_tensor.numpy(), from_array.numpy())
    (again, _) = graph.replay([placeholder(hybrid.TensorSpec((7, 3), "float64"))])
    assert again.shape == (7, 2)


def test_variable_stays_live_in_a_graph() -> None:
    v, x = hybrid.Variable(np.ones(3)), placeholder(_SPEC)
    graph = Graph([x], [x * v])
    v.assign([1.0, 2.0, 3.0])
    assert graph.replay([np.ones((1, 3))])[0].numpy().tolist() == [[1.0, 2.0, 3.0]]


def test_missing_input_is_named() -> None:
    x, y = placeholder(_SPEC), placeholder(hybrid.TensorSpec((None, 3), "float64", name="labels"))
    with pytest.raises(DisconnectedGraphError, match="'labels'.*not among the inputs"):
        Graph([x], [x + y])


def test_outputs_may_be_constants() -> None:
    constant = hybrid.Tensor(1.0)
    assert Graph([], [constant]).replay([]) == [constant]


def test_traced_function_lists_what_it_closes_over_and_assigns() -> None:
    outer, v = placeholder(_SPEC), hybrid.Variable(np.zeros(3))

    def step(x: hybrid.SymbolicTensor) -> dict[str, hybrid.SymbolicTensor]:
        v.assign_add(ops.sum(x, axis=0))
        return {"y": x + outer + v}

    traced = trace_function(step, [_SPEC])
    assert [key_of(capture) for capture in traced.graph.captures] == [key_of(outer), key_of(v)]
    assert [variable for variable, _ in traced.updates] == [v] and v.numpy().tolist() == [0.0] * 3
    ones = np.ones((2, 3))
    assert traced.replay([ones], [ones, v])["y"].numpy().tolist() == [[4.0] * 3] * 2


def test_recording_names_the_users_line_when_shapes_do_not_fit() -> None:
    x = placeholder(_SPEC)
    with pytest.raises(ShapeError, match="cannot multiply shapes") as caught:
        x @ np.ones((2, 2))
    assert "test_graph.py:" in "".join(caught.value.__notes__)


def test_chain_of_100_000_nodes_is_built_replayed_and_freed() -> None:
    start = time.perf_counter()
    x = placeholder(hybrid.TensorSpec((), "float64"))
    y = x
    for _ in range(100_000):
        y = y + 1e-5
    graph = Graph([x], [y])
    assert len(graph.nodes) == 100_000
    assert abs(float(graph.replay([np.asarray(1.0)])[0]) - 2.0) < 1e-9
    node = weakref.ref(y.node)
    gc.collect()
    gc.disable()
    try:
        del y, graph
        # By reference count alone: no node points to what comes after it.
        assert node() is None
    finally:
        gc.enable()
    assert time.perf_counter() - start < 60


def test_long_eager_chain_is_differentiated() -> None:
    v = hybrid.Variable(1.0, dtype="float64")
    with hybrid.GradientTape() as tape:
        y = v * 1.0
        for _ in range(20_000):
            y = y * 1.0001
    np.testing.assert_allclose(float(tape.gradient(y, v)), 1.0001**20_000)


def test_reverse_passes_over_what_the_sources_do_not_influence() -> None:
    assert reverse([], {1: 2.0}, [3]) == {1: 2.0}


def test_trace_inside_trace_keeps_the_tokens_apart() -> None:
    with trace() as outer:
        x = outer.placeholder(_SPEC)
        with trace() as inner:
            y = inner.placeholder(_SPEC) + x
            assert y.node.token is inner.token
        assert (x + 1.0).node.token is outer.token
