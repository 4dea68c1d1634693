"""The executor: what its source does with memory, names and constants."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings

import hybrid
from hybrid import Variable, ops
from hybrid.engine import planning, writing
from hybrid.engine.planning import plan_of
from hybrid.engine.source import Executable
from tests.engine.test_passes import X, functions, program_of, run


@settings(max_examples=100, deadline=None)
@given(function=functions())
def test_writing_in_place_changes_no_number_and_no_input(function: Any) -> None:
    v = Variable(np.sin(X))
    program = program_of(lambda x: function(x, v))
    expected = run(program)
    smallest, planning.SMALLEST = planning.SMALLEST, 0
    mine, kept = X.copy(), v.numpy()
    try:
        executable = Executable(program)
        for _ in range(2):
            outputs, updates = executable.run([mine])
            for first, second in zip([*outputs, *updates], expected, strict=True):
                np.testing.assert_array_equal(first, second)
    finally:
        planning.SMALLEST = smallest
    np.testing.assert_array_equal(mine, X)
    np.testing.assert_array_equal(v.numpy(), kept)


def test_views_are_never_overwritten_nor_what_they_show() -> None:
    def function(x: Any) -> Any:
        y = ops.exp(x)
        view = ops.reshape(y, (-1,))
        return ops.reshape(ops.negative(view), (100, 100)) + ops.tanh(y)

    x = np.random.default_rng(0).normal(size=(100, 100))
    np.testing.assert_array_equal(hybrid.jit(function)(x).numpy(), function(hybrid.Tensor(x)).numpy())


def test_chain_of_large_arrays_uses_one() -> None:
    program = program_of(lambda x: ops.sqrt(ops.exp(x) * 2.0 + 1.0), np.ones(10_000))
    assert len({id(place) for place in plan_of(program).places.values()}) == 1


def test_large_results_are_let_go() -> None:
    program = program_of(lambda x: ops.sum(ops.where(x > 0.0, x, 0.0), 0), np.ones((100, 100)))
    assert "del t1" in Executable(program).source
    assert writing.LARGE <= 100 * 100 * 8


def test_constants_among_the_outputs_are_not_the_callers() -> None:
    function = hybrid.jit(lambda x: ops.sum(ops.zeros_like(x), 0))
    function(X).numpy()[:] = 7.0
    np.testing.assert_array_equal(function(X).numpy(), np.zeros(3))


def test_infinite_and_named_parameters_are_written() -> None:
    function = hybrid.jit(lambda x: ops.maximum(x, float("-inf")) + ops.cast(ops.cast(x, "int32"), "float64"))
    np.testing.assert_array_equal(function(X).numpy(), X + X.astype("int32"))
