"""Models with a `compile` of their own that makes metrics, as Keras's guide of adversarial networks writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Model, layers
from hybrid.models import load_model


class Tracked(Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(1)

    def compile(self, optimizer: Any, loss_function: Any) -> None:  # type: ignore[override]
        super().compile()
        self.own_optimizer, self.loss_function = optimizer, loss_function
        self.tracker = hybrid.metrics.Mean(name="tracker")

    def call(self, x: Any) -> Any:
        return self.dense(x)

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with hybrid.GradientTape() as tape:
            loss = self.loss_function(y, self(x, training=True))
        self.own_optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
        self.tracker.update_state(loss)
        return {"loss": self.tracker.result()}


X, Y = np.ones((8, 3), "float32"), np.ones((8, 1), "float32")


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    model = Tracked()
    model.compile(hybrid.optimizers.SGD(0.1), hybrid.losses.MeanSquaredError())
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "model.hybrid")
    return model, tmp_path / "model.hybrid"


def test_model_comes_back_with_its_metrics(saved: Any) -> None:
    model, path = saved
    loaded = load_model(path, custom_objects={"Tracked": Tracked})
    np.testing.assert_array_equal(loaded(X), model(X))
    assert float(loaded.tracker.result()) == float(model.tracker.result())
    loaded.fit(X, Y, verbose=0)


def test_model_comes_back_without_being_compiled(saved: Any) -> None:
    model, path = saved
    loaded = load_model(path, custom_objects={"Tracked": Tracked}, compile=False)
    np.testing.assert_array_equal(loaded(X), model(X))


def test_copy_is_not_compiled_and_says_so(saved: Any) -> None:
    model, path = saved
    with (
        pytest.warns(UserWarning, match="recorded copy"),
        pytest.warns(UserWarning, match="was not compiled.*Tracked"),
    ):
        copy = load_model(path)
    np.testing.assert_array_equal(copy(X), model(X))
    copy.compile("sgd", "mse")
    copy.fit(X, Y, verbose=0)
