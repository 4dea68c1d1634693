"""Slices whose start may be a tensor, and taking tensors apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function
from hybrid.errors import OutOfRangeError, ShapeError

_X = np.arange(12.0).reshape(4, 3)


@pytest.mark.parametrize("starts", [(1, 1), np.array([1, 1]), [1, 1]])
def test_slice_cuts_a_block(starts: Any) -> None:
    np.testing.assert_array_equal(ops.slice(_X, starts, (2, 2)).numpy(), _X[1:3, 1:3])
    updated = ops.slice_update(_X, starts, np.zeros((2, 2))).numpy()
    expected = _X.copy()
    expected[1:3, 1:3] = 0
    np.testing.assert_array_equal(updated, expected)


def test_minus_one_means_up_to_the_end() -> None:
    np.testing.assert_array_equal(ops.slice(_X, (1, 2), (-1, 1)).numpy(), _X[1:, 2:])


def test_a_recorded_start_is_replayed() -> None:
    def block(x: Any, row: Any) -> Any:
        return ops.slice(ops.slice_update(x, (row, 0), np.full((1, 3), 7.0)), (row, 1), (2, 2))

    recorded = trace_function(block, [TensorSpec((None, 3), "float64"), TensorSpec((), "int32")])
    assert recorded.output_specs[0].shape == (2, 2)
    for row in (0, 2):
        expected = _X[row : row + 2, 1:].copy()
        expected[0] = 7
        got = recorded.replay([ops.convert_to_tensor(_X), ops.convert_to_tensor(row)])
        np.testing.assert_array_equal(got.numpy(), expected)


def test_gradients_go_to_the_block_or_around_it() -> None:
    x, u = ops.convert_to_tensor(_X), ops.convert_to_tensor(np.ones((2, 1)))
    with hybrid.GradientTape() as tape:
        tape.watch([x, u])
        y = ops.slice_update(x, (0, 2), u) * _X
    to_x, to_u = tape.gradient(y, [x, u])
    np.testing.assert_array_equal(to_u.numpy(), _X[:2, 2:])
    expected = _X.copy()
    expected[:2, 2] = 0
    np.testing.assert_array_equal(to_x.numpy(), expected)


@pytest.mark.parametrize(
    ("starts", "shape", "error"),
    [
        ((3, 0), (2, 1), OutOfRangeError),
        ((-1, 0), (2, 1), OutOfRangeError),
        ((0, 0), (5, 1), OutOfRangeError),
        ((0,), (2, 1), ShapeError),
        ((0, 0), (2,), ShapeError),
    ],
)
def test_blocks_that_do_not_fit_are_refused_alike_when_recorded_and_run(starts: Any, shape: Any, error: Any) -> None:
    with pytest.raises(error) as run:
        ops.slice(_X, starts, shape)
    with pytest.raises(error) as recorded:
        trace_function(lambda x: ops.slice(x, starts, shape), [TensorSpec((4, 3), "float64")])
    assert str(run.value) == str(recorded.value)


def test_a_start_that_is_too_far_is_refused_when_it_is_known() -> None:
    with pytest.raises(OutOfRangeError, match="ends beyond axis 0"):
        ops.slice(_X, np.array([3, 0]), (2, 1))


def test_unstack() -> None:
    for number, part in enumerate(ops.unstack(_X, axis=1)):
        np.testing.assert_array_equal(part.numpy(), _X[:, number])
    with pytest.raises(ShapeError, match="pass 4"):
        ops.unstack(_X, num=3)
    with pytest.raises(ShapeError, match="pass num"):
        trace_function(lambda x: ops.unstack(x), [TensorSpec((None, 3))])
    recorded = trace_function(lambda x: ops.unstack(x, num=4), [TensorSpec((None, 3))])
    assert [spec.shape for spec in recorded.output_specs] == [(3,)] * 4
