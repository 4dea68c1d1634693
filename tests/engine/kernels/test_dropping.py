"""What the laws of kernels do not see: many elements, drawn by several threads."""

from __future__ import annotations

import numpy as np
import pytest

from hybrid.core.spec import TensorSpec
from hybrid.engine import threads
from hybrid.engine.kernels import kernel_for
from hybrid.engine.program import Step, Value
from hybrid.random.masking import KEEP

STATE = np.array([7, 3], "uint32")
SHAPE = (301, 1001)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.99])
def test_threads_draw_what_one_draws(rate: float) -> None:
    params = {"shape": SHAPE, "rate": rate}
    step = Step(KEEP, [Value(TensorSpec((2,), "uint32"))], params, [Value(TensorSpec(SHAPE, "bool"))])
    kernel = kernel_for(step)
    assert kernel is not None
    with threads.using(3):
        drawn = kernel.run(STATE)
    np.testing.assert_array_equal(drawn, KEEP.compute(STATE, **params))


@pytest.mark.parametrize("rate", [0.001, 0.1, 0.3, 0.5, 0.999])
def test_share_that_is_dropped_is_the_rate(rate: float) -> None:
    dropped = ~KEEP.compute(STATE, shape=SHAPE, rate=rate)
    expected, count = rate * dropped.size, dropped.size
    assert abs(dropped.sum() - expected) < 4 * np.sqrt(count * rate * (1 - rate))
    # Neighbours, and elements of other rows, know nothing of each other.
    for first, second in ((dropped[:, 1:], dropped[:, :-1]), (dropped[1:], dropped[:-1])):
        both = (first & second).sum()
        assert abs(both - rate**2 * first.size) < 5 * np.sqrt(first.size * rate**2)


@pytest.mark.parametrize("other", [[7, 2], [8, 1], [1, 7], [7, 65537]])
def test_other_states_keep_other_elements(other: list[int]) -> None:
    first, second = (KEEP.compute(np.array(state, "uint32"), shape=SHAPE, rate=0.5) for state in ([7, 1], other))
    assert abs((first == second).mean() - 0.5) < 0.005


def test_stretches_keep_other_elements() -> None:
    kept = KEEP.compute(STATE, shape=(4, 1 << 16), rate=0.5)
    for first, second in ((0, 1), (0, 2), (1, 2), (2, 3)):
        assert abs((kept[first] == kept[second]).mean() - 0.5) < 0.01
