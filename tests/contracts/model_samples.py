"""Models that the laws of `test_models.py` are tried on: the three styles, and each of them in each, three deep.

A sample makes the same model whenever it is called, in any process.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import numpy as np

import hybrid
from hybrid import Input, Model, Sequential, Variable, layers, ops
from hybrid.saving import register_keras_serializable


class Sample(NamedTuple):
    """How to make a model, and arrays it can be called on; the first axis of every array is the batch."""

    make: Callable[[], Model]
    inputs: Any


SAMPLES: dict[str, Sample] = {}


def array(*shape: int) -> np.ndarray[Any, Any]:
    """Return different numbers of both signs; equal shapes give equal arrays."""
    size = int(np.prod(shape))
    return np.sin(1.7 * np.arange(1, size + 1, dtype="float32")).reshape(shape)


def sample(inputs: Any = None) -> Callable[[Callable[[], Model]], Callable[[], Model]]:
    def register(make: Callable[[], Model]) -> Callable[[], Model]:
        SAMPLES[make.__name__] = Sample(make, array(5, 4) if inputs is None else inputs)
        return make

    return register


serializable = register_keras_serializable("samples")


# -- layers of a user's own -------------------------------------------------------------------------------------------


@serializable
class Scale(layers.Layer):
    """Has a weight that is made in build, and one that is not trained and moves while training."""

    def build(self, input_shape: Any) -> None:
        self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, inputs: Any, training: bool = False) -> Any:
        if training:
            self.calls.assign_add(1.0)
            return inputs * self.factor * 2
        return inputs * self.factor


@serializable
class Mix(layers.Layer):
    """Takes several arguments: tensors by position and by keyword, a structure, and plain values."""

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.first = layers.Dense(units)
        self.second = layers.Dense(units)

    def call(self, left: Any, right: Any, *, gate: Any = None, factor: float = 1.0, more: Any = ()) -> Any:
        mixed = self.first(left) + factor * self.second(right)
        for item in more:
            mixed = mixed + item
        return mixed if gate is None else mixed * ops.sigmoid(gate)


@serializable
class Split(layers.Layer):
    """Returns a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, inputs: Any) -> dict[str, Any]:
        hidden = self.dense(inputs)
        return {"low": hidden[:, :2], "high": hidden[:, 2:], "both": (hidden, inputs)}


@serializable
class PositiveMask(layers.Layer):
    """Makes a mask: true where the first feature is positive."""

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        return inputs[..., 0] > 0

    def call(self, inputs: Any) -> Any:
        return inputs * 1.0


@serializable
class MaskedMean(layers.Layer):
    """Uses a mask: the mean over axis 1 of what is real."""

    def call(self, inputs: Any, mask: Any = None) -> Any:
        if mask is None:
            return ops.mean(inputs, axis=1)
        weights = ops.cast(mask, "float32")[..., None]
        return ops.sum(inputs * weights, axis=1) / (ops.sum(weights, axis=1) + 1.0)


@serializable
def shifted_square(x: Any) -> Any:
    return (x + 1) ** 2


# -- Sequential -------------------------------------------------------------------------------------------------------


@sample()
def sequential_with_input() -> Model:
    return Sequential([Input((4,)), layers.Dense(3, activation="relu"), layers.Dense(2)])


@sample()
def sequential_without_input() -> Model:
    return Sequential([layers.Dense(3, activation=shifted_square), Scale(), layers.Dense(2, use_bias=False)])


@sample()
def sequential_added() -> Model:
    model = Sequential(name="grown")
    for units in (5, 3):
        model.add(layers.Dense(units))
    model.add(layers.Dense(2, name="head"))
    return model


@sample()
def sequential_with_one_layer_twice() -> Model:
    shared = layers.Dense(4, activation="tanh")
    return Sequential([Input((4,)), shared, Scale(), shared])


# -- functional -------------------------------------------------------------------------------------------------------


@sample([array(5, 4), array(5, 3)])
def functional_of_lists() -> Model:
    a, b = Input((4,), name="a"), Input((3,), name="b")
    hidden = layers.Dense(4)(a) + layers.Dense(4)(b)
    return Model([a, b], [hidden, layers.Dense(2)(hidden)], name="lists")


