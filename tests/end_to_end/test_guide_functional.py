"""Code as Keras's guide to the functional API teaches it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .framework import ARCHIVE, blobs, keras, labels, summary_text, uniform, values

layers = keras.layers


def digit_classifier(name: str = "pixels_to_digit") -> Any:
    pixels = keras.Input(shape=(64,), name="pixels")
    first = layers.Dense(16, activation="relu", name="first")
    hidden = layers.Dense(8, activation="relu", name="second")(first(pixels))
    return keras.Model(inputs=pixels, outputs=layers.Dense(10, name="scores")(hidden), name=name)


def test_a_placeholder_knows_its_shape_and_dtype() -> None:
    pixels = keras.Input(shape=(64,))
    picture = keras.Input(shape=(32, 32, 3), batch_size=4, dtype="float32")
    assert pixels.shape == (None, 64)
    assert pixels.dtype == "float32"
    assert picture.shape == (4, 32, 32, 3)


def test_calling_layers_on_placeholders_makes_a_model() -> None:
    model = digit_classifier()
    assert model.name == "pixels_to_digit"
    assert [layer.name for layer in model.layers] == ["pixels", "first", "second", "scores"]
    assert model.count_params() == 64 * 16 + 16 + 16 * 8 + 8 + 8 * 10 + 10
    assert values(model(uniform(3, 64))).shape == (3, 10)


def test_summary_shows_layers_shapes_and_parameters() -> None:
    text = summary_text(digit_classifier())
    for part in ("pixels_to_digit", "first (Dense)", "(None, 16)", "1,040", "Total params: 1,266"):
        assert part in text


def test_a_functional_model_is_trained_evaluated_and_asked() -> None:
    points, classes = blobs()
    given = keras.Input(shape=(4,))
    model = keras.Model(given, layers.Dense(3)(layers.Dense(12, activation="relu")(given)))
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.RMSprop(0.02),
        metrics=["accuracy"],
    )
    history = model.fit(points, classes, batch_size=16, epochs=6, validation_split=0.2, verbose=0)
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history.epoch == [0, 1, 2, 3, 4, 5]
    scores = model.evaluate(points, classes, verbose=0)
    assert scores[0] < history.history["loss"][0]
    assert scores[1] > 0.9
    assert model.predict(points, verbose=0).shape == (90, 3)


def test_a_saved_model_is_loaded_whole(tmp_path: Path) -> None:
    model = digit_classifier()
    model.compile(optimizer="adam", loss="mse")
    expected = values(model(uniform(2, 64)))
    model.save(tmp_path / ARCHIVE)
    del model
    again = keras.models.load_model(tmp_path / ARCHIVE)
    np.testing.assert_array_equal(values(again(uniform(2, 64))), expected)


def autoencoder_parts() -> tuple[Any, Any]:
    picture = keras.Input(shape=(8, 8, 1), name="picture")
    x = layers.Conv2D(4, 3, activation="relu")(picture)
    x = layers.MaxPooling2D(2)(x)
    encoder = keras.Model(picture, layers.GlobalMaxPooling2D()(layers.Conv2D(6, 2)(x)), name="encoder")
    code = keras.Input(shape=(6,), name="code")
    x = layers.Reshape((1, 1, 6))(code)
    x = layers.Conv2DTranspose(4, 4, activation="relu")(x)
    x = layers.UpSampling2D(2)(x)
    decoder = keras.Model(code, layers.Conv2D(1, 3, padding="same")(x), name="decoder")
    return encoder, decoder


def test_encoder_and_decoder_share_layers_with_the_autoencoder() -> None:
    picture = keras.Input(shape=(8, 8, 1), name="picture")
    narrow = layers.GlobalMaxPooling2D()(layers.Conv2D(6, 3)(picture))
    encoder = keras.Model(picture, narrow, name="encoder")
    wide = layers.Conv2DTranspose(1, 8)(layers.Reshape((1, 1, 6))(narrow))
    autoencoder = keras.Model(picture, wide, name="autoencoder")
    assert autoencoder.output_shape == (None, 8, 8, 1)
    assert encoder.layers[1] is autoencoder.layers[1]
    before = values(encoder(uniform(2, 8, 8, 1)))
    autoencoder.layers[1].set_weights([weight + 1.0 for weight in autoencoder.layers[1].get_weights()])
    assert not np.allclose(values(encoder(uniform(2, 8, 8, 1))), before)


def test_models_are_called_like_layers() -> None:
    encoder, decoder = autoencoder_parts()
    given = keras.Input(shape=(8, 8, 1), name="given")
    autoencoder = keras.Model(given, decoder(encoder(given)), name="autoencoder")
    assert [layer.name for layer in autoencoder.layers] == ["given", "encoder", "decoder"]
    assert autoencoder.output_shape == (None, 8, 8, 1)
    pictures = uniform(2, 8, 8, 1)
    np.testing.assert_allclose(values(autoencoder(pictures)), values(decoder(encoder(pictures))), rtol=1e-6)
    assert autoencoder.count_params() == encoder.count_params() + decoder.count_params()
    assert "Conv2DTranspose" in summary_text(autoencoder, expand_nested=True)


def test_an_ensemble_averages_models() -> None:
    def one() -> Any:
        given = keras.Input(shape=(5,))
        return keras.Model(given, layers.Dense(1)(given))

    members = [one(), one(), one()]
    given = keras.Input(shape=(5,))
    ensemble = keras.Model(inputs=given, outputs=layers.average([member(given) for member in members]))
    points = uniform(4, 5)
    mean = np.mean([values(member(points)) for member in members], axis=0)
    np.testing.assert_allclose(values(ensemble(points)), mean, rtol=1e-5, atol=1e-6)


def ticket_model() -> Any:
    title = keras.Input(shape=(None,), name="title", dtype="int32")
    body = keras.Input(shape=(None,), name="body", dtype="int32")
    tags = keras.Input(shape=(3,), name="tags")
    of_title = layers.LSTM(4)(layers.Embedding(20, 5)(title))
    of_body = layers.LSTM(3)(layers.Embedding(20, 5)(body))
    joined = layers.concatenate([of_title, of_body, tags])
    priority = layers.Dense(1, name="priority")(joined)
    department = layers.Dense(2, name="department")(joined)
    return keras.Model([title, body, tags], {"priority": priority, "department": department})


def ticket_data() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    inputs = {
        "title": labels(24 * 6, 20).reshape(24, 6),
        "body": labels(24 * 9, 20, seed=3).reshape(24, 9),
        "tags": labels(24 * 3, 2).reshape(24, 3).astype("float32"),
    }
    targets = {
        "priority": uniform(24, 1) * 0.5 + 0.5,
        "department": np.eye(2, dtype="float32")[labels(24, 2)],
    }
    return inputs, targets


def test_several_inputs_and_outputs_by_name() -> None:
    model = ticket_model()
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss={
            "priority": keras.losses.BinaryCrossentropy(from_logits=True),
            "department": keras.losses.CategoricalCrossentropy(from_logits=True),
        },
        loss_weights={"priority": 1.0, "department": 0.2},
    )
    inputs, targets = ticket_data()
    history = model.fit(inputs, targets, epochs=2, batch_size=8, verbose=0)
    assert {"loss", "priority_loss", "department_loss"} <= set(history.history)
    logs = model.evaluate(inputs, targets, verbose=0, return_dict=True)
    total = logs["priority_loss"] + 0.2 * logs["department_loss"]
    np.testing.assert_allclose(logs["loss"], total, rtol=1e-5)
    answers = model.predict(inputs, verbose=0)
    assert {key: answer.shape for key, answer in answers.items()} == {"priority": (24, 1), "department": (24, 2)}


def test_data_may_come_in_tuples_and_batches() -> None:
    model = ticket_model()
    model.compile(optimizer="sgd", loss={"priority": "mse", "department": "mse"})
    inputs, targets = ticket_data()

    def batches() -> Any:
        while True:
            yield inputs, targets

    history = model.fit(batches(), steps_per_epoch=2, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2


def small_residual_network() -> Any:
    pictures = keras.Input(shape=(8, 8, 3), name="pictures")
    x = layers.Conv2D(4, 3, activation="relu")(pictures)
    block_1 = layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(4, 3, activation="relu", padding="same")(block_1)
    x = layers.Conv2D(4, 3, activation="relu", padding="same")(x)
    block_2 = layers.add([x, block_1])
    x = layers.BatchNormalization()(layers.Conv2D(5, 2)(block_2))
    x = layers.GlobalAveragePooling2D()(layers.Activation("relu")(x))
    x = layers.Dropout(0.5)(layers.Dense(6, activation="relu")(x))
    return keras.Model(pictures, layers.Dense(3)(x), name="small_residual")


def test_skip_connections_are_shown_and_trained() -> None:
    model = small_residual_network()
    assert "Connected to" in summary_text(model)
    model.compile(
        optimizer=keras.optimizers.RMSprop(1e-3),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["acc"],
    )
    targets = np.eye(3, dtype="float32")[labels(20, 3)]
    history = model.fit(uniform(20, 8, 8, 3), targets, batch_size=8, epochs=1, validation_split=0.2, verbose=0)
    assert {"loss", "acc", "val_loss", "val_acc"} == set(history.history)


def test_a_shared_layer_has_one_set_of_weights() -> None:
    shared = layers.Embedding(30, 6)
    first = keras.Input(shape=(None,), dtype="int32")
    second = keras.Input(shape=(None,), dtype="int32")
    model = keras.Model([first, second], [shared(first), shared(second)])
    assert len(model.weights) == 1
    words = labels(8, 30).reshape(2, 4)
    left, right = model([words, words])
    np.testing.assert_array_equal(values(left), values(right))


def test_nodes_of_the_graph_are_reused_to_extract_features() -> None:
    model = digit_classifier()
    features = [layer.output for layer in model.layers]
    extractor = keras.Model(inputs=model.input, outputs=features)
    answers = extractor(uniform(2, 64))
    assert [values(answer).shape for answer in answers] == [(2, 64), (2, 16), (2, 8), (2, 10)]
    middle = keras.Model(model.inputs, model.get_layer("second").output)
    np.testing.assert_array_equal(values(middle(uniform(2, 64))), values(answers[2]))
    assert model.get_layer(index=1) is model.get_layer("first")


class Affine(layers.Layer):
    """A dense layer written by hand, as the guide extends the API."""

    def __init__(self, units: int = 5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True)
        self.offset = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True)

    def call(self, inputs: Any) -> Any:
        return keras.ops.matmul(inputs, self.kernel) + self.offset

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


def test_a_model_with_own_layers_goes_through_its_config() -> None:
    given = keras.Input((4,))
    model = keras.Model(given, Affine(10)(given))
    again = keras.Model.from_config(model.get_config(), custom_objects={"Affine": Affine})
    assert again.output_shape == (None, 10)
    again.set_weights(model.get_weights())
    np.testing.assert_array_equal(values(again(uniform(3, 4))), values(model(uniform(3, 4))))


class TwoDense(keras.Model):
    """An imperative model to be mixed with functional ones."""

    def __init__(self, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = layers.Dense(width, activation="relu")
        self.second = layers.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.second(self.first(inputs))


def test_styles_are_mixed_and_matched() -> None:
    given = keras.Input(shape=(3, 4), batch_size=2)
    inner = keras.Sequential([layers.Dense(5), layers.Dense(4)])
    outputs = TwoDense(7)(inner(given))
    model = keras.Model(given, outputs)
    assert model.output_shape == (2, 3, 2)
    assert len(model.weights) == 8
    assert values(model(uniform(2, 3, 4))).shape == (2, 3, 2)


class StepByStep(layers.Layer):
    """A loop over time that uses a functional model as its classifier."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.project_input = layers.Dense(units, activation="tanh")
        self.project_state = layers.Dense(units, activation="tanh")
        states = keras.Input((None, units))
        self.classifier = keras.Model(states, layers.Dense(1)(layers.GlobalAveragePooling1D()(states)))
        self.units = units

    def call(self, inputs: Any) -> Any:
        state = keras.ops.zeros((inputs.shape[0], self.units))
        states = []
        for step in range(inputs.shape[1]):
            state = self.project_input(inputs[:, step, :]) + self.project_state(state)
            states.append(state)
        return self.classifier(keras.ops.stack(states, axis=1))


def test_a_functional_model_serves_inside_a_layer() -> None:
    layer = StepByStep(4)
    assert values(layer(uniform(2, 5, 3))).shape == (2, 1)
    given = keras.Input((5, 3), batch_size=2)
    model = keras.Model(given, StepByStep(4)(given))
    assert values(model(uniform(2, 5, 3))).shape == (2, 1)


def test_ops_on_placeholders_become_part_of_the_model() -> None:
    given = keras.Input((4,))
    x = keras.ops.tanh(layers.Dense(4)(given)) * 2.0 + given[:, ::-1]
    model = keras.Model(given, keras.ops.sum(x, axis=-1, keepdims=True))
    assert model.output_shape == (None, 1)
    kernel, bias = model.get_weights()
    points = uniform(3, 4)
    expected = (np.tanh(points @ kernel + bias) * 2.0 + points[:, ::-1]).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(values(model(points)), expected, rtol=1e-5, atol=1e-6)
