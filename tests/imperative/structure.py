"""Models that show how people organise a class: lists, dicts, configurations, conditions, layers made in `build`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hybrid import Input, Model, Sequential, Variable, layers, ops
from tests.imperative.entry import CROSSENTROPY, Entry, classes, collector, real

ENTRIES: list[Entry] = []
entry = collector(ENTRIES)


class ListOfBlocks(Model):
    """A multi-layer perceptron: one dense layer for each width of a list, with a loop over the layers in `call`."""

    def __init__(self, widths, num_classes):
        super().__init__()
        self.hidden_layers = [layers.Dense(width, activation="relu") for width in widths]
        self.classifier = layers.Dense(num_classes)

    def call(self, x):
        for layer in self.hidden_layers:
            x = layer(x)
        return self.classifier(x)


@entry(real(6, 5), targets=classes(3, 6), loss=CROSSENTROPY)
def blocks_in_a_list() -> Model:
    return ListOfBlocks([8, 7, 6], num_classes=3)


class DictOfBranches(Model):
    """Branches by name in a dict; a dict of lists for what belongs to each."""

    def __init__(self, branches=("linear", "relu", "tanh"), width=4, **kwargs):
        super().__init__(**kwargs)
        self.branches = {name: layers.Dense(width, activation=name) for name in branches}
        self.norms = {name: [layers.LayerNormalization(), layers.Dropout(0.1, seed=1)] for name in branches}
        self.head = layers.Dense(1)

    def call(self, inputs, training=None):
        results = {}
        for name, branch in self.branches.items():
            hidden = branch(inputs)
            for layer in self.norms[name]:
                hidden = layer(hidden, training=training)
            results[name] = hidden
        return self.head(ops.concatenate(list(results.values()), axis=-1))


@entry(real(6, 5), targets=real(6, 1))
def blocks_in_a_dict() -> Model:
    return DictOfBranches(width=3, name="branches")


class Configurable(Model):
    """Everything depends on options; what is switched off is `None`."""

    def __init__(self, units=8, depth=2, activation="relu", batch_norm=False, dropout=0.0, residual=False):
        super().__init__()
        self.residual = residual
        self.project = layers.Dense(units) if residual else None
        self.blocks = []
        for _ in range(depth):
            block = [layers.Dense(units, use_bias=not batch_norm)]
            if batch_norm:
                block.append(layers.BatchNormalization())
            block.append(layers.Activation(activation))
            if dropout > 0:
                block.append(layers.Dropout(dropout))
            self.blocks.append(block)
        self.out = layers.Dense(1)

    def call(self, x, training=False):
        if self.project is not None:
            x = self.project(x)
        for block in self.blocks:
            hidden = x
            for layer in block:
                hidden = layer(hidden, training=training)
            x = x + hidden if self.residual else hidden
        return self.out(x)


@entry(real(6, 5), targets=real(6, 1))
def conditions_all_off() -> Model:
    return Configurable()


@entry(real(6, 5), targets=real(6, 1))
def conditions_all_on() -> Model:
    return Configurable(6, depth=3, activation="gelu", batch_norm=True, dropout=0.1, residual=True)


@dataclass
class EncoderConfig:
    """Options in a plain dataclass, as many repositories have them."""

    vocabulary: int = 11
    width: int = 8
    kernel_sizes: tuple[int, ...] = (2, 3)
    pooling: str = "max"


class ConfiguredEncoder(Model):
    """Made of a dataclass."""

    def __init__(self, config: EncoderConfig, **kwargs):
        super().__init__(**kwargs)
        self.config = config
        self.embed = layers.Embedding(config.vocabulary, config.width)
        self.convolutions = [layers.Conv1D(config.width, size, activation="relu") for size in config.kernel_sizes]
        self.pool = layers.GlobalMaxPooling1D() if config.pooling == "max" else layers.GlobalAveragePooling1D()
        self.classify = layers.Dense(2)

    def call(self, tokens):
        embedded = self.embed(tokens)
        pooled = [self.pool(convolution(embedded)) for convolution in self.convolutions]
        return self.classify(ops.concatenate(pooled, axis=-1))


@entry(classes(11, 6, 7), targets=classes(2, 6), loss=CROSSENTROPY)
def configured_by_a_dataclass() -> Model:
    return ConfiguredEncoder(EncoderConfig(width=4, pooling="mean"))


class ConfiguredByDict(Model):
    """Made of a nested dict, as read from a YAML file."""

    def __init__(self, config):
        super().__init__()
        self.config = config
        self.stages = []
        for stage in config["stages"]:
            make = {"dense": layers.Dense, "norm": layers.LayerNormalization}[stage["type"]]
            self.stages.append(make(**stage.get("options", {})))
        self.scale = config["scale"]

    def call(self, x):
        for stage in self.stages:
            x = stage(x)
        return x * self.scale


@entry(real(6, 5), targets=real(6, 2))
def configured_by_a_dict() -> Model:
    stages = [
        {"type": "dense", "options": {"units": 6, "activation": "tanh"}},
        {"type": "norm"},
        {"type": "dense", "options": {"units": 2}},
    ]
    return ConfiguredByDict({"stages": stages, "scale": 0.5})


class BuiltFromShape(Model):
    """Makes layers and weights in `build`, when the number of features is known."""

    def __init__(self, ratio=2, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        features = input_shape[-1]
        self.down = layers.Dense(max(1, features // self.ratio), activation="relu")
        self.up = layers.Dense(features)
        self.scale = self.add_weight(name="scale", shape=(features,), initializer="ones")
        super().build(input_shape)

    def call(self, inputs):
        return inputs * self.scale + self.up(self.down(inputs))


@entry(real(6, 5), targets=real(6, 5, phase=1.0))
def layers_made_in_build() -> Model:
    return BuiltFromShape()


class LazyLinear(layers.Layer):
    """A custom layer whose weights wait for the first input."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], self.units), initializer="random_normal", name="w")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", name="b")

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b


