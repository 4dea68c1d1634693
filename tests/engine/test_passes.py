"""Passes: each alone keeps what programs compute, bit by bit, and does what it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hybrid
from hybrid import Variable, ops
from hybrid.engine.passes import PIPELINE, optimized
from hybrid.engine.program import Program, Value
from hybrid.engine.source import Executable
from hybrid.engine.verification import problems_of

X = np.linspace(-2.0, 2.0, 6).reshape(2, 3)
UNARY: list[Callable[[Any], Any]] = [
    ops.tanh,
    ops.relu,
    ops.stop_gradient,
    lambda x: ops.cast(x, "float64"),
    lambda x: ops.transpose(ops.transpose(x)),
    lambda x: ops.reshape(x, (2, 3)),
    lambda x: x[:, ::-1],
    lambda x: ops.concatenate([x[:1], x[1:] + x[:1]], 0),
    ops.sigmoid,
    ops.softmax,
    lambda x: x * 0.5 + ops.zeros_like(x),
    lambda x: x - ops.mean(x, axis=1, keepdims=True),
]
BINARY: list[Callable[[Any, Any], Any]] = [ops.add, ops.multiply, ops.maximum, lambda a, b: ops.matmul(a, b.T) @ b]


@st.composite
def functions(draw: Any) -> Callable[[Any], Any]:
    """A random function of one tensor that also reads and assigns a Variable."""
    number = st.integers(0, 99)
    plan = draw(st.lists(st.tuples(number, number, number), min_size=1, max_size=12))
    results = draw(st.lists(st.integers(0, 99), min_size=1, max_size=3))

    def function(x: Any, v: Any) -> Any:
        known = [x, v * 1.0]
        for kind, first, second in plan:
            a, b = known[first % len(known)], known[second % len(known)]
            which = kind % (len(UNARY) + len(BINARY))
            known.append(UNARY[which](a) if which < len(UNARY) else BINARY[which - len(UNARY)](a, b))
        v.assign(known[-1])
        return [known[index % len(known)] for index in results]

    return function


def run(program: Program) -> list[np.ndarray[Any, Any]]:
    outputs, updates = Executable(program).run([X])
    return [np.asarray(each) for each in (*outputs, *updates)]


def program_of(function: Any, *arguments: Any) -> Program:
    return hybrid.jit(function).lower(*arguments or (X,)).before


@pytest.mark.parametrize("each", [*PIPELINE, optimized], ids=lambda each: each.__name__)
@settings(max_examples=60, deadline=None)
@given(function=functions())
def test_pass_changes_no_bit(each: Any, function: Any) -> None:
    v = Variable(np.sin(X))
    before = program_of(lambda x: function(x, v))
    after = each(before)
    assert problems_of(before) == [] and problems_of(after) == []
    assert len(after.steps) <= len(before.steps)
    for first, second in zip(run(before), run(after), strict=True):
        np.testing.assert_array_equal(first, second)


def names(program: Program) -> list[str]:
    return [step.operation.name for step in program.steps]


def test_dead_code_goes_with_the_variables_that_it_read() -> None:
    v = Variable(X)

    def function(x: Any) -> Any:
        y = ops.exp(x)
        return ops.add(x, 1.0), ops.stop_gradient(y) * v

    program = program_of(function)
    lean = Program(program.inputs, program.state, program.steps, program.outputs[:1], program.updates)
    after = optimized(lean)
    assert names(after) == ["add"] and after.state == []


def test_equal_steps_run_once_and_unequal_ones_do_not() -> None:
    after = optimized(program_of(lambda x: (ops.sum(x, 0), ops.sum(x, 0), ops.sum(x, 1), x * 1.0, x * 2.0)))
    assert names(after) == ["sum", "sum", "multiply", "multiply"]


def test_draws_from_different_states_stay_different() -> None:
    seed = hybrid.random.SeedGenerator(1)
    after = optimized(
        program_of(lambda x: x + hybrid.random.normal((2, 3), seed=seed) + hybrid.random.normal((2, 3), seed=seed))
    )
    assert names(after).count("random_normal") == 2


def test_constants_are_folded_unless_they_fail() -> None:
    table = hybrid.Tensor(np.zeros((2, 3)))
    after = optimized(program_of(lambda x: x + ops.sum(ops.ones_like(x))))
    assert names(after) == ["add"]
    assert problems_of(after) == [] and table.shape == (2, 3)


def test_handing_on_is_left_out() -> None:
    after = optimized(program_of(lambda x: ops.cast(ops.stop_gradient(ops.reshape(x, (2, 3))), "float64") * 2.0))
    assert names(after) == ["multiply"]


def test_verification_finds_broken_programs() -> None:
    program = program_of(lambda x: ops.exp(ops.tanh(x)))
    missing = Program(program.inputs, [], program.steps[1:], program.outputs)
    assert problems_of(missing) == ["an argument of step 0 (exp) is never computed"]
    twice = Program(program.inputs, [], [program.steps[0], *program.steps], program.outputs)
    assert problems_of(twice) == ["an output of step 1 (tanh) is defined twice"]
    v = Variable(np.zeros(2))
    wrong = Program(program.inputs, [], [], [], [(v, program.inputs[0])])
    assert problems_of(wrong) == ["the new value of 'variable' is float64 [2, 3], not float64 [2]"]
    assert type(program.outputs[0]) is Value
