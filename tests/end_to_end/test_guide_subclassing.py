"""Code as Keras's guide to new layers and models by subclassing teaches it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .framework import keras, uniform, values

layers, ops = keras.layers, keras.ops


class EagerLinear(layers.Layer):
    """Weights made in the constructor, for an input width that is known."""

    def __init__(self, units: int = 4, input_width: int = 3) -> None:
        super().__init__()
        self.w = self.add_weight(shape=(input_width, units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(shape=(units,), initializer="zeros", trainable=True)

    def call(self, inputs: Any) -> Any:
        return ops.matmul(inputs, self.w) + self.b


class Linear(layers.Layer):
    """Weights made in `build`, when the input is known."""

    def __init__(self, units: int = 4, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any) -> None:
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True)
        self.b = self.add_weight(shape=(self.units,), initializer="random_normal", trainable=True)

    def call(self, inputs: Any) -> Any:
        return ops.matmul(inputs, self.w) + self.b

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


def test_a_layer_is_a_state_and_a_computation() -> None:
    layer = EagerLinear(4, 2)
    result = values(layer(np.ones((2, 2), "float32")))
    expected = np.ones((2, 2)) @ values(layer.w) + values(layer.b)
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    assert len(layer.weights) == 2
    assert layer.weights[0] is layer.w
    assert layer.weights[1] is layer.b


class RunningTotal(layers.Layer):
    """A weight that no gradient moves."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.total = self.add_weight(initializer="zeros", shape=(width,), trainable=False)

    def call(self, inputs: Any) -> Any:
        self.total.assign_add(ops.sum(inputs, axis=0))
        return self.total


def test_weights_may_be_not_trainable() -> None:
    layer = RunningTotal(2)
    np.testing.assert_array_equal(values(layer(np.ones((2, 2), "float32"))), [2.0, 2.0])
    np.testing.assert_array_equal(values(layer(np.ones((2, 2), "float32"))), [4.0, 4.0])
    assert (len(layer.weights), len(layer.non_trainable_weights), layer.trainable_weights) == (1, 1, [])


def test_weights_may_wait_for_the_input() -> None:
    layer = Linear(5)
    assert layer.weights == []
    assert values(layer(uniform(2, 3))).shape == (2, 5)
    assert tuple(layer.w.shape) == (3, 5)


