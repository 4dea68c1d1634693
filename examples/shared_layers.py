"""Shared layers: a siamese network that learns whether two images show the same digit.

One encoder serves both inputs, inside a functional model; it is trained once, counted once, saved once.
Run it: python examples/shared_layers.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import hybrid as keras
from hybrid import layers, ops
from hybrid.datasets import digits


def make_model() -> tuple[keras.Model, keras.Model]:
    encoder = keras.Sequential(
        [layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(16)], name="encoder"
    )
    left, right = keras.Input((8, 8), name="left"), keras.Input((8, 8), name="right")
    difference = ops.abs(encoder(left) - encoder(right))  # raw ops may stand between layers
    same = layers.Dense(1, activation="sigmoid", name="same")(difference)
    return keras.Model([left, right], same), encoder


def pairs(images: np.ndarray, labels: np.ndarray, count: int, rng: np.random.Generator):
    """Half of the pairs show the same digit."""
    first = rng.integers(0, len(images), count)
    second = rng.integers(0, len(images), count)
    for position in range(0, count, 2):
        second[position] = rng.choice(np.flatnonzero(labels == labels[first[position]]))
    target = (labels[first] == labels[second]).astype("float32")
    return [images[first] / np.float32(16), images[second] / np.float32(16)], target


def main() -> None:
    keras.utils.set_random_seed(11)
    rng = np.random.default_rng(1)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    model, encoder = make_model()
    model.compile(optimizer=keras.optimizers.Adam(0.002), loss="binary_crossentropy", metrics=["accuracy"])
    inputs, targets = pairs(x_train, y_train, 6000, rng)
    model.fit(inputs, targets, batch_size=64, epochs=10, verbose=0)
    test_inputs, test_targets = pairs(x_test, y_test, 1000, rng)
    _, accuracy = model.evaluate(test_inputs, test_targets, verbose=0)
    print(f"same digit or not: {accuracy:.2%} of the pairs")
    assert accuracy > 0.9

    assert model.count_params() == encoder.count_params() + 17, "the encoder is counted once"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "siamese.hybrid"
        model.save(path)
        loaded = keras.models.load_model(path)
    assert len(loaded.weights) == len(model.weights)
    np.testing.assert_array_equal(loaded(test_inputs), model(test_inputs))

    frozen_before = encoder.get_weights()
    encoder.trainable = False
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.fit(inputs, targets, batch_size=64, epochs=1, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(frozen_before, encoder.get_weights(), strict=True))
    print("reloaded: equal; frozen: unchanged")


if __name__ == "__main__":
    main()
