"""Code as the guides to customizing `fit` and to training loops from scratch (TensorFlow style) teach it."""

from __future__ import annotations

from typing import Any

import numpy as np

import hybrid as keras

from .framework import blobs, uniform, values

layers, ops = keras.layers, keras.ops


class OwnStep(keras.Model):
    """`fit` with a step of its own that uses what was compiled."""

    def train_step(self, data: Any) -> dict[str, Any]:
        if len(data) == 3:
            x, y, sample_weight = data
        else:
            x, y = data
            sample_weight = None
        with keras.GradientTape() as tape:
            predicted = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=predicted, sample_weight=sample_weight)
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, predicted, sample_weight=sample_weight)
        return {metric.name: metric.result() for metric in self.metrics}

    def test_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        predicted = self(x, training=False)
        self.compute_loss(x=x, y=y, y_pred=predicted)
        for metric in self.metrics:
            if metric.name != "loss":
                metric.update_state(y, predicted)
        return {metric.name: metric.result() for metric in self.metrics}


def regression(cls: Any) -> Any:
    given = keras.Input(shape=(5,))
    return cls(given, layers.Dense(1)(layers.Dense(6, activation="tanh")(given)))


def test_an_own_train_step_equals_the_built_in_one() -> None:
    own, built_in = regression(OwnStep), regression(keras.Model)
    built_in.set_weights(own.get_weights())
    points, targets, weights = uniform(40, 5), uniform(40, 1), uniform(40) + 1.0
    histories = []
    for model in (own, built_in):
        model.compile(optimizer="adam", loss="mse", metrics=["mae"])
        history = model.fit(points, targets, sample_weight=weights, epochs=2, batch_size=10, shuffle=False, verbose=0)
        histories.append(history.history)
    np.testing.assert_allclose(own.get_weights()[0], built_in.get_weights()[0], rtol=1e-5)
    assert "mae" in own.evaluate(points, targets, verbose=0, return_dict=True)
    assert len(histories[0]["loss"]) == len(histories[1]["loss"]) == 2


class LowLevel(keras.Model):
    """Keeps loss and metric itself; nothing but the optimizer is compiled."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loss_tracker = keras.metrics.Mean(name="loss")
        self.error = keras.metrics.MeanAbsoluteError(name="mae")
        self.loss_fn = keras.losses.MeanSquaredError()

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with keras.GradientTape() as tape:
            predicted = self(x, training=True)
            loss = self.loss_fn(y, predicted)
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        self.loss_tracker.update_state(loss)
        self.error.update_state(y, predicted)
        return {"loss": self.loss_tracker.result(), "mae": self.error.result()}

    @property
    def metrics(self) -> list[Any]:
        return [self.loss_tracker, self.error]


def test_metrics_of_an_own_step_are_reset_each_epoch() -> None:
    model = regression(LowLevel)
    model.compile(optimizer=keras.optimizers.Adam(0.02))
    history = model.fit(uniform(40, 5), uniform(40, 1), epochs=5, batch_size=10, verbose=0).history
    assert set(history) == {"loss", "mae"}
    assert history["loss"][-1] < history["loss"][0]


class Adversaries(keras.Model):
    """A generator and a discriminator with two optimizers."""

    def __init__(self, discriminator: Any, generator: Any, latent: int) -> None:
        super().__init__()
        self.discriminator, self.generator, self.latent = discriminator, generator, latent
        self.discriminator_loss = keras.metrics.Mean(name="d_loss")
        self.generator_loss = keras.metrics.Mean(name="g_loss")
        self.seed_generator = keras.random.SeedGenerator(1337)

    @property
    def metrics(self) -> list[Any]:
        return [self.discriminator_loss, self.generator_loss]

    def compile(self, d_optimizer: Any, g_optimizer: Any, loss_fn: Any) -> None:
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

    def train_step(self, data: Any) -> dict[str, Any]:
        real = data[0] if isinstance(data, tuple) else data
        batch = ops.shape(real)[0]
        noise = keras.random.normal(shape=(batch, self.latent), seed=self.seed_generator)
        both = ops.concatenate([self.generator(noise), real], axis=0)
        truth = ops.concatenate([ops.ones((batch, 1)), ops.zeros((batch, 1))], axis=0)
        with keras.GradientTape() as tape:
            d_loss = self.loss_fn(truth, self.discriminator(both))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply_gradients(zip(tape.gradient(d_loss, weights), weights, strict=True))
        noise = keras.random.normal(shape=(batch, self.latent), seed=self.seed_generator)
        with keras.GradientTape() as tape:
            g_loss = self.loss_fn(ops.zeros((batch, 1)), self.discriminator(self.generator(noise)))
        weights = self.generator.trainable_weights
        self.g_optimizer.apply_gradients(zip(tape.gradient(g_loss, weights), weights, strict=True))
        self.discriminator_loss.update_state(d_loss)
        self.generator_loss.update_state(g_loss)
        return {"d_loss": self.discriminator_loss.result(), "g_loss": self.generator_loss.result()}


def test_two_networks_train_against_each_other() -> None:
    discriminator = keras.Sequential([keras.Input((4,)), layers.Dense(6, activation="leaky_relu"), layers.Dense(1)])
    generator = keras.Sequential([keras.Input((3,)), layers.Dense(6, activation="leaky_relu"), layers.Dense(4)])
    model = Adversaries(discriminator, generator, latent=3)
    model.compile(
        d_optimizer=keras.optimizers.Adam(learning_rate=0.003),
        g_optimizer=keras.optimizers.Adam(learning_rate=0.003),
        loss_fn=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    before = discriminator.get_weights()[0], generator.get_weights()[0]
    history = model.fit(uniform(32, 4), epochs=2, batch_size=8, verbose=0).history
    assert set(history) == {"d_loss", "g_loss"}
    assert not np.array_equal(discriminator.get_weights()[0], before[0])
    assert not np.array_equal(generator.get_weights()[0], before[1])


class Penalty(layers.Layer):
    """Adds a loss for large activity."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(1e-2 * ops.sum(ops.square(inputs)))
        return inputs


def test_a_loop_from_scratch_with_metrics_and_added_losses() -> None:
    given = keras.Input(shape=(4,))
    hidden = Penalty()(layers.Dense(8, activation="relu")(given))
    model = keras.Model(inputs=given, outputs=layers.Dense(3)(hidden))
    optimizer = keras.optimizers.Adam(learning_rate=0.02)
    loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    accuracy = keras.metrics.SparseCategoricalAccuracy()
    points, classes = blobs()
    results = []
    for _epoch in range(6):
        for start in range(0, 90, 15):
            x, y = points[start : start + 15], classes[start : start + 15]
            with keras.GradientTape() as tape:
                logits = model(x, training=True)
                loss = loss_fn(y, logits)
                loss += ops.sum(model.losses)
            gradients = tape.gradient(loss, model.trainable_weights)
            optimizer.apply_gradients(zip(gradients, model.trainable_weights, strict=True))
            accuracy.update_state(y, logits)
        results.append(float(values(accuracy.result())))
        accuracy.reset_state()
    assert len(model.losses) == 1
    assert results[-1] > 0.9
