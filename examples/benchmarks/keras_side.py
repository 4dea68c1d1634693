"""The workloads on hybrid and on Keras: the same code for both, with KERAS_BACKEND=hybrid for ours."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from clock import clock
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


def use_network(name: str, options: dict[str, Any], file: str) -> dict[str, Any]:
    """Build, clone, print, save and load a big network of `applications` with random weights.

    Ours draws a random weight when it is first read, so building and cloning are timed with reading, too.

    Args:
        name: of the function that makes it.
        options: its arguments.
        file: where it is saved, without the suffix.

    Returns:
        the seconds of each action, and the shapes of the weights.
    """
    file = f"{file}.{'hybrid' if KERAS == 'hybrid' else 'keras'}"
    spent: dict[str, float] = {}

    def timed(action: str, function: Callable[..., Any], *arguments: Any) -> Any:
        begin = clock()
        result = function(*arguments)
        spent[action] = clock() - begin
        return result

    def read(model: Any) -> list[np.ndarray]:
        return [keras.ops.convert_to_numpy(weight) for weight in model.weights]

    model = timed("build", lambda: getattr(keras.applications, name)(weights=None, **options))
    weights = timed("build, weights read", read, model)
    copy = timed("clone", keras.models.clone_model, model)
    timed("clone, weights read", read, copy)
    for action in ("build", "clone"):
        spent[f"{action}, weights read"] += spent[action]
    timed("save", model.save, file)
    loaded = timed("load", lambda: read(keras.models.load_model(file)))
    assert all(map(np.array_equal, loaded, weights)), "the loaded weights are others"
    timed("summary", lambda: model.summary(print_fn=lambda *line, **options: None))
    timed("to_json", model.to_json)
    return {"seconds": spent, "shapes": [list(weight.shape) for weight in weights]}
