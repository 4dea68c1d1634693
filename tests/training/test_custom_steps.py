"""Steps that users write themselves, as Keras's guides teach it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid as keras
from hybrid import GradientTape, Input, Model, Sequential, ops
from hybrid.errors import NotCompiledError
from hybrid.layers import Dense, Layer

from .models import assert_same, features, states

X, VALUES = features(10), features(10, 1, seed=2)


def _model(cls: Any, **compiled: Any) -> Any:
    keras.utils.set_random_seed(0)
    x = Input((4,))
    model = cls(x, Dense(1)(x))
    model.compile(**{"optimizer": "sgd", **compiled})
    return model


def assert_close(first: dict[str, list[float]], second: dict[str, list[float]]) -> None:
    assert list(first) == list(second)
    for key, values in first.items():
        assert values == pytest.approx(second[key], rel=1e-6)


class ByHand(Model):
    """The default step written out."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(y=y, y_pred=y_pred)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply(gradients, self.trainable_variables)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


def test_step_by_hand_equals_the_default() -> None:
    given, default = (_model(cls, loss="mse", metrics=["mae"]) for cls in (ByHand, Model))
    first = given.fit(X, VALUES, batch_size=5, epochs=3, verbose=0).history
    second = default.fit(X, VALUES, batch_size=5, epochs=3, verbose=0).history
    assert_close(first, second)
    assert_same(states(given), states(default))


def test_step_with_metrics_of_its_own() -> None:
    class Own(Model):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.loss_tracker = keras.metrics.Mean(name="loss")
            self.error = keras.metrics.MeanAbsoluteError(name="mae")

        def train_step(self, data: Any) -> dict[str, Any]:
            x, y = data
            with GradientTape() as tape:
                y_pred = self(x, training=True)
                loss = ops.mean(keras.losses.mean_squared_error(y, y_pred))
            gradients = tape.gradient(loss, self.trainable_weights)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
            self.loss_tracker.update_state(loss)
            self.error.update_state(y, y_pred)
            return {"loss": self.loss_tracker.result(), "mae": self.error.result()}

        @property
        def metrics(self) -> list[Any]:
            return [self.loss_tracker, self.error]

    own, default = _model(Own), _model(Model, loss="mse", metrics=["mae"])
    assert_close(own.fit(X, VALUES, epochs=3, verbose=0).history, default.fit(X, VALUES, epochs=3, verbose=0).history)


def test_loss_of_its_own() -> None:
    class Own(Model):
        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool = True) -> Any:
            return 2.0 * ops.mean(ops.abs(y - y_pred))

    class Older(Model):
        def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None) -> Any:
            return 2.0 * ops.mean(ops.abs(y - y_pred))

    histories = [_model(cls).fit(X, VALUES, epochs=2, verbose=0).history for cls in (Own, Older)]
    assert histories[0] == histories[1]
    doubled = _model(Model, loss=["mae"], loss_weights=[2.0]).fit(X, VALUES, epochs=2, verbose=0).history
    assert_close(histories[0], doubled)


def test_metrics_of_its_own() -> None:
    class Own(Model):
        def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "greatest": ops.max(y_pred)}

    history = _model(Own, loss="mse").fit(X, VALUES, verbose=0).history
    assert set(history) >= {"loss"}


def test_losses_that_layers_add() -> None:
    class Penalty(Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss(ops.sum(inputs) * 0.0 + 1.5)
            return inputs

    model = Sequential([Penalty(), Dense(1, use_bias=False, kernel_regularizer=keras.regularizers.L2(0.1))])
    model.compile(keras.optimizers.SGD(0.0))
    (loss,) = model.fit(X, batch_size=4, verbose=0).history["loss"]
    assert loss == pytest.approx(1.5 + 0.1 * float(np.sum(model.get_weights()[0] ** 2)), rel=1e-6)
    model.compile(keras.optimizers.SGD(0.0), "mse")
    (second,) = model.fit(X, VALUES, batch_size=4, verbose=0, epochs=1).history["loss"]
    assert second == pytest.approx(loss + np.mean((model.predict(X, verbose=0) - VALUES) ** 2), rel=1e-6)


class Gan(Model):
    """Two models against each other, without a compiled loss or a call."""

    def __init__(self) -> None:
        super().__init__()
        self.discriminator = Sequential([Input((4,)), Dense(1)])
        self.generator = Sequential([Input((2,)), Dense(4)])
        self.d_loss = keras.metrics.Mean(name="d_loss")
        self.g_loss = keras.metrics.Mean(name="g_loss")
        self.seed_generator = keras.random.SeedGenerator(1)

    def compile(self, d_optimizer: Any, g_optimizer: Any, loss_fn: Any) -> None:
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

    @property
    def metrics(self) -> list[Any]:
        return [self.d_loss, self.g_loss]

    def train_step(self, real: Any) -> dict[str, Any]:
        count = ops.shape(real)[0]
        noise = keras.random.normal((count, 2), seed=self.seed_generator)
        both = ops.concatenate([self.generator(noise), real], axis=0)
        targets = ops.concatenate([ops.ones((count, 1)), ops.zeros((count, 1))], axis=0)
        with GradientTape() as tape:
            d_loss = self.loss_fn(targets, self.discriminator(both))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply(tape.gradient(d_loss, weights), weights)
        with GradientTape() as tape:
            g_loss = self.loss_fn(ops.zeros((count, 1)), self.discriminator(self.generator(noise)))
        weights = self.generator.trainable_weights
        self.g_optimizer.apply(tape.gradient(g_loss, weights), weights)
        self.d_loss.update_state(d_loss)
        self.g_loss.update_state(g_loss)
        return {"d_loss": self.d_loss.result(), "g_loss": self.g_loss.result()}


def test_gan_without_a_compiled_loss() -> None:
    gan = Gan()
    gan.compile(
        keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01), keras.losses.BinaryCrossentropy(from_logits=True)
    )
    before = gan.generator.get_weights()
    history = gan.fit(X, batch_size=5, epochs=2, verbose=0).history
    assert list(history) == ["d_loss", "g_loss"]
    assert not np.array_equal(before[0], gan.generator.get_weights()[0])


