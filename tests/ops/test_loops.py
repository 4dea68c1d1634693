"""Loops: against plain Python, eagerly and recorded, with gradients to second order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import GradientTape, TensorSpec, Variable, ops
from hybrid.core.graph import Graph
from hybrid.core.trace import trace
from hybrid.errors import (
    ConfigError,
    DTypeError,
    FrozenValueError,
    GradientError,
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


def step(carry: Any, x: Any) -> Any:
    new = carry * x + ops.sum(x)
    return new, new * new


def looped(carry: Any, xs: Any) -> tuple[Any, Any]:
    ys = []
    for x in xs:
        carry = carry * x + x.sum()
        ys.append(carry * carry)
    return carry, np.array(ys)


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


def test_number_of_steps_that_a_variable_decides_is_not_frozen() -> None:
    count, x = Variable(np.array(2), trainable=False), symbol()
    graph = Graph([x], [ops.scan(lambda c, _: (c * 2.0, None), x, length=count)[0]])
    count.assign(5)
    assert float(graph.replay([np.array(1.0)])[0]) == 32.0
    with pytest.raises(FrozenValueError):
        ops.fori_loop(0, count, lambda i, v: v * 2.0, x)
    assert float(ops.fori_loop(0, count, lambda i, v: v * 2.0, 1.0)) == 32.0


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
