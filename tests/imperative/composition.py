"""Models that combine models: mixtures, highways, twins, networks that make weights, equations, graphs."""

from __future__ import annotations

import numpy as np

from hybrid import Model, Sequential, initializers, layers, ops
from tests.imperative.entry import CROSSENTROPY, Entry, classes, collector, real

ENTRIES: list[Entry] = []
entry = collector(ENTRIES)


class MixtureOfExperts(Model):
    """All experts answer, a gate weighs them, and a loss keeps them equally busy (Shazeer et al. 2017)."""

    def __init__(self, expert_count, units):
        super().__init__()
        self.experts = [
            Sequential([layers.Dense(units, activation="relu"), layers.Dense(units)], name=f"expert_{number}")
            for number in range(expert_count)
        ]
        self.gate = layers.Dense(expert_count, activation="softmax")

    def call(self, x):
        weights = self.gate(x)
        self.add_loss(0.01 * ops.sum(ops.square(ops.mean(weights, axis=0))))
        answers = ops.stack([expert(x) for expert in self.experts], axis=1)
        return ops.einsum("be,bed->bd", weights, answers)


@entry(real(6, 5), targets=real(6, 3))
def mixture_of_experts() -> Model:
    return MixtureOfExperts(3, 3)


class Highway(Model):
    """A gate decides how much of each layer passes (Srivastava et al. 2015)."""

    def __init__(self, depth, width):
        super().__init__()
        self.enter = layers.Dense(width)
        self.transforms = [layers.Dense(width, activation="relu") for _ in range(depth)]
        self.gates = [
            layers.Dense(width, activation="sigmoid", bias_initializer=initializers.Constant(-1.0))
            for _ in range(depth)
        ]
        self.leave = layers.Dense(1)

    def call(self, x):
        x = self.enter(x)
        for transform, gate in zip(self.transforms, self.gates, strict=True):
            passed = gate(x)
            x = passed * transform(x) + (1 - passed) * x
        return self.leave(x)


@entry(real(6, 5), targets=real(6, 1))
def highway_network() -> Model:
    return Highway(3, 4)


class Siamese(Model):
    """One tower for two inputs, and a distance between what it says."""

    def __init__(self, tower):
        super().__init__()
        self.tower = tower
        self.sharpness = self.add_weight(shape=(), initializer="ones", name="sharpness")

    def call(self, inputs):
        left, right = inputs
        left, right = self.tower(left), self.tower(right)
        distance = ops.sqrt(ops.sum(ops.square(left - right), axis=-1, keepdims=True) + 1e-6)
        return ops.exp(-self.sharpness * distance)


@entry((real(6, 5), real(6, 5, phase=1.0)), targets=np.array([[0], [1], [0], [1], [0], [1]], "float32"))
def siamese_network() -> Model:
    return Siamese(Sequential([layers.Dense(6, activation="relu"), layers.Dense(3)], name="tower"))


class TripletNet(Model):
    """Takes three tensors by position, returns their codes on the sphere."""

    def __init__(self, units=3):
        super().__init__()
        self.encoder = Sequential([layers.Dense(units), layers.UnitNormalization()])

    def call(self, anchor, positive, negative, margin=0.3):
        codes = [self.encoder(x) for x in (anchor, positive, negative)]
        gap = ops.sum(codes[0] * codes[1], axis=-1) - ops.sum(codes[0] * codes[2], axis=-1)
        self.add_loss(ops.mean(ops.relu(margin - gap)))
        return ops.stack(codes, axis=1)


@entry(real(4, 5), real(4, 5, phase=0.3), real(4, 5, phase=2.0), targets=real(4, 3, 3), loss="mse", learning_rate=0.03)
def triplets_by_position() -> Model:
    return TripletNet()


class HyperNetwork(Model):
    """A small network makes the weights of another, for each sample (Ha et al. 2017)."""

    def __init__(self, inputs, outputs, context_width=4):
        super().__init__()
        self.inputs_width, self.outputs_width = inputs, outputs
        self.context = layers.Dense(context_width, activation="tanh")
        self.make_kernel = layers.Dense(inputs * outputs)
        self.make_bias = layers.Dense(outputs)

    def call(self, inputs):
        x, condition = inputs["x"], inputs["condition"]
        context = self.context(condition)
        kernel = ops.reshape(self.make_kernel(context), (-1, self.inputs_width, self.outputs_width))
        return ops.squeeze(ops.matmul(ops.expand_dims(x, 1), kernel), axis=1) + self.make_bias(context)


@entry({"x": real(6, 4), "condition": real(6, 2)}, targets=real(6, 3))
def hypernetwork() -> Model:
    return HyperNetwork(4, 3)