class ThreeLinear(layers.Layer):
    """Layers inside a layer: their weights are its weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Linear(6)
        self.second = Linear(6)
        self.last = Linear(1)

    def call(self, inputs: Any) -> Any:
        x = ops.relu(self.first(inputs))
        return self.last(ops.relu(self.second(x)))


def test_layers_nest() -> None:
    block = ThreeLinear()
    block(np.ones((3, 7), "float32"))
    assert len(block.weights) == 6
    assert len(block.trainable_weights) == 6


class ActivityPenalty(layers.Layer):
    """A loss that is made while the layer is called."""

    def __init__(self, rate: float = 1e-2) -> None:
        super().__init__()
        self.rate = rate

    def call(self, inputs: Any) -> Any:
        self.add_loss(self.rate * ops.mean(inputs))
        return inputs


class Penalised(layers.Layer):
    """A layer around it."""

    def __init__(self) -> None:
        super().__init__()
        self.penalty = ActivityPenalty(0.5)

    def call(self, inputs: Any) -> Any:
        return self.penalty(inputs)


def test_losses_are_those_of_the_last_call() -> None:
    layer = Penalised()
    assert layer.losses == []
    layer(np.zeros((1, 1), "float32"))
    assert len(layer.losses) == 1
    layer(np.full((1, 1), 4.0, "float32"))
    assert len(layer.losses) == 1
    np.testing.assert_allclose(values(layer.losses[0]), 2.0)


def test_losses_hold_regularization() -> None:
    class Outer(layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(3, kernel_regularizer=keras.regularizers.L2(1e-3))

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    layer = Outer()
    layer(uniform(2, 4))
    kernel = layer.dense.get_weights()[0]
    np.testing.assert_allclose(values(layer.losses[0]), 1e-3 * (kernel**2).sum(), rtol=1e-5)


def test_added_losses_are_trained_with_and_without_a_compiled_loss() -> None:
    given = keras.Input(shape=(3,), name="given")
    model = keras.Model(given, ActivityPenalty(1.0)(layers.Dense(2)(given)))
    model.compile(optimizer="sgd", loss="mse")
    points, targets = uniform(4, 3), uniform(4, 2, seed=5)
    predicted = values(model(points))
    expected = np.mean((predicted - targets) ** 2) + predicted.mean()
    np.testing.assert_allclose(model.evaluate(points, targets, verbose=0), expected, rtol=1e-4)
    model.compile(optimizer="sgd")
    before = values(model(points)).mean()
    model.fit(points, epochs=2, verbose=0)
    assert values(model(points)).mean() < before


def test_a_layer_goes_through_its_config() -> None:
    layer = Linear(7, name="seven")
    config = layer.get_config()
    assert config["units"] == 7
    again = Linear.from_config(config)
    assert (again.units, again.name) == (7, "seven")


class OwnDropout(layers.Layer):
    """A layer that behaves differently in training."""

    def __init__(self, rate: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if training:
            return keras.random.dropout(inputs, rate=self.rate, seed=self.seed_generator)
        return inputs


def test_training_reaches_the_layers_inside() -> None:
    model = keras.Sequential([layers.Dense(20, kernel_initializer="ones"), OwnDropout(0.5)])
    ones = np.ones((2, 3), "float32")
    assert (values(model(ones)) == 0).sum() == 0
    assert 0 < (values(model(ones, training=True)) == 0).sum() < 40
    assert (values(model(ones, training=False)) == 0).sum() == 0


class Sampling(layers.Layer):
    """Draws the code of a variational autoencoder."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, inputs: Any) -> Any:
        mean, log_variance = inputs
        batch, width = ops.shape(mean)[0], ops.shape(mean)[1]
        noise = keras.random.normal(shape=(batch, width), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


class Encoder(layers.Layer):
    """Gives mean, logarithm of the variance and a sample."""

    def __init__(self, width: int = 3, hidden: int = 8, name: str = "encoder", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.project = layers.Dense(hidden, activation="relu")
        self.mean = layers.Dense(width)
        self.log_variance = layers.Dense(width)
        self.sampling = Sampling()

    def call(self, inputs: Any) -> Any:
        x = self.project(inputs)
        mean, log_variance = self.mean(x), self.log_variance(x)
        return mean, log_variance, self.sampling((mean, log_variance))


class Decoder(layers.Layer):
    """Turns a code back into pixels."""

    def __init__(self, pixels: int, hidden: int = 8, name: str = "decoder", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.project = layers.Dense(hidden, activation="relu")
        self.pixels = layers.Dense(pixels, activation="sigmoid")

    def call(self, inputs: Any) -> Any:
        return self.pixels(self.project(inputs))


class VariationalAutoencoder(keras.Model):
    """Both, with the divergence as an added loss."""

    def __init__(self, pixels: int, name: str = "autoencoder", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.encoder = Encoder()
        self.decoder = Decoder(pixels)

    def call(self, inputs: Any) -> Any:
        mean, log_variance, code = self.encoder(inputs)
        divergence = -0.5 * ops.mean(log_variance - ops.square(mean) - ops.exp(log_variance) + 1)
        self.add_loss(divergence)
        return self.decoder(code)


def test_a_variational_autoencoder_is_trained_end_to_end() -> None:
    model = VariationalAutoencoder(6)
    model.compile(keras.optimizers.Adam(learning_rate=0.02), loss=keras.losses.MeanSquaredError())
    pictures = (uniform(32, 6) + 1) / 2
    history = model.fit(pictures, pictures, epochs=6, batch_size=16, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert len(model.weights) == 10
    assert len(model.encoder.variables) == 6 + 1  # the seed is a variable and no weight
    assert [layer.name for layer in model.layers] == ["encoder", "decoder"]


class MoreStructure(keras.Model):
    """Layers in lists and dicts are found, and the model has all the powers of one."""

    def __init__(self, depth: int = 3) -> None:
        super().__init__()
        self.stages = [layers.Dense(4, activation="relu") for _ in range(depth)]
        self.heads = {"mean": layers.Dense(1), "spread": layers.Dense(1, activation="softplus")}

    def call(self, inputs: Any) -> Any:
        for stage in self.stages:
            inputs = stage(inputs)
        return {key: head(inputs) for key, head in self.heads.items()}


def test_layers_in_structures_are_found() -> None:
    model = MoreStructure()
    outputs = model(uniform(2, 4))
    assert set(outputs) == {"mean", "spread"}
    assert len(model.layers) == 5
    assert len(model.trainable_weights) == 10
    model.compile(optimizer="adam", loss={"mean": "mse", "spread": "mse"})
    targets = {"mean": uniform(2, 1), "spread": uniform(2, 1)}
    assert "mean_loss" in model.fit(uniform(2, 4), targets, verbose=0).history


def test_a_subclassed_model_behaves_like_a_layer_in_a_functional_one() -> None:
    given = keras.Input((4,))
    inner = MoreStructure()
    model = keras.Model(given, inner(given)["mean"] * 2.0)
    points = uniform(3, 4)
    np.testing.assert_allclose(values(model(points)), 2.0 * values(inner(points)["mean"]), rtol=1e-6)
