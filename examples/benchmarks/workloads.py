"""The workloads of the benchmarks: models and data, written once in Keras's words for us and for every peer.

Each entry of `WORKLOADS` makes a model with a given `keras` (hybrid or the real one) and the arrays that it is trained
on. Data can be learned, so that a long training does not end in denormal numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["WORKLOADS", "Workload"]


class Workload(NamedTuple):
    """One model and what it is trained on.

    Attributes:
        build: from the `keras` package to a model that is not compiled.
        data: from the number of batches to inputs and targets.
        batch: samples in a batch.
        batches: in an epoch that is timed.
        loss: its name, or how to make it.
        metrics: their names.
    """

    build: Callable[[Any], Any]
    data: Callable[[int], tuple[np.ndarray, np.ndarray]]
    batch: int
    batches: int
    loss: str = "sparse_categorical_crossentropy"
    metrics: tuple[str, ...] = ("accuracy",)


def classes(shape: tuple[int, ...], samples: int, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Make samples of ten classes: a pattern for each class, and noise."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, samples)
    patterns = rng.normal(size=(10, *shape))
    return (patterns[labels] + rng.normal(size=(samples, *shape)) * spread).astype("float32"), labels.astype("int32")


def mlp(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((784,)), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")]
    )


def cnn(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )


def lstm(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([keras.Input((80, 32)), layers.LSTM(64), layers.Dense(10, activation="softmax")])


def encoder(keras: Any) -> Any:
    """Make one block of a transformer's encoder, and a classifier of the mean."""
    layers = keras.layers
    x = inputs = keras.Input((64, 128))
    attended = layers.MultiHeadAttention(num_heads=4, key_dim=32, dropout=0.1)(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, layers.Dropout(0.1)(attended)]))
    forward = layers.Dense(128)(layers.Dense(256, activation="relu")(x))
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, layers.Dropout(0.1)(forward)]))
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def residual(keras: Any) -> Any:
    """Make one block of a ResNet with batch normalization, and a classifier."""
    layers = keras.layers
    inputs = keras.Input((16, 16, 64))
    x = layers.Conv2D(64, 3, padding="same", use_bias=False)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.BatchNormalization()(layers.Conv2D(64, 3, padding="same", use_bias=False)(x))
    x = layers.ReLU()(layers.Add()([x, inputs]))
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def small(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([keras.Input((16,)), layers.Dense(16, activation="tanh"), layers.Dense(4)])


def _regression(batches: int) -> tuple[np.ndarray, np.ndarray]:
    x, labels = classes((16,), 32 * batches)
    return x, np.eye(4, dtype="float32")[labels % 4]


WORKLOADS = {
    "mlp": Workload(mlp, lambda n: classes((784,), 32 * n, 4.0), batch=32, batches=64),
    "cnn": Workload(cnn, lambda n: classes((28, 28, 1), 128 * n, 2.0), batch=128, batches=8),
    "lstm": Workload(lstm, lambda n: classes((80, 32), 32 * n, 4.0), batch=32, batches=8),
    "encoder": Workload(encoder, lambda n: classes((64, 128), 32 * n, 4.0), batch=32, batches=8),
    "residual": Workload(residual, lambda n: classes((16, 16, 64), 32 * n, 4.0), batch=32, batches=8),
    "small": Workload(small, _regression, batch=32, batches=32, loss="mse", metrics=()),
}
"""The workloads by name."""
