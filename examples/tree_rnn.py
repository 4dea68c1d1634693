"""A recursive network over parse trees: it learns what formulas of logic are worth, and is tried on deeper ones.

`call` recurses over Python tuples, so what it computes depends on the values. Such a model runs eagerly, trains with a
tape and with `fit`, clones and saves by its class like any other; only recorded it cannot be.
Run it: python examples/tree_rnn.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

import hybrid as keras
from hybrid import layers, ops

OPERATORS = {"not": 1, "and": 2, "or": 2, "xor": 2}


class TreeRNN(keras.Model):
    """Each operator is a small network that makes the vector of a formula from those of its parts."""

    def __init__(self, width: int = 8, **kwargs):
        super().__init__(**kwargs)
        self.words = layers.Embedding(2, width)
        self.compose = {
            name: keras.Sequential([layers.Dense(2 * width, activation="relu"), layers.Dense(width, activation="tanh")])
            for name in OPERATORS
        }
        self.logit = layers.Dense(1)

    def encode(self, tree):
        if tree in ("true", "false"):
            return self.words(np.array([tree == "true"], "int32"))
        name, *parts = tree
        return self.compose[name](ops.concatenate([self.encode(part) for part in parts], axis=-1))

    def call(self, trees):
        return self.logit(ops.concatenate([self.encode(tree) for tree in trees], axis=0))


class Forest(keras.Model):
    """Lets `fit`, which feeds arrays, feed trees: the array holds their numbers."""

    def __init__(self, network, trees, **kwargs):
        super().__init__(**kwargs)
        self.network, self.trees = network, trees

    def call(self, numbers):
        return self.network([self.trees[int(number)] for number in numbers])


def grow(depth: int, rng: np.random.Generator):
    """Return a random formula whose longest branch has this depth."""
    if depth == 0:
        return str(rng.choice(["true", "false"]))
    name = str(rng.choice(list(OPERATORS)))
    parts = [grow(int(rng.integers(0, depth)), rng) for _ in range(OPERATORS[name] - 1)]
    return (name, grow(depth - 1, rng), *parts)


def value(tree) -> bool:
    if isinstance(tree, str):
        return tree == "true"
    name, *parts = tree
    a, b = value(parts[0]), value(parts[-1])
    return {"not": not a, "and": a and b, "or": a or b, "xor": a != b}[name]


def show(tree) -> str:
    if isinstance(tree, str):
        return tree
    name, *parts = tree
    return f"not {show(parts[0])}" if name == "not" else f"({show(parts[0])} {name} {show(parts[1])})"


def forest(depth: int, count: int, rng: np.random.Generator):
    trees = [grow(depth, rng) for _ in range(count)]
    return trees, np.array([[value(tree)] for tree in trees], "float32")


def accuracy(network: TreeRNN, trees, targets) -> float:
    return float(np.mean((network(trees).numpy() > 0) == (targets > 0.5)))


def train_with_a_tape(network: TreeRNN, trees, targets, epochs: int, rng: np.random.Generator) -> float:
    loss_of = keras.losses.BinaryCrossentropy(from_logits=True)
    optimizer = keras.optimizers.Adam(0.01)
    for _ in range(epochs):
        order = rng.permutation(len(trees))
        for start in range(0, len(order), 16):
            batch = order[start : start + 16]
            with keras.GradientTape() as tape:
                loss = loss_of(targets[batch], network([trees[number] for number in batch]))
            optimizer.apply(tape.gradient(loss, network.trainable_weights), network.trainable_weights)
    return float(loss)


def main() -> None:
    keras.utils.set_random_seed(5)
    rng = np.random.default_rng(0)
    short, short_values = forest(2, 400, rng)
    deep, deep_values = forest(5, 100, rng)
    network = TreeRNN(name="logic")

    begin = time.perf_counter()
    loss = train_with_a_tape(network, short, short_values, epochs=4, rng=rng)
    print(f"tape: loss {loss:.4f}, depth 2: {accuracy(network, short, short_values):.1%}", end="")
    print(f" ({time.perf_counter() - begin:.1f} s)")

    begin = time.perf_counter()
    middle, middle_values = forest(3, 400, rng)
    model = Forest(network, middle)
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss=keras.losses.BinaryCrossentropy(from_logits=True))
    history = model.fit(np.arange(len(middle)), middle_values, batch_size=16, epochs=3, verbose=0).history["loss"]
    print(f"fit:  loss {history[-1]:.4f}, depth 3: {accuracy(network, middle, middle_values):.1%}", end="")
    print(f" ({time.perf_counter() - begin:.1f} s)")

    share = accuracy(network, deep, deep_values)
    print(f"never seen, depth 5: {share:.1%}, for example")
    for tree in sorted(deep, key=lambda tree: len(show(tree)))[:3]:
        print(f"  {show(tree)} is {bool(network([tree]).numpy() > 0)}")
    assert share > 0.95

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "logic.hybrid"
        network.save(path)
        loaded = keras.models.load_model(path, custom_objects={"TreeRNN": TreeRNN})
    np.testing.assert_array_equal(loaded(deep), network(deep))
    print("reloaded: equal")

    try:
        model(keras.Input(()))
    except keras.errors.PlaceholderError as error:
        print(f"recorded: {error}")


if __name__ == "__main__":
    main()