def test_step_for_tests_and_predictions() -> None:
    class Own(Model):
        def test_step(self, data: Any) -> dict[str, Any]:
            x, y = data
            return {"distance": ops.max(ops.abs(self(x, training=False) - y))}

        def predict_step(self, data: Any) -> Any:
            return self(data, training=False) + 1.0

    model = _model(Own, loss="mse")
    logs = model.evaluate(X, VALUES, verbose=0, return_dict=True)
    predicted = model.predict(X, verbose=0)
    np.testing.assert_allclose(predicted, model(X).numpy() + 1.0, rtol=1e-6)
    assert logs == pytest.approx({"distance": float(np.abs(model(X).numpy() - VALUES).max())})


def test_train_function_of_its_own() -> None:
    called: list[int] = []

    class Own(Model):
        def make_train_function(self, force: bool = False) -> Any:
            function = super().make_train_function(force)

            def counted(batches: Any) -> Any:
                called.append(1)
                return function(batches)

            self.train_function = counted
            return counted

    _model(Own, loss="mse").fit(X, VALUES, batch_size=5, verbose=0)
    assert len(called) == 2


def test_only_the_default_step_needs_an_optimizer() -> None:
    model = _model(Model, loss="mse", optimizer=None)
    with pytest.raises(NotCompiledError, match="no optimizer"):
        model.fit(X, VALUES, verbose=0)
    assert model.evaluate(X, VALUES, verbose=0) > 0


def test_model_in_a_model_keeps_its_own_compiled_metrics() -> None:
    inner = _model(Model, loss="mse", metrics=["mae"])
    x = Input((4,))
    outer = Model(x, inner(x))
    outer.compile("sgd", "mae")
    assert list(outer.fit(X, VALUES, verbose=0).history) == ["loss"]
    assert [metric.name for metric in outer.metrics] == ["loss", "compile_metrics"]


class _TwoOptimizers(Model):
    """A `compile` of its own, as a GAN has."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = Dense(2), Dense(2)

    def call(self, x: Any) -> Any:
        return self.second(self.first(x))

    def compile(self, first_optimizer: Any, rate: float = 0.5, **options: Any) -> None:
        super().compile(**options)
        self.first_optimizer, self.rate = first_optimizer, rate


def test_compile_of_ones_own_is_repeated_when_a_file_is_loaded(tmp_path: Any) -> None:
    model = _TwoOptimizers()
    model(features())
    model.compile(keras.optimizers.SGD(0.25), rate=2.0, loss="mse")
    assert set(model.get_compile_config()) == {"first_optimizer", "rate", "loss"}
    model.save(tmp_path / "model.hybrid")
    loaded = keras.models.load_model(tmp_path / "model.hybrid", custom_objects={"_TwoOptimizers": _TwoOptimizers})
    assert loaded.compiled and loaded.loss == "mse" and loaded.rate == 2.0
    assert type(loaded.first_optimizer) is keras.optimizers.SGD
    assert float(loaded.first_optimizer.learning_rate) == 0.25


def test_state_of_further_optimizers_is_saved(tmp_path: Any) -> None:
    def step(model: Any) -> None:
        with GradientTape() as tape:
            loss = ops.sum(ops.square(model(features())))
        weights = model.second.trainable_weights
        model.first_optimizer.apply(tape.gradient(loss, weights), weights)

    model = _TwoOptimizers()
    model.compile(keras.optimizers.Adam(0.25), optimizer="sgd", loss="mse")
    model.fit(features(), features(width=2), epochs=1, verbose=0)
    step(model)
    model.save(tmp_path / "model.hybrid")
    custom_objects = {"_TwoOptimizers": _TwoOptimizers}
    loaded = keras.models.load_model(tmp_path / "model.hybrid", custom_objects)
    assert int(loaded.first_optimizer.iterations) == 1
    step(model), step(loaded)
    assert_same(states(model), states(loaded))
    plain = keras.models.load_model(tmp_path / "model.hybrid", custom_objects, compile=False)
    assert not plain.compiled


def test_state_of_an_optimizer_that_nothing_makes_is_left_out_with_a_warning(tmp_path: Any) -> None:
    model = _TwoOptimizers()
    model(features())
    model.compile(None)
    model.third_optimizer = keras.optimizers.SGD()
    model.third_optimizer.build(model.trainable_weights)
    model.save(tmp_path / "model.hybrid")
    with pytest.warns(UserWarning, match="'third_optimizer'.*_TwoOptimizers"):
        keras.models.load_model(tmp_path / "model.hybrid", {"_TwoOptimizers": _TwoOptimizers})
