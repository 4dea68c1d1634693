"""Small models for the tests of looking inside, and how their recorded form is compared with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybrid import Input, Model, Sequential, layers
from hybrid.models import to_functional
from tests.comparing import assert_equal, values

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


def model_of(call: Any, **parts: Any) -> Any:
    """Make a model of a function `call(self, ...)`, with parts as attributes."""

    model = type("Made", (Model,), {"call": call})()
    for name, part in parts.items():
        setattr(model, name, part)
    return model


def check(model: Any, *args: Any, as_one: Any = None, training: bool = False, **kwargs: Any) -> Any:
    """Compare the recorded form with an eager call, bit for bit, and what both leave behind; return the first."""
    model(*args, **kwargs)
    state = [variable.numpy() for variable in model.variables]
    expected = values(model(*args, **kwargs, training=training))
    losses, after = values(model.losses), [variable.numpy() for variable in model.variables]
    give(model, state)
    functional = to_functional(model)
    one = as_one if as_one is not None else args[0] if len(args) == 1 and not kwargs else list(args)
    assert_equal(functional(one, training=training), expected)
    assert_equal(values(functional.losses), losses)
    assert_equal([variable.numpy() for variable in model.variables], after)
    give(model, state)
    return functional


def give(model: Any, state: list[Any]) -> None:
    for variable, value in zip(model.variables, state, strict=True):
        variable.assign(value)
