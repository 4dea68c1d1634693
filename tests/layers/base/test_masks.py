"""Masks travel with their tensors: through layers, arithmetic and nested models, in every style."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import Input, Layer, Model, Sequential, layers, ops
from tests.contracts.model_samples import MaskedMean, PositiveMask

DATA = np.array([[[1, 2], [-1, 3], [4, 4]], [[-1, 1], [-2, 2], [5, 6]]], "float32")
MASK = np.array([[True, False, True], [False, False, True]])


class Sees(Layer):
    """Says which mask it was given, as its output."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        return ops.zeros((2, 3)) - 1 if mask is None else ops.cast(mask, "float32")


def seen(outputs: Any) -> Any:
    values = np.asarray(outputs)
    return None if values.min() < 0 else values.astype(bool)


def both_ways(function: Any) -> list[Any]:
    """Compute a function of masked data eagerly and as a functional model."""
    x = Input(batch_shape=(2, 3, 2))
    return [function(DATA), Model(x, function(x))(DATA)]


def is_mask(outputs: Any) -> bool:
    return bool(np.array_equal(seen(outputs), MASK))


def test_mask_reaches_a_layer_that_asks() -> None:
    for outputs in both_ways(lambda x: Sees()(PositiveMask()(x))):
        assert is_mask(outputs)


def test_without_a_mask_there_is_none() -> None:
    for outputs in both_ways(Sees()):
        assert seen(outputs) is None


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * 2 + 1,
        lambda x: 1 - np.tanh(x),
        lambda x: ops.relu(x) / 3,
        lambda x: x + x,
        lambda x: np.maximum(x, 0.0) ** 2,
        lambda x: ops.where(x > 0, x, 0.5),
        lambda x: layers.Dense(4)(x),
        lambda x: layers.Dense(2, activation="relu")(x) * x,
        lambda x: ops.cast(x, "float64"),
    ],
)
def test_mask_survives_what_is_elementwise(function: Any) -> None:
    hybrid_seed()
    for outputs in both_ways(lambda x: Sees()(function(PositiveMask()(x)))):
        assert is_mask(outputs)


def hybrid_seed() -> None:
    from hybrid.utils import set_random_seed

    set_random_seed(0)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: ops.sum(x, axis=1, keepdims=True) + ops.zeros((2, 3, 2)),
        lambda x: ops.reshape(x, (2, 3, 2)),
        lambda x: ops.transpose(x, (0, 1, 2))[:, ::-1],
        lambda x: ops.flip(x, axis=1),
    ],
)
def test_mask_ends_where_positions_move(function: Any) -> None:
    for outputs in both_ways(lambda x: Sees()(function(PositiveMask()(x)))):
        assert seen(outputs) is None


def test_explicit_mask_beats_the_one_that_is_carried() -> None:
    other = ~MASK
    for outputs in both_ways(lambda x: Sees()(PositiveMask()(x), mask=other)):
        np.testing.assert_array_equal(seen(outputs), other)
    assert np.array_equal(seen(Sees()(DATA, mask=MASK)), MASK)


class Through(Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs) + 1


class Takes(Model):
    """Uses the mask itself."""

    def __init__(self) -> None:
        super().__init__()
        self.sees = Sees()

    def call(self, inputs: Any, mask: Any = None) -> Any:
        return self.sees(inputs * 2) if mask is None else ops.cast(mask, "float32")


def functional() -> Model:
    x = Input((3, 2))
    return Model(x, layers.Dense(2)(x) + 1)


INNER = {
    "functional": functional,
    "sequential": lambda: Sequential([layers.Dense(2), layers.Dense(2)]),
    "sequential with input": lambda: Sequential([Input((3, 2)), layers.Dense(2)]),
    "subclassed": Through,
    "nested": lambda: Sequential([functional(), Through(), Sequential([Through()])]),
}


@pytest.mark.parametrize("inner", INNER)
def test_mask_passes_through_nested_models(inner: str) -> None:
    model = INNER[inner]()
    for outputs in both_ways(lambda x: Sees()(model(PositiveMask()(x)))):
        assert is_mask(outputs)
    sequential = Sequential([PositiveMask(), model, Sees()])
    assert is_mask(sequential(DATA))


def test_mask_is_made_and_used_inside_a_nested_model() -> None:
    x = Input((3, 2))
    inner = Model(x, MaskedMean()(PositiveMask()(x)))
    expected = MaskedMean()(DATA, mask=MASK)
    for outputs in both_ways(inner):
        np.testing.assert_array_equal(outputs, expected)


def test_mask_made_inside_reaches_what_comes_after() -> None:
    x = Input(batch_shape=(2, 3, 2))
    for inner in (Sequential([PositiveMask(), layers.Dense(2)]), Model(x, PositiveMask()(x) * 2)):
        for outputs in both_ways(lambda x, inner=inner: Sees()(inner(x))):
            assert is_mask(outputs)


@pytest.mark.parametrize("make", [functional, lambda: Sequential([layers.Dense(2)]), Takes])
def test_models_take_a_mask_as_an_argument(make: Any) -> None:
    model = make()
    outputs = model(DATA, mask=MASK)
    if isinstance(model, Takes):
        assert is_mask(outputs)
    else:
        assert is_mask(Sees()(outputs))


def test_argument_mask_does_not_stay_on_the_callers_tensor() -> None:
    model, data = functional(), ops.convert_to_tensor(DATA)
    model(data, mask=MASK)
    assert data.mask is None
    sequential = Sequential([layers.Dense(2)])
    sequential(data, mask=MASK)
    assert data.mask is None


def test_masks_of_named_arguments() -> None:
    class Attends(Layer):
        def call(self, query: Any, value: Any, query_mask: Any = None, value_mask: Any = None) -> Any:
            assert query_mask is None
            return ops.cast(value_mask, "float32")

    for outputs in both_ways(lambda x: Attends()(x, PositiveMask()(x))):
        assert is_mask(outputs)


def test_layer_that_changes_positions_decides_by_compute_mask() -> None:
    class Reverses(Layer):
        def call(self, inputs: Any) -> Any:
            return ops.flip(inputs, axis=1)

        def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
            return None if previous_mask is None else ops.flip(previous_mask, axis=1)

    for outputs in both_ways(lambda x: Sees()(Reverses()(PositiveMask()(x)))):
        np.testing.assert_array_equal(seen(outputs), MASK[:, ::-1])


def test_mask_of_a_tensor_that_is_handed_through_stays() -> None:
    class Drops(Layer):
        def call(self, inputs: Any) -> Any:
            return inputs

        def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
            return None

    masked = PositiveMask()(DATA)
    assert Drops()(masked).mask is None
    assert masked.mask is not None


def test_masks_survive_a_file(tmp_path: Any) -> None:
    x = Input((3, 2))
    model = Model(x, MaskedMean()(Sequential([layers.Dense(2)])(PositiveMask()(x)) * 3))
    from hybrid.models import load_model

    model.save(tmp_path / "m")
    np.testing.assert_array_equal(load_model(tmp_path / "m")(DATA), model(DATA))


def test_explicit_mask_in_a_graph_survives_a_file(tmp_path: Any) -> None:
    from hybrid.models import load_model

    x = Input((3, 2))
    masked = PositiveMask()(x)
    model = Model(x, MaskedMean()(layers.Dense(2)(x), mask=masked.mask))
    model.save(tmp_path / "m")
    np.testing.assert_array_equal(load_model(tmp_path / "m")(DATA), model(DATA))
