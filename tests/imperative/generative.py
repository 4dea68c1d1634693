"""Models that make things: autoencoders, a VAE, GANs with steps of their own, a flow, a denoiser."""

from __future__ import annotations

from typing import Any

import numpy as np

import hybrid
from hybrid import GradientTape, Model, Sequential, layers, losses, metrics, ops, random
from tests.imperative.entry import BINARY_CROSSENTROPY, Entry, collector, real

ENTRIES: list[Entry] = []
entry = collector(ENTRIES)


class Autoencoder(Model):
    """Encoder and decoder as Sequentials, with methods of their own."""

    def __init__(self, latent_dim, shape):
        super().__init__()
        self.latent_dim, self.shape = latent_dim, shape
        self.encoder = Sequential([layers.Flatten(), layers.Dense(latent_dim, activation="relu")])
        self.decoder = Sequential([layers.Dense(int(np.prod(shape)), activation="sigmoid"), layers.Reshape(shape)])

    def encode(self, x):
        return self.encoder(x)

    def decode(self, code):
        return self.decoder(code)

    def call(self, x):
        return self.decode(self.encode(x))


@entry(real(6, 4, 4), targets=real(6, 4, 4) / 2 + 0.5)
def autoencoder() -> Model:
    return Autoencoder(3, (4, 4))


class ConvolutionalAutoencoder(Model):
    """Encoder and decoder as subclassed models that name each other's sizes."""

    class Encoder(Model):
        """Two strided convolutions."""

        def __init__(self, filters):
            super().__init__()
            self.convs = [layers.Conv2D(f, 3, strides=2, padding="same", activation="relu") for f in filters]

        def call(self, x):
            for conv in self.convs:
                x = conv(x)
            return x

    class Decoder(Model):
        """The way back."""

        def __init__(self, filters):
            super().__init__()
            self.convs = [layers.Conv2DTranspose(f, 3, strides=2, padding="same", activation="relu") for f in filters]
            self.out = layers.Conv2D(1, 3, padding="same")

        def call(self, x):
            for conv in self.convs:
                x = conv(x)
            return self.out(x)

    def __init__(self, filters=(3, 2)):
        super().__init__()
        self.encoder = self.Encoder(filters)
        self.decoder = self.Decoder(filters[::-1])

    def call(self, images):
        return self.decoder(self.encoder(images))


@entry(real(3, 4, 4, 1), targets=real(3, 4, 4, 1))
def convolutional_autoencoder() -> Model:
    return ConvolutionalAutoencoder()


class Sampling(layers.Layer):
    """Draws the latent code."""

    def __init__(self, seed=1337, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, inputs):
        mean, log_variance = inputs
        noise = random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


class VAE(Model):
    """A variational autoencoder that adds its own divergence (Kingma and Welling 2014)."""

    def __init__(self, original_dim, hidden=6, latent=2, name="vae", **kwargs):
        super().__init__(name=name, **kwargs)
        self.project = layers.Dense(hidden, activation="relu")
        self.mean, self.log_variance = layers.Dense(latent, name="mean"), layers.Dense(latent, name="log_variance")
        self.sampling = Sampling()
        self.decoder = Sequential([layers.Dense(hidden, activation="relu"), layers.Dense(original_dim)], name="decoder")

    def call(self, inputs):
        hidden = self.project(inputs)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        divergence = -0.5 * ops.mean(log_variance - ops.square(mean) - ops.exp(log_variance) + 1)
        self.add_loss(0.01 * divergence)
        return self.decoder(self.sampling((mean, log_variance)))


@entry(real(8, 5), targets=real(8, 5), stochastic=True, learning_rate=0.03)
def variational_autoencoder() -> Model:
    return VAE(5)


class VAEWithSteps(Model):
    """The same idea with `train_step` and metrics of its own, as in the guide."""

    def __init__(self, encoder, decoder, **kwargs):
        super().__init__(**kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.sampling = Sampling(seed=5)
        self.total_tracker = metrics.Mean(name="loss")
        self.reconstruction_tracker = metrics.Mean(name="reconstruction")

    @property
    def metrics(self) -> Any:
        return [self.total_tracker, self.reconstruction_tracker]

    def call(self, inputs):
        statistics = self.encoder(inputs)
        return self.decoder(self.sampling((statistics[:, :2], statistics[:, 2:])))

    def train_step(self, data):
        data = data[0] if isinstance(data, tuple) else data
        with GradientTape() as tape:
            reconstruction = ops.mean(ops.square(data - self(data, training=True)))
            loss = reconstruction + 1e-3 * ops.mean(ops.square(self.encoder(data)))
        self.optimizer.apply(tape.gradient(loss, self.trainable_weights), self.trainable_weights)
        self.total_tracker.update_state(loss)
        self.reconstruction_tracker.update_state(reconstruction)
        return {metric.name: metric.result() for metric in self.metrics}


@entry(
    real(8, 5),
    stochastic=True,
    loss=None,
    compile=lambda model: model.compile(optimizer=hybrid.optimizers.Adam(0.02)),
)
def vae_with_a_train_step() -> Model:
    encoder = Sequential([layers.Dense(6, activation="relu"), layers.Dense(4)], name="encoder")
    return VAEWithSteps(encoder, layers.Dense(5, name="decoder"))


class GAN(Model):
    """Two models, two optimizers, a `compile` and a `train_step` of its own (Goodfellow et al. 2014)."""

    def __init__(self, generator, discriminator, latent_dim):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim = latent_dim
        self.seed_generator = random.SeedGenerator(42)

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

    def call(self, images):
        batch = ops.shape(images)[0]
        noise = random.normal((batch, self.latent_dim), seed=self.seed_generator)
        return self.generator(noise), self.discriminator(images)

    def train_step(self, real_images):
        if isinstance(real_images, tuple):
            real_images = real_images[0]
        batch = ops.shape(real_images)[0]
        noise = random.normal((batch, self.latent_dim), seed=self.seed_generator)
        images = ops.concatenate([self.generator(noise), real_images], axis=0)
        labels = ops.concatenate([ops.ones((batch, 1)), ops.zeros((batch, 1))], axis=0)
        with GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(images))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply(tape.gradient(d_loss, weights), weights)
        noise = random.normal((batch, self.latent_dim), seed=self.seed_generator)
        with GradientTape() as tape:
            g_loss = self.loss_fn(ops.zeros((batch, 1)), self.discriminator(self.generator(noise)))
        weights = self.generator.trainable_weights
        self.g_optimizer.apply(tape.gradient(g_loss, weights), weights)
        return {"d_loss": d_loss, "g_loss": g_loss}


