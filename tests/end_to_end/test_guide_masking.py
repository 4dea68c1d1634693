"""Code as Keras's guide to masking and padding teaches it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .framework import keras, uniform, values

layers, ops = keras.layers, keras.ops

WORDS = np.array([[7, 3, 9, 0, 0, 0], [4, 2, 0, 0, 0, 0], [5, 8, 1, 6, 2, 3]], "int32")


def mask_of(tensor: Any) -> np.ndarray | None:
    mask = getattr(tensor, "_keras_mask", None)
    return None if mask is None else values(mask)


def test_embedding_and_masking_make_masks() -> None:
    embedding = layers.Embedding(input_dim=20, output_dim=4, mask_zero=True)
    embedded = embedding(WORDS)
    np.testing.assert_array_equal(mask_of(embedded), WORDS != 0)
    np.testing.assert_array_equal(values(embedding.compute_mask(ops.convert_to_tensor(WORDS))), WORDS != 0)
    masking = layers.Masking()
    padded = np.tile((WORDS != 0)[..., None], (1, 1, 4)).astype("float32")
    np.testing.assert_array_equal(mask_of(masking(padded)), WORDS != 0)


def test_masks_flow_through_a_sequential_model() -> None:
    model = keras.Sequential([layers.Embedding(20, 4, mask_zero=True), layers.LSTM(3)])
    longer = np.concatenate([WORDS, np.zeros((3, 4), "int32")], axis=1)
    np.testing.assert_allclose(values(model(longer)), values(model(WORDS)), rtol=1e-5, atol=1e-6)


def test_masks_flow_through_a_functional_model() -> None:
    given = keras.Input(shape=(None,), dtype="int32")
    x = layers.Embedding(20, 4, mask_zero=True)(given)
    x = layers.Dropout(0.1)(layers.Dense(4, activation="tanh")(x))
    model = keras.Model(given, layers.GRU(3)(x))
    longer = np.concatenate([WORDS, np.zeros((3, 2), "int32")], axis=1)
    np.testing.assert_allclose(values(model(longer)), values(model(WORDS)), rtol=1e-5, atol=1e-6)


def test_a_mask_is_passed_by_hand() -> None:
    class Tagger(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = layers.Embedding(20, 4, mask_zero=True)
            self.lstm = layers.LSTM(3)

        def call(self, inputs: Any) -> Any:
            x = self.embedding(inputs)
            mask = self.embedding.compute_mask(inputs)
            return self.lstm(x, mask=mask)

    layer = Tagger()
    longer = np.concatenate([WORDS, np.zeros((3, 2), "int32")], axis=1)
    np.testing.assert_allclose(values(layer(longer)), values(layer(WORDS)), rtol=1e-5, atol=1e-6)


class SplitInTime(layers.Layer):
    """Changes the axis that the mask belongs to, and so the mask."""

    def call(self, inputs: Any) -> Any:
        return ops.split(inputs, 2, axis=1)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return None if mask is None else ops.split(mask, 2, axis=1)


def test_a_layer_changes_the_mask() -> None:
    first, second = SplitInTime()(layers.Embedding(20, 4, mask_zero=True)(WORDS))
    np.testing.assert_array_equal(mask_of(first), (WORDS != 0)[:, :3])
    np.testing.assert_array_equal(mask_of(second), (WORDS != 0)[:, 3:])


class OwnEmbedding(layers.Layer):
    """Makes a mask from its input."""

    def __init__(self, words: int, width: int, mask_zero: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words, self.width, self.mask_zero = words, width, mask_zero

    def build(self, input_shape: Any) -> None:
        self.table = self.add_weight(shape=(self.words, self.width), initializer="random_normal", dtype="float32")

    def call(self, inputs: Any) -> Any:
        return ops.take(self.table, ops.cast(inputs, "int32"), axis=0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0) if self.mask_zero else None


def test_a_layer_makes_a_mask() -> None:
    np.testing.assert_array_equal(mask_of(OwnEmbedding(20, 4, mask_zero=True)(WORDS)), WORDS != 0)
    assert mask_of(OwnEmbedding(20, 4)(WORDS)) is None


class Passing(layers.Layer):
    """Leaves the mask alone and says so."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return ops.relu(inputs)


def test_a_layer_passes_its_mask_on() -> None:
    given = keras.Input(shape=(None,), dtype="int32")
    x = Passing()(OwnEmbedding(20, 4, mask_zero=True)(given))
    model = keras.Model(given, layers.LSTM(3)(x))
    longer = np.concatenate([WORDS, np.zeros((3, 2), "int32")], axis=1)
    np.testing.assert_allclose(values(model(longer)), values(model(WORDS)), rtol=1e-5, atol=1e-6)


class MaskedSoftmax(layers.Layer):
    """Needs the mask of its input."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        weight = ops.exp(inputs) * ops.expand_dims(ops.cast(mask, "float32"), -1)
        return weight / ops.sum(weight, axis=1, keepdims=True)


def test_a_layer_uses_the_mask() -> None:
    given = keras.Input(shape=(None,), dtype="int32")
    x = layers.Dense(1)(layers.Embedding(20, 4, mask_zero=True)(given))
    model = keras.Model(given, MaskedSoftmax()(x))
    shares = values(model(WORDS))[..., 0]
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-5)
    assert (shares[WORDS == 0] == 0).all()


def test_masked_steps_do_not_count_in_the_loss() -> None:
    given = keras.Input(shape=(6, 2))
    model = keras.Model(given, layers.Dense(1)(layers.Masking()(given)))
    model.compile(loss="mse", optimizer="sgd")
    points, targets = uniform(3, 6, 2), uniform(3, 6, 1, seed=4)
    points[:, 4:] = 0.0
    predicted = values(model(points))
    expected = ((predicted - targets) ** 2)[:, :4].mean()
    np.testing.assert_allclose(model.evaluate(points, targets, verbose=0), expected, rtol=1e-5)
