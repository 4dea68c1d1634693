"""One digit classifier, written three ways, nested into each other, cloned, saved, reloaded and compared.

Run it: python examples/three_styles.py. It needs no data but the handwritten digits that are shipped in the package.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

import hybrid as keras
from hybrid import layers
from hybrid.datasets import digits


def make_sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((8, 8), name="image"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.1, seed=1),
            layers.Dense(10),
        ],
        name="sequential",
    )


def make_functional() -> keras.Model:
    image = keras.Input((8, 8), name="image")
    hidden = layers.Dense(64, activation="relu")(layers.Flatten()(image))
    hidden = layers.Dropout(0.1, seed=1)(hidden)
    return keras.Model(image, layers.Dense(10)(hidden), name="functional")


@keras.saving.register_keras_serializable(package="examples")
class Classifier(keras.Model):
    def __init__(self, width: int = 64, rate: float = 0.1, **kwargs):
        super().__init__(**kwargs)
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(width, activation="relu")
        self.dropout = layers.Dropout(rate, seed=1)
        self.logits = layers.Dense(10)

    def call(self, images, training=None):
        hidden = self.hidden(self.flatten(images))
        return self.logits(self.dropout(hidden, training=training))


def make_subclassed() -> keras.Model:
    model = Classifier(name="subclassed")
    model.build((None, 8, 8))
    return model


@keras.saving.register_keras_serializable(package="examples")
class Vote(keras.Model):
    """A subclass that holds models of all three styles and averages what they say."""

    def __init__(self, members, **kwargs):
        super().__init__(**kwargs)
        self.members = members

    def call(self, images):
        return sum(member(images) for member in self.members) / len(self.members)


def train_with_fit(model: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
    model.compile(
        optimizer=keras.optimizers.Adam(0.003),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(x, y, batch_size=32, epochs=20, verbose=0)


def train_by_hand(model: keras.Model, x: np.ndarray, y: np.ndarray) -> None:
    """The same training as a loop of one's own."""
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(0.003)
    rng = np.random.default_rng(0)
    for _ in range(20):
        order = rng.permutation(len(x))
        for start in range(0, len(x), 32):
            batch = order[start : start + 32]
            with keras.GradientTape() as tape:
                loss = loss_of(y[batch], model(x[batch], training=True))
            optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)


def accuracy(model: keras.Model, x: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.argmax(model(x).numpy(), axis=-1) == y))


def copies_agree(model: keras.Model, x: np.ndarray) -> bool:
    """Clone, rebuild from JSON, save and reload; all must give the very same numbers."""
    expected = model(x).numpy()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.hybrid"
        model.save(path)
        loaded = keras.models.load_model(path)
    clone, rebuilt = keras.models.clone_model(model), keras.models.model_from_json(model.to_json())
    for copy in (clone, rebuilt):
        copy(x[:1])
        copy.set_weights(model.get_weights())
    return all(np.array_equal(copy(x).numpy(), expected) for copy in (loaded, clone, rebuilt))


def main() -> None:
    keras.utils.set_random_seed(7)
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x_train, x_test = x_train / np.float32(16), x_test / np.float32(16)

    styles = {"Sequential": make_sequential(), "functional": make_functional(), "subclassed": make_subclassed()}
    start = [np.array(weight) for weight in styles["Sequential"].get_weights()]
    rows = []
    for style, model in styles.items():
        model.set_weights(start)
        keras.utils.set_random_seed(7)  # the same order of the samples for each
        begin = time.perf_counter()
        train_with_fit(model, x_train, y_train)
        seconds = time.perf_counter() - begin
        rows.append((style, model, seconds))
    by_hand = make_subclassed()
    by_hand.set_weights(start)
    begin = time.perf_counter()
    train_by_hand(by_hand, x_train, y_train)
    rows.append(("GradientTape loop", by_hand, time.perf_counter() - begin))

    # A subclass of all three styles, inside a Sequential, inside a functional model.
    vote = Vote(list(styles.values()), name="vote")
    image = keras.Input((8, 8), name="image")
    stack = keras.Sequential([vote, layers.Activation("softmax")], name="stack")
    nested = keras.Model(image, stack(image), name="nested")
    nested.summary(expand_nested=True)
    rows.append(("all, nested", nested, 0.0))

    print(f"\n{'style':<18} {'parameters':>10} {'accuracy':>9} {'seconds':>8}  copies agree")
    for style, model, seconds in rows:
        agreement = copies_agree(model, x_test)
        share = accuracy(model, x_test, y_test)
        print(f"{style:<18} {model.count_params():>10,} {share:>9.2%} {seconds:>8.2f}  {'yes' if agreement else 'NO'}")
        assert agreement and share >= 0.95

    outputs = [model(x_test).numpy() for model in styles.values()]
    same = all(np.array_equal(outputs[0], other) for other in outputs[1:])
    print(
        "\nTrained from equal weights, the three styles give "
        f"{'the same' if same else 'DIFFERENT'} numbers, bit for bit."
    )
    assert same


if __name__ == "__main__":
    main()
