"""`model.profile`: it names what takes the time, and leaves everything as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import layers, ops
from hybrid.engine import chains
from hybrid.engine.profiling import BETWEEN, Profile, profile
from hybrid.errors import ConfigError, NotCompiledError, PlaceholderError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(4, 8, 8, 3)).astype("float32"), RNG.normal(size=(4, 2)).astype("float32")


def model_of(**options: Any) -> Any:
    hybrid.utils.set_random_seed(1)
    inner = hybrid.Sequential([layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization(name="norm")], name="inner")
    last = [layers.Flatten(name="flat"), layers.Dropout(0.5, name="drop"), layers.Dense(2, name="head")]
    model = hybrid.Sequential([hybrid.Input((8, 8, 3)), inner, *last], name="outer")
    model.compile(hybrid.optimizers.Adam(0.01), "mse", metrics=["mae"], **options)
    return model


def state_of(model: Any) -> list[Any]:
    variables = [*model.variables, *model.optimizer.variables]
    return [(variable.path, variable.numpy().tobytes()) for variable in variables]


@pytest.mark.parametrize("mode", ["train", "test", "predict"])
def test_profiling_changes_nothing(mode: str) -> None:
    model, twin = model_of(), model_of()
    for each in (model, twin):
        each.fit(X, Y, batch_size=2, epochs=2, verbose=0)
    before = state_of(model)
    model.profile(X, None if mode == "predict" else Y, mode=mode, print_fn=None)
    assert state_of(model) == before
    for each in (model, twin):
        each.fit(X, Y, batch_size=2, epochs=1, verbose=0)
    assert state_of(model) == state_of(twin)


def test_a_model_that_was_never_used_is_then_trained_as_any_other() -> None:
    model, twin = model_of(), model_of()
    model.profile(X, Y, print_fn=None)
    histories = [each.fit(X, Y, batch_size=2, epochs=2, verbose=0).history for each in (model, twin)]
    assert histories[0] == histories[1]


def test_rows_are_named_by_layer_and_add_up() -> None:
    found = model_of().profile(X, Y, print_fn=None)
    names = {row.name for row in found.layers}
    parts = {"loss", "metrics", "optimizer", BETWEEN}
    assert names == {"outer/inner/conv", "outer/inner/norm", "outer/flat", "outer/drop", "outer/head", *parts}
    for rows in (found.layers, found.primitives):
        assert sum(row.share for row in rows) == pytest.approx(1.0)
        assert rows[-1].name == BETWEEN
        assert all(0 <= row.backward <= row.seconds for row in rows)
    for column in ("seconds", "backward", "calls", "flops", "bytes"):
        by_layer, by_primitive = (
            sum(getattr(row, column) for row in rows) for rows in (found.layers, found.primitives)
        )
        assert by_layer == pytest.approx(by_primitive)
    rows = {row.name: row for row in found.layers}
    assert all(rows[name].backward > 0 for name in ("outer/inner/conv", "outer/head", "loss"))
    assert rows["optimizer"].backward == rows["metrics"].backward == 0
    # Forward, and the slopes of the kernel; nobody asks for those of the inputs.
    assert rows["outer/inner/conv"].flops >= 2 * 2 * (4 * 6 * 6 * 4) * 27


def test_prediction_has_no_derivatives_and_no_optimizer() -> None:
    model = model_of()
    found = model.profile(X, mode="predict", print_fn=None)
    assert all(row.backward == 0 for row in found.layers)
    assert not {"loss", "optimizer"} & {row.name for row in found.layers}


def test_profile_is_printed() -> None:
    printed: list[str] = []
    found = model_of().profile(X, Y, print_fn=printed.append)
    assert printed == [str(found)]
    head, by_layer, by_primitive = printed[0].split("\n\n")
    assert head.startswith("train_step of Sequential 'outer': ") and "peak memory" in head
    assert by_layer.splitlines()[0].split() == ["layer", "share", "time", "backward", "calls", "GFLOP/s", "GB/s"]
    assert "outer/inner/conv" in by_layer and "conv" in by_primitive and "others" in by_primitive


def test_an_imperative_model_with_a_step_of_its_own() -> None:
    class Own(hybrid.Model):
        def __init__(self) -> None:
            super().__init__(name="own")
            self.first, self.second = layers.Dense(4, activation="tanh"), layers.Dense(2)

        def call(self, inputs: Any) -> Any:
            return ops.exp(self.second(self.first(inputs)))

        def train_step(self, data: Any) -> dict[str, Any]:
            x, y = data
            with hybrid.GradientTape() as tape:
                loss = self.compute_loss(x, y, self(x, training=True))
            self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
            return {"loss": loss}

    model = Own()
    model.compile("sgd", "mse")
    found = model.profile(RNG.normal(size=(3, 5)).astype("float32"), Y[:3], print_fn=None)
    rows = {row.name: row for row in found.layers}
    assert {"own", "own/dense", "own/dense_1", "loss", "optimizer"} <= set(rows)
    assert rows["own"].backward > 0 and rows["own/dense"].backward > 0


def test_steps_that_run_as_one_count_for_their_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "LEAST", 1)
    monkeypatch.setattr(chains, "TOGETHER", 1)
    tanh, square = layers.Activation("tanh", name="a"), layers.Lambda(lambda x: x * x + 1.0, name="b")
    model = hybrid.Sequential([hybrid.Input((1000,)), tanh, square], name="m")
    found = model.profile(np.ones((1000, 1000), "float32"), mode="predict", print_fn=None)
    assert [row.calls for row in found.primitives if row.name == "chain"] == [1]
    rows = {row.name: row for row in found.layers}
    assert (rows["m/a"].flops, rows["m/b"].flops) == (10**6, 2 * 10**6)
    assert rows["m/a"].seconds > 0


def test_functions_can_be_profiled_too() -> None:
    v = hybrid.Variable(1.0)
    found = profile(lambda x: v.assign_add(ops.sum(x)), (np.ones(3),), "a sum")
    assert isinstance(found, Profile) and float(v) == 1.0
    assert repr(found).startswith("<Profile of a sum, ")


def test_mistakes_are_explained() -> None:
    model = model_of()
    with pytest.raises(ConfigError, match=r"no mode 'fit' to profile[\s\S]*'train', 'test', 'predict'"):
        model.profile(X, Y, mode="fit")
    plain = hybrid.Sequential([hybrid.Input((3,)), layers.Dense(2)])
    with pytest.raises(NotCompiledError, match="was not compiled"):
        plain.profile(np.ones((2, 3)), np.ones((2, 2)))

    class NeedsValues(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs if float(ops.sum(inputs)) > 0 else -inputs

        def compute_output_shape(self, input_shape: Any) -> Any:
            return input_shape

    class Peeking(hybrid.Model):
        def call(self, inputs: Any) -> Any:
            return inputs if float(ops.sum(inputs)) > 0 else -inputs

    with pytest.raises(PlaceholderError):
        Peeking().profile(np.ones((2, 3)), mode="predict")
    opaque = hybrid.Sequential([hybrid.Input((3,)), NeedsValues(name="peek")], name="m")
    assert "m/peek" in {row.name for row in opaque.profile(np.ones((2, 3)), mode="predict", print_fn=None).layers}