class LazyMlp(Model):
    """The "Linear" layer of every tutorial, three times."""

    def __init__(self, units=(6, 6), output_units=1):
        super().__init__()
        self.linears = tuple(LazyLinear(each) for each in units)
        self.last = LazyLinear(output_units, name="last")

    def call(self, inputs):
        x = inputs
        for linear in self.linears:
            x = ops.relu(linear(x))
        return self.last(x)


@entry(real(6, 5), targets=real(6, 1), learning_rate=0.05)
def layers_of_ones_own_built_late() -> Model:
    return LazyMlp()


class OwnWeights(Model):
    """Own weights from `add_weight`, Variables in attributes, and one in a list; no layers at all."""

    def __init__(self, features, units):
        super().__init__()
        self.kernel = self.add_weight(shape=(features, units), initializer="glorot_uniform", name="kernel")
        self.bias = Variable(np.zeros(units, "float32"), name="bias")
        self.steepness = [Variable(1.0, name="steepness"), Variable(0.5, trainable=False, name="floor")]

    def call(self, x):
        steepness, floor = self.steepness
        return ops.tanh(x @ self.kernel + self.bias) * steepness + floor


@entry(real(6, 5), targets=real(6, 3))
def own_weights() -> Model:
    return OwnWeights(5, 3)


class NumPyInCall(Model):
    """NumPy functions and operators, as in a notebook that began as plain NumPy."""

    def __init__(self, hidden=6, outputs=2):
        super().__init__()
        self.inner = layers.Dense(hidden)
        self.outer = layers.Dense(outputs)
        self.frequencies = np.linspace(0.5, 2.0, 3).astype("float32")

    def call(self, x):
        waves = [np.sin(frequency * x) for frequency in self.frequencies]
        x = np.concatenate([x, *waves], axis=-1)
        hidden = np.tanh(self.inner(x))
        hidden = np.where(hidden > 0, hidden, 0.1 * hidden) + np.maximum(hidden, 0.0) ** 2
        return self.outer(hidden - np.mean(hidden, axis=-1, keepdims=True))


@entry(real(6, 5), targets=real(6, 2))
def numpy_functions_in_call() -> Model:
    return NumPyInCall()


