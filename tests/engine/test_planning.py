"""Planning of memory: values that live at the same time never share any, and what leaves a program is nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import hybrid
from hybrid import Variable, ops
from hybrid.engine import chains, planning, writing
from hybrid.engine.expansion import expanded
from hybrid.engine.planning import ALIGNMENT, plan_of
from hybrid.engine.program import Program, Value
from hybrid.engine.source import Executable
from tests.engine.test_passes import X, functions, program_of, run


@pytest.fixture(autouse=True, scope="module")
def _plans_everything() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "SMALLEST", 1)
        yield


def unplanned(program: Program) -> list[np.ndarray[Any, Any]]:
    """Run the steps one by one, by their primitives."""
    known: dict[Any, Any] = dict(zip(program.inputs, [X.copy()], strict=True))
    known.update((value, variable.numpy()) for variable, value in program.state)

    def now(argument: Any) -> Any:
        return known[argument] if type(argument) is Value else argument

    for step in program.steps:
        found = step.operation.compute(*map(now, step.arguments), **step.params)
        known.update(zip(step.outputs, [found] if step.structure is None else found, strict=True))
    return [np.asarray(now(result)) for result in program.results]


@settings(max_examples=150, deadline=None)
@given(function=functions())
def test_planned_run_equals_an_unplanned_one_and_leaves_inputs_alone(function: Any) -> None:
    v = Variable(np.sin(X))
    program = program_of(lambda x: function(x, v))
    expected = unplanned(program)
    executable = Executable(program)
    mine, kept = X.copy(), v.numpy()
    first = executable.run([mine])
    copies = [np.array(each) for each in (*first[0], *first[1])]
    second = executable.run([mine])
    for results in (first, second):
        for one, other in zip([*results[0], *results[1]], expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-14, atol=1e-300)
    # A second run wrote to the same arena, and changed nothing that the first one returned.
    for one, other in zip([*first[0], *first[1]], copies, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(mine, X)
    np.testing.assert_array_equal(v.numpy(), kept)


@settings(max_examples=100, deadline=None)
@given(function=functions())
def test_no_two_values_that_live_at_a_time_share_memory(function: Any) -> None:
    v = Variable(np.sin(X))
    program = expanded(program_of(lambda x: function(x, v)))
    plan = plan_of(program)
    places = {id(each): each for each in (*plan.places.values(), *plan.work.values()) if each.offset >= 0}
    for a, b in combinations(places.values(), 2):
        at_a_time = a.first <= b.last and b.first <= a.last
        apart = a.offset + a.size <= b.offset or b.offset + b.size <= a.offset
        assert apart or not at_a_time
    for place in places.values():
        assert place.offset % ALIGNMENT == 0 and place.offset + place.size <= plan.size
    assert plan.peak >= plan.size
    for result in program.results:
        assert type(result) is not Value or not plan.is_in_arena(result)


@settings(max_examples=60, deadline=None)
@given(function=functions())
def test_results_never_show_the_arena(function: Any) -> None:
    v = Variable(np.sin(X))
    executable = Executable(program_of(lambda x: function(x, v)))
    outputs, updates = executable.run([X])
    if executable._has_arena:
        arena = executable._arenas.take()
        assert not any(np.may_share_memory(part, result) for part in arena for result in (*outputs, *updates))


def test_views_are_never_overwritten_nor_what_they_show() -> None:
    def function(x: Any) -> Any:
        y = ops.exp(x)
        view = ops.reshape(y, (-1,))
        return ops.reshape(ops.negative(view), (100, 100)) + ops.tanh(y)

    x = np.random.default_rng(0).normal(size=(100, 100))
    np.testing.assert_array_equal(hybrid.jit(function)(x).numpy(), function(hybrid.Tensor(x)).numpy())


def test_chain_of_arrays_uses_one() -> None:
    program = program_of(lambda x: ops.sqrt(ops.exp(x) * 2.0 + 1.0), np.ones(1000))
    assert len({id(place) for place in plan_of(program).places.values()}) == 1


def test_memory_is_used_again_and_the_peak_is_what_is_needed_at_a_time() -> None:
    def function(x: Any) -> Any:
        for _ in range(10):
            x = ops.matmul(x, x)
        return ops.sum(x, axis=None)

    plan = plan_of(program_of(function, np.ones((16, 16))))
    assert plan.size == plan.peak == 2 * 16 * 16 * 8


def test_summary_names_the_peak() -> None:
    lowered = hybrid.jit(lambda x: ops.sum(ops.matmul(x, x))).lower(np.ones((16, 16)))
    assert lowered.peak_memory == 16 * 16 * 8
    assert lowered.summary().endswith("peak memory 2.05 kB")


def test_large_results_outside_of_the_arena_are_let_go() -> None:
    program = program_of(lambda x: ops.sum(ops.where(x > 0.0, x, 0.0), 0), np.ones((100, 100)))
    assert "del t1" in Executable(program).source
    assert writing.LARGE <= 100 * 100 * 8


@pytest.mark.parametrize("block", [8, 64, 1 << 20])
@settings(max_examples=60, deadline=None)
@given(function=functions())
def test_chains_compute_what_their_steps_do(block: int, function: Any) -> None:
    v = Variable(np.sin(X))
    program = program_of(lambda x: function(x, v))
    expected = run(program)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("SMALLEST", 1), ("LEAST", 1), ("TOGETHER", 1), ("FEWEST", 1)):
            patch.setattr(chains, name, value)
        patch.setattr("hybrid.engine.blocks.BLOCK", block)
        patch.setattr("hybrid.engine.blocks.SHARE", 1)
        found = run(program)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
