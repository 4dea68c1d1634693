"""Bidirectional, TimeDistributed and Wrapper against what they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import layers, ops
from tests.layers.recurrence import arrays, check_gradients, randomized

MASK = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 1]], bool)
MERGES = {
    "sum": np.add,
    "mul": np.multiply,
    "ave": lambda a, b: (a + b) / 2,
    "concat": lambda a, b: np.concatenate([a, b], -1),
}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


@pytest.fixture
def x(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(3, 4, 2))


def both_ways(rng: np.random.Generator, merge_mode: Any = "concat", **options: Any) -> Any:
    pattern = layers.LSTM(3, dtype="float64", **options)
    layer = layers.Bidirectional(pattern, merge_mode=merge_mode, dtype="float64")
    layer.build((None, None, 2))
    return randomized(layer, rng)


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("merge_mode", list(MERGES))
def test_outputs_of_both_directions_are_merged(
    merge_mode: str, sequences: bool, rng: np.random.Generator, x: np.ndarray
) -> None:
    layer = both_ways(rng, merge_mode, return_sequences=sequences)
    forward, mirror = (layers.LSTM(3, dtype="float64", return_sequences=sequences) for _ in range(2))
    forward(x), mirror(x)
    forward.set_weights(layer.get_weights()[:3])
    mirror.set_weights(layer.get_weights()[3:])
    backward = mirror(x[:, ::-1]).numpy()
    wanted = MERGES[merge_mode](forward(x).numpy(), backward[:, ::-1] if sequences else backward)
    np.testing.assert_allclose(layer(x).numpy(), wanted, rtol=1e-12)


def test_without_merging_both_outputs_and_all_states_are_returned(rng: np.random.Generator, x: np.ndarray) -> None:
    layer = both_ways(rng, None, return_state=True)
    outputs = arrays(layer(x))
    assert [output.shape for output in outputs] == [(3, 3)] * 6
    np.testing.assert_array_equal(outputs[0], outputs[2])
    np.testing.assert_array_equal(outputs[1], outputs[4])


def test_mask_equals_shorter_sequences(rng: np.random.Generator, x: np.ndarray) -> None:
    layer = both_ways(rng, return_sequences=True)
    masked = layer(x, mask=MASK).numpy()
    for sample, length in enumerate(MASK.sum(1)):
        alone = layer(x[sample : sample + 1, :length]).numpy()[0]
        np.testing.assert_allclose(masked[sample, :length], alone, rtol=1e-12)
        assert not masked[sample, length:].any()


def test_initial_states_are_divided(rng: np.random.Generator, x: np.ndarray) -> None:
    layer = both_ways(rng)
    states = [rng.normal(size=(3, 3)) for _ in range(4)]
    forward = layer.forward_layer(x, initial_state=states[:2]).numpy()
    backward = layer.backward_layer(x, initial_state=states[2:]).numpy()
    np.testing.assert_array_equal(layer(x, initial_state=states).numpy(), np.concatenate([forward, backward], -1))
    with pytest.raises(hybrid.errors.StructureError, match="received 3 initial states"):
        layer(x, initial_state=states[:3])


def test_bidirectional_gradients_agree_with_differences(rng: np.random.Generator, x: np.ndarray) -> None:
    check_gradients(both_ways(rng, return_sequences=True), [x], rng, mask=MASK)


def test_bidirectional_records_with_unknown_length(rng: np.random.Generator, x: np.ndarray) -> None:
    layer = both_ways(rng, return_sequences=True)
    inputs = layers.Input((None, 2), dtype="float64")
    outputs = layer(inputs)
    assert outputs.shape == (None, None, 6)
    model = hybrid.Model(inputs, outputs, dtype="float64")
    for length in (1, 4):
        np.testing.assert_array_equal(model(x[:, :length]).numpy(), layer(x[:, :length]).numpy())


def test_names_weights_and_config_of_bidirectional(x: np.ndarray) -> None:
    layer = layers.Bidirectional(layers.GRU(2, return_sequences=True), name="both")
    layer(x)
    paths = [weight.path for weight in layer.weights]
    assert paths[0] == "both/forward_gru/gru_cell/kernel"
    assert paths[3] == "both/backward_gru/gru_cell/kernel"
    twin = layers.Bidirectional.from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    twin(x)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(x).numpy(), layer(x).numpy())


def test_pattern_of_bidirectional_keeps_its_own_weights(x: np.ndarray) -> None:
    pattern = layers.SimpleRNN(2)
    layer = layers.Bidirectional(pattern)
    layer(x)
    assert not pattern.built and len(layer.weights) == 6


def test_initial_weights_of_bidirectional_are_set(rng: np.random.Generator, x: np.ndarray) -> None:
    values = [rng.normal(size=shape).astype("float32") for shape in [(2, 3), (3, 3), (3,)] * 2]
    layer = layers.Bidirectional(layers.SimpleRNN(3), weights=values)
    layer(x)
    for found, wanted in zip(layer.get_weights(), values, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_own_backward_layer(x: np.ndarray) -> None:
    layer = layers.Bidirectional(layers.LSTM(3), backward_layer=layers.GRU(2, go_backwards=True))
    assert layer(x).shape == (3, 5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layer": "lstm"}, "needs a layer"),
        ({"layer": layers.Dense(2)}, "has no 'go_backwards'"),
        ({"layer": layers.LSTM(2), "merge_mode": "max"}, "Unknown merge mode"),
        ({"layer": layers.LSTM(2), "backward_layer": layers.LSTM(2)}, "go the same way"),
        (
            {"layer": layers.LSTM(2), "backward_layer": layers.LSTM(2, go_backwards=True, return_state=True)},
            "differ in 'return_state'",
        ),
    ],
)
def test_wrong_arguments_of_bidirectional_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(hybrid.errors.ConfigError, match=message):
        layers.Bidirectional(**arguments)


# -- TimeDistributed ------------------------------------------------------------------------------------------------


def test_time_distributed_applies_the_layer_to_every_step(rng: np.random.Generator) -> None:
    inner = layers.LSTM(3, dtype="float64")
    layer = layers.TimeDistributed(inner, dtype="float64")
    x = rng.normal(size=(2, 3, 4, 5))
    outputs = layer(x).numpy()
    assert outputs.shape == (2, 3, 3)
    for time in range(3):
        np.testing.assert_allclose(outputs[:, time], inner(x[:, time]).numpy(), rtol=1e-12)


def test_time_distributed_records_with_unknown_batch_and_time(rng: np.random.Generator) -> None:
    layer = layers.TimeDistributed(layers.Dense(2, activation="tanh", dtype="float64"), dtype="float64")
    inputs = layers.Input((None, 4), dtype="float64")
    outputs = layer(inputs)
    assert outputs.shape == (None, None, 2)
    model = hybrid.Model(inputs, outputs)
    for shape in ((1, 3, 4), (2, 1, 4), (0, 2, 4)):
        x = rng.normal(size=shape)
        np.testing.assert_allclose(model(x).numpy(), layer.layer(x).numpy(), rtol=1e-6)


def test_time_distributed_folds_masks_for_layers_that_take_them(rng: np.random.Generator) -> None:
    layer = layers.TimeDistributed(layers.GRU(3, return_sequences=True))
    x = ops.convert_to_tensor(rng.normal(size=(2, 3, 4, 5)).astype("float32"))
    x.mask = ops.convert_to_tensor(rng.random((2, 3, 4)) < 0.6)
    outputs = layer(x)
    for time in range(3):
        wanted = layer.layer(x.numpy()[:, time], mask=x.mask.numpy()[:, time]).numpy()
        np.testing.assert_allclose(outputs.numpy()[:, time], wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(outputs.mask.numpy(), x.mask.numpy())


def test_time_distributed_mask_of_steps_where_the_layer_ends_its_own(rng: np.random.Generator) -> None:
    layer = layers.TimeDistributed(layers.GRU(3))
    x = ops.convert_to_tensor(rng.normal(size=(2, 2, 3, 1)).astype("float32"))
    x.mask = ops.convert_to_tensor(np.array([[[1, 1, 0], [0, 0, 0]], [[1, 0, 0], [1, 1, 1]]], bool))
    assert layer(x).mask.numpy().tolist() == [[True, False], [True, True]]


def test_time_distributed_gradients_agree_with_differences(rng: np.random.Generator, x: np.ndarray) -> None:
    layer = layers.TimeDistributed(layers.Dense(3, activation="tanh", dtype="float64"), dtype="float64")
    layer(x)
    check_gradients(randomized(layer, rng), [x], rng)


def test_time_distributed_needs_an_axis_of_time() -> None:
    with pytest.raises(hybrid.errors.ShapeError, match="second axis is the axis of time"):
        layers.TimeDistributed(layers.Dense(3))(np.ones(4))


def test_config_of_time_distributed_holds_the_layer() -> None:
    layer = layers.TimeDistributed(layers.Dense(3, activation="relu"))
    twin = layers.TimeDistributed.from_config(layer.get_config())
    assert twin.get_config() == layer.get_config() and twin.layer.units == 3


def test_wrapper_calls_its_layer(x: np.ndarray) -> None:
    wrapper = layers.Wrapper(layers.Dense(3))
    np.testing.assert_array_equal(wrapper(x).numpy(), wrapper.layer(x).numpy())
    assert [weight.path for weight in wrapper.weights] == ["wrapper/dense/kernel", "wrapper/dense/bias"]
    with pytest.raises(hybrid.errors.ConfigError, match="needs a layer"):
        layers.Wrapper(3)
