"""From plans to pictures: a U-Net built functionally against a PatchGAN built as a subclass, trained with two tapes.

The plans say where shapes are, the pictures how they look: coloured and shaded. Isola et al. 2017, "Image-to-Image
Translation with Conditional Adversarial Networks".
Run it: python examples/pix2pix.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

import hybrid as keras
from hybrid import layers, ops

SIZE, KINDS = 16, 3
COLOURS = np.array([[0.9, 0.3, -0.7], [-0.6, 0.7, -0.2], [-0.4, 0.1, 0.9]], "float32")


def make_generator(widths: tuple[int, ...] = (12, 24, 32)) -> keras.Model:
    """Down with strided convolutions, up with transposed ones, and each size joined with itself."""
    plan = keras.Input((SIZE, SIZE, KINDS), name="plan")
    x, skips = plan, []
    for width in widths:
        skips.append(x)
        x = layers.Conv2D(width, 4, strides=2, padding="same", use_bias=False)(x)
        x = layers.LeakyReLU(0.2)(layers.BatchNormalization(momentum=0.8)(x))
    for width, skip in zip(widths[-2::-1] + widths[:1], reversed(skips), strict=True):
        x = layers.Conv2DTranspose(width, 4, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.8)(x))
        x = layers.Concatenate()([x, skip])
    picture = layers.Conv2D(3, 3, padding="same", activation="tanh", name="picture")(x)
    return keras.Model(plan, picture, name="u_net")


class PatchGAN(keras.Model):
    """Judges each patch of a picture, given the plan: one logit for every patch."""

    def __init__(self, widths: tuple[int, ...] = (12, 24), **kwargs):
        super().__init__(**kwargs)
        self.blocks = [
            [
                layers.Conv2D(width, 4, strides=2, padding="same"),
                layers.BatchNormalization(momentum=0.8) if number else None,
            ]
            for number, width in enumerate(widths)
        ]
        self.judge = layers.Conv2D(1, 3, padding="same")

    def call(self, plan, picture, training=None):
        x = ops.concatenate([plan, picture], axis=-1)
        for convolution, normalization in self.blocks:
            x = convolution(x)
            if normalization is not None:
                x = normalization(x, training=training)
            x = ops.leaky_relu(x, 0.2)
        return self.judge(x)


class Pix2Pix:
    """One training step: the generator's tape and the discriminator's watch the same forward pass."""

    def __init__(self, generator: keras.Model, discriminator: keras.Model, weight: float = 50.0):
        self.generator, self.discriminator, self.weight = generator, discriminator, weight
        self.generator_optimizer = keras.optimizers.Adam(2e-3, beta_1=0.5)
        self.discriminator_optimizer = keras.optimizers.Adam(2e-3, beta_1=0.5)
        self.entropy = keras.losses.BinaryCrossentropy(from_logits=True)

    def step(self, plan, picture) -> dict[str, float]:
        with keras.GradientTape() as generator_tape, keras.GradientTape() as discriminator_tape:
            made = self.generator(plan, training=True)
            real = self.discriminator(plan, picture, training=True)
            fake = self.discriminator(plan, made, training=True)
            distance = ops.mean(ops.abs(picture - made))
            generator_loss = self.entropy(ops.ones_like(fake), fake) + self.weight * distance
            discriminator_loss = self.entropy(ops.ones_like(real), real) + self.entropy(ops.zeros_like(fake), fake)
        weights = self.generator.trainable_weights
        self.generator_optimizer.apply(generator_tape.gradient(generator_loss, weights), weights)
        weights = self.discriminator.trainable_weights
        self.discriminator_optimizer.apply(discriminator_tape.gradient(discriminator_loss, weights), weights)
        return {"L1": float(distance), "generator": float(generator_loss), "discriminator": float(discriminator_loss)}


def draw(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return plans (which kind of shape is where) and pictures (its colour, lit from the upper left corner)."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    light = (1.2 - (rows + columns) / (2 * SIZE)).astype("float32")[..., None]
    plans = np.zeros((count, SIZE, SIZE, KINDS), "float32")
    pictures = np.full((count, SIZE, SIZE, 3), -0.9, "float32")
    for number in range(count):
        for kind in rng.permutation(KINDS)[: rng.integers(1, KINDS + 1)]:
            row, column, radius = rng.integers(3, SIZE - 3), rng.integers(3, SIZE - 3), rng.integers(2, 5)
            distances = [abs(rows - row), abs(columns - column)]
            distance = [np.maximum(*distances), np.hypot(*distances), np.add(*distances)][kind]
            inside = (distance <= radius)[..., None]
            plans[number] = np.where(inside, np.eye(KINDS, dtype="float32")[kind], plans[number])
            pictures[number] = np.where(inside, np.clip(COLOURS[kind] * light, -1, 1), pictures[number])
    return plans, pictures


def shown(picture: np.ndarray) -> list[str]:
    """Return a picture as text: the strongest colour of each pixel, capital where it is light."""
    names = np.array([[" ", "r", "g", "b"], [" ", "R", "G", "B"]])
    strongest = np.where(picture.max(-1) > -0.2, picture.argmax(-1) + 1, 0)
    return ["".join(row) for row in names[(picture.max(-1) > 0.6).astype(int), strongest]]


def main() -> None:
    keras.utils.set_random_seed(4)
    rng = np.random.default_rng(2)
    generator, discriminator = make_generator(), PatchGAN(name="patch_gan")
    trainer = Pix2Pix(generator, discriminator)
    test_plans, test_pictures = draw(16, rng)

    def distance() -> float:
        return float(np.mean(np.abs(generator(test_plans).numpy() - test_pictures)))

    untrained, begin = distance(), time.perf_counter()
    for step in range(1, 121):
        logs = trainer.step(*draw(8, rng))
        if step in (1, 40, 80, 120):
            print(f"step {step:3d}  " + "  ".join(f"{name} {figure:6.3f}" for name, figure in logs.items()))
    print(f"L1 on new plans: {untrained:.3f} before, {distance():.3f} after {time.perf_counter() - begin:.1f} s")
    assert distance() < 0.4 * untrained

    made = generator(test_plans[:1]).numpy()[0]
    print(f"\n{'drawn':<{SIZE}}   made")
    print("\n".join(f"{left}   {right}" for left, right in zip(shown(test_pictures[0]), shown(made), strict=True)))

    patches = discriminator(test_plans, test_pictures)
    assert patches.shape == (16, 4, 4, 1), "a logit for each patch"
    with tempfile.TemporaryDirectory() as folder:
        generator.save(Path(folder) / "u_net.hybrid")
        discriminator.save(Path(folder) / "patch_gan.hybrid")
        loaded = keras.models.load_model(Path(folder) / "u_net.hybrid")
        judge = keras.models.load_model(Path(folder) / "patch_gan.hybrid", custom_objects={"PatchGAN": PatchGAN})
    np.testing.assert_array_equal(loaded(test_plans), generator(test_plans))
    np.testing.assert_array_equal(judge(test_plans, test_pictures), patches)
    print("\nreloaded: equal")


if __name__ == "__main__":
    main()
