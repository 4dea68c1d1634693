"""Control-flow nodes: nested, inside composites, as data, and their lives."""

from __future__ import annotations

import gc
import pickle
import weakref
from typing import Any

import numpy as np

from hybrid import GradientTape, TensorSpec, Variable, ops
from hybrid.core.context import scope
from hybrid.core.door import apply
from hybrid.core.graph import Graph
from hybrid.core.primitive import Composite
from hybrid.core.state import StateScope
from hybrid.core.trace import trace
from hybrid.ops.recorded_flow import CONTROL_FLOW
from tests.ops.flow_checks import (
    symbol,
    values,
)


def test_control_flow_nodes_hold_closed_graphs_and_plain_configs() -> None:
    w, x = Variable(np.array(2.0)), symbol(None)
    y = ops.scan(lambda c, a: (c * w + a, None), np.array(0.0), x)[0]
    operation = y.node.operation
    kind = CONTROL_FLOW[operation.name]
    twin = kind.from_config(operation.get_config(), operation.graphs)
    for graph in operation.graphs:
        assert not graph.captures
        assert not any(isinstance(argument, Variable) for node in graph.nodes for argument in node.arguments)
    assert float(twin.run(2, np.array(0.0), np.array([1.0, 2.0]), w)[0]) == 4.0


class _Block(Composite):
    """A composite with control flow and a Variable inside, as a layer is."""

    name = "block"

    def __init__(self) -> None:
        self.weight = Variable(np.array(0.5))
        self.variables = [self.weight]

    def infer(self, *specs: Any, **params: Any) -> Any:
        return specs[0]

    def run(self, *arguments: Any, **params: Any) -> Any:
        (x,) = arguments
        _, ys = ops.scan(lambda c, a: (c * self.weight + a,) * 2, np.zeros(()), x)
        return ops.cond(ops.sum(ys) > 0.0, lambda: ys * self.weight, lambda: ys)


def test_control_flow_inside_a_composite_differentiates_every_way() -> None:
    block, xs = _Block(), np.array([3.0, 2.0, 1.0])

    def gradients(x: Any) -> Any:
        with GradientTape() as tape:
            tape.watch(x)
            y = ops.sum(apply(block, x))
        return tape.gradient(y, [x, block.weight])

    eager = values(gradients(ops.convert_to_tensor(xs)))
    x = symbol(None)
    graph = Graph([x], gradients(x))
    with trace() as current:
        flat_input = current.placeholder(TensorSpec((3,), "float64"))
        flat = Graph([flat_input], graph.replay([flat_input]))
    assert "scan" in [node.operation.name for node in flat.nodes]
    for found in (values(graph.replay([xs])), values(flat.replay([xs]))):
        for a, b in zip(found, eager, strict=True):
            np.testing.assert_allclose(a, b)


def test_values_that_stand_in_for_variables_reach_the_inside_of_nodes() -> None:
    block, x = _Block(), symbol(None)
    with trace() as current:
        inside = current.placeholder(TensorSpec((3,), "float64"))
        graph = Graph([inside], [apply(block, inside)])
    two = ops.convert_to_tensor(np.array(2.0))
    with scope(state=StateScope([(block.weight, two)])):
        found = [graph.replay([np.ones(3)])[0], Graph([x], [apply(block, x)]).replay([np.ones(3)])[0]]
    assert [tensor.tolist() for tensor in found] == [[2.0, 6.0, 14.0]] * 2


def test_graph_of_control_flow_is_pickled() -> None:
    x, xs = symbol(None), np.array([1.0, 2.0])
    graph = Graph([x], [ops.cond(ops.sum(x) > 0.0, lambda: ops.map(lambda a: a * a, x), lambda: x)])
    graph.replay([xs])
    assert pickle.loads(pickle.dumps(graph)).replay([xs])[0].tolist() == [1.0, 4.0]


def test_recorded_loop_dies_with_its_last_handle() -> None:
    x = symbol(None)
    gc.collect()
    gc.disable()
    try:
        y = ops.scan(lambda c, a: (c + a, None), np.array(0.0), x)[0]
        seen = [weakref.ref(y.node), weakref.ref(y.node.operation.graphs[0].nodes[0])]
        del y
        assert [reference() for reference in seen] == [None, None]
    finally:
        gc.enable()
