"""Small nested models for the tests of looking inside: every style in every other."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybrid import Input, Model, Sequential, layers

X = np.sin(np.arange(1, 9, dtype="float32")).reshape(2, 4)


class Block(Model):
    """A subclassed model of two layers."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.dense, self.norm = layers.Dense(4, name="dense"), layers.LayerNormalization(name="norm")

    def call(self, x: Any) -> Any:
        return self.norm(np.tanh(self.dense(x)))


class Net(Model):
    """Calls a subclassed block twice, a functional model, and a Sequential with a block in it."""

    def __init__(self) -> None:
        super().__init__(name="net")
        x = Input((4,))
        self.block = Block(name="block")
        self.branches = Model(x, [layers.Dense(4, name="left")(x), layers.Dense(4, name="right")(x)], name="branches")
        self.stack = Sequential([layers.Dense(4, name="first"), Block(name="deep")], name="stack")
        self.head = layers.Dense(2, name="head")

    def call(self, x: Any) -> Any:
        left, right = self.branches(self.block(x))
        return self.head(self.block(left) + self.stack(right))


def net() -> Net:
    """Make the model, called once."""
    model = Net()
    model(X)
    return model
