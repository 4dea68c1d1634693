"""Models with faults, each with what `check` must find: kinds, paths and words, in order and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from hybrid import Input, Layer, Model, Sequential, layers, losses, ops


class Fault(NamedTuple):
    """What must be found: the kind, the path of the layer, and words of the message or the line of `call`."""

    kind: str
    path: str
    words: str = ""


class Faulty(NamedTuple):
    """How to make a model, what it is checked with, and what must be found."""

    make: Callable[[], Any]
    specs: tuple[Any, ...]
    y: Any
    faults: tuple[Fault, ...]


FAULTY: dict[str, Faulty] = {}


def faulty(*specs: Any, faults: list[Fault], y: Any = None) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def register(make: Callable[[], Any]) -> Callable[[], Any]:
        FAULTY[make.__name__] = Faulty(make, specs, y, tuple(faults))
        return make

    return register


def model_of(call: Callable[..., Any], name: str = "net", **parts: Any) -> Any:
    """Make a subclassed model with layers in attributes."""
    model = type(name.capitalize(), (Model,), {"call": call})(name=name)
    for key, part in parts.items():
        setattr(model, key, part)
    return model


def built(layer: Any, *shape: int) -> Any:
    """Build a layer for inputs of a shape."""
    layer(np.ones((2, *shape), "float32"))
    return layer


dense = layers.Dense

# -- shapes and dtypes ------------------------------------------------------------------------------------------------


@faulty((None, 8), faults=[Fault("shape", "net", "self.a(x) + self.b(x)")])
def branches_of_two_widths() -> Any:
    def call(self, x):
        return self.a(x) + self.b(x)

    return model_of(call, a=dense(4), b=dense(3))


@faulty((None, 8), faults=[Fault("shape", "net", "self.a(x) + self.b(x)"), Fault("shape", "net", "+ self.b(x)")])
def two_independent_clashes() -> Any:
    def call(self, x):
        y = self.c(self.a(x) + self.b(x))
        return y + self.b(x)

    return model_of(call, a=dense(4), b=dense(3), c=dense(7))


@faulty((None, 8), faults=[Fault("shape", "net", "self.a(x) + self.b(x)")])
def a_clash_and_its_consequences() -> Any:
    def call(self, x):
        y = self.a(x) + self.b(x)
        y = ops.concatenate([ops.relu(y) * y, ops.reshape(y, (-1, 3)), self.a(x) - y], axis=-1)
        first, second = ops.split(y, 2, axis=-1)
        return self.c(self.norm(first) @ ops.transpose(second) + y)

    return model_of(call, a=dense(4), b=dense(3), c=dense(2), norm=layers.LayerNormalization())


@faulty((None, 3), faults=[Fault("shape", "net/b", "needs 5 features"), Fault("shape", "net/c", "needs 7 features")])
def layers_built_for_other_widths() -> Any:
    parts = [dense(4, name="a"), built(dense(6, name="b"), 5), built(dense(2, name="c"), 7)]
    return Sequential(parts, name="net")


@faulty((None, 28, 28), faults=[Fault("shape", "net/conv", "rank 4")])
def images_without_channels() -> Any:
    def call(self, x):
        return self.head(self.flatten(self.conv(x)))

    return model_of(call, conv=layers.Conv2D(4, 3, name="conv"), flatten=layers.Flatten(), head=dense(10))


@faulty((None, 4), faults=[Fault("shape", "net/lstm", "rank 3"), Fault("shape", "net", "y + self.skip(x)")])
def a_sequence_layer_on_a_table() -> Any:
    def call(self, x):
        y = self.lstm(x)
        return y + self.skip(x)

    return model_of(call, lstm=layers.LSTM(6, name="lstm"), skip=dense(5))


@faulty((None, 6), (None, 6), faults=[Fault("shape", "net/add", "self.add([")])
def a_merge_of_two_widths() -> Any:
    def call(self, a, b):
        return self.head(self.add([self.left(a), self.right(b)]))

    return model_of(call, left=dense(3), right=dense(4), add=layers.Add(name="add"), head=dense(2))


@faulty((None, 6), faults=[Fault("shape", "net", "x @ self.table")])
def a_weight_of_another_shape() -> Any:
    class Lookup(Model):
        def build(self, input_shape):
            self.table = self.add_weight(shape=(5, 4), name="table")

        def call(self, x):
            return ops.relu(x @ self.table)

    return Lookup(name="net")


@faulty((None, 6), faults=[Fault("dtype", "net", "take")])
def float_indices() -> Any:
    def call(self, x):
        return ops.take(self.head(x), x, axis=0)

    return model_of(call, head=dense(3))


@faulty((None, 6), faults=[Fault("call", "net/head", "cannot be called like this")])
def an_argument_that_call_does_not_take() -> Any:
    class Head(Layer):
        def call(self, x):
            return x

    def call(self, x):
        return self.head(x, scale=2.0)

    return model_of(call, head=Head(name="head"))


@faulty((None, 6), faults=[Fault("dtype", "net/head", "dtype"), Fault("shape", "net", "y + self.head(x)")])
def an_argument_that_is_no_array() -> Any:
    def call(self, x):
        y = self.wide(self.head(x, np.array([None, object()])))
        return y + self.head(x)

    return model_of(call, head=dense(6, name="head"), wide=dense(5))


@faulty((None, 6), faults=[Fault("code", "net/block", "self.missing")])
def an_attribute_that_does_not_exist() -> Any:
    class Block(Layer):
        def call(self, x):
            return self.missing(x)

    def call(self, x):
        return x + self.block(x)

    return model_of(call, block=Block(name="block"))


@faulty((None, 6), faults=[Fault("shape", "net", "x + self.narrow(x)")])
def a_fault_in_training_only() -> Any:
    def call(self, x, training=False):
        if training:
            x = x + self.narrow(x)
        return self.head(x)

    return model_of(call, narrow=dense(5), head=dense(2))


@faulty((None, 8), faults=[Fault("shape", "net/blocks"), Fault("shape", "net")])
def a_block_that_is_wrong_wherever_it_is_used() -> Any:
    class Block(Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.a, self.b = dense(units), dense(units + 1)

        def call(self, x):
            return self.a(x) + self.b(x)

    def call(self, x):
        for _ in range(3):
            x = self.blocks(x)
        return self.head(x) + self.other(x)

    return model_of(call, blocks=Block(4, name="blocks"), head=dense(2), other=dense(3))


# -- the same inside other models -------------------------------------------------------------------------------------


class Clash(Model):
    """Adds what cannot be added."""

    def __init__(self, width=3, **kwargs):
        super().__init__(**kwargs)
        self.a, self.b = dense(width), dense(width + 1)

    def call(self, x):
        return self.a(x) + self.b(x)


CLASH = "self.a(x) + self.b(x)"


@faulty((None, 8), faults=[Fault("shape", "outer/inner", CLASH), Fault("shape", "outer/last", "9 features")])
def subclassed_in_sequential() -> Any:
    return Sequential([dense(5), Clash(name="inner"), dense(4), built(dense(2, name="last"), 9)], name="outer")


@faulty((None, 8), faults=[Fault("shape", "net/outer/inner", CLASH), Fault("shape", "net", "y + self.skip(x)")])
def subclassed_in_sequential_in_subclassed() -> Any:
    def call(self, x):
        y = self.outer(x)
        return y + self.skip(x)

    outer = Sequential([dense(5), Clash(name="inner"), dense(4)], name="outer")
    return model_of(call, outer=outer, skip=dense(6))


@faulty((None, 8), faults=[Fault("shape", "net/b/inner", CLASH), Fault("shape", "net/a/inner", CLASH)])
def two_nested_models_with_one_fault_each() -> Any:
    def call(self, x):
        return self.a(self.b(x))

    return model_of(
        call,
        a=Sequential([Clash(name="inner"), dense(2)], name="a"),
        b=Sequential([Clash(name="inner"), dense(2)], name="b"),
    )


@faulty((None, 8), faults=[Fault("shape", "net/inner", "[None, 5]")])
def functional_for_other_inputs_in_subclassed() -> Any:
    x = Input((5,))
    inner = Model(x, dense(3)(dense(4)(x)), name="inner")

    def call(self, x):
        return self.inner(x) * 2

    return model_of(call, inner=inner)


@faulty(faults=[Fault("shape", "outer/mine", CLASH)])
def subclassed_that_was_changed_in_functional() -> Any:
    x = Input((8,))
    inner = Clash(name="mine")
    inner.b = inner.a
    model = Model(x, inner(x) * 2, name="outer")
    inner.b = dense(9)
    return model


@faulty((None, 8, 6), faults=[Fault("shape", "net", "x + self.short(x)")])
def a_clash_before_a_layer_that_makes_its_layers_in_build() -> Any:
    def call(self, x):
        y = self.norm(x + self.short(x))
        return self.head(self.attention(y, y))

    parts = {"attention": layers.MultiHeadAttention(2, 4), "norm": layers.LayerNormalization(), "head": dense(2)}
    return model_of(call, short=dense(5), **parts)


@faulty((None, 30, 30, 3), faults=[Fault("shape", "net", "ops.concatenate")])
def a_skip_connection_of_another_size() -> Any:
    def call(self, x):
        down = self.pool(self.a(x))
        down = self.pool(self.b(down))
        up = self.up(self.up(self.c(down)))
        return self.head(self.d(ops.concatenate([up, x], axis=-1)) * 2)

    parts = {name: layers.Conv2D(4, 3, padding="same") for name in "abcd"}
    return model_of(call, pool=layers.MaxPooling2D(), up=layers.UpSampling2D(), head=dense(2), **parts)


# -- layers and weights -----------------------------------------------------------------------------------------------


@faulty((None, 8), faults=[Fault("never_called", "net/dropped", "never called")])
def a_layer_that_is_never_called() -> Any:
    def call(self, x):
        return self.head(x)

    return model_of(call, head=dense(2), dropped=dense(3, name="dropped"))


@faulty((None, 8), faults=[Fault("never_called", "net/blocks_1"), Fault("never_called", "net/dense/inner")])
def unused_layers_in_a_list_and_below() -> Any:
    class Block(Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner, self.outer = dense(3, name="inner"), dense(3)

        def call(self, x):
            return self.outer(x)

    def call(self, x):
        return self.blocks[0](x)

    return model_of(call, blocks=[Block(name="dense"), Block(name="blocks_1")])


@faulty((None, 8), faults=[Fault("created_in_call", "net", "layers.Dense(4)(x)")])
def a_layer_made_and_used_in_call() -> Any:
    def call(self, x):
        return self.head(layers.Dense(4)(x))

    return model_of(call, head=dense(2))


@faulty((None, 8), faults=[Fault("created_in_call", "net/block", "self.inner = layers.Dense(4)")])
def a_layer_assigned_in_call() -> Any:
    class Block(Layer):
        def call(self, x):
            self.inner = layers.Dense(4)
            return self.inner(x)

    def call(self, x):
        return self.head(self.block(x))

    return model_of(call, head=dense(2), block=Block(name="block"))


@faulty((None, 8), faults=[Fault("untracked", "stray", "no attribute of it leads there")])
def a_layer_that_no_attribute_holds() -> Any:
    stray = dense(3, name="stray")

    def call(self, x):
        return stray(x)

    return model_of(call)


@faulty((None, 8), faults=[Fault("unused_weight", "net", "net/shift")])
def a_weight_that_nothing_uses() -> Any:
    class Shifted(Model):
        def build(self, input_shape):
            self.scale = self.add_weight(shape=(8,), name="scale")
            self.shift = self.add_weight(shape=(8,), name="shift")

        def call(self, x):
            return x * self.scale

    return Shifted(name="net")


@faulty(
    (None, 8),
    faults=[Fault("unused_weight", "net/aside", "kernel"), Fault("unused_weight", "net/aside", "bias")],
)
def a_layer_whose_result_is_dropped() -> Any:
    def call(self, x):
        self.aside(x)
        return self.head(x)

    return model_of(call, aside=dense(3, name="aside"), head=dense(2))


@faulty((None, 8), (None, 5), faults=[Fault("unused_input", "net", "'context'")])
def an_input_that_nothing_uses() -> Any:
    def call(self, x, context):
        return self.head(x)

    return model_of(call, head=dense(2))


@faulty((None, 8), faults=[Fault("constant_output", "net", "Output 1")])
def an_output_that_is_constant() -> Any:
    class Biased(Model):
        def build(self, input_shape):
            self.bias = self.add_weight(shape=(1, 2), name="bias")

        def call(self, x):
            return ops.sum(x, axis=-1), ops.tanh(self.bias)

    return Biased(name="net")


@faulty((None, 8), faults=[Fault("nested_compile", "net/inner", "compiled")])
def a_model_inside_that_was_compiled() -> Any:
    inner = Sequential([dense(3)], name="inner")
    inner.compile("sgd", "mse")

    def call(self, x):
        return self.inner(x)

    model = model_of(call, inner=inner)
    model.compile("adam", "mse")
    return model


# -- values -----------------------------------------------------------------------------------------------------------


@faulty((None, 8), faults=[Fault("value", "net", "if ops.sum(x) > 0")])
def a_branch_on_values() -> Any:
    def call(self, x):
        if ops.sum(x) > 0:
            return self.head(x)
        return self.other(x)

    return model_of(call, head=dense(2), other=dense(2))


@faulty((None, 8), faults=[Fault("shape", "net", "x + self.skip(x)"), Fault("value", "net/gate", "float(")])
def a_layer_that_needs_values_and_a_clash_after_it() -> Any:
    class Gate(Layer):
        def call(self, x):
            return x if float(ops.sum(x)) > 0 else -x

    def call(self, x):
        y = self.gate(x)
        return self.head(y) + (x + self.skip(x))

    return model_of(call, gate=Gate(name="gate"), skip=dense(3), head=dense(8))


@faulty((None, 5, 3), faults=[Fault("shape", "net", "self.other(x)"), Fault("value", "net", "(batch, 15)")])
def a_size_of_the_batch_in_python_and_a_clash() -> Any:
    def call(self, x):
        batch = x.shape[0]
        x = ops.reshape(x, (batch, 15))
        return self.head(x) + self.other(x)

    return model_of(call, head=dense(2), other=dense(3))


@faulty((None, None, 3), faults=[Fault("value", "net", "range(x.shape[1])")])
def a_loop_over_time_in_python() -> Any:
    def call(self, x):
        state = ops.zeros_like(x[:, 0])
        for time in range(x.shape[1]):
            state = ops.tanh(self.cell(x[:, time]) + state)
        return state

    return model_of(call, cell=dense(3))


# -- several at once --------------------------------------------------------------------------------------------------


@faulty(
    (None, 8),
    faults=[
        Fault("shape", "net", "self.a(x) + self.b(x)"),
        Fault("shape", "net/built", "needs 5 features"),
        Fault("created_in_call", "net", "layers.Dense(4)"),
        Fault("activation", "net/head", "from_logits=True"),
        Fault("never_called", "net/dropped"),
        Fault("nested_compile", "net/inner"),
    ],
)
def everything_at_once() -> Any:
    def call(self, x):
        y = self.a(x) + self.b(x)
        y = self.built_before(self.a(x)) + self.sized(y)
        self.temporary = layers.Dense(4)
        y = self.inner(self.temporary(y))
        return self.head(y)

    inner = Sequential([dense(3)], name="inner")
    inner.compile("sgd", "mse")
    model = model_of(
        call,
        a=dense(4),
        b=dense(3),
        sized=dense(6),
        built_before=built(dense(6, name="built"), 5),
        inner=inner,
        head=dense(3, activation="softmax", name="head"),
        dropped=dense(2, name="dropped"),
    )
    model.compile("sgd", losses.CategoricalCrossentropy(from_logits=True))
    return model
