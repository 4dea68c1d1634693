"""Small models and data that the tests of training share."""

from __future__ import annotations

from typing import Any

import numpy as np

import hybrid
from hybrid import Input, Model, Sequential
from hybrid.layers import Dense


def features(count: int = 10, width: int = 4, seed: int = 0) -> np.ndarray[Any, Any]:
    """Float32 `[count, width]`."""
    return np.random.default_rng(seed).normal(size=(count, width)).astype("float32")


def labels(count: int = 10, classes: int = 3, seed: int = 1) -> np.ndarray[Any, Any]:
    """Class numbers `[count]`."""
    return np.random.default_rng(seed).integers(0, classes, count)


def classifier(seed: int = 0, **compiled: Any) -> Sequential:
    """Three classes of four features; compiled with Adam."""
    hybrid.utils.set_random_seed(seed)
    model = Sequential([Input((4,)), Dense(5, activation="tanh"), Dense(3, activation="softmax")])
    model.compile(**{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", **compiled})
    return model


def regressor(seed: int = 0, units: int = 1, **compiled: Any) -> Sequential:
    """One linear layer on four features; compiled with gradient descent."""
    hybrid.utils.set_random_seed(seed)
    model = Sequential([Input((4,)), Dense(units)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


def two_headed(seed: int = 0, **compiled: Any) -> Model:
    """Outputs `value` (one number) and `kind` (three classes)."""
    hybrid.utils.set_random_seed(seed)
    x = Input((4,), name="x")
    model = Model(x, {"value": Dense(1, name="value")(x), "kind": Dense(3, activation="softmax", name="kind")(x)})
    loss = {"value": "mse", "kind": "sparse_categorical_crossentropy"}
    model.compile(**{"optimizer": "sgd", "loss": loss, **compiled})
    return model


@hybrid.saving.register_keras_serializable(package="tests")
class Drop(hybrid.Layer):
    """Drops half of the features at random while training."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.seed_generator = hybrid.random.SeedGenerator()

    def call(self, inputs: Any, training: bool = False) -> Any:
        return hybrid.random.dropout(inputs, 0.5, seed=self.seed_generator) if training else inputs


def noisy_classifier() -> Sequential:
    """Three classes of four features, with random drops and a learning rate that follows a schedule."""
    hybrid.utils.set_random_seed(3)
    model = Sequential([Input((4,)), Dense(6, activation="relu"), Drop(), Dense(3, activation="softmax")])
    schedule = hybrid.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)
    model.compile(hybrid.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def states(model: Any) -> list[np.ndarray[Any, Any]]:
    """Values of all Variables of a model and its optimizer."""
    return [variable.numpy() for variable in [*model.variables, *model.optimizer.variables]]


def assert_same(first: list[Any], second: list[Any]) -> None:
    """Equal bit for bit."""
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)