def compile_gan(model: Any) -> None:
    model.compile(hybrid.optimizers.Adam(0.01), hybrid.optimizers.Adam(0.01), BINARY_CROSSENTROPY)


@entry(real(6, 4, 4, 1), loss=None, stochastic=True, compile=compile_gan)
def gan_with_a_train_step() -> Model:
    generator = Sequential([layers.Dense(16, activation="tanh"), layers.Reshape((4, 4, 1))], name="generator")
    discriminator = Sequential(
        [layers.Conv2D(2, 3, strides=2), layers.LeakyReLU(0.2), layers.Flatten(), layers.Dense(1)],
        name="discriminator",
    )
    return GAN(generator, discriminator, latent_dim=3)


class Coupling(layers.Layer):
    """Changes one half by what the other says, so that it can be undone (Dinh et al. 2017)."""

    def __init__(self, hidden, flip):
        super().__init__()
        self.hidden, self.flip = hidden, flip

    def build(self, input_shape):
        half = input_shape[-1] // 2
        self.net = Sequential([layers.Dense(self.hidden, activation="tanh"), layers.Dense(2 * half)])

    def call(self, x):
        half = x.shape[-1] // 2
        kept, changed = (x[:, half:], x[:, :half]) if self.flip else (x[:, :half], x[:, half:])
        scale, shift = ops.split(self.net(kept), 2, axis=-1)
        scale = ops.tanh(scale)
        changed = changed * ops.exp(scale) + shift
        outputs = [changed, kept] if self.flip else [kept, changed]
        return ops.concatenate(outputs, axis=-1), ops.sum(scale, axis=-1)


class RealNVP(Model):
    """A normalizing flow: the code, and the logarithm of its likelihood, which becomes the loss."""

    def __init__(self, steps=3, hidden=5):
        super().__init__()
        self.steps = [Coupling(hidden, flip=bool(step % 2)) for step in range(steps)]

    def call(self, x):
        log_determinant = 0.0
        for step in self.steps:
            x, change = step(x)
            log_determinant = log_determinant + change
        log_likelihood = -0.5 * ops.sum(ops.square(x), axis=-1) + log_determinant
        self.add_loss(-ops.mean(log_likelihood))
        return x, log_likelihood


@entry(
    real(6, 4), targets=(np.zeros((6, 4), "float32"), np.zeros(6, "float32")), loss=("mse", None), learning_rate=0.02
)
def normalizing_flow() -> Model:
    return RealNVP()


class Denoiser(Model):
    """Says what noise was added at a time, which comes as sines and cosines (Ho et al. 2020)."""

    def __init__(self, width=8, depth=2):
        super().__init__()
        self.frequencies = np.exp(np.linspace(0, 3, width // 2)).astype("float32")
        self.enter = layers.Dense(width)
        self.times = [layers.Dense(width, name=f"time_{number}") for number in range(depth)]
        self.blocks = [Sequential([layers.Dense(width, activation="swish"), layers.Dense(width)]) for _ in range(depth)]
        self.norm = layers.RMSNormalization()
        self.out = layers.Dense(2, kernel_initializer="zeros")

    def call(self, noisy, times):
        angles = times[:, None] * self.frequencies
        embedded = ops.concatenate([ops.sin(angles), ops.cos(angles)], axis=-1)
        x = self.enter(noisy)
        for time, block in zip(self.times, self.blocks, strict=True):
            x = x + block(x + time(embedded))
        return self.out(self.norm(x))


@entry(real(6, 2), np.linspace(0, 1, 6, dtype="float32"), targets=real(6, 2, phase=1.0))
def denoiser_with_times() -> Model:
    return Denoiser()


class Energy(Model):
    """A network whose gradient is used inside `call`: the force is the derivative of an energy."""

    def __init__(self, hidden=6):
        super().__init__()
        self.net = Sequential([layers.Dense(hidden, activation="tanh"), layers.Dense(1, use_bias=False)])

    def call(self, positions):
        return -hybrid.grad(lambda x: ops.sum(self.net(x)))(positions)


@entry(real(5, 3), targets=real(5, 3, phase=1.0), learning_rate=0.03)
def force_as_a_gradient() -> Model:
    return Energy()


class Perceptual(Model):
    """Holds a frozen network that only its loss uses."""

    def __init__(self):
        super().__init__()
        self.generator = layers.Dense(5)
        self.critic = Sequential([layers.Dense(4, activation="relu")], name="critic")
        self.critic.trainable = False
        self.measure = losses.MeanAbsoluteError()

    def call(self, x):
        made = self.generator(x)
        self.add_loss(0.5 * self.measure(self.critic(x), self.critic(made)))
        return made


@entry(real(6, 5), targets=real(6, 5))
def frozen_part_in_a_loss() -> Model:
    return Perceptual()
