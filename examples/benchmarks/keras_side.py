"""The workloads on hybrid and on Keras: the same code for both, with KERAS_BACKEND=hybrid for ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from workloads import WORKLOADS

KERAS = os.environ["KERAS_BACKEND"]
if KERAS == "hybrid":
    import hybrid as keras
else:
    import keras

keras.layers, keras.Model, keras.optimizers  # noqa: B018 (ours load when they are first named)


class Trainer:
    """One workload's model, compiled."""

    def __init__(self, name: str, weights: list[np.ndarray] | None, *, deterministic: bool = False, **compiled: Any):
        workload = WORKLOADS[name]
        self.model = workload.build(keras, **(workload.deterministic if deterministic else {}))
        if weights is not None:
            self.model.set_weights(weights)
        self.model.compile("adam", workload.loss, metrics=list(workload.metrics), **compiled)

    def fit(self, x: np.ndarray, y: np.ndarray, batch: int) -> float:
        """Train for an epoch; return the mean loss."""
        return self.model.fit(x, y, batch_size=batch, verbose=0).history["loss"][0]

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.model.predict(x, verbose=0)

    def call(self, x: np.ndarray) -> np.ndarray:
        return keras.ops.convert_to_numpy(self.model(x))

    def weights(self) -> list[np.ndarray]:
        return self.model.get_weights()


class Network:
    """A big network of `applications`, with random weights, and what is done with it beside training.

    Args:
        name: of the function that makes it.
        options: its arguments.
        file: where it is saved, without the suffix.
    """

    def __init__(self, name: str, options: dict[str, Any], file: str):
        self.build = lambda: getattr(keras.applications, name)(weights=None, **options)
        self.model = self.build()
        self.file = f"{file}.{'hybrid' if KERAS == 'hybrid' else 'keras'}"
        self.model.save(self.file)
        loaded = keras.models.load_model(self.file)
        pairs = zip(loaded.get_weights(), self.model.get_weights(), strict=True)
        assert all(np.array_equal(one, other) for one, other in pairs), "the loaded weights are others"

    def shapes(self) -> list[list[int]]:
        return [list(weight.shape) for weight in self.model.weights]

    def actions(self) -> dict[str, Callable[[], object]]:
        """Ours draws a random weight when it is first read; so building and cloning are done with reading, too."""
        models = keras.models
        return {
            "build": self.build,
            "build, weights read": lambda: read(self.build()),
            "clone": lambda: models.clone_model(self.model),
            "clone, weights read": lambda: read(models.clone_model(self.model)),
            "save": lambda: self.model.save(self.file),
            "load": lambda: read(models.load_model(self.file)),
            "summary": lambda: self.model.summary(print_fn=lambda *line, **options: None),
            "to_json": self.model.to_json,
        }


def read(model: Any) -> None:
    for weight in model.weights:
        keras.ops.convert_to_numpy(weight)