class RadialBasis(Model):
    """Raw operations: squared distances to centres that are learnt, and a constant table."""

    def __init__(self, features, centres, outputs):
        super().__init__()
        self.centres = self.add_weight(shape=(centres, features), initializer="random_normal", name="centres")
        self.log_widths = self.add_weight(shape=(centres,), initializer="zeros", name="log_widths")
        self.readout = layers.Dense(outputs)

    def call(self, x):
        difference = ops.expand_dims(x, 1) - ops.expand_dims(self.centres, 0)
        distance = ops.sum(ops.square(difference), axis=-1)
        activation = ops.exp(-distance * ops.exp(-self.log_widths))
        batch = ops.shape(x)[0]
        bias = ops.broadcast_to(ops.convert_to_tensor([[1.0]]), (batch, 1))
        return self.readout(ops.concatenate([activation, bias], axis=1))


@entry(real(6, 5), targets=real(6, 2))
def raw_operations() -> Model:
    return RadialBasis(5, 4, 2)


class GivenBackbone(Model):
    """Takes a model and a layer as constructor arguments."""

    def __init__(self, backbone, head, freeze=False, **kwargs):
        super().__init__(**kwargs)
        self.backbone = backbone
        self.backbone.trainable = not freeze
        self.head = head

    def call(self, inputs, training=None):
        return self.head(self.backbone(inputs, training=training))


@entry(real(6, 5), targets=real(6, 2))
def given_a_model_and_a_layer() -> Model:
    backbone = Sequential([layers.Dense(6, activation="relu"), layers.BatchNormalization()], name="backbone")
    return GivenBackbone(backbone, layers.Dense(2, name="head"))


@entry(real(6, 5), targets=real(6, 2))
def given_a_frozen_functional_model() -> Model:
    x = Input((5,))
    backbone = Model(x, layers.Dense(6, activation="tanh")(x) + layers.Dense(6)(x), name="backbone")
    return GivenBackbone(backbone, layers.Dense(2), freeze=True)


class HoldsAFunctionalModel(Model):
    """Builds a graph in its constructor and uses it as one of its parts, twice."""

    def __init__(self, features=5, width=6):
        super().__init__()
        x = Input((features,))
        hidden = layers.Dense(width, activation="relu")(x)
        self.features = Model(x, [hidden, layers.Dense(features)(hidden)], name="features")
        self.mix = layers.Dense(2)

    def call(self, x):
        hidden, reconstruction = self.features(x)
        again, _ = self.features(reconstruction)
        return self.mix(hidden + again)


@entry(real(6, 5), targets=real(6, 2))
def holds_a_functional_model() -> Model:
    return HoldsAFunctionalModel()


class Leaf(Model):
    """The innermost of three."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units, activation="tanh")

    def call(self, x):
        return self.dense(x)


class Branch(Model):
    """Holds two leaves, of which one is called twice."""

    def __init__(self, units):
        super().__init__()
        self.left, self.right = Leaf(units, name="left"), Leaf(units, name="right")

    def call(self, x):
        return self.right(self.left(x)) + self.right(x[:, ::-1])


class Trunk(Model):
    """A model of models of models."""

    def __init__(self, units=4, branches=2):
        super().__init__()
        self.branches = [Branch(units) for _ in range(branches)]
        self.bark = Sequential([layers.Dense(units), Leaf(units)], name="bark")
        self.top = Leaf(1, name="top")

    def call(self, x):
        x = self.bark(x)
        for branch in self.branches:
            x = branch(x)
        return self.top(x)


@entry(real(6, 5), targets=real(6, 1) / 2)
def model_in_a_model_in_a_model() -> Model:
    return Trunk()


class RepeatedBlock(Model):
    """One block applied several times, with another normalization each time (as in ALBERT)."""

    def __init__(self, width, repeats):
        super().__init__()
        self.block = Sequential([layers.Dense(2 * width, activation="gelu"), layers.Dense(width)])
        self.norms = [layers.LayerNormalization(name=f"norm_{number}") for number in range(repeats)]

    def call(self, x):
        for norm in self.norms:
            x = norm(x + self.block(x))
        return x


@entry(real(6, 5), targets=real(6, 5, phase=1.0))
def one_block_many_times() -> Model:
    return RepeatedBlock(5, 3)