@sample((array(5, 4), array(5, 3)))
def functional_of_tuples() -> Model:
    a, b = Input((4,)), Input((3,))
    return Model((a, b), (layers.Dense(3)(a) * b, (b, a)))


@sample({"wide": array(5, 4), "deep": [array(5, 3), array(5, 2)]})
def functional_of_dicts() -> Model:
    wide, deep, deeper = Input((4,), name="wide"), Input((3,), name="x"), Input((2,), name="y")
    hidden = ops.concatenate([layers.Dense(3)(wide), layers.Dense(3)(deep), deeper], axis=-1)
    return Model(
        {"wide": wide, "deep": [deep, deeper]},
        {"score": layers.Dense(1, name="score")(hidden), "aside": [hidden, {"again": hidden * 2}]},
    )


@sample({"b": array(5, 3), "a": array(5, 4)})
def functional_of_an_unsorted_dict() -> Model:
    b, a = Input((3,), name="b"), Input((4,), name="a")
    return Model({"b": b, "a": a}, {"z": layers.Dense(2)(b), "y": layers.Dense(3)(a)})


@sample([array(5, 4), array(5, 4)])
def functional_shared_layers() -> Model:
    a, b = Input((4,)), Input((4,))
    shared = layers.Dense(3, name="shared")
    block = Sequential([layers.Dense(3), Scale()], name="block")
    left, right = block(shared(a)), block(shared(b))
    return Model([a, b], left * right + block(left))


@sample()
def functional_raw_operations() -> Model:
    x = Input((4,))
    hidden = np.tanh(x) @ array(4, 3) + np.where(x[:, :3] > 0, x[:, 1:], 0.5)
    hidden = ops.softmax(hidden, axis=-1) - np.mean(hidden, axis=-1, keepdims=True)
    hidden = np.concatenate([hidden, hidden[:, ::-1], hidden.sum(axis=1)[:, None]], axis=1)
    return Model(x, hidden[..., None, 1:5].reshape((-1, 2, 2)))


@sample()
def functional_with_shapes() -> Model:
    x = Input((4,))
    batch, features = ops.shape(x)
    return Model(x, ops.reshape(layers.Dense(6)(x), (batch, 2, 3)) + features + ops.cast(batch, "float32"))


@sample()
def functional_with_variables() -> Model:
    x = Input((4,))
    bias = Variable(array(4), name="bias")
    scale = Variable(2.0, name="scale", trainable=False)
    return Model(x, layers.Dense(4)(x) * scale + bias + bias)


@sample()
def functional_with_an_unused_input() -> Model:
    x = Input((4,), name="x")
    return Model(x, [x, layers.Dense(2)(x), x])


@sample([array(5, 4), array(5, 4), array(5, 3)])
def functional_calls_with_keywords() -> Model:
    a, b, gate = Input((4,)), Input((4,)), Input((3,))
    mixed = Mix(3)(a, b, gate=gate, factor=0.5, more=[gate, (gate * 2)])
    return Model([a, b, gate], mixed)


@sample()
def functional_structured_output() -> Model:
    x = Input((4,))
    parts = Split()(x)
    return Model(x, {**parts, "sum": parts["low"] + parts["high"]})


@sample()
def functional_training_says_itself() -> Model:
    x = Input((4,))
    return Model(x, Scale()(Scale()(x), training=True) + Scale()(x, training=False))


@sample(array(5, 3, 4))
def functional_with_masks() -> Model:
    x = Input((3, 4))
    hidden = layers.Dense(4)(PositiveMask()(x)) * 2 + 1
    return Model(x, MaskedMean()(hidden))


@sample(array(5, 3, 4))
def masks_through_nested_models() -> Model:
    x = Input((3, 4))
    inner_input = Input((3, 4))
    inner = Model(inner_input, layers.Dense(4)(inner_input) + 1)
    masked = PositiveMask()(x)
    sequential = Sequential([layers.Dense(4), layers.Dense(4)])
    return Model(x, MaskedMean()(sequential(inner(masked))) + MaskedMean()(inner(masked)))


