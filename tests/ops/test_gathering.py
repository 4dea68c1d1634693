"""Rows by number, segments and scattering, against plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function
from hybrid.errors import ConfigError, OutOfRangeError, ShapeError
from hybrid.ops.gathering import add_rows, gather_rows

_RNG = np.random.default_rng(11)


@pytest.mark.parametrize("count", [0, 1, 7, 3000])
@pytest.mark.parametrize("rest", [(), (1,), (5,), (2, 3)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64"])
def test_add_rows_equals_a_loop(count: int, rest: Any, dtype: str) -> None:
    indices = _RNG.integers(-2, 12, count)
    values = _RNG.integers(-3, 4, (count, *rest)).astype(dtype)
    expected = np.zeros((10, *rest), dtype)
    for index, value in zip(indices, values, strict=True):
        if 0 <= index < 10:
            expected[index] += value
    result = add_rows(values, indices, 10)
    assert result.dtype == dtype
    np.testing.assert_array_equal(result, expected)


def test_gradient_of_gathering_adds_up_what_repeats() -> None:
    table = hybrid.Variable(np.ones((4, 2)))
    with hybrid.GradientTape() as tape:
        y = ops.sum(gather_rows(table, np.array([[1, 1], [3, 0]])))
    np.testing.assert_array_equal(tape.gradient(y, table).numpy(), [[1, 1], [2, 2], [0, 0], [1, 1]])


@pytest.mark.parametrize("index", [-1, 4])
def test_gathering_a_row_that_is_not_there_is_refused(index: int) -> None:
    with pytest.raises(OutOfRangeError, match=f"Index {index} is out of range for a table of 4 rows"):
        gather_rows(np.ones((4, 2)), np.array([0, index]))


def test_segments() -> None:
    data, ids = np.array([[1.0, -1], [5, 2], [3, 4], [9, 9]]), np.array([2, 0, 2, 7])
    np.testing.assert_array_equal(ops.segment_sum(data, ids, 3).numpy(), [[5, 2], [0, 0], [4, 3]])
    greatest = ops.segment_max(data, ids, 3).numpy()
    np.testing.assert_array_equal(greatest, [[5, 2], [-np.inf, -np.inf], [3, 4]])
    assert ops.segment_sum(data, ids).shape == (8, 2)


def test_gradient_of_segment_max_is_shared_by_equal_elements() -> None:
    data = ops.convert_to_tensor(np.array([1.0, 3.0, 3.0, 2.0, 8.0]))
    with hybrid.GradientTape() as tape:
        tape.watch(data)
        y = ops.segment_max(data, np.array([0, 0, 0, 1, -1]), 2)
    np.testing.assert_array_equal(tape.gradient(y, data).numpy(), [0, 0.5, 0.5, 1, 0])


def test_segments_of_placeholders_need_their_number() -> None:
    specs = [TensorSpec((None, 2)), TensorSpec((None,), "int32")]
    with pytest.raises(ConfigError, match="num_segments"):
        trace_function(lambda data, ids: ops.segment_sum(data, ids), specs)
    recorded = trace_function(lambda data, ids: ops.segment_sum(data, ids, 4), specs)
    assert recorded.output_specs[0].shape == (4, 2)


@pytest.mark.parametrize("op", [ops.segment_sum, ops.segment_max])
def test_segment_numbers_of_another_length_are_refused(op: Any) -> None:
    with pytest.raises(ShapeError, match="one segment number for each element"):
        op(np.ones((3, 2)), np.array([0, 1]), 2)


def test_scatter_adds_up_what_repeats() -> None:
    indices = np.array([[0, 1], [2, 0], [0, 1]])
    np.testing.assert_array_equal(ops.scatter(indices, [1.0, 2.0, 4.0], (3, 2)).numpy(), [[0, 5], [0, 0], [2, 0]])
    rows = ops.scatter(np.array([[1], [1]]), np.ones((2, 3)), (2, 3)).numpy()
    np.testing.assert_array_equal(rows, [[0, 0, 0], [2, 2, 2]])


def test_the_last_of_several_updates_counts_and_gets_the_gradient() -> None:
    x, updates = ops.convert_to_tensor(np.ones(3)), ops.convert_to_tensor(np.array([5.0, 6.0, 7.0]))
    with hybrid.GradientTape() as tape:
        tape.watch([x, updates])
        y = ops.scatter_update(x, np.array([[1], [0], [1]]), updates)
    np.testing.assert_array_equal(y.numpy(), [6, 7, 1])
    to_x, to_updates = tape.gradient(y, [x, updates])
    np.testing.assert_array_equal(to_x.numpy(), [0, 0, 1])
    np.testing.assert_array_equal(to_updates.numpy(), [0, 1, 1])


def test_scatter_update_can_add() -> None:
    y = ops.scatter_update(np.ones(3), np.array([[1], [1]]), np.array([5.0, 6.0]), reduction="add")
    np.testing.assert_array_equal(y.numpy(), [1, 12, 1])
    with pytest.raises(ConfigError, match="reduction"):
        ops.scatter_update(np.ones(3), np.array([[1]]), np.array([5.0]), reduction="mean")


@pytest.mark.parametrize(
    ("indices", "values", "shape", "error", "words"),
    [
        ([[3, 0]], (1,), (3, 2), OutOfRangeError, "[3, 0] is out of range"),
        ([[-1, 0]], (1,), (3, 2), OutOfRangeError, "[-1, 0] is out of range"),
        ([[0, 0, 0]], (1,), (3, 2), ShapeError, "cannot point into"),
        ([[0], [1]], (2,), (3, 2), ShapeError, "must have the shape [2, 2]"),
    ],
)
def test_wrong_places_are_refused(indices: Any, values: Any, shape: Any, error: Any, words: str) -> None:
    for call in (
        lambda: ops.scatter(np.array(indices), np.ones(values), shape),
        lambda: ops.scatter_update(np.ones(shape), np.array(indices), np.ones(values)),
    ):
        with pytest.raises(error) as raised:
            call()
        assert words in str(raised.value)
