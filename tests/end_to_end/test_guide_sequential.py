"""Code as Keras's guides to the Sequential model and to transfer learning teach it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .framework import WEIGHTS, blobs, keras, summary_text, uniform, values

layers = keras.layers


def chain(*further: Any) -> Any:
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(6, activation="relu", name="lower"),
            layers.Dense(5, activation="relu", name="upper"),
            *further,
        ],
        name="chain",
    )


def test_a_chain_equals_its_layers_called_in_turn() -> None:
    stages = [layers.Dense(2, activation="relu"), layers.Dense(3, activation="relu"), layers.Dense(4)]
    model = keras.Sequential(stages)
    given = uniform(3, 3)
    by_hand = stages[2](stages[1](stages[0](given)))
    np.testing.assert_array_equal(values(model(given)), values(by_hand))
    assert model.layers == stages


def test_add_and_pop_change_the_chain() -> None:
    model = keras.Sequential(name="growing")
    model.add(layers.Dense(2, activation="relu"))
    model.add(layers.Dense(3))
    model.add(layers.Dense(4))
    assert len(model.layers) == 3
    model.pop()
    assert len(model.layers) == 2
    assert values(model(uniform(2, 5))).shape == (2, 3)


def test_weights_appear_when_the_input_is_known() -> None:
    delayed = keras.Sequential([layers.Dense(2), layers.Dense(3)])
    assert delayed.weights == []
    delayed(np.ones((1, 4), "float32"))
    assert [tuple(weight.shape) for weight in delayed.weights] == [(4, 2), (2,), (2, 3), (3,)]
    known = keras.Sequential()
    known.add(keras.Input(shape=(4,)))
    known.add(layers.Dense(2, activation="relu"))
    assert len(known.weights) == 2
    assert len(known.layers) == 1
    assert "Total params: 10" in summary_text(known)


def test_a_layer_creates_its_weights_at_its_first_call() -> None:
    layer = layers.Dense(3)
    assert layer.weights == []
    layer(np.ones((1, 4), "float32"))
    assert [tuple(weight.shape) for weight in layer.weights] == [(4, 3), (3,)]


def test_output_shapes_are_checked_while_building() -> None:
    model = keras.Sequential([keras.Input(shape=(30, 30, 3))])
    model.add(layers.Conv2D(4, 5, strides=2, activation="relu"))
    model.add(layers.Conv2D(4, 3, activation="relu"))
    model.add(layers.MaxPooling2D(3))
    assert model.output_shape == (None, 3, 3, 4)
    model.add(layers.GlobalMaxPooling2D())
    model.add(layers.Dense(10))
    assert model.output_shape == (None, 10)


def test_intermediate_outputs_of_a_chain() -> None:
    model = chain(layers.Dense(2))
    every = keras.Model(inputs=model.inputs, outputs=[layer.output for layer in model.layers])
    assert [values(output).shape for output in every(uniform(3, 4))] == [(3, 6), (3, 5), (3, 2)]
    one = keras.Model(inputs=model.inputs, outputs=model.get_layer(name="upper").output)
    assert values(one(uniform(3, 4))).shape == (3, 5)


def test_a_chain_is_trained() -> None:
    points, classes = blobs()
    model = chain(layers.Dense(3, activation="softmax"))
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(points, classes, epochs=8, batch_size=15, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert history["accuracy"][-1] > 0.8


def test_a_config_holds_the_architecture() -> None:
    model = chain(layers.Dropout(0.3), layers.Dense(2))
    again = keras.Sequential.from_config(model.get_config())
    assert [type(layer).__name__ for layer in again.layers] == [type(layer).__name__ for layer in model.layers]
    text = model.to_json()
    from_text = keras.models.model_from_json(text)
    assert json.loads(from_text.to_json())["config"]["name"] == "chain"
    assert [layer.name for layer in from_text.layers] == [layer.name for layer in model.layers]
    copy = keras.models.clone_model(model)
    assert len(copy.weights) == len(model.weights)
    assert not np.array_equal(copy.get_weights()[0], model.get_weights()[0])


# -- transfer learning ---------------------------------------------------------------------------------------------


def test_trainable_sorts_weights() -> None:
    dense = layers.Dense(3)
    dense.build((None, 4))
    assert (len(dense.weights), len(dense.trainable_weights), len(dense.non_trainable_weights)) == (2, 2, 0)
    normal = layers.BatchNormalization()
    normal.build((None, 4))
    assert (len(normal.weights), len(normal.trainable_weights), len(normal.non_trainable_weights)) == (4, 2, 2)
    dense.trainable = False
    assert (len(dense.weights), len(dense.trainable_weights), len(dense.non_trainable_weights)) == (2, 0, 2)


def test_a_frozen_layer_does_not_learn() -> None:
    frozen = layers.Dense(3, activation="relu")
    model = keras.Sequential([keras.Input(shape=(3,)), frozen, layers.Dense(3, activation="sigmoid")])
    frozen.trainable = False
    before, free_before = frozen.get_weights(), model.layers[1].get_weights()
    model.compile(optimizer="adam", loss="mse")
    model.fit(uniform(4, 3), uniform(4, 3, seed=1) * 0.5 + 0.5, verbose=0)
    np.testing.assert_array_equal(frozen.get_weights()[0], before[0])
    assert not np.array_equal(model.layers[1].get_weights()[0], free_before[0])


def test_trainable_goes_down_to_nested_layers() -> None:
    inner = keras.Sequential([keras.Input(shape=(3,)), layers.Dense(3), layers.Dense(3)])
    outer = keras.Sequential([keras.Input(shape=(3,)), inner, layers.Dense(2)])
    outer.trainable = False
    assert inner.trainable is False
    assert inner.layers[0].trainable is False
    assert outer.trainable_weights == []
    outer.trainable = True
    assert len(outer.trainable_weights) == 6


def test_a_base_is_frozen_then_fine_tuned() -> None:
    base = keras.Sequential(
        [keras.Input((4,)), layers.Dense(6, activation="relu"), layers.BatchNormalization()], name="base"
    )
    base.trainable = False
    given = keras.Input(shape=(4,))
    features = base(given, training=False)
    model = keras.Model(given, layers.Dense(1)(layers.Dropout(0.2)(features)))
    assert len(model.trainable_weights) == 2
    text = summary_text(model, show_trainable=True)
    assert "Trainable params: 7" in text
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=keras.losses.BinaryCrossentropy(from_logits=True))
    points, classes = blobs()
    targets = (classes > 0).astype("float32")[:, None]
    before = base.get_weights()
    model.fit(points, targets, epochs=1, verbose=0)
    for old, new in zip(before, base.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    base.trainable = True
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=keras.losses.BinaryCrossentropy(from_logits=True))
    assert len(model.trainable_weights) == 6
    model.fit(points, targets, epochs=1, verbose=0)
    assert not np.array_equal(before[0], base.get_weights()[0])
    # Moving statistics stay, for the base was called with training=False.
    np.testing.assert_array_equal(before[-1], base.get_weights()[-1])


def test_weights_move_to_a_new_head(tmp_path: Path) -> None:
    source = chain(layers.Dense(2, name="old_head"))
    source.save_weights(tmp_path / WEIGHTS)
    again = chain(layers.Dense(2, name="old_head"))
    again.load_weights(tmp_path / WEIGHTS)
    np.testing.assert_array_equal(again.get_weights()[0], source.get_weights()[0])
    body = keras.Sequential(again.layers[:-1])
    body.trainable = False
    model = keras.Sequential([body, layers.Dense(7)])
    assert values(model(uniform(2, 4))).shape == (2, 7)
    assert len(model.trainable_weights) == 2
    for layer in body.layers:
        assert layer.trainable is False


def test_a_chain_takes_its_input_by_name() -> None:
    model = keras.Sequential([keras.Input((4,), name="features"), layers.Dense(3)])
    given = uniform(5, 4)
    np.testing.assert_array_equal(values(model({"features": given})), values(model(given)))
    np.testing.assert_array_equal(model.predict({"features": given}, verbose=0), model.predict(given, verbose=0))
    with pytest.raises(ValueError):
        model({"feature": given})
