"""`tile` and `repeat` by sizes that are not known yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops

_ROWS = np.arange(6.0, dtype="float32").reshape(3, 2)

CASES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "tile all axes": (lambda x: ops.tile(x, (ops.shape(x)[0], 2)), lambda x: np.tile(x, (len(x), 2))),
    "tile new axis": (lambda x: ops.tile(x, (ops.shape(x)[0], 1, 1)), lambda x: np.tile(x, (len(x), 1, 1))),
    "tile last axis": (lambda x: ops.tile(x, ops.shape(x)[0]), lambda x: np.tile(x, len(x))),
    "repeat rows": (lambda x: ops.repeat(x, ops.shape(x)[0], axis=0), lambda x: np.repeat(x, len(x), 0)),
    "repeat columns": (lambda x: ops.repeat(x, ops.shape(x)[0], axis=1), lambda x: np.repeat(x, len(x), 1)),
}


@pytest.mark.parametrize("name", CASES)
def test_symbolic_count_repeats_as_numpy_does(name: str) -> None:
    ours, theirs = CASES[name]
    x = hybrid.Input((2,))
    model = hybrid.Model(x, ours(x))
    for size in (1, 3):
        np.testing.assert_array_equal(model(_ROWS[:size]), theirs(_ROWS[:size]))
    np.testing.assert_array_equal(ours(_ROWS), theirs(_ROWS))


@pytest.mark.parametrize("name", CASES)
def test_gradient_through_a_symbolic_count_adds_up_the_copies(name: str) -> None:
    ours, theirs = CASES[name]
    x = hybrid.Input((2,))
    model, rows = hybrid.Model(x, ours(x)), ops.convert_to_tensor(_ROWS)
    with hybrid.GradientTape() as tape:
        tape.watch(rows)
        total = ops.sum(model(rows))
    copies = theirs(_ROWS).size / _ROWS.size
    np.testing.assert_allclose(tape.gradient(total, rows), np.full(_ROWS.shape, copies))
