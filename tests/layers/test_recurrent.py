"""Recurrent layers against plain NumPy loops: outputs, states, masks, gradients, recording, cells of users."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import layers, ops
from tests.layers.recurrence import STEPS, arrays, check_gradients, gru_reset_before_step, loop, randomized

NAMES = tuple(STEPS)
BATCH, TIME, FEATURES, UNITS = 3, 5, 2, 4


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def x(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(BATCH, TIME, FEATURES))


MASK = np.array([[1, 1, 0, 1, 0], [0, 0, 1, 1, 1], [0, 0, 0, 0, 0]], bool)


def made(name: str, rng: np.random.Generator, **options: Any) -> Any:
    layer = getattr(layers, name)(UNITS, dtype="float64", **options)
    layer.build((None, None, FEATURES))
    return randomized(layer, rng)


def zeros(name: str, batch: int = BATCH) -> list[np.ndarray]:
    return [np.zeros((batch, UNITS)) for _ in range(2 if name == "LSTM" else 1)]


def states_of(name: str, rng: np.random.Generator) -> list[np.ndarray]:
    return [rng.normal(size=(BATCH, UNITS)) for _ in zeros(name)]


def expected(name: str, layer: Any, x: np.ndarray, **options: Any) -> tuple[np.ndarray, list[np.ndarray]]:
    return loop(STEPS[name](*layer.get_weights()), x, options.pop("states", zeros(name, len(x))), **options)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_states_are_those_of_a_loop(name: str, rng: np.random.Generator, x: np.ndarray) -> None:
    layer = made(name, rng, return_sequences=True, return_state=True)
    outputs, states = expected(name, layer, x)
    for actual, wanted in zip(arrays(layer(x)), [outputs, *states], strict=True):
        np.testing.assert_allclose(actual, wanted, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_last_output_is_returned_by_default(name: str, rng: np.random.Generator, x: np.ndarray) -> None:
    layer = made(name, rng)
    np.testing.assert_allclose(layer(x).numpy(), expected(name, layer, x)[0][:, -1], rtol=1e-12)


def test_gru_that_resets_before_the_product(rng: np.random.Generator, x: np.ndarray) -> None:
    layer = made("GRU", rng, reset_after=False, return_sequences=True)
    outputs, _ = loop(gru_reset_before_step(*layer.get_weights()), x, zeros("GRU"))
    np.testing.assert_allclose(layer(x).numpy(), outputs, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_backwards_is_the_loop_over_the_reversed_sequence(name: str, rng: np.random.Generator, x: np.ndarray) -> None:
    layer = made(name, rng, go_backwards=True, return_sequences=True)
    np.testing.assert_allclose(layer(x).numpy(), expected(name, layer, x[:, ::-1])[0], rtol=1e-12)


@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_masked_steps_keep_states(name: str, zero: bool, rng: np.random.Generator, x: np.ndarray) -> None:
    layer = made(name, rng, return_sequences=True, return_state=True, zero_output_for_mask=zero)
    initial = states_of(name, rng)
    outputs, states = expected(name, layer, x, states=initial, mask=MASK, zero=zero)
    actual = arrays(layer(x, initial_state=initial, mask=MASK))
    for found, wanted in zip(actual, [outputs, *states], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)


@pytest.mark.parametrize("options", [{}, {"return_sequences": True}, {"return_sequences": True, "unroll": True}])
@pytest.mark.parametrize("name", NAMES)
def test_recorded_graph_takes_any_batch_and_length(
    name: str, options: dict[str, Any], rng: np.random.Generator
) -> None:
    layer = made(name, rng, **options)
    inputs = layers.Input((None, FEATURES), dtype="float64")
    outputs = layer(inputs)
    wanted = (None, None, UNITS) if options else (None, UNITS)
    assert outputs.shape == wanted
    model = hybrid.Model(inputs, outputs, dtype="float64")
    for batch, time in ((1, 1), (2, 7), (4, 3)):
        x = rng.normal(size=(batch, time, FEATURES))
        np.testing.assert_array_equal(model(x).numpy(), layer(x).numpy())


@pytest.mark.parametrize("name", NAMES)
def test_recorded_graph_with_mask_and_initial_state(name: str, rng: np.random.Generator, x: np.ndarray) -> None:
    layer = made(name, rng, return_sequences=True, return_state=True)
    initial = states_of(name, rng)
    inputs = layers.Input((None, FEATURES), dtype="float64")
    mask = layers.Input((None,), dtype="bool")
    states = [layers.Input((UNITS,), dtype="float64") for _ in initial]
    model = hybrid.Model([inputs, mask, *states], layer(inputs, mask=mask, initial_state=states), dtype="float64")
    direct = arrays(layer(x, mask=MASK, initial_state=initial))
    for found, wanted in zip(arrays(model([x, MASK, *initial])), direct, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("name", NAMES)
def test_gradients_agree_with_differences(name: str, mask: Any, rng: np.random.Generator, x: np.ndarray) -> None:
    layer = made(name, rng, return_sequences=True, return_state=True)
    check_gradients(layer, [x], rng, mask=mask)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_through_a_recorded_model(name: str, rng: np.random.Generator, x: np.ndarray) -> None:
    inputs = layers.Input((None, FEATURES), dtype="float64")
    layer = made(name, rng)
    check_gradients(hybrid.Model(inputs, layer(inputs), dtype="float64"), [x], rng)


@pytest.mark.parametrize("name", NAMES)
def test_stateful_layer_goes_on_where_it_ended(name: str, rng: np.random.Generator, x: np.ndarray) -> None:
    layer = getattr(layers, name)(UNITS, dtype="float64", stateful=True, return_sequences=True)
    layer(x)
    randomized(layer, rng)
    layer.reset_state()
    parts = [layer(x[:, :2]).numpy(), layer(x[:, 2:]).numpy()]
    np.testing.assert_allclose(np.concatenate(parts, 1), expected(name, layer, x)[0], rtol=1e-12)
    layer.reset_state()
    np.testing.assert_allclose(layer(x[:, :2]).numpy(), parts[0], rtol=1e-12)
    assert len(layer.weights) == 3


def test_recording_a_stateful_layer_changes_no_state(rng: np.random.Generator) -> None:
    layer = layers.GRU(UNITS, stateful=True)
    layer(layers.Input((TIME, FEATURES), batch_size=2))
    assert all(not state.numpy().any() for state in layer.states)


def test_stateful_layer_needs_a_known_batch() -> None:
    with pytest.raises(hybrid.errors.ConfigError, match="batch_size"):
        layers.GRU(3, stateful=True)(layers.Input((TIME, FEATURES)))


def test_stateful_layer_refuses_another_batch(x: np.ndarray) -> None:
    layer = layers.GRU(3, stateful=True)
    layer(x)
    with pytest.raises(hybrid.errors.ShapeError, match="received 2 samples but keeps states of 3"):
        layer(x[:2])


@pytest.mark.parametrize("name", NAMES)
def test_dropout_masks_are_the_same_at_every_step(name: str, rng: np.random.Generator) -> None:
    layer = getattr(layers, name)(UNITS, dropout=0.5, recurrent_initializer="zeros", return_sequences=True, seed=3)
    layer.build((None, None, 6))
    if name == "LSTM":
        # With an input gate, output and forget gate that do not depend on time, equal inputs give equal candidates.
        layer.cell.bias.assign(np.repeat([9.0, -99.0, 0.0, 9.0], UNITS))
    if name == "GRU":
        layer.cell.bias.assign(np.concatenate([np.full((2, UNITS), -50.0), np.zeros((2, 2 * UNITS))], 1))
    x = np.repeat(rng.normal(size=(8, 1, 6)).astype("float32"), 4, axis=1)
    dropped = layer(x, training=True).numpy()
    np.testing.assert_allclose(dropped[:, 1:], np.repeat(dropped[:, :1], 3, 1), rtol=1e-5)
    assert np.abs(dropped - layer(x).numpy()).max() > 1e-3
    assert np.abs(dropped - layer(x, training=True).numpy()).max() > 1e-3


def test_recurrent_dropout_acts_in_training_only(x: np.ndarray) -> None:
    layer = layers.LSTM(UNITS, recurrent_dropout=0.5, seed=1)
    before = layer(x).numpy()
    np.testing.assert_array_equal(layer(x).numpy(), before)
    assert np.abs(layer(x, training=True).numpy() - before).max() > 1e-4


def test_forget_bias_starts_at_one() -> None:
    layer = layers.LSTM(2)
    layer.build((None, None, 3))
    assert layer.cell.bias.numpy().tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_weights_have_the_paths_of_keras(x: np.ndarray) -> None:
    layer = layers.LSTM(2)
    layer(x)
    assert [w.path for w in layer.weights] == [f"lstm/lstm_cell/{n}" for n in ("kernel", "recurrent_kernel", "bias")]


def test_stack_of_cells_equals_layers_one_after_another(rng: np.random.Generator, x: np.ndarray) -> None:
    stack = layers.RNN([layers.LSTMCell(3, dtype="float64"), layers.GRUCell(4, dtype="float64")], dtype="float64")
    stack.return_state = True
    stack(x)
    lower = layers.LSTM(3, return_sequences=True, return_state=True, dtype="float64")
    upper = layers.GRU(4, return_state=True, dtype="float64")
    lower(x), upper(lower(x)[0])
    randomized(stack, rng)
    lower.set_weights(stack.get_weights()[:3])
    upper.set_weights(stack.get_weights()[3:])
    for mask in (None, MASK):
        middle, *lower_states = lower(x, mask=mask)
        last, *upper_states = upper(middle, mask=mask)
        for found, wanted in zip(arrays(stack(x, mask=mask)), arrays([last, lower_states, upper_states]), strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-12)


class MinimalCell(hybrid.Layer):
    """A cell as Keras's guide teaches it."""

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="uniform", name="kernel")
        self.recurrent_kernel = self.add_weight(shape=(self.units, self.units), initializer="uniform", name="r")

    def call(self, inputs: Any, states: Any) -> Any:
        output = ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel)
        return output, [output]


