"""The workloads of the benchmarks: models and data, written once in Keras's words for us and for every peer.

Each entry of `WORKLOADS` makes a model with a given `keras` (hybrid or the real one) and the arrays that it is trained
on. Data can be learned, so that a long training does not end in denormal numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
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
        deterministic: arguments of `build` that leave nothing to chance, to compare losses.
    """

    build: Callable[..., Any]
    data: Callable[[int], tuple[np.ndarray, np.ndarray]]
    batch: int
    batches: int
    loss: str = "sparse_categorical_crossentropy"
    metrics: tuple[str, ...] = ("accuracy",)
    deterministic: Mapping[str, float] = MappingProxyType({})


def classes(shape: tuple[int, ...], samples: int, spread: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Make samples of ten classes: a pattern for each class, and noise; the variance of all is one.

    With larger numbers a new model is so sure of wrong classes that its loss depends on how a framework clips
    probabilities.
    """
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, samples)
    patterns = rng.normal(size=(10, *shape))
    x = (patterns[labels] + rng.normal(size=(samples, *shape)) * spread) / np.sqrt(1 + spread**2)
    return x.astype("float32"), labels.astype("int32")


def mlp(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((784,)), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")]
    )


def cnn(keras: Any, rate: float = 0.5) -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(rate),
            layers.Dense(10, activation="softmax"),
        ]
    )


def lstm(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([keras.Input((80, 32)), layers.LSTM(64), layers.Dense(10, activation="softmax")])


def encoder(keras: Any, rate: float = 0.1) -> Any:
    """Make one block of a transformer's encoder, and a classifier of the mean."""
    layers = keras.layers
    x = inputs = keras.Input((64, 128))
    attended = layers.MultiHeadAttention(num_heads=4, key_dim=32, dropout=rate)(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, layers.Dropout(rate)(attended)]))
    forward = layers.Dense(128)(layers.Dense(256, activation="relu")(x))
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, layers.Dropout(rate)(forward)]))
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


NO_DROPOUT = MappingProxyType({"rate": 0.0})

WORKLOADS = {
    "mlp": Workload(mlp, lambda n: classes((784,), 32 * n, 4.0), batch=32, batches=64),
    "cnn": Workload(cnn, lambda n: classes((28, 28, 1), 128 * n, 2.0), 128, batches=8, deterministic=NO_DROPOUT),
    "lstm": Workload(lstm, lambda n: classes((80, 32), 32 * n, 4.0), batch=32, batches=8),
    "encoder": Workload(encoder, lambda n: classes((64, 128), 32 * n, 4.0), 32, batches=8, deterministic=NO_DROPOUT),
    "residual": Workload(residual, lambda n: classes((16, 16, 64), 32 * n, 4.0), batch=32, batches=8),
    "small": Workload(small, _regression, batch=32, batches=32, loss="mse", metrics=()),
}
"""The workloads by name."""
