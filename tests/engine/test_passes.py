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
from hybrid.engine.passes import PIPELINE, ROUNDING, optimized
from hybrid.engine.passes.pooled_convolution import with_pooled_convolutions
from hybrid.engine.program import Program, Value
from hybrid.engine.source import Executable
from hybrid.engine.verification import problems_of

X = np.linspace(-2.0, 2.0, 6).reshape(2, 3)
W, B = np.cos(np.arange(9.0)).reshape(3, 3), np.array([0.5, -1.0, 2.0])


def pooled(x: Any) -> Any:
    return ops.reshape(ops.max_pool(x, 2), (3,))


UNARY: list[Callable[[Any], Any]] = [
    ops.tanh,
    ops.relu,
    ops.stop_gradient,
    lambda x: ops.cast(ops.cast(ops.cast(x, "float32"), "float64"), "float32") + ops.cast(x, "float64"),
    lambda x: ops.transpose(ops.transpose(x)),
    lambda x: ops.transpose(ops.transpose(ops.reshape(x, (1, 2, 3)), (2, 0, 1)), (1, 2, 0))[0],
    lambda x: ops.reshape(ops.expand_dims(ops.reshape(x, (3, 2)), 0), (2, 3)),
    lambda x: x[:, ::-1],
    lambda x: ops.concatenate([x[:1], x[1:] + x[:1]], 0),
    ops.sigmoid,
    ops.softmax,
    hybrid.grad(lambda x: ops.sum(ops.sparse_categorical_crossentropy(np.array([2, 0]), ops.softmax(x)))),
    lambda x: x * 0.5 + ops.zeros_like(x),
    lambda x: x - ops.mean(x, axis=1, keepdims=True),
    lambda x: ops.negative(ops.negative(x)) * 1.0 / 4.0,
    lambda x: ops.negative(x * B) + ops.negative(x) * -3.0,
    lambda x: ops.sum(ops.negative(x), axis=0) + x,
    lambda x: x * 0.3 * 5.0 / 7.0,
    lambda x: ops.tanh(x) ** 2 + ops.abs(x) ** 0.5,
    lambda x: ops.add(x * B, x * B),
    lambda x: ops.broadcast_to(ops.max(x, axis=0), (2, 3)) * 2.0 - x,
    hybrid.grad(lambda x: ops.mean(ops.tanh(x) * ops.sum(x, axis=1, keepdims=True) * -0.5)),
    hybrid.grad(lambda x: ops.sum(ops.mean(x * x, axis=1) / 8.0)),
    lambda x: ops.max_pool(ops.relu(ops.reshape(x, (1, 6, 1)) + B[:1]), 2)[0, :1] + x,
    lambda x: ops.matmul(x, W) + B,
    lambda x: ops.einsum("ij,jkl->ikl", x, np.reshape(W, (3, 1, 3)))[:, 0] + B,
    lambda x: ops.transpose(ops.einsum("ij,kj->ki", x, W)),
    lambda x: x + ops.reshape(ops.relu(ops.conv(ops.reshape(x, (1, 6, 1)), W[:1, :1, None]) + B[:1]), (2, 3)),
    lambda x: x + pooled(ops.relu(ops.reshape(x, (1, 6, 1)) + 0.5)),
    lambda x: x + pooled(ops.conv(ops.reshape(x, (1, 6, 1)), W[:, :1, None], padding="same")),
]
BINARY: list[Callable[[Any, Any], Any]] = [
    ops.add,
    ops.multiply,
    ops.maximum,
    lambda a, b: ops.matmul(a, b.T) @ b,
    lambda a, b: a - ops.negative(b),
    lambda a, b: ops.tanh(ops.negative(ops.subtract(a, b)) * ops.negative(b)),
]


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


EXACT = [each for each in dict.fromkeys(PIPELINE) if each not in ROUNDING]


def before_and_after(function: Any, *passes: Any) -> tuple[Any, Any]:
    """Return what a function gives as it was recorded and after some passes, each of which makes a good program."""
    v = Variable(np.sin(X))
    program = before = program_of(lambda x: function(x, v))
    assert problems_of(before) == []
    for each in passes:
        program = each(program)
        assert problems_of(program) == []
    with np.errstate(all="ignore"):
        return run(before), run(program)


@pytest.mark.parametrize("each", EXACT, ids=lambda each: each.__name__)
@settings(max_examples=60, deadline=None)
@given(function=functions())
def test_pass_changes_no_bit(each: Any, function: Any) -> None:
    for first, second in zip(*before_and_after(function, each), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "passes", [*[[each] for each in PIPELINE if each in ROUNDING], PIPELINE], ids=lambda passes: passes[-1].__name__
)
@settings(max_examples=100, deadline=None)
@given(function=functions())
def test_passes_change_last_bits_at_most(passes: Any, function: Any) -> None:
    for first, second in zip(*before_and_after(function, *passes), strict=True):
        assert (first.dtype, first.shape) == (second.dtype, second.shape)
        np.testing.assert_allclose(second, first, rtol=1e-9, atol=1e-9)


def test_every_pass_has_something_to_do_on_random_programs() -> None:
    """One after the other, on each operation of the generator: so the laws above try every pass."""
    programs = [program_of(lambda x, f=f: f(x)) for f in UNARY]
    programs += [program_of(lambda x, f=f: f(x, x * 2.0)) for f in BINARY]
    idle = set(PIPELINE) - {with_pooled_convolutions}  # for sizes at which there is a kernel
    for each in PIPELINE:
        rewritten = [each(program) for program in programs]
        if any(str(old) != str(new) for old, new in zip(programs, rewritten, strict=True)):
            idle.discard(each)
        programs = rewritten
    assert not idle


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
    after = optimized(program_of(lambda x: (ops.sum(x, 0), ops.sum(x, 0), ops.sum(x, 1), x * 3.0, x * 2.0)))
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
