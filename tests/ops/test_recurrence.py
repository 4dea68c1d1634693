"""Recurrent layers as single operations: what their laws in the contracts do not say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.core.door import apply
from hybrid.core.primitive import PRIMITIVES
from hybrid.ops.gru import gru
from hybrid.ops.lstm import lstm
from hybrid.ops.simple_rnn import simple_rnn

OPERATIONS: dict[str, tuple[Any, int, int]] = {
    "lstm": (lstm, 4, 2),
    "gru": (gru, 3, 1),
    "simple_rnn": (simple_rnn, 1, 1),
}
NAMES = tuple(OPERATIONS)
BATCH, FEATURES, UNITS = 3, 2, 4


def arguments(name: str, time: int = 5) -> tuple[Any, list[Any]]:
    """Return an operation as a function of a mask and whether all outputs are wanted, and its states."""
    operation, gates, states = OPERATIONS[name]
    rng = np.random.default_rng(3)
    shapes = [(time, BATCH, FEATURES), (FEATURES, gates * UNITS), (UNITS, gates * UNITS)]
    x, kernel, recurrent = (rng.normal(size=shape) for shape in shapes)
    first = [rng.normal(size=(BATCH, UNITS)) for _ in range(states)]
    return lambda mask=None, every=True: operation(x, kernel, recurrent, None, first, mask, every=every), first


@pytest.mark.parametrize("name", NAMES)
def test_masked_steps_change_nothing(name: str) -> None:
    run, first = arguments(name)
    mask = np.array([[True, False, False]] * 3 + [[False, False, True]] * 2)
    outputs, last = run(mask)
    alone, _ = run()
    np.testing.assert_array_equal(outputs.numpy()[:, 1], np.repeat(first[0][None, 1], 5, 0))
    np.testing.assert_allclose(outputs.numpy()[:3, 0], alone.numpy()[:3, 0], rtol=1e-12)
    np.testing.assert_array_equal(outputs.numpy()[3:, 0], outputs.numpy()[[2, 2], 0])
    for state, before in zip(last, first, strict=True):
        np.testing.assert_array_equal(state.numpy()[1], before[1])


@pytest.mark.parametrize("name", NAMES)
def test_last_state_is_the_last_output_and_others_are_left_out_unless_wanted(name: str) -> None:
    run, _ = arguments(name)
    outputs, last = run()
    few, same = run(every=False)
    assert few.shape == (0, BATCH, UNITS)
    np.testing.assert_array_equal(last[0].numpy(), outputs.numpy()[-1])
    for one, other in zip(last, same, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


@pytest.mark.parametrize("name", NAMES)
def test_empty_sequences_end_where_they_began(name: str) -> None:
    run, first = arguments(name, time=0)
    outputs, last = run()
    assert outputs.shape == (0, BATCH, UNITS)
    for state, before in zip(last, first, strict=True):
        np.testing.assert_array_equal(state.numpy(), before)
        assert state.numpy() is not before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", [1, 2, 4], ids=["kernel", "recurrent kernel", "state"])
def test_arguments_that_do_not_fit_are_refused(name: str, place: int) -> None:
    primitive = PRIMITIVES[name]
    given, params = primitive.samples(np.random.default_rng(0))[0]
    wrong = [
        np.ones((array.shape[0] + 1, *array.shape[1:])) if at == place else array for at, array in enumerate(given)
    ]
    with pytest.raises(hybrid.errors.ShapeError, match=f"The arguments of {name} do not fit together"):
        apply(primitive, *wrong, **params)
    symbols = [hybrid.Input(batch_shape=array.shape, dtype="float64") for array in wrong]
    with pytest.raises(hybrid.errors.ShapeError, match=f"The arguments of {name} do not fit together"):
        apply(primitive, *symbols, **params)
