"""Class numbers, norms and padding before training."""

from __future__ import annotations

import numpy as np
import pytest

import hybrid
from hybrid import ops, utils
from hybrid.errors import ConfigError, DataError, ShapeError


def test_class_numbers_become_rows() -> None:
    rows = utils.to_categorical(np.array([[0], [2]]))
    np.testing.assert_array_equal(rows, [[1, 0, 0], [0, 0, 1]])
    assert utils.to_categorical(np.zeros((2, 3), int), 4).shape == (2, 3, 4)


def test_tensor_stays_a_tensor() -> None:
    rows = utils.to_categorical(ops.convert_to_tensor([0, 2]))
    assert isinstance(rows, hybrid.Tensor)
    np.testing.assert_array_equal(rows, [[1, 0, 0], [0, 0, 1]])
    assert isinstance(utils.normalize(rows), hybrid.Tensor)


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [([0, 3], 3, "class number 3"), ([0, -1], 3, "class number -1"), ([0.5], None, "whole"), ([], None, "num_classes")],
)
def test_wrong_class_is_named(labels: list[float], classes: int | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        utils.to_categorical(labels, classes)


def test_normalized_vectors_have_length_one() -> None:
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    np.testing.assert_allclose(np.linalg.norm(utils.normalize(x, axis=1), axis=1), 1)
    np.testing.assert_allclose(np.abs(utils.normalize(x, order=1)).sum(-1), 1)
    np.testing.assert_array_equal(utils.normalize(np.zeros((2, 3))), np.zeros((2, 3)))
    with pytest.raises(ShapeError, match="axis 3"):
        utils.normalize(x, axis=3)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [[1, 2, 3], [0, 0, 4], [0, 0, 0]]),
        ({"padding": "post"}, [[1, 2, 3], [4, 0, 0], [0, 0, 0]]),
        ({"maxlen": 2}, [[2, 3], [0, 4], [0, 0]]),
        ({"maxlen": 2, "truncating": "post", "value": 9}, [[1, 2], [9, 4], [9, 9]]),
    ],
)
def test_sequences_get_one_length(options: dict[str, object], expected: list[list[int]]) -> None:
    padded = utils.pad_sequences([[1, 2, 3], [4], []], **options)
    assert padded.dtype == np.int32
    np.testing.assert_array_equal(padded, expected)


def test_sequences_of_vectors_are_padded_with_vectors() -> None:
    padded = utils.pad_sequences([np.ones((2, 3)), np.ones((1, 3))], dtype="float32")
    assert padded.shape == (2, 2, 3)
    assert padded.sum() == 9


def test_unknown_side_is_refused() -> None:
    with pytest.raises(ConfigError, match="middle"):
        utils.pad_sequences([[1]], padding="middle")
