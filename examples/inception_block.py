"""A branching graph: an inception block written as a function and as a class, each used twice.

The function puts layers into the graph of the model; the class is one layer of it that can be looked into, since its
`call` is recorded. With the same weights both models give the same numbers. Run it: python examples/inception_block.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import hybrid as keras
from hybrid import layers
from hybrid.datasets import digits


def convolution(filters: int, size: int, name: str) -> layers.Layer:
    return layers.Conv2D(filters, size, padding="same", activation="relu", name=name)


def inception(x, filters: int, name: str):
    """Four ways to look at an image, side by side."""
    one = convolution(filters, 1, f"{name}_one")(x)
    three = convolution(filters, 3, f"{name}_three")(convolution(filters // 2, 1, f"{name}_before_three")(x))
    five = convolution(filters, 5, f"{name}_five")(convolution(filters // 2, 1, f"{name}_before_five")(x))
    pool = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
    pooled = convolution(filters, 1, f"{name}_after_pool")(pool)
    return layers.Concatenate(name=f"{name}_joined")([one, three, five, pooled])


@keras.saving.register_keras_serializable(package="examples")
class Inception(keras.Model):
    """The same as a subclassed model, which is a layer of whatever holds it."""

    def __init__(self, filters: int, **kwargs):
        super().__init__(**kwargs)
        self.one = convolution(filters, 1, "one")
        self.before_three = convolution(filters // 2, 1, "before_three")
        self.three = convolution(filters, 3, "three")
        self.before_five = convolution(filters // 2, 1, "before_five")
        self.five = convolution(filters, 5, "five")
        self.pool = layers.MaxPooling2D(3, strides=1, padding="same", name="pool")
        self.after_pool = convolution(filters, 1, "after_pool")
        self.joined = layers.Concatenate(name="joined")

    def call(self, x):
        three, five = self.three(self.before_three(x)), self.five(self.before_five(x))
        return self.joined([self.one(x), three, five, self.after_pool(self.pool(x))])


def make_model(name: str, block) -> keras.Model:
    """Put two blocks between a stem and a classifier; `block(x, filters, name)` is how."""
    image = keras.Input((8, 8, 1), name="image")
    x = convolution(8, 3, "stem")(image)
    x = layers.MaxPooling2D(2, name="smaller")(block(x, 8, "first"))
    x = layers.Flatten(name="flat")(block(x, 12, "second"))
    return keras.Model(image, layers.Dense(10, activation="softmax", name="digit")(x), name=name)


def copy_weights(graph: keras.Model, classes: keras.Model) -> None:
    """What the function calls `first_one` is `first/one`, the layer `one` in the layer `first`."""
    for layer in graph.layers:
        block, _, part = layer.name.partition("_")
        classes.get_layer(f"{block}/{part}" if part else block).set_weights(layer.get_weights())


def main() -> None:
    keras.utils.set_random_seed(4)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = (images[..., None] / np.float32(16) for images in (x_train, x_test))

    graph = make_model("functions", inception)
    classes = make_model("classes", lambda x, filters, name: Inception(filters, name=name)(x))
    graph.summary()
    classes.summary(expand_nested=True)
    classes.get_layer("first").summary()  # what is connected inside a class
    assert graph.count_params() == classes.count_params()
    copy_weights(graph, classes)
    np.testing.assert_allclose(classes(x_test), graph(x_test), rtol=1e-6, atol=1e-7)
    print("with the same weights both give the same numbers")

    for model in (graph, classes):
        model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x_train, y_train, batch_size=32, epochs=6, verbose=0)
        _, accuracy = model.evaluate(x_test, y_test, verbose=0)
        print(f"{model.name}: {accuracy:.1%} of the test digits")
        assert accuracy > 0.93

    # What a branch sees is one line away, inside a class, too.
    in_graph = keras.Model(graph.input, graph.get_layer("second_five").output)
    in_class = keras.Model(classes.input, classes.get_layer("second/five").output)
    print("one branch of the second block:", in_graph(x_test).shape, in_class(x_test).shape)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "classes.hybrid"
        classes.save(path)
        np.testing.assert_array_equal(keras.models.load_model(path)(x_test), classes(x_test))


if __name__ == "__main__":
    main()
