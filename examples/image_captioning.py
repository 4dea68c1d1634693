"""Captions for pictures: an encoder, attention and a recurrent decoder, each a subclass, trained with teacher forcing.

The pictures hold one or two handwritten digits; "three left of seven" says which, and where. After Xu et al. 2015,
"Show, Attend and Tell".
Run it: python examples/image_captioning.py. It needs no data but the digits that are shipped in the package.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

import hybrid as keras
from hybrid import layers, ops
from hybrid.datasets import digits

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
WORDS = ["", "<start>", "<end>", "alone", "left", "of", *DIGITS]  # number 0 fills up
LENGTH = 6


class Encoder(keras.Model):
    """A small convolutional network: one vector of features for every place of the picture, which knows its place."""

    def __init__(self, width: int, **kwargs):
        super().__init__(**kwargs)
        self.convolutions = [
            layers.Conv2D(16, 3, padding="same", activation="relu"),
            layers.Conv2D(width, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(width, 3, padding="same", activation="relu"),
        ]
        self.width = width

    def build(self, input_shape):
        self.places = (input_shape[1] // 2) * (input_shape[2] // 2)
        self.positions = self.add_weight(shape=(self.places, self.width), initializer="normal", name="positions")

    def call(self, pictures):
        x = pictures
        for convolution in self.convolutions:
            x = convolution(x)
        return ops.reshape(x, (-1, self.places, self.width)) + self.positions


class Attention(keras.Model):
    """Looks where the state of the decoder says: additive attention (Bahdanau et al. 2015)."""

    def __init__(self, width: int, **kwargs):
        super().__init__(**kwargs)
        self.of_features, self.of_state = layers.Dense(width), layers.Dense(width)
        self.score = layers.Dense(1)

    def call(self, features, state):
        hidden = ops.tanh(self.of_features(features) + ops.expand_dims(self.of_state(state), 1))
        weights = ops.softmax(self.score(hidden), axis=1)
        return ops.sum(weights * features, axis=1), ops.squeeze(weights, -1)


class Decoder(keras.Model):
    """Says the next word, given the word before, the features and its state."""

    def __init__(self, vocabulary: int, width: int, **kwargs):
        super().__init__(**kwargs)
        self.embedding = layers.Embedding(vocabulary, width)
        self.attention = Attention(width)
        self.cell = layers.GRUCell(width)
        self.logits = layers.Dense(vocabulary)

    def call(self, words, features, state):
        context, weights = self.attention(features, state)
        output, (state,) = self.cell(ops.concatenate([self.embedding(words), context], axis=-1), [state])
        return self.logits(output), state, weights


class Captioner(keras.Model):
    """Reads a picture and the words so far, and says each next word: a dict in, logits out."""

    def __init__(self, vocabulary: int = len(WORDS), width: int = 40, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.encoder = Encoder(width, name="encoder")
        self.decoder = Decoder(vocabulary, width, name="decoder")

    def begin(self, pictures):
        features = self.encoder(pictures)
        return features, ops.zeros((ops.shape(features)[0], self.width))

    def call(self, inputs):
        features, state = self.begin(inputs["picture"])
        logits = []
        for position in range(inputs["words"].shape[1]):
            word, state, _ = self.decoder(inputs["words"][:, position], features, state)
            logits.append(word)
        return ops.stack(logits, axis=1)

    def describe(self, pictures) -> list[str]:
        """Say the likeliest word until the end: a loop that asks for values."""
        features, state = self.begin(pictures)
        words = np.full(len(pictures), WORDS.index("<start>"), "int32")
        said: list[list[str]] = [[] for _ in range(len(pictures))]
        ended = np.zeros(len(pictures), bool)
        while not ended.all() and len(said[0]) < LENGTH:
            logits, state, _ = self.decoder(words, features, state)
            words = np.argmax(logits.numpy(), axis=-1).astype("int32")
            ended |= words == WORDS.index("<end>")
            for caption, word, over in zip(said, words, ended, strict=True):
                caption.append("" if over else WORDS[word])
        return [" ".join(filter(None, caption)) for caption in said]


@keras.saving.register_keras_serializable(package="captions")
def loss_of(words, logits):
    """The cross-entropy of the words that are there."""
    losses = keras.losses.sparse_categorical_crossentropy(words, logits, from_logits=True)
    there = ops.cast(words != 0, losses.dtype)
    return ops.sum(losses * there, axis=-1) / ops.sum(there, axis=-1)


def draw(images: np.ndarray, labels: np.ndarray, count: int, rng: np.random.Generator):
    """Return pictures of one or two digits, their captions, and these as numbers."""
    pictures, captions = np.zeros((count, 8, 18, 1), "float32"), []
    for picture in pictures:
        first, second = rng.integers(0, len(images), 2)
        name, other = DIGITS[labels[first]], DIGITS[labels[second]]
        if rng.random() < 0.3:
            column = rng.integers(0, 11)
            picture[:, column : column + 8, 0] = images[first] / 16
            captions.append(f"{name} alone")
        else:
            picture[:, :8, 0], picture[:, 10:, 0] = images[first] / 16, images[second] / 16
            captions.append(f"{name} left of {other}")
    numbers = np.zeros((count, LENGTH), "int32")
    for row, caption in zip(numbers, captions, strict=True):
        words = ["<start>", *caption.split(), "<end>"]
        row[: len(words)] = [WORDS.index(word) for word in words]
    return pictures, captions, numbers


def main() -> None:
    keras.utils.set_random_seed(2)
    rng = np.random.default_rng(3)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    pictures, _, numbers = draw(x_train, y_train, 3000, rng)
    test_pictures, test_captions, _ = draw(x_test, y_test, 200, rng)

    model = Captioner(name="captioner")
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss=loss_of)
    begin = time.perf_counter()
    inputs, targets = {"picture": pictures, "words": numbers[:, :-1]}, numbers[:, 1:]
    losses = model.fit(inputs, targets, batch_size=64, epochs=8, verbose=0).history["loss"]
    print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f} in {time.perf_counter() - begin:.1f} s")

    said = model.describe(test_pictures)
    right = np.mean([caption == truth for caption, truth in zip(said, test_captions, strict=True)])
    print(f"new pictures: {right:.1%} of the captions are right to the last word, for example")
    for caption, truth in list(zip(said, test_captions, strict=True))[:4]:
        print(f"  {caption:<20} ({'right' if caption == truth else 'it was: ' + truth})")
    assert losses[-1] < 0.2 * losses[0] and right > 0.75

    features, state = model.begin(test_pictures[:1])
    _, _, weights = model.decoder(np.array([WORDS.index("<start>")], "int32"), features, state)
    assert weights.shape == (1, 4 * 9) and np.isclose(weights.numpy().sum(), 1, atol=1e-5)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "captioner.hybrid"
        model.save(path)
        classes = {cls.__name__: cls for cls in (Captioner, Encoder, Decoder, Attention)}
        loaded = keras.models.load_model(path, custom_objects=classes)
    assert loaded.describe(test_pictures) == said
    logs = loaded.evaluate(inputs, targets, batch_size=64, verbose=0), model.evaluate(inputs, targets, verbose=0)
    assert np.isclose(*logs, rtol=1e-4)
    print("reloaded: the same captions")


if __name__ == "__main__":
    main()
