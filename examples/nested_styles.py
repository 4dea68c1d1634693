"""Sequential, functional and subclassed models, each inside each, three deep, with masks: all 27 behave alike.

Each model reads padded sentences; the mask that the embedding makes must reach the pooling at the end through all three
levels. Each is cloned, rebuilt from its configuration, saved and reloaded, and compared.
Run it: python examples/nested_styles.py
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

import numpy as np

import hybrid as keras
from hybrid import layers, ops

VOCABULARY, LENGTH, WIDTH = 12, 6, 8


def sequential(inner):
    return keras.Sequential(
        [keras.Input((LENGTH, WIDTH)), layers.Dense(WIDTH, activation="tanh"), inner, layers.LayerNormalization()],
        name="sequential",
    )


def functional(inner):
    x = keras.Input((LENGTH, WIDTH), name="sentence")
    gate = layers.Dense(WIDTH, activation="sigmoid", name="gate")(x)
    return keras.Model(x, gate * inner(x) + (1 - gate) * x, name="functional")


class Residual(keras.Model):
    """A subclass that is given the model inside; nothing else is needed to clone and save it."""

    def __init__(self, inner, rate: float = 0.1, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner
        self.blocks = [layers.Dense(WIDTH, activation="relu"), layers.Dropout(rate, seed=1)]

    def call(self, x, training=None):
        hidden = self.inner(x)
        for block in self.blocks:
            hidden = block(hidden, training=training)
        return x + hidden


def subclassed(inner):
    return Residual(inner, name="subclassed")


class MaskedMean(layers.Layer):
    """The mean over the words that are there."""

    def call(self, x, mask=None):
        assert mask is not None, "the mask was lost on the way"
        there = ops.cast(mask, x.dtype)[..., None]
        return ops.sum(x * there, axis=1) / ops.sum(there, axis=1)


STYLES = {"sequential": sequential, "functional": functional, "subclassed": subclassed}
CLASSES = {"Residual": Residual, "MaskedMean": MaskedMean}


def make(outer: str, middle: str, innermost: str) -> keras.Model:
    """Put a layer that needs the mask into a model, that into another, and that into a third."""
    inner = layers.GRU(WIDTH, return_sequences=True, name="core")
    for style in (innermost, middle, outer):
        inner = STYLES[style](inner)
    words = keras.Input((LENGTH,), dtype="int32", name="words")
    embedded = layers.Embedding(VOCABULARY, WIDTH, mask_zero=True, name="embedding")(words)
    return keras.Model(words, layers.Dense(2, name="head")(MaskedMean(name="mean")(inner(embedded))), name="reader")


def copies(model: keras.Model) -> dict[str, keras.Model]:
    with tempfile.TemporaryDirectory() as folder, keras.saving.custom_object_scope(CLASSES):
        path = Path(folder) / "model.hybrid"
        model.save(path)
        made = {
            "clone": keras.models.clone_model(model),
            "config": keras.Model.from_config(model.get_config()),
            "JSON": keras.models.model_from_json(model.to_json()),
            "file": keras.models.load_model(path),
        }
    for how in ("clone", "config", "JSON"):
        made[how].set_weights(model.get_weights())
    return made


def sentences(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return sentences of several lengths; whether the first word comes again is to be found out."""
    words = rng.integers(1, VOCABULARY, (256, LENGTH)).astype("int32")
    words[np.arange(LENGTH) >= rng.integers(2, LENGTH + 1, (256, 1))] = 0
    return words, np.any(words[:, 1:] == words[:, :1], axis=1).astype("int32")


def main() -> None:
    keras.utils.set_random_seed(1)
    words, targets = sentences(np.random.default_rng(0))
    print(f"{'outer':<12} {'middle':<12} {'inner':<12} {'weights':>7} {'parameters':>10} {'loss':>15}  copies")
    for styles in itertools.product(STYLES, repeat=3):
        model = make(*styles)
        model.compile(
            optimizer=keras.optimizers.Adam(0.02), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        )
        losses = model.fit(words, targets, epochs=2, batch_size=64, verbose=0).history["loss"]
        expected = model(words).numpy()

        paths = [weight.path for weight in model.weights]
        assert len(set(paths)) == len(paths), "each weight has a path of its own"
        core = next(weight.path for weight in model.weights if "core" in weight.path)
        assert all(core.count(style) == styles.count(style) for style in STYLES), "which names all the levels"

        outcome = {how: np.array_equal(copy(words).numpy(), expected) for how, copy in copies(model).items()}
        table = model.get_layer("embedding").embeddings
        table.assign(np.vstack([np.full((1, WIDTH), 3.0), table.numpy()[1:]]))
        assert np.array_equal(model(words).numpy(), expected), "what stands in the padding does not count"
        print(
            f"{styles[0]:<12} {styles[1]:<12} {styles[2]:<12} {len(paths):>7} {model.count_params():>10,} "
            f"{losses[0]:>6.3f} -> {losses[-1]:.3f}  {', '.join(how for how, equal in outcome.items() if equal)}"
        )
        assert all(outcome.values()) and losses[-1] < losses[0]

    print()
    make("subclassed", "functional", "sequential").summary(expand_nested=True)


if __name__ == "__main__":
    main()