class NestedCell(hybrid.Layer):
    """A cell with nested inputs, outputs and states, its own first state, and a Dense layer that is built late."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.state_size = [3, 2]
        self.dense = layers.Dense(3)

    def call(self, inputs: Any, states: Any, training: bool | None = False) -> Any:
        total = states["total"] + self.dense(inputs["a"]) * (2.0 if training else 1.0)
        count = states["count"] + 1.0
        return {"scaled": total / count, "b": inputs["b"] * count}, {"total": total, "count": count}

    def get_initial_state(self, batch_size: Any = None) -> Any:
        return {"total": ops.ones((batch_size, 3)), "count": ops.zeros((batch_size, 1))}


def test_users_cell_runs_and_records(x: np.ndarray) -> None:
    layer = layers.RNN(MinimalCell(3))
    x = x.astype("float32")
    state = np.zeros((BATCH, 3), "float32")
    found = layer(x).numpy()
    kernel, recurrent = layer.get_weights()
    for time in range(TIME):
        state = x[:, time] @ kernel + state @ recurrent
    np.testing.assert_allclose(found, state, rtol=1e-5)
    inputs = layers.Input((None, FEATURES))
    np.testing.assert_array_equal(hybrid.Model(inputs, layer(inputs))(x).numpy(), found)
    masked = layer(x, mask=MASK).numpy()
    assert not masked[2].any() and np.abs(masked[0]).max() > 0
    inputs = layers.Input((TIME, FEATURES))
    masking = layers.Input((TIME,), dtype="bool")
    model = hybrid.Model([inputs, masking], layer(inputs, mask=masking))
    np.testing.assert_array_equal(model([x, MASK]).numpy(), masked)


def test_cell_with_nested_structures(rng: np.random.Generator) -> None:
    layer = layers.RNN(NestedCell(), return_sequences=True)
    x = {"a": rng.normal(size=(2, 4, 3)).astype("float32"), "b": rng.normal(size=(2, 4, 1)).astype("float32")}
    outputs = layer(x)
    dense = layer.cell.dense
    total = 1 + np.cumsum(x["a"] @ dense.kernel.numpy(), 1)
    count = np.arange(1, 5)[None, :, None]
    np.testing.assert_allclose(outputs["scaled"].numpy(), total / count, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(outputs["b"].numpy(), x["b"] * count, rtol=1e-5)
    inputs = {"a": layers.Input((None, 3)), "b": layers.Input((None, 1))}
    recorded = hybrid.Model(inputs, layer(inputs))(x)
    np.testing.assert_array_equal(recorded["scaled"].numpy(), outputs["scaled"].numpy())
    trained = layer(x, training=True)["scaled"].numpy()
    np.testing.assert_allclose(trained, (2 * total - 1) / count, rtol=1e-5, atol=1e-6)
    masked = layer(x, mask=np.array([[1, 1, 0, 0], [0, 1, 1, 1]], bool))
    np.testing.assert_array_equal(masked["b"].numpy()[0, 3], masked["b"].numpy()[0, 1])


def test_subclass_of_our_cell_that_overrides_call_is_called(x: np.ndarray) -> None:
    class Doubled(layers.SimpleRNNCell):
        def call(self, inputs: Any, states: Any, training: bool | None = False) -> Any:
            output, new = super().call(inputs, states, training)
            return output * 2.0, new

    cell = Doubled(3, dtype="float64")
    doubled = layers.RNN(cell, dtype="float64")(x).numpy()
    plain = layers.SimpleRNN(3, dtype="float64")
    plain(x)
    plain.set_weights(cell.get_weights())
    np.testing.assert_allclose(doubled, 2 * plain(x).numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_config_makes_the_same_layer(name: str, x: np.ndarray) -> None:
    layer = getattr(layers, name)(3, dropout=0.25, return_sequences=True, go_backwards=True, kernel_regularizer="l2")
    twin = type(layer).from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    layer(x), twin(x)
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(x).numpy(), layer(x).numpy())


def test_config_of_an_rnn_holds_its_cells() -> None:
    layer = layers.RNN([layers.LSTMCell(3), layers.GRUCell(2, reset_after=False)], return_state=True)
    twin = layers.RNN.from_config(layer.get_config())
    assert twin.get_config() == layer.get_config()
    assert [type(cell) for cell in twin.cell.cells] == [layers.LSTMCell, layers.GRUCell]


def test_mask_goes_on_with_sequences_only(x: np.ndarray) -> None:
    tensor = ops.convert_to_tensor(x.astype("float32"))
    tensor.mask = ops.convert_to_tensor(MASK)
    np.testing.assert_array_equal(layers.GRU(2, return_sequences=True)(tensor).mask.numpy(), MASK)
    assert layers.GRU(2)(tensor).mask is None
    outputs, state = layers.GRU(2, return_sequences=True, return_state=True)(tensor)
    assert outputs.mask is not None and state.mask is None


def test_what_is_no_cell_is_refused() -> None:
    with pytest.raises(hybrid.errors.ConfigError, match="has no 'state_size'"):
        layers.RNN(layers.Dense(3))


def test_wrong_number_of_initial_states_is_refused(x: np.ndarray) -> None:
    with pytest.raises(hybrid.errors.StructureError, match="received 1 initial states but needs 2"):
        layers.LSTM(3)(x, initial_state=[np.zeros((BATCH, 3))])


@pytest.mark.parametrize("arguments", [{"units": 0}, {"units": 3, "dropout": 1.5}])
def test_illegal_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(hybrid.errors.ConfigError, match="LSTMCell needs"):
        layers.LSTM(**arguments)


def test_mask_of_another_length_is_refused(x: np.ndarray) -> None:
    with pytest.raises(hybrid.errors.ShapeError, match=r"mask of shape \[3, 4\] for sequences of shape \[3, 5, 2\]"):
        layers.LSTM(3)(x, mask=MASK[:, :4])


def test_other_number_of_features_is_refused_by_name(x: np.ndarray) -> None:
    layer = layers.LSTM(3)
    layer(x)
    with pytest.raises(hybrid.errors.ShapeError, match="LSTM 'lstm' received .* needs 2 features on axis -1"):
        layer(x[..., :1])


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
@pytest.mark.parametrize("name", NAMES)
def test_empty_batches_and_sequences(name: str, shape: tuple[int, int], rng: np.random.Generator) -> None:
    layer, x = made(name, rng, return_sequences=True), np.ones((*shape, FEATURES))
    assert layer(x).shape == (*shape, UNITS)
    layer.return_sequences = False
    assert layer(x).shape == (shape[0], UNITS)


@pytest.mark.parametrize("name", NAMES)
def test_models_of_recurrent_layers_are_saved_cloned_and_pickled(name: str, x: np.ndarray, tmp_path: Any) -> None:
    inputs = layers.Input((None, FEATURES))
    model = hybrid.Model(inputs, layers.Bidirectional(getattr(layers, name)(3))(inputs))
    x = x.astype("float32")
    model.save(tmp_path / "model.hybrid")
    twins = [hybrid.models.load_model(tmp_path / "model.hybrid"), pickle.loads(pickle.dumps(model))]
    twins.append(hybrid.models.clone_model(model))
    twins[-1].set_weights(model.get_weights())
    for twin in twins:
        np.testing.assert_array_equal(twin(x).numpy(), model(x).numpy())


def test_sequences_may_be_passed_by_keyword(x: np.ndarray) -> None:
    layer = layers.LSTM(3)
    np.testing.assert_array_equal(layer(sequences=x).numpy(), layer(x).numpy())
    with pytest.raises(hybrid.errors.ShapeError, match="rank 3"):
        layer(sequences=x[0])


def operations_in(layer: Any) -> list[str]:
    """Return the names of what a layer's call on sequences is made of."""
    program = hybrid.jit(lambda x: layer(x)).lower(np.ones((2, 3, FEATURES), "float32")).before
    return [step.operation.name for step in program.steps]


