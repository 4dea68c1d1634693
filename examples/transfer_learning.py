"""Transfer learning: a network that knows the digits 0 to 6 learns 7, 8 and 9 from twenty examples of each.

No trained weights are shipped, so the base is trained here first: it has the layers of VGG19, an eighth as wide. With
weights of your own it is keras.applications.VGG19(include_top=False, weights="your.hybrid"), and the rest is the same.
(Digits this small can be learnt without a base; what counts is how it is written.)
Run it: python examples/transfer_learning.py
"""

from __future__ import annotations

import numpy as np

import hybrid as keras
from hybrid import layers
from hybrid.datasets import digits

BLOCKS = ((2, 8), (2, 16), (4, 32), (4, 64), (4, 64))
NEW = (7, 8, 9)


def make_base() -> keras.Model:
    image = x = keras.Input((32, 32, 3), name="image")
    for block, (convolutions, filters) in enumerate(BLOCKS, 1):
        for number in range(1, convolutions + 1):
            x = layers.Conv2D(
                filters,
                3,
                padding="same",
                activation="relu",
                kernel_initializer="he_normal",
                name=f"block{block}_conv{number}",
            )(x)
        x = layers.MaxPooling2D(2, name=f"block{block}_pool")(x)
    return keras.Model(image, x, name="small_vgg19")


def with_head(features: keras.Model, classes: int, name: str) -> keras.Model:
    return keras.Sequential([features, layers.Flatten(), layers.Dense(classes, activation="softmax")], name=name)


def as_pictures(images: np.ndarray) -> np.ndarray:
    """8×8 values from 0 to 16 become 32×32 pixels of three channels, from -1 to 1."""
    large = images.repeat(4, axis=1).repeat(4, axis=2)[..., None] / np.float32(8) - 1
    return np.repeat(large, 3, axis=-1)


def train(model: keras.Model, x: np.ndarray, y: np.ndarray, *, rate: float, epochs: int) -> None:
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=32, epochs=epochs, verbose=0)


def accuracy(model: keras.Model, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.argmax(model.predict(x, verbose=0), axis=-1) == y))


def few_of_each(labels: np.ndarray, count: int) -> np.ndarray:
    return np.concatenate([np.flatnonzero(labels == label)[:count] for label in NEW])


def main() -> None:
    keras.utils.set_random_seed(3)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = as_pictures(x_train), as_pictures(x_test)
    old, old_test, new_test = y_train < NEW[0], y_test < NEW[0], y_test >= NEW[0]
    few = few_of_each(y_train, 20)

    base = make_base()
    published = keras.applications.VGG19(include_top=False, input_shape=(32, 32, 3))
    assert [layer.name for layer in base.layers[1:]] == [layer.name for layer in published.layers[1:]]
    first = with_head(base, NEW[0], "old_digits")
    train(first, x_train[old], y_train[old], rate=0.001, epochs=4)
    score = accuracy(first, x_test[old_test], y_test[old_test])
    print(f"digits 0 to 6, {sum(old)} examples: {score:.1%}")

    # The network up to an inner layer is a model of its own, which shares the weights.
    features = keras.Model(base.input, base.get_layer("block4_pool").output, name="features")
    features.trainable = False
    before = [np.array(weight) for weight in features.get_weights()]
    model = with_head(features, len(NEW), "new_digits")
    train(model, x_train[few], y_train[few] - NEW[0], rate=0.003, epochs=30)
    model.summary()
    on_frozen = accuracy(model, x_test[new_test], y_test[new_test] - NEW[0])
    print(f"digits 7 to 9, {len(few)} examples, a new head on the frozen base: {on_frozen:.1%}")
    assert all(np.array_equal(a, b) for a, b in zip(before, features.get_weights(), strict=True)), "it was frozen"

    # Frozen or not is read when a model is compiled, which `train` does.
    features.trainable = True
    train(model, x_train[few], y_train[few] - NEW[0], rate=0.0005, epochs=15)
    on_tuned = accuracy(model, x_test[new_test], y_test[new_test] - NEW[0])
    print(f"digits 7 to 9, {len(few)} examples, all layers trained on, slowly:  {on_tuned:.1%}")
    assert score > 0.9 and on_frozen > 0.6 and on_tuned > 0.85


if __name__ == "__main__":
    main()
