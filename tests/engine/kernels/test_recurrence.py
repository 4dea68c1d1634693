"""Kernels of recurrent layers: sequences that are gone back through in several blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid.core.primitive import PRIMITIVES
from hybrid.engine.kernels import kernel_for, recurrence
from tests.engine.kernels.test_kernels import step_of

CASES = [(name, number) for name in ("lstm_slopes", "gru_slopes") for number in range(4)]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_blocks_of_steps_give_what_all_steps_at_once_give(name: str, number: int, monkeypatch: Any) -> None:
    primitive = PRIMITIVES[name]
    arguments, params = primitive.samples(np.random.default_rng(5))[number]
    expected = primitive.compute(*arguments, **params)
    monkeypatch.setattr(recurrence, "_LEAST", 1)
    monkeypatch.setattr(recurrence, "_SMALL", 3 * 2 * 5 * 2)  # two steps of 3 samples, 2 units and rows of 5
    kernel = kernel_for(step_of(primitive, list(arguments), params))
    assert kernel is not None
    for one, other in zip(kernel.run(*arguments), expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


def test_a_sequence_is_gone_back_through_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recurrence, "_LEAST", 1)
    monkeypatch.setattr(recurrence, "_SMALL", 3 * 2 * 5 * 2)
    primitive = PRIMITIVES["lstm_slopes"]
    arguments, params = primitive.samples(np.random.default_rng(5))[1]
    blocks = recurrence.Blocks(4, step_of(primitive, list(arguments), params))
    seen: list[slice] = []
    arrays = [np.zeros(shape) for shape, _ in blocks.specs]
    blocks.run(arrays, arguments[-2], lambda slopes, times: seen.append(times), None)
    assert seen == [slice(1, 3), slice(0, 1)]


def test_gates_that_are_gathered_again_are_the_matrix() -> None:
    matrix = np.arange(24.0).reshape(2, 12)
    apart, again = np.empty((3, 2, 4)), np.empty((2, 12))
    recurrence.spread(apart, matrix, (2, 0, 1))
    recurrence.gathered(again, apart, (2, 0, 1))
    np.testing.assert_array_equal(again, matrix)
    np.testing.assert_array_equal(apart[0], matrix[:, 8:])
