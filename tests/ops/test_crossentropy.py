"""Cross-entropies against closed forms, at the edges, and their errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import special

import hybrid
from hybrid import ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function
from hybrid.errors import OutOfRangeError, ShapeError

_RNG = np.random.default_rng(5)
_LOGITS = _RNG.normal(size=(4, 3)) * 5
_LABELS = np.array([0, 2, 1, 2])
_ONE_HOT = np.eye(3)[_LABELS]


def test_from_logits_they_are_minus_the_log_softmax() -> None:
    expected = -special.log_softmax(_LOGITS, -1)[np.arange(4), _LABELS]
    dense = ops.categorical_crossentropy(_ONE_HOT, _LOGITS, from_logits=True)
    sparse = ops.sparse_categorical_crossentropy(_LABELS, _LOGITS, from_logits=True)
    np.testing.assert_allclose(dense.numpy(), expected, rtol=1e-12)
    np.testing.assert_allclose(sparse.numpy(), expected, rtol=1e-12)


def test_from_probabilities_they_are_scaled_first() -> None:
    weights = special.softmax(_LOGITS, -1) * 3
    expected = -special.log_softmax(_LOGITS, -1)[np.arange(4), _LABELS]
    np.testing.assert_allclose(ops.categorical_crossentropy(_ONE_HOT, weights).numpy(), expected, rtol=1e-5)
    sparse = ops.sparse_categorical_crossentropy(_LABELS[:, None], weights)
    np.testing.assert_allclose(sparse.numpy(), expected, rtol=1e-5)


def test_certain_and_wrong_costs_what_epsilon_allows() -> None:
    wrong = np.eye(3)[(_LABELS + 1) % 3]
    expected = np.full(4, -np.log(1e-7))
    np.testing.assert_allclose(ops.categorical_crossentropy(_ONE_HOT, wrong).numpy(), expected)
    np.testing.assert_allclose(ops.sparse_categorical_crossentropy(_LABELS, wrong).numpy(), expected)
    np.testing.assert_allclose(ops.binary_crossentropy([1.0], np.array([0.0])).numpy(), expected[:1])


def test_the_axis_of_the_classes_can_be_any() -> None:
    logits, labels = _RNG.normal(size=(2, 3, 5)), _RNG.integers(0, 3, (2, 5))
    moved = np.moveaxis(logits, 1, -1)
    expected = ops.sparse_categorical_crossentropy(labels, moved, from_logits=True).numpy()
    got = ops.sparse_categorical_crossentropy(labels, logits, from_logits=True, axis=1).numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-12)
    hot = np.moveaxis(np.eye(3)[labels], -1, 1)
    got = ops.categorical_crossentropy(hot, logits, from_logits=True, axis=1).numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_binary_crossentropy_of_huge_logits() -> None:
    logits = np.array([-1e30, 1e30, 1e4, 0.0], np.float32)
    cost = ops.binary_crossentropy(np.array([0.0, 1.0, 0.0, 0.5]), logits, from_logits=True).numpy()
    np.testing.assert_allclose(cost, [0, 0, 1e4, np.log(2)], rtol=1e-6)


def test_binary_crossentropy_from_probabilities() -> None:
    target, output = _RNG.uniform(size=6), _RNG.uniform(0.1, 0.9, 6)
    expected = -(target * np.log(output) + (1 - target) * np.log(1 - output))
    np.testing.assert_allclose(ops.binary_crossentropy(target, output).numpy(), expected, rtol=1e-12)


def test_gradient_of_logits_is_the_error() -> None:
    logits = ops.convert_to_tensor(_LOGITS)
    with hybrid.GradientTape() as tape:
        tape.watch(logits)
        cost = ops.sparse_categorical_crossentropy(_LABELS, logits, from_logits=True)
    expected = special.softmax(_LOGITS, -1) - _ONE_HOT
    np.testing.assert_allclose(tape.gradient(cost, logits).numpy(), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("op", "target", "output", "words"),
    [
        ("categorical_crossentropy", (4,), (4, 3), ["[4]", "[4, 3]", "sparse_categorical_crossentropy"]),
        ("categorical_crossentropy", (4, 2), (4, 3), ["same shape"]),
        ("binary_crossentropy", (4,), (4, 1), ["[4]", "[4, 1]", "same shape"]),
        ("sparse_categorical_crossentropy", (4, 3), (4, 3), ["without axis 1", "one-hot"]),
        ("sparse_categorical_crossentropy", (5,), (4, 3), ["[5]", "[4, 3]"]),
    ],
)
def test_shapes_that_differ_are_refused(op: str, target: Any, output: Any, words: list[str]) -> None:
    call = getattr(ops, op)
    with pytest.raises(ShapeError) as run:
        call(np.ones(target), np.ones(output))
    with pytest.raises(ShapeError) as recorded:
        trace_function(lambda t, o: call(t, o), [TensorSpec(target), TensorSpec(output)])
    assert str(run.value) == str(recorded.value)
    for word in words:
        assert word in str(run.value)


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_that_is_no_class_is_refused(label: int) -> None:
    with pytest.raises(OutOfRangeError, match=f"Class {label} is out of range for 3 classes"):
        ops.sparse_categorical_crossentropy([label], np.full((1, 3), 1 / 3))
