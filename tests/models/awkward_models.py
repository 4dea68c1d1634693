"""Models that are awkward to clone: more than their configurations say, oddly tied, full of odd attributes."""

from __future__ import annotations

import dataclasses
import random
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

import hybrid
from hybrid import Input, Model, Sequential, Variable, layers, metrics, ops
from hybrid.random import SeedGenerator

MODELS: dict[str, tuple[Callable[[], Model], Any]] = {}


def array(*shape: int) -> np.ndarray[Any, Any]:
    return np.sin(1.7 * np.arange(1, int(np.prod(shape)) + 1, dtype="float32")).reshape(shape)


def awkward(data: Any = None) -> Callable[[Callable[[], Model]], Callable[[], Model]]:
    def register(make: Callable[[], Model]) -> Callable[[], Model]:
        MODELS[make.__name__] = (make, array(5, 4) if data is None else data)
        return make

    return register


def built(name: str) -> Any:
    make, data = MODELS[name]
    hybrid.utils.set_random_seed(7)
    random.seed(7)
    model = make()
    model(data)
    return model


class Stack(Model):
    """Calls what stands in a list, one after the other."""

    def __init__(self, count: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.blocks: list[Any] = [layers.Dense(4) for _ in range(count)]

    def call(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return x


@awkward()
def appended() -> Model:
    model = Stack()
    model.blocks.append(layers.Dense(3, name="late"))
    return model


@awkward()
def replaced() -> Model:
    model = Stack(3)
    model.blocks[1] = Sequential([layers.Dense(4), layers.Dropout(0.5)])
    return model


@awkward()
def removed() -> Model:
    model = Stack(3)
    model(array(1, 4))
    del model.blocks[0]
    return model


@awkward()
def appended_deep_inside() -> Model:
    inner = Stack()
    inner.blocks.append(layers.Dense(4))
    x = Input((4,))
    return Model(x, Sequential([inner, layers.Dense(4)])(layers.Dense(4)(x)))


@awkward()
def attribute_set() -> Model:
    model = Stack()
    model.blocks[0].activation = hybrid.activations.tanh
    model.note = {"anything": [1, 2]}
    return model


class Activated(Model):
    def __init__(self, function: Any, options: Any = None):
        super().__init__()
        self.dense = layers.Dense(4)
        self.function = function
        self.options = options

    def call(self, x: Any) -> Any:
        return self.function(self.dense(x))


class Plain:
    """An object of the user's own that knows nothing of configurations."""

    def __init__(self, factor: float):
        self.factor = factor
        self.used = [factor]


@awkward()
def lambda_argument() -> Model:
    return Activated(lambda x: x * 2 + 1)


@awkward()
def plain_object_argument() -> Model:
    plain = Plain(3.0)
    return Activated(partial(np.multiply, 2.0), options={"plain": plain, "again": [plain]})


@awkward()
def function_that_closes_over_a_layer() -> Model:
    outer = layers.Dense(4)
    model = Activated(lambda x: outer(x) + 1)
    model.outer = outer
    return model


@awkward()
def function_that_closes_over_its_owner() -> Model:
    model = Stack()
    model.shift = model.add_weight(shape=(4,), initializer="ones", name="shift")
    model.blocks.append(layers.Lambda(lambda x: x + model.shift))
    return model


@awkward()
def bound_method_as_attribute() -> Model:
    model = Activated(np.tanh)
    model.function = model.dense.__call__
    return model


class Mixed(Model):
    """Holds one layer in an attribute, in a list, in a dict, in a Sequential and in a functional model."""

    def __init__(self) -> None:
        super().__init__()
        shared = layers.Dense(4, name="shared")
        x = Input((4,))
        self.shared = shared
        self.several = [shared, layers.Dense(4), shared]
        self.table = {"a": [shared, {"b": (shared, layers.Dense(4))}]}
        self.graph = Model(x, shared(layers.Dense(4)(x)))
        self.stack = Sequential([shared, layers.Dense(4)])
        self.limit = random.random()

    def call(self, x: Any) -> Any:
        for layer in (*self.several, self.table["a"][1]["b"][1], self.graph, self.stack):
            x = layer(x) + self.limit
        return x


@awkward()
def shared_across_styles() -> Model:
    return Mixed()


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclasses.dataclass
class Towers:
    left: Any
    rate: float = 0.5
    more: list[Any] = dataclasses.field(default_factory=list)


@awkward()
def named_tuple_of_layers() -> Model:
    model = Stack(1)
    model.pair = Pair(model.blocks[0], layers.Dense(4))
    model.blocks.append(model.pair.second)
    return model


@awkward()
def dataclass_of_layers() -> Model:
    model = Stack(1)
    model.towers = Towers(layers.Dense(4), 0.3, [model.blocks[0]])
    model.blocks.append(model.towers.left)
    return model


@awkward()
def containers_of_the_standard_library() -> Model:
    model = Stack(2)
    model.ordered = OrderedDict(b=model.blocks[1], a=model.blocks[0])
    model.queue = deque([1, model.blocks[0]], maxlen=3)
    model.space = SimpleNamespace(layer=model.blocks[1], sizes={1, 2})
    model.by_number = {0: model.blocks[0], (1, 2): "x"}
    return model


class Child(layers.Layer):
    """Holds its owner."""

    def __init__(self, owner: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.owner = owner
        self.weak = weakref.ref(owner)

    def call(self, x: Any) -> Any:
        return x * self.owner.scale + self.weak().scale


class Owner(Model):
    def __init__(self) -> None:
        super().__init__()
        self.scale = self.add_weight(shape=(), initializer="ones", name="scale")
        self.child = Child(self)
        self.extra: list[Any] = []

    def call(self, x: Any) -> Any:
        return self.child(x)


@awkward()
def layer_that_holds_its_owner() -> Model:
    model = Owner()
    model.extra.append(model)
    return model


@awkward()
def cycles() -> Model:
    model = Stack()
    model.ring = {"model": model, "blocks": model.blocks}
    model.ring["ring"] = model.ring
    model.tuple = (model.ring, [model])
    return model


class Tied(Model):
    """The kernel of one layer transposed is that of another."""

    def __init__(self) -> None:
        super().__init__()
        self.tied: Any = None
        self.embed = layers.Dense(6, name="embed")
        self.embed.build((None, 4))
        self.tied = [self.embed.kernel]
        self.own = self.add_weight(shape=(4,), initializer="ones", name="own", trainable=False)

    def call(self, x: Any) -> Any:
        return self.embed(x) @ np.transpose(self.tied[0]) + self.own


@awkward()
def tied_variable() -> Model:
    return Tied()


@awkward()
def variable_met_before_its_layer() -> Model:
    model = Stack(2)
    tied = model.blocks
    model(array(1, 4))
    del model.blocks
    model.kernels = {"second": tied[1].kernel}
    model.blocks = tied
    return model


class Graphs(Model):
    """Keeps graphs, their layers and their tensors in attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.x = Input((4,))
        self.first, self.second = layers.Dense(4), layers.Dense(4)
        self.hidden = self.first(self.x)
        self.features = Model(self.x, self.hidden)
        self.whole = Model(self.x, [self.hidden, self.second(self.hidden)])
        self.count = 0

    def call(self, x: Any) -> Any:
        self.count += 1
        return self.whole(x)[1] + self.features(x)


@awkward()
def graphs_and_their_layers_as_attributes() -> Model:
    return Graphs()


class Configured(Model):
    """Says itself what it was made of, in another form than its arguments."""

    def __init__(self, sizes: Any, name: str | None = None):
        super().__init__(name=name)
        self.blocks = [layers.Dense(size) for size in sizes.sizes]

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "numbers": [block.units for block in self.blocks]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(SimpleNamespace(sizes=config["numbers"]), name=config["name"])

    def call(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x)
        return x


@awkward()
def custom_configuration() -> Model:
    return Configured(SimpleNamespace(sizes=[4, 3]))


class MinimalCell(layers.Layer):
    def __init__(self, units: int, function: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units
        self.function = function
        self.dense = layers.Dense(units)

    def call(self, x: Any, states: Any) -> Any:
        output = self.function(self.dense(x) + states[0])
        return output, [output]


class Recurrent(Model):
    def __init__(self, function: Any):
        super().__init__()
        self.cell = MinimalCell(3, function)
        self.rnn = layers.RNN(self.cell, return_sequences=True)
        self.both = layers.Bidirectional(layers.LSTM(2, return_sequences=True))
        self.each = layers.TimeDistributed(Sequential([layers.Dense(3), layers.Dropout(0.2)]))
        self.stacked = layers.RNN([layers.GRUCell(2), layers.LSTMCell(3)])

    def call(self, x: Any) -> Any:
        return self.stacked(self.each(self.both(self.rnn(x))))


@awkward(array(2, 5, 3))
def cells_and_wrappers() -> Model:
    return Recurrent(lambda x: np.tanh(x))


class Noisy(Model):
    def __init__(self) -> None:
        super().__init__()
        self.seeds = SeedGenerator(3)
        self.dropout = layers.Dropout(0.5, seed=5)
        self.same = [self.seeds]
        self.generator = np.random.default_rng(2)
        self.mean = metrics.Mean(name="mean")
        self.correct = metrics.SparseCategoricalAccuracy()
        self.loss_function = hybrid.losses.MeanSquaredError()
        self.optimizer_of_mine = hybrid.optimizers.Adam(0.01)

    def call(self, x: Any, training: bool = False) -> Any:
        x = self.dropout(x, training=training)
        return x + hybrid.random.normal(ops.shape(x), seed=self.seeds) if training else x * 2


@awkward()
def seeds_metrics_and_optimizers() -> Model:
    model = Noisy()
    model.mean.update_state([1.0, 2.0])
    model.changed = [model.mean]
    return model


class OwnWeights(layers.Layer):
    """Makes weights in every way there is."""

    def __init__(self, **kwargs: Any):
        super().__init__(**kwargs)
        self.given = Variable(array(4), name="given")
        self.table = {"a": Variable(lambda shape, dtype: np.ones(shape, dtype), shape=(4,), name="a")}

    def build(self, shape: Any) -> None:
        self.factor = self.add_weight(shape=(shape[-1],), initializer="random_normal", regularizer="l2", name="factor")
        self.steps = [self.add_weight(shape=(), initializer="zeros", trainable=False, name=n) for n in ("s", "t")]

    def call(self, x: Any) -> Any:
        return x * self.factor + self.given + self.table["a"] + sum(self.steps)


@awkward()
def weights_of_its_own() -> Model:
    model = Stack()
    model.blocks.insert(0, OwnWeights())
    return model


class Keeps(Stack):
    """Keeps what its last call computed."""

    last: Any = None

    def call(self, x: Any) -> Any:
        self.last = super().call(x)
        self.parts = [self.last, self.last + 1]
        return self.last


@awkward()
def keeps_what_it_computed() -> Model:
    return Keeps()


class OwnGraph(Model):
    """Its constructor makes a graph, of an argument that is no data."""

    def __init__(self, function: Any, units: int = 3):
        x = Input((4,))
        self_made = layers.Dense(units, name="inside")
        super().__init__(inputs=x, outputs=function(self_made(x)) + 1)
        self.inside = self_made
        self.function = function


@awkward()
def subclass_that_owns_a_graph() -> Model:
    model = OwnGraph(lambda x: x * 2)
    model.remark = object
    return model


@awkward()
def changed_and_frozen() -> Model:
    model = Mixed()
    model(array(1, 4))
    model.table["a"].append(layers.Dense(2))
    model.graph.trainable = False
    model.several[1].bias.trainable = False
    return model


class Drawn(Model):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = [layers.Dense(4) for _ in range(random.randint(1, 6))]
        self.scale = random.random()

    def call(self, x: Any) -> Any:
        for block in self.blocks:
            x = block(x) * self.scale
        return x


@awkward()
def constructor_draws_on_outside_state() -> Model:
    return Drawn()


@awkward()
def changed_inside_a_graph_that_was_recorded_before() -> Model:
    inner = Stack()
    model = Sequential([Input((4,)), inner, layers.Dense(2)])
    inner.spare = {"not": layers.Dense(3), "called": Stack()}
    return model


@awkward(np.array([[1, 2, 0], [3, 0, 0]]))
def masks_in_a_graph() -> Model:
    x = Input((3,), dtype="int32")
    hidden = layers.Dense(4)(layers.Embedding(5, 4, mask_zero=True)(x)) * 2
    model = Model(x, [layers.LSTM(2)(hidden), hidden])
    model.remark = [1]
    return model


@awkward()
def draws_in_a_graph() -> Model:
    x = Input((4,))
    seeds = SeedGenerator(3)
    noise = hybrid.random.normal(ops.shape(x), seed=seeds)
    model = Model(x, layers.Dense(3)(x + noise * 0.0))
    model.remark = [1]
    return model


@awkward()
def not_built_in_part() -> Model:
    model = Stack()
    model.unused = [layers.Dense(7)]
    return model
