"""One-hot and multi-hot vectors, and the best k."""

from __future__ import annotations

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function
from hybrid.errors import ConfigError, ShapeError


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_one_hot_has_a_one_at_each_class(axis: int) -> None:
    x = np.array([[0, 2, 1], [1, 1, 0]])
    y = ops.one_hot(x, 3, axis=axis).numpy()
    assert y.dtype == np.float32
    np.testing.assert_array_equal(np.moveaxis(y, axis, -1), np.eye(3)[x])


def test_one_hot_of_what_is_no_class_is_zero() -> None:
    np.testing.assert_array_equal(ops.one_hot([-1, 3], 3, dtype="int32").numpy(), np.zeros((2, 3)))


def test_one_hot_of_unknown_sizes() -> None:
    recorded = trace_function(lambda x: ops.one_hot(x, 4, axis=1), [TensorSpec((None, 3), "int32")])
    assert recorded.output_specs == [TensorSpec((None, 4, 3), "float32")]


def test_one_hot_is_never_sparse() -> None:
    with pytest.raises(ConfigError, match="sparse=False"):
        ops.one_hot([0], 2, sparse=True)


def test_multi_hot_joins_the_classes_of_a_row() -> None:
    np.testing.assert_array_equal(ops.multi_hot([[0, 2], [1, 1]], 4).numpy(), [[1, 0, 1, 0], [0, 1, 0, 0]])
    np.testing.assert_array_equal(ops.multi_hot([3, 0], 4).numpy(), [1, 0, 0, 1])


def test_top_k_takes_the_first_of_equal_elements() -> None:
    values, indices = ops.top_k(np.array([[1.0, 3, 3, 2], [5, 5, 1, 5]]), 2)
    np.testing.assert_array_equal(values.numpy(), [[3, 3], [5, 5]])
    np.testing.assert_array_equal(indices.numpy(), [[1, 2], [0, 1]])
    assert indices.dtype == np.int32


def test_gradient_of_top_k_goes_to_the_greatest() -> None:
    x = ops.convert_to_tensor(np.array([1.0, 4.0, 2.0, 3.0]))
    with hybrid.GradientTape() as tape:
        tape.watch(x)
        y = ops.top_k(x, 2)[0] * np.array([10.0, 20.0])
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), [0, 10, 0, 20])


def test_top_k_of_too_few_is_refused_alike_when_recorded_and_run() -> None:
    with pytest.raises(ShapeError) as run:
        ops.top_k(np.ones((2, 3)), 4)
    with pytest.raises(ShapeError) as recorded:
        trace_function(lambda x: ops.top_k(x, 4), [TensorSpec((2, 3), "float64")])
    assert str(run.value) == str(recorded.value)


def test_in_top_k_counts_ties_for_the_target() -> None:
    predictions = np.array([[0.1, 0.5, 0.4], [0.3, 0.3, 0.4], [0.2, 0.2, 0.6]])
    np.testing.assert_array_equal(ops.in_top_k([0, 0, 1], predictions, 2).numpy(), [False, True, True])
    np.testing.assert_array_equal(ops.in_top_k([1, 2, 2], predictions, 1).numpy(), [True, True, True])
    with pytest.raises(ShapeError, match="targets"):
        ops.in_top_k([0, 1], predictions, 1)