@sample(array(5, 3))
def functional_from_the_middle() -> Model:
    x = Input((4,))
    hidden = layers.Dense(3)(layers.Dense(5)(x))
    return Model(hidden, [hidden, layers.Dense(2)(hidden) + 1])


@sample()
def functional_double_precision() -> Model:
    x = Input((4,), dtype="float64")
    return Model(x, layers.Dense(3, dtype="float64")(x))


# -- subclassed -------------------------------------------------------------------------------------------------------


@serializable
class Blocks(Model):
    """Keeps layers in lists and dicts, one of them in both; branches on training."""

    def __init__(self, depth: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.blocks = [layers.Dense(4, activation="relu") for _ in range(depth)]
        self.heads = {"mean": layers.Dense(2), "first": self.blocks[0], "deep": {"er": (Scale(), Scale())}}

    def call(self, inputs: Any, training: bool = False) -> Any:
        for block in self.blocks:
            inputs = block(inputs)
        if training:
            inputs = inputs + 1
        inputs = self.heads["deep"]["er"][0](self.heads["first"](inputs))
        return self.heads["mean"](self.heads["deep"]["er"][1](inputs))


@sample()
def subclassed_with_lists_and_dicts() -> Model:
    return Blocks(3)


@serializable
class LateBuilder(Model):
    """Makes its layers in build."""

    def build(self, input_shape: Any) -> None:
        self.inner = layers.Dense(input_shape[-1])
        self.bias = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="bias")

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs) + self.bias


@sample()
def subclassed_built_late() -> Model:
    return LateBuilder()


@serializable
class TwoTowers(Model):
    """Takes a dict and returns a tuple; the same tower sees both."""

    def __init__(self, tower: Any, name: str | None = None):
        super().__init__(name=name)
        self.tower = tower

    def call(self, inputs: dict[str, Any]) -> Any:
        left, right = self.tower(inputs["left"]), self.tower(inputs["right"])
        return left * right, {"left": left}


@sample({"left": array(5, 4), "right": array(5, 4)[::-1]})
def subclassed_of_a_dict() -> Model:
    return TwoTowers(Sequential([layers.Dense(3), Scale()]))


@serializable
class Residual(Model):
    """Calls what it is given, and adds the input."""

    def __init__(self, inner: Any, factor: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.before = layers.Dense(4)
        self.inner = inner
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        return inputs + self.factor * self.inner(np.tanh(self.before(inputs)))


@sample()
def subclassed_shares_what_it_is_given() -> Model:
    shared = layers.Dense(4, name="shared")
    return Sequential([Input((4,)), Residual(shared), Residual(shared, 0.5), shared])


@serializable
class FunctionalSubclass(Model):
    """A subclass whose constructor makes a graph."""

    def __init__(self, units: int = 3, **kwargs: Any):
        x = Input((4,))
        super().__init__(inputs=x, outputs=layers.Dense(units)(x) + 1, **kwargs)
        self.units = units


@sample()
def subclassed_owning_a_graph() -> Model:
    return FunctionalSubclass(2)


# -- each in each, three deep -----------------------------------------------------------------------------------------


def in_sequential(inner: Any) -> Model:
    return Sequential([Input((4,)), layers.Dense(4), inner, layers.Dense(4)])


def in_functional(inner: Any) -> Model:
    x = Input((4,))
    hidden = layers.Dense(4)(x)
    return Model(x, inner(hidden) + inner(x) * 0.5)


STYLES: dict[str, Callable[[Any], Model]] = {
    "sequential": in_sequential,
    "functional": in_functional,
    "subclassed": Residual,
}


def nested(*styles: str) -> Callable[[], Model]:
    def make() -> Model:
        inner: Any = Scale()
        for style in styles:
            inner = STYLES[style](inner)
        return inner

    return make


for _styles in product(STYLES, repeat=3):
    SAMPLES["_in_".join(_styles)] = Sample(nested(*_styles), array(5, 4))


def seeded(name: str) -> Model:
    """Make the model of a sample and build it; its weights are the same every time."""
    hybrid.utils.set_random_seed(7)
    model = SAMPLES[name].make()
    model(SAMPLES[name].inputs)
    return model
