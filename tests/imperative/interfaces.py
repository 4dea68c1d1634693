"""Models with several inputs and outputs, optional arguments, branches on `training`, counters, losses of their own."""

from __future__ import annotations

import numpy as np

from hybrid import Model, Sequential, initializers, layers, ops
from tests.imperative.entry import CROSSENTROPY, Entry, classes, collector, real

ENTRIES: list[Entry] = []
entry = collector(ENTRIES)


class WideAndDeep(Model):
    """A dict of named inputs: numbers and two kinds of categories (Cheng et al. 2016)."""

    def __init__(self, categories, width=4, deep=(8, 4), **kwargs):
        super().__init__(**kwargs)
        self.embeddings = {name: layers.Embedding(size, width) for name, size in categories.items()}
        self.deep = Sequential([layers.Dense(units, activation="relu") for units in deep], name="deep")
        self.wide = layers.Dense(1, name="wide")
        self.output_layer = layers.Dense(1, name="output")

    def call(self, inputs):
        embedded = [self.embeddings[name](inputs[name]) for name in self.embeddings]
        deep = self.deep(ops.concatenate([inputs["numbers"], *embedded], axis=-1))
        return self.wide(inputs["numbers"]) + self.output_layer(deep)


@entry({"numbers": real(6, 3), "city": classes(5, 6), "day": classes(7, 6)}, targets=real(6, 1))
def inputs_in_a_dict() -> Model:
    return WideAndDeep({"city": 5, "day": 7}, deep=[6])


class MultiModal(Model):
    """A list of inputs, one tower each."""

    def __init__(self, sizes):
        super().__init__()
        self.towers = [layers.Dense(size, activation="relu") for size in sizes]
        self.fuse = layers.Dense(2)

    def call(self, inputs):
        hidden = [tower(x) for tower, x in zip(self.towers, inputs, strict=True)]
        image, text, *rest = hidden
        return self.fuse(ops.concatenate([image * text, *rest], axis=-1))


@entry([real(6, 5), real(6, 3), real(6, 2)], targets=real(6, 2))
def inputs_in_a_list() -> Model:
    return MultiModal([4, 4, 3])


class Conditioned(Model):
    """Tensors by keyword, and an optional one (FiLM, Perez et al. 2018)."""

    def __init__(self, units):
        super().__init__()
        self.features = layers.Dense(units)
        self.scale, self.shift = layers.Dense(units), layers.Dense(units)
        self.context = layers.Dense(units, name="context")

    def call(self, x, condition, *, context=None, strength=1.0):
        x = self.features(x)
        x = x * (1 + strength * self.scale(condition)) + self.shift(condition)
        if context is not None:
            x = x + self.context(context)
        return ops.relu(x)


@entry(real(6, 5), kwargs={"condition": real(6, 2), "context": real(6, 3), "strength": 0.5}, targets=real(6, 4) ** 2)
def tensors_by_keyword() -> Model:
    return Conditioned(4)


class OptionalMemory(Model):
    """The second argument is `None` by default."""

    def __init__(self, units=4):
        super().__init__()
        self.query, self.key = layers.Dense(units), layers.Dense(units)

    def call(self, x, memory=None):
        query = self.query(x)
        if memory is None:
            memory = query
        return query * ops.sigmoid(self.key(memory))


@entry(real(6, 5), targets=real(6, 4))
def optional_argument_left_out() -> Model:
    return OptionalMemory()


@entry(real(6, 5), real(6, 3), targets=real(6, 4))
def optional_argument_given() -> Model:
    return OptionalMemory()


class TupleOutput(Model):
    """Two outputs in a tuple: a mean and a scale that stays positive."""

    def __init__(self, units=8, outputs=2):
        super().__init__()
        self.body = layers.Dense(units, activation="tanh")
        self.mean, self.scale = layers.Dense(outputs), layers.Dense(outputs, activation="softplus")

    def call(self, x):
        hidden = self.body(x)
        return self.mean(hidden), self.scale(hidden)


@entry(real(6, 5), targets=(real(6, 2), real(6, 2) ** 2), loss=("mse", "mae"))
def outputs_in_a_tuple() -> Model:
    return TupleOutput()


class MultiTask(Model):
    """Heads by task in a dict; the outputs are a dict of the same names."""

    def __init__(self, tasks):
        super().__init__()
        self.tasks = tasks
        self.trunk = [layers.Dense(8, activation="relu"), layers.LayerNormalization()]
        self.heads = {}
        for task, units in tasks.items():
            self.heads[task] = layers.Dense(units, name=task)

    def call(self, inputs, training=None):
        x = inputs
        for layer in self.trunk:
            x = layer(x)
        return {task: head(x) for task, head in self.heads.items()}