class NeuralODE(Model):
    """Euler's method with a fixed number of steps; time is an input of the dynamics (Chen et al. 2018)."""

    def __init__(self, dimensions, hidden=6, steps=4):
        super().__init__()
        self.steps = steps
        self.dynamics = Sequential([layers.Dense(hidden, activation="tanh"), layers.Dense(dimensions)], name="dynamics")

    def call(self, x):
        trajectory = [x]
        step = 1.0 / self.steps
        for number in range(self.steps):
            time = ops.full_like(x[:, :1], number * step)
            x = x + step * self.dynamics(ops.concatenate([x, time], axis=-1))
            trajectory.append(x)
        return ops.stack(trajectory, axis=1)


@entry(real(4, 2), targets=real(4, 5, 2), learning_rate=0.03)
def neural_ode() -> Model:
    return NeuralODE(2)


class GraphConvolution(layers.Layer):
    """One round of messages along the edges of a graph (Kipf and Welling 2017)."""

    def __init__(self, units, activation=None):
        super().__init__()
        self.dense = layers.Dense(units)
        self.activation = layers.Activation(activation)

    def call(self, nodes, adjacency):
        degree = ops.sum(adjacency, axis=-1, keepdims=True) + 1.0
        messages = ops.matmul(adjacency, nodes) + nodes
        return self.activation(self.dense(messages / degree))


class GraphNetwork(Model):
    """Rounds of messages, then a readout over the nodes; inputs are a list of nodes and adjacency."""

    def __init__(self, units=(4, 3)):
        super().__init__()
        self.rounds = [GraphConvolution(width, "relu") for width in units]
        self.readout = layers.Dense(2)

    def call(self, inputs):
        nodes, adjacency = inputs
        for convolution in self.rounds:
            nodes = convolution(nodes, adjacency)
        return self.readout(ops.max(nodes, axis=1))


@entry(
    [real(4, 5, 3), (real(4, 5, 5) > 0).astype("float32")],
    targets=classes(2, 4),
    loss=CROSSENTROPY,
    learning_rate=0.03,
)
def graph_network() -> Model:
    return GraphNetwork()


class FactorizationMachine(Model):
    """Pairs of embedded features, summed by an identity (Rendle 2010)."""

    def __init__(self, features, width=3):
        super().__init__()
        self.linear = layers.Embedding(features, 1, name="linear")
        self.factors = layers.Embedding(features, width, name="factors")
        self.bias = self.add_weight(shape=(1,), initializer="zeros", name="bias")

    def call(self, indices):
        factors = self.factors(indices)
        pairs = ops.square(ops.sum(factors, axis=1)) - ops.sum(ops.square(factors), axis=1)
        return self.bias + ops.sum(self.linear(indices), axis=1) + 0.5 * ops.sum(pairs, axis=-1, keepdims=True)


@entry(classes(9, 6, 4), targets=real(6, 1), learning_rate=0.03)
def factorization_machine() -> Model:
    return FactorizationMachine(9)


class MemoryNetwork(Model):
    """Several hops over a memory with layers that are shared between neighbouring hops (Sukhbaatar et al. 2015)."""

    def __init__(self, vocabulary, width=4, hops=2):
        super().__init__()
        self.embeddings = [layers.Embedding(vocabulary, width) for _ in range(hops + 1)]
        self.hops = hops

    def call(self, inputs):
        story, question = inputs["story"], inputs["question"]
        state = ops.sum(self.embeddings[0](question), axis=1)
        for hop in range(self.hops):
            keys = ops.sum(self.embeddings[hop](story), axis=2)
            values = ops.sum(self.embeddings[hop + 1](story), axis=2)
            attention = ops.softmax(ops.einsum("bsw,bw->bs", keys, state))
            state = state + ops.einsum("bs,bsw->bw", attention, values)
        return ops.matmul(state, ops.transpose(self.embeddings[-1].embeddings))


@entry(
    {"story": classes(7, 3, 4, 2), "question": classes(7, 3, 2)},
    targets=classes(7, 3),
    loss=CROSSENTROPY,
    learning_rate=0.03,
)
def memory_network() -> Model:
    return MemoryNetwork(7)


class MaskedPooling(layers.Layer):
    """Means of what is real; the mask comes with the tensor."""

    def call(self, x, mask=None):
        if mask is None:
            return ops.mean(x, axis=1)
        weights = ops.cast(mask, x.dtype)[..., None]
        return ops.sum(x * weights, axis=1) / (ops.sum(weights, axis=1) + 1e-6)


class MaskedSum(Model):
    """Masks made by `Masking` travel through dense layers, raw arithmetic and a model inside."""

    def __init__(self, units=4):
        super().__init__()
        self.masking = layers.Masking()
        self.inner = Sequential([layers.Dense(units, activation="tanh"), layers.Dense(units)], name="inner")
        self.pool = MaskedPooling()
        self.out = layers.Dense(1)

    def call(self, x):
        hidden = self.inner(self.masking(x)) * 2 + 1
        return self.out(self.pool(hidden))


@entry(real(4, 5, 3) * (np.arange(5) < np.array([[5], [3], [2], [4]]))[..., None].astype("float32"), targets=real(4, 1))
def masks_through_arithmetic() -> Model:
    return MaskedSum()