WHOLE = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}


@pytest.mark.parametrize("name", NAMES)
def test_usual_layers_are_single_operations(name: str) -> None:
    make = getattr(layers, name)
    cell = getattr(layers, f"{name}Cell")
    for layer in (make(3), make(3, unroll=True), make(3, use_bias=False, dropout=0.5), layers.RNN([cell(3), cell(2)])):
        assert WHOLE[name] in operations_in(layer)
        assert "scan" not in operations_in(layer)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((name, {"activation": "relu"}) for name in NAMES),
        ("LSTM", {"recurrent_activation": "hard_sigmoid"}),
        ("GRU", {"recurrent_activation": "hard_sigmoid"}),
        ("GRU", {"reset_after": False}),
        ("RNN", {"cell": [layers.LSTMCell(3), layers.GRUCell(3, reset_after=False)]}),
    ],
)
def test_unusual_layers_are_loops(name: str, options: dict[str, Any]) -> None:
    options = options if "cell" in options else {"units": 3, **options}
    assert "scan" in operations_in(getattr(layers, name)(**options))


def test_recurrent_dropout_makes_a_loop_in_training(x: np.ndarray) -> None:
    layer = layers.LSTM(3, recurrent_dropout=0.5)
    assert "lstm" in operations_in(layer)
    assert "scan" in operations_in(lambda x: layer(x, training=True))


def test_subclass_that_changes_a_part_of_the_step_is_a_loop(rng: np.random.Generator, x: np.ndarray) -> None:
    class Halved(layers.GRUCell):
        def advance(self, row: Any, states: Any, recurrent_mask: Any) -> Any:
            output, _ = super().advance(row, states, recurrent_mask)
            return output * 0.5, [output * 0.5]

    layer = layers.RNN(Halved(UNITS, dtype="float64"), dtype="float64")
    layer(x)
    step = STEPS["GRU"](*randomized(layer, rng).get_weights())
    _, (wanted,) = loop(lambda row, states: [step(row, states)[0] * 0.5], x, zeros("GRU"))
    np.testing.assert_allclose(layer(x).numpy(), wanted, rtol=1e-12)