@entry(
    real(6, 5),
    targets={"age": real(6, 1), "species": classes(3, 6)},
    loss={"age": "mse", "species": CROSSENTROPY},
)
def outputs_in_a_dict() -> Model:
    return MultiTask({"age": 1, "species": 3})


class FeaturesToo(Model):
    """Returns its intermediate activations beside the answer, nested."""

    def __init__(self):
        super().__init__()
        self.blocks = [layers.Dense(width, activation="tanh") for width in (6, 4)]
        self.head = layers.Dense(1)

    def call(self, x):
        features = []
        for block in self.blocks:
            x = block(x)
            features.append(x)
        return {"prediction": self.head(x), "features": features}


@entry(real(6, 5), targets={"prediction": real(6, 1), "features": [real(6, 6), real(6, 4)]})
def outputs_nested() -> Model:
    return FeaturesToo()


class TrainingBranches(Model):
    """Does other things in training: noise, an auxiliary head that only adds a loss, another temperature."""

    def __init__(self, num_classes, noise=0.1):
        super().__init__()
        self.noise = layers.GaussianNoise(noise, seed=2)
        self.hidden = layers.Dense(6, activation="relu")
        self.auxiliary = layers.Dense(num_classes, name="auxiliary")
        self.classify = layers.Dense(num_classes)

    def call(self, x, training=False):
        if training:
            x = self.noise(x, training=True)
        hidden = self.hidden(x)
        logits = self.classify(hidden)
        if not training:
            return logits / 0.5
        return logits + 0.1 * self.auxiliary(hidden)


@entry(real(6, 5), targets=classes(3, 6), loss=CROSSENTROPY)
def branches_on_training() -> Model:
    return TrainingBranches(3)


class MovingState(Model):
    """BatchNormalization, a counter of batches, and a moving average of its own."""

    def __init__(self, units, momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.momentum = momentum
        self.dense, self.norm = layers.Dense(units), layers.BatchNormalization(momentum=0.8)
        self.seen = self.add_weight(shape=(), dtype="int64", initializer="zeros", trainable=False, name="seen")
        self.average = self.add_weight(shape=(units,), initializer="zeros", trainable=False, name="average")

    def call(self, x, training=None):
        x = self.norm(self.dense(x), training=training)
        if training:
            self.seen.assign_add(1)
            mean = ops.stop_gradient(ops.mean(x, axis=0))
            self.average.assign(self.momentum * self.average + (1 - self.momentum) * mean)
        return x - self.average


@entry(real(6, 5), targets=real(6, 3))
def counters_and_moving_averages() -> Model:
    return MovingState(3)


class OwnLosses(Model):
    """Adds losses in `call`, and has regularized layers."""

    def __init__(self, units=4, weight=1e-2):
        super().__init__()
        self.weight = weight
        self.encode = layers.Dense(units, activation="relu", kernel_regularizer="l2")
        self.decode = layers.Dense(5, activity_regularizer="l1")

    def call(self, x):
        code = self.encode(x)
        self.add_loss(self.weight * ops.mean(ops.abs(code)))
        return self.decode(code)


@entry(real(6, 5), targets=real(6, 5))
def losses_added_in_call() -> Model:
    return OwnLosses()


class OwnConfig(Model):
    """Writes `get_config` and `from_config`, as Keras asks for where arguments are layers."""

    def __init__(self, encoder, scale=2.0, **kwargs):
        super().__init__(**kwargs)
        self.encoder = encoder
        self.scale = scale
        self.table = np.linspace(0, 1, 3).astype("float32")

    def call(self, inputs):
        return self.encoder(inputs) * self.scale + self.table

    def get_config(self):
        config = super().get_config()
        config.update({"encoder": layers.serialize(self.encoder), "scale": self.scale})
        return config

    @classmethod
    def from_config(cls, config):
        config["encoder"] = layers.deserialize(config["encoder"])
        return cls(**config)


@entry(real(6, 5), targets=real(6, 3))
def config_of_ones_own() -> Model:
    return OwnConfig(layers.Dense(3), scale=0.5, name="own")


class InitializedByObjects(Model):
    """Takes initializers, functions of the package and arrays as arguments."""

    def __init__(self, kernel_initializer, activation, table):
        super().__init__()
        self.activation = activation
        self.dense = layers.Dense(3, kernel_initializer=kernel_initializer)
        self.table = ops.convert_to_tensor(table)

    def call(self, x):
        return self.activation(self.dense(x)) @ self.table


@entry(real(6, 5), targets=real(6, 2))
def objects_and_arrays_as_arguments() -> Model:
    return InitializedByObjects(initializers.RandomNormal(0.0, 0.2, seed=3), ops.tanh, real(3, 2))
