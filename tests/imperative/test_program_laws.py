"""Law 1 for programs, on every imperative model: called and trained as a program it does what it does eagerly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import GradientTape
from hybrid.saving.paths import variable_paths
from tests.both_ways import assert_close, ran_as_programs, state_of, train_both_ways
from tests.imperative.collection import ENTRIES
from tests.imperative.entry import Arguments, Entry
from tests.imperative.test_laws import laws_of, loss_of

STEPS = 50

EAGER = {
    "tree_rnn_over_arrays": r"bool\(\) needs a value[^§]*if first < 0",
    "early_exit": r"bool\(\) needs a value[^§]*> self.confidence",
    "while_it_is_not_sure": "cannot be a step of a program",  # opaque, as it says what comes out, and has weights
    "as_many_steps_as_the_data_says": r"int\(\) needs a value[^§]*int\(ops.max\(lengths\)\)",
    "depth_in_a_variable": r"int\(\) needs a value[^§]*int\(self.active\)",
    "iterates_until_it_converges": r"bool\(\) needs a value[^§]*< self.tolerance",
    "mixture_with_hard_routing": r"numpy\(\) needs a value[^§]*weights.numpy\(\)",
}
"""Models that run operation by operation, and why: what the warning says of them. All others are programs."""


@pytest.fixture(autouse=True)
def doubles() -> Iterator[None]:
    """Compute in float64: what differs after many steps is then no rounding that grew."""
    before = hybrid.config.floatx()
    hybrid.config.set_floatx("float64")
    yield
    hybrid.config.set_floatx(before)


EAGER_IN_TRAINING = EAGER | {"control_flow_as_operations": "A recorded while_loop has no derivative"}


def as_announced(entry: Entry, eager: bool, announced: dict[str, str]) -> Any:
    """Expect the warning that a step runs operation by operation, where it is listed; any other is an error."""
    expected = announced.get(entry.name)
    return nullcontext() if eager or expected is None else pytest.warns(UserWarning, match=expected)


@pytest.mark.parametrize("training", [False, True])
@laws_of(ENTRIES)
def test_call_is_the_same(entry: Entry, training: bool) -> None:
    def call(eager: bool) -> Any:
        model = entry.seeded()
        function = model if eager else hybrid.jit(model)
        args, kwargs = entry.inputs()
        with as_announced(entry, eager, EAGER):
            outputs = [function(*args, **kwargs, training=training) for _ in range(2)]
        return outputs, [variable.numpy() for variable in variable_paths(model).values()]

    program, expected = train_both_ways(call)
    assert_close(program, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.filterwarnings("ignore:There is no gradient for 'hard_mixture")  # an expert that got no sample
@laws_of(ENTRIES)
def test_fifty_steps_end_in_the_same_state(entry: Entry) -> None:
    def train(eager: bool) -> Any:
        model = entry.compiled(entry.seeded())
        with as_announced(entry, eager, EAGER_IN_TRAINING):
            losses = by_fit(entry, model, eager) if entry.fits else by_hand(entry, model, eager)
        return losses, state_of(model)

    program, expected = train_both_ways(train)
    np.testing.assert_allclose(program[0], expected[0], rtol=1e-9)
    assert_close(program[1], expected[1], rtol=1e-8, atol=1e-10)


def by_fit(entry: Entry, model: Any, eager: bool) -> list[float]:
    model.run_eagerly, model.jit_compile = eager, not eager
    data = entry.inputs().args[0], entry.targets
    history = model.fit(*data, batch_size=1000, epochs=STEPS, verbose=0).history
    assert eager or ran_as_programs(model) == (entry.name not in EAGER_IN_TRAINING)
    return history.get("loss", [])


def by_hand(entry: Entry, model: Any, eager: bool) -> list[float]:
    def step(example: Arguments) -> Any:
        with GradientTape() as tape:
            loss = loss_of(replace(entry, example=example), model)
        model.optimizer.apply(tape.gradient(loss, model.trainable_weights), model.trainable_weights)
        return loss

    function = step if eager else hybrid.jit(step)
    return [float(function(entry.inputs())) for _ in range(STEPS)]
