"""Branches and loops: against plain Python, eagerly and recorded, with gradients to second order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, TensorSpec, Variable, ops
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.core.trace import trace
from hybrid.errors import (
    ConfigError,
    DTypeError,
    FrozenValueError,
    GradientError,
    ShapeError,
    StructureError,
)
from hybrid.ops.recorded_flow import CONTROL_FLOW

Function = Callable[..., Any]


def symbol(*shape: int | None, dtype: str = "float64") -> Any:
    return placeholder(TensorSpec(shape, dtype))


def array(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).uniform(0.25, 1.5, shape)


def values(tensors: Sequence[Any]) -> list[Any]:
    return [np.asarray(tensor.numpy()) for tensor in tensors]


def eager_gradients(function: Function, arrays: Sequence[Any], extra: Sequence[Any] = ()) -> list[Any]:
    tensors = [ops.convert_to_tensor(value) for value in arrays]
    with GradientTape() as tape:
        tape.watch(tensors)
        loss = function(*tensors)
    return values(tape.gradient(loss, [*tensors, *extra], unconnected_gradients="zero"))


def symbolic_gradients(function: Function, arrays: Sequence[Any], extra: Sequence[Any] = ()) -> list[Any]:
    """Gradients by a tape over placeholders, computed by replaying what it recorded."""
    inputs = [symbol(*(None,) * np.ndim(value)) for value in arrays]
    with GradientTape() as tape:
        tape.watch(inputs)
        loss = function(*inputs)
    found = tape.gradient(loss, [*inputs, *extra], unconnected_gradients="zero")
    return values(Graph(inputs, found).replay(arrays))


def replayed_gradients(function: Function, arrays: Sequence[Any], extra: Sequence[Any] = ()) -> list[Any]:
    """Gradients by a tape around the replay of a recorded graph."""
    inputs = [symbol(*np.shape(value)) for value in arrays]
    graph = Graph(inputs, [function(*inputs)])
    return eager_gradients(lambda *tensors: graph.replay(tensors)[0], arrays, extra)


def numeric_slope(function: Function, arrays: Sequence[Any], directions: Sequence[Any], step: float = 1e-6) -> float:
    def value(sign: float) -> float:
        return float(
            function(*[ops.convert_to_tensor(a + sign * step * d) for a, d in zip(arrays, directions, strict=True)])
        )

    return (value(1) - value(-1)) / (2 * step)


def check_gradients(function: Function, *arrays: Any) -> None:
    """Compare the three ways with one another and with a central difference, for a function and for its gradient."""

    def slope(*tensors: Any) -> Any:
        # Differentiating the squared gradient makes it second order.
        with GradientTape() as tape:
            tape.watch(list(tensors))
            loss = function(*tensors)
        found = tape.gradient(loss, list(tensors), unconnected_gradients="zero")
        total = ops.convert_to_tensor(0.0, "float64")
        for gradient in found:
            total = total + ops.sum(gradient * gradient)
        return total

    directions = [array(*np.shape(value), seed=index + 7) for index, value in enumerate(arrays)]
    for target in (function, slope):
        expected = numeric_slope(target, arrays, directions)
        for way in (eager_gradients, symbolic_gradients, replayed_gradients):
            found = way(target, arrays)
            slope_found = sum(float(np.sum(g * d)) for g, d in zip(found, directions, strict=True))
            np.testing.assert_allclose(slope_found, expected, rtol=1e-5, err_msg=way.__name__)


def step(carry: Any, x: Any) -> Any:
    new = carry * x + ops.sum(x)
    return new, new * new


def looped(carry: Any, xs: Any) -> tuple[Any, Any]:
    ys = []
    for x in xs:
        carry = carry * x + x.sum()
        ys.append(carry * carry)
    return carry, np.array(ys)


# -- branches ----------------------------------------------------------------------------------------------------------


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


# -- scan --------------------------------------------------------------------------------------------------------------


def test_scan_equals_a_python_loop_eagerly_and_replayed() -> None:
    carry, xs = array(3), array(4, 3, seed=1)
    expected = looped(carry, xs)
    c, s = symbol(3), symbol(None, 3)
    outputs = ops.scan(step, c, s)
    assert [output.shape for output in outputs] == [(3,), (None, 3)]
    for found in (ops.scan(step, carry, xs), Graph([c, s], list(outputs)).replay([carry, xs])):
        for a, b in zip(values(found), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-13)


@pytest.mark.parametrize("reverse", [False, True])
def test_scan_gradients(reverse: bool) -> None:
    def function(carry: Any, xs: Any, w: Any) -> Any:
        def inner(c: Any, x: Any) -> Any:
            c = c * x * w[0] + w
            return c, c * x

        final, ys = ops.scan(inner, carry, xs, reverse=reverse)
        return ops.sum(final * final) + ops.sum(ys * array(3, 2, seed=9))

    check_gradients(function, array(2), array(3, 2, seed=1), array(2, seed=2))


def test_scan_gradient_reaches_variables_inside() -> None:
    w = Variable(np.array(0.5))

    def function(xs: Any) -> Any:
        return ops.scan(lambda c, x: (c * w + x, None), xs[0] * 0.0, xs)[0]

    # x0 w^2 + x1 w + x2
    for way in (eager_gradients, symbolic_gradients, replayed_gradients):
        found = way(function, [np.array([3.0, 2.0, 1.0])], [w])
        np.testing.assert_allclose(found[0], [0.25, 0.5, 1.0], err_msg=way.__name__)
        np.testing.assert_allclose(found[1], 2 * 3.0 * 0.5 + 2.0, err_msg=way.__name__)


def test_scan_of_structures() -> None:
    def f(carry: Any, x: Any) -> Any:
        return {"n": carry["n"] + 1, "s": (carry["s"][0] + x["a"],)}, [x["a"] * x["b"][0], None]

    a, b = array(3, 2), array(3, seed=1)
    init = {"n": np.array(0, "int32"), "s": (np.zeros(2),)}
    sa, sb = symbol(None, 2), symbol(None)
    carry, ys = ops.scan(f, init, {"a": sa, "b": [sb]})
    graph = Graph([sa, sb], [carry["n"], carry["s"][0], ys[0]])
    eager_carry, eager_ys = ops.scan(f, init, {"a": a, "b": [b]})
    assert eager_ys[1] is None and ys[1] is None
    for found in (values(graph.replay([a, b])), values([eager_carry["n"], eager_carry["s"][0], eager_ys[0]])):
        assert int(found[0]) == 3
        np.testing.assert_allclose(found[1], a.sum(0))
        np.testing.assert_allclose(found[2], a * b[:, None])


def test_scan_runs_from_the_last_row_and_keeps_places() -> None:
    found = ops.scan(lambda c, x: (c + x, c + x), 0, np.array([1, 2, 3], "int32"), reverse=True)
    assert int(found[0]) == 6 and found[1].tolist() == [6, 5, 3]


@pytest.mark.parametrize("recorded", [False, True])
def test_scan_of_no_steps_keeps_the_carry_and_the_shape_of_results(recorded: bool) -> None:
    carry, xs = array(3), np.zeros((0, 3))
    if recorded:
        c, s = symbol(3), symbol(None, 3)
        final, ys = Graph([c, s], list(ops.scan(step, c, s))).replay([carry, xs])
    else:
        final, ys = ops.scan(step, carry, xs)
    np.testing.assert_array_equal(final.numpy(), carry)
    assert ys.shape == (0, 3) and ys.dtype == np.float64


def test_scan_of_a_symbolic_length() -> None:
    n = symbol(dtype="int32")
    final, ys = ops.scan(lambda c, _: (c * 2, c), np.array(1, "int32"), length=n)
    assert ys.shape == (None,)
    found = Graph([n], [final, ys]).replay([np.array(4, "int32")])
    assert int(found[0]) == 16 and found[1].tolist() == [1, 2, 4, 8]


def test_scan_over_arrays_that_closes_over_a_placeholder_is_one_node() -> None:
    x = symbol(2)
    final, _ = ops.scan(lambda c, a: (c * a + x, None), np.zeros(2), np.array([1.0, 2.0, 3.0]))
    graph = Graph([x], [final])
    assert [node.operation.name for node in graph.nodes] == ["scan"]
    np.testing.assert_allclose(values(graph.replay([np.ones(2)]))[0], [10.0, 10.0])


def test_scan_unrolls_on_demand() -> None:
    x = symbol(2)
    final, _ = ops.scan(lambda c, a: (c + a, None), np.zeros(()), x, unroll=True)
    assert "scan" not in [node.operation.name for node in Graph([x], [final]).nodes]


def test_scan_widens_a_size_that_becomes_unknown() -> None:
    x = symbol(None, 2)
    final, _ = ops.scan(lambda c, _: (x, None), np.zeros((3, 2)), length=2)
    assert final.shape == (None, 2)


def test_assignment_in_a_step_is_seen_by_the_next() -> None:
    v = Variable(np.array(0.0))

    def f(c: Any, x: Any) -> Any:
        v.assign_add(c)
        return c + x, v.value

    xs = np.arange(4.0)
    _, expected = ops.scan(f, np.array(1.0), xs)
    total = v.item()
    v.assign(0.0)
    s = symbol(None)
    graph = Graph([s], [ops.scan(f, np.array(1.0), s)[1]])
    assert v.item() == 0.0
    np.testing.assert_array_equal(values(graph.replay([xs]))[0], expected.numpy())
    assert v.item() == total
    v.assign(0.0)
    with trace() as current:
        t = current.placeholder(TensorSpec((4,), "float64"))
        ys = ops.scan(f, np.array(1.0), t)[1]
        ((_, update),) = list(current.updates)
    found = values(Graph([t], [ys, update]).replay([xs]))
    np.testing.assert_array_equal(found[0], expected.numpy())
    assert float(found[1]) == total and v.item() == 0.0


@pytest.mark.parametrize(
    ("f", "error", "words"),
    [
        (lambda c, x: ({"h": c["h"][:1]}, None), ShapeError, ["'h'", "float64 [2]", "float64 [1]"]),
        (lambda c, x: ({"h": ops.cast(c["h"], "float32")}, None), DTypeError, ["'h'", "float64 [2]", "float32 [2]"]),
        (lambda c, x: (c["h"], None), StructureError, ["{'h': *}"]),
        (lambda c, x: c["h"], StructureError, ["pair"]),
    ],
    ids=["shape", "dtype", "structure", "pair"],
)
def test_unstable_carry_is_refused(f: Function, error: Any, words: list[str]) -> None:
    with pytest.raises(error) as caught:
        ops.scan(f, {"h": symbol(2)}, symbol(3))
    assert all(word in str(caught.value) for word in words)


@pytest.mark.parametrize("make", [symbol, array])
def test_sequences_of_unequal_length_are_refused(make: Function) -> None:
    with pytest.raises(ShapeError, match="3 steps"):
        ops.scan(lambda c, x: (c, None), np.array(0.0), (make(3), make(4)))
    with pytest.raises(ShapeError, match="5 steps"):
        ops.scan(lambda c, x: (c, None), np.array(0.0), make(3), length=5)


def test_scan_without_a_length_is_refused() -> None:
    with pytest.raises(ConfigError, match="how many steps"):
        ops.scan(lambda c, x: (c, None), np.array(0.0))


def test_nested_control_flow() -> None:
    def function(x: Any) -> Any:
        def row(carry: Any, r: Any) -> Any:
            def inner() -> Any:
                return ops.scan(lambda c, a: (c * a + carry, None), r[0], r)[0]

            new = ops.cond(ops.sum(r) > 2.5, inner, lambda: carry * r[1])
            return new, new * carry

        final, ys = ops.scan(row, x[0, 0], x)
        return final + ops.sum(ys)

    check_gradients(function, np.array([[1.1, 1.2, 1.3], [0.2, 0.3, 0.4], [0.9, 1.0, 1.1]]))


# -- other loops -------------------------------------------------------------------------------------------------------


def test_fori_loop_equals_a_python_loop() -> None:
    n, x = symbol(dtype="int32"), symbol(2)
    graph = Graph([n, x], [ops.fori_loop(1, n, lambda i, v: v * 2.0 + ops.cast(i, "float64"), x)])
    for upper in (0, 1, 5):
        expected = np.ones(2)
        for i in range(1, upper):
            expected = expected * 2 + i
        eager = ops.fori_loop(1, upper, lambda i, v: v * 2.0 + ops.cast(i, "float64"), np.ones(2))
        np.testing.assert_array_equal(eager.numpy(), expected)
        np.testing.assert_array_equal(values(graph.replay([np.array(upper, "int32"), np.ones(2)]))[0], expected)


def test_fori_loop_gradients() -> None:
    check_gradients(lambda x: ops.sum(ops.fori_loop(0, 3, lambda i, v: v * x + ops.cast(i, "float64"), x)), array(2))


def test_while_loop_equals_a_python_loop() -> None:
    def run(x: Any) -> Any:
        return ops.while_loop(lambda i, v: ops.sum(v) < 50.0, lambda i, v: (i + 1, v * 2.0), (0, x))

    x = symbol(None)
    graph = Graph([x], list(run(x)))
    for start in ([1.0, 2.0], [60.0]):
        count, value = 0, np.array(start)
        while value.sum() < 50:
            count, value = count + 1, value * 2
        for found in (run(np.array(start)), graph.replay([np.array(start)])):
            assert int(found[0]) == count
            np.testing.assert_array_equal(found[1].numpy(), value)


@pytest.mark.parametrize("recorded", [False, True])
def test_while_loop_stops_at_maximum_iterations(recorded: bool) -> None:
    start = symbol(dtype="int32")
    found = ops.while_loop(lambda i: i < 30, lambda i: i + 1, start if recorded else 0, maximum_iterations=4)
    assert int(Graph([start], [found]).replay([np.array(0, "int32")])[0] if recorded else found) == 4


def test_while_loop_takes_one_value_of_any_structure() -> None:
    assert int(ops.while_loop(lambda d: d["a"] < 3, lambda d: {"a": d["a"] + 1}, {"a": 0})["a"]) == 3
    assert int(ops.while_loop(lambda i: i < 3, lambda i: [i + 1], [0])[0]) == 3


def test_eager_while_loop_has_a_gradient() -> None:
    def function(x: Any) -> Any:
        return ops.while_loop(lambda v: v < 50.0, lambda v: v * x, x)

    np.testing.assert_allclose(eager_gradients(function, [np.array(3.0)])[0], 4 * 3.0**3)


def test_gradient_of_a_recorded_while_loop_is_refused_with_the_fix() -> None:
    x = symbol()
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.while_loop(lambda v: v < 50.0, lambda v: v * 2.0, x)
    with pytest.raises(GradientError, match=r"fix:.*ops\.fori_loop or ops\.scan"):
        tape.gradient(y, x)


def test_condition_of_a_while_loop_must_be_a_scalar() -> None:
    with pytest.raises(ShapeError, match="one truth value"):
        ops.while_loop(lambda v: v < 50.0, lambda v: v * 2.0, symbol(3))


def test_condition_of_a_recorded_while_loop_must_not_assign() -> None:
    v = Variable(np.array(0.0))

    def condition(x: Any) -> Any:
        v.assign(x)
        return x < 3.0

    with pytest.raises(ConfigError, match="assigns variable"):
        ops.while_loop(condition, lambda x: x + 1.0, symbol())


@pytest.mark.parametrize("op", [ops.map, ops.vectorized_map], ids=["map", "vectorized_map"])
def test_map_equals_a_comprehension(op: Function) -> None:
    def f(pair: Any) -> Any:
        return {"product": pair[0] * pair[1], "sum": ops.sum(pair[0])}

    a, b = array(3, 2), array(3, seed=1)
    sa, sb = symbol(None, 2), symbol(None)
    recorded = op(f, (sa, sb))
    replayed = Graph([sa, sb], [recorded["product"], recorded["sum"]]).replay([a, b])
    eager = op(f, (a, b))
    for found in (values(replayed), values([eager["product"], eager["sum"]])):
        np.testing.assert_allclose(found[0], a * b[:, None])
        np.testing.assert_allclose(found[1], a.sum(1))


def test_map_gradients() -> None:
    check_gradients(lambda x: ops.sum(ops.map(lambda r: r * r[0] * r, x)), array(3, 2))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
def test_associative_scan_equals_a_running_product(reverse: bool, axis: int) -> None:
    x = array(5, 3)
    flipped = np.flip(x, axis) if reverse else x
    expected = np.cumprod(flipped, axis)
    expected = np.flip(expected, axis) if reverse else expected
    s = symbol(5, 3)
    for found in (
        ops.associative_scan(lambda a, b: a * b, x, reverse=reverse, axis=axis),
        Graph([s], [ops.associative_scan(lambda a, b: a * b, s, reverse=reverse, axis=axis)]).replay([x])[0],
    ):
        np.testing.assert_allclose(found.numpy(), expected)


def test_associative_scan_needs_a_known_size() -> None:
    with pytest.raises(ShapeError, match=r"ops\.scan"):
        ops.associative_scan(lambda a, b: a + b, symbol(None))


# -- nodes as data -----------------------------------------------------------------------------------------------------


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
