"""Models whose `call` asks for values: recursion over trees, `if` and `while` on numbers, depths that data decides."""

from __future__ import annotations

import numpy as np

from hybrid import Model, Sequential, layers, ops
from tests.imperative.entry import CROSSENTROPY, Entry, classes, collector, real

ENTRIES: list[Entry] = []
entry = collector(ENTRIES)


class TreeRNN(Model):
    """A recursive network over Python trees: a word, or a pair of trees (Socher et al. 2011)."""

    def __init__(self, vocabulary, width=4, num_classes=2):
        super().__init__()
        self.index = {word: number for number, word in enumerate(vocabulary)}
        self.embedding = layers.Embedding(len(vocabulary), width)
        self.compose = layers.Dense(width, activation="tanh")
        self.classify = layers.Dense(num_classes)

    def encode(self, tree):
        if isinstance(tree, str):
            return self.embedding(np.array([self.index[tree]]))
        left, right = (self.encode(child) for child in tree)
        return self.compose(ops.concatenate([left, right], axis=-1))

    def call(self, trees):
        return self.classify(ops.concatenate([self.encode(tree) for tree in trees], axis=0))


WORDS = ["not", "very", "good", "bad"]
TREES = ["good", ("not", "good"), ("very", ("not", "bad")), (("not", "very"), "bad"), "bad", ("very", "good")]


@entry(TREES, targets=np.array([1, 0, 1, 1, 0, 1]), loss=CROSSENTROPY, recordable=False, learning_rate=0.03)
def tree_rnn_over_python_trees() -> Model:
    return TreeRNN(WORDS)


class ArrayTreeRNN(Model):
    """The same over trees in arrays: the children of each node, -1 where there are none; the last node is the root."""

    def __init__(self, vocabulary, width=4):
        super().__init__()
        self.embedding = layers.Embedding(vocabulary, width)
        self.left, self.right = layers.Dense(width), layers.Dense(width)
        self.classify = layers.Dense(2)

    def encode(self, node, words, children):
        first, second = children[node]
        if first < 0:
            return self.embedding(words[node : node + 1])
        left = self.left(self.encode(int(first), words, children))
        right = self.right(self.encode(int(second), words, children))
        return ops.tanh(left + right)

    def call(self, inputs):
        words, children = inputs["words"], inputs["children"]
        root = words.shape[1] - 1
        roots = [self.encode(root, words[sample], children[sample]) for sample in range(len(words))]
        return self.classify(ops.concatenate(roots, axis=0))


CHAIN = [[-1, -1], [-1, -1], [-1, -1], [0, 1], [3, 2]]
COMB = [[-1, -1], [-1, -1], [-1, -1], [1, 2], [0, 3]]


@entry(
    {"words": classes(4, 4, 5), "children": np.array([CHAIN, COMB, CHAIN, COMB], "int32")},
    targets=np.array([1, 0, 1, 0]),
    loss=CROSSENTROPY,
    recordable=False,
    learning_rate=0.03,
)
def tree_rnn_over_arrays() -> Model:
    return ArrayTreeRNN(4)


class EarlyExit(Model):
    """Stops at the first exit that is sure enough (BranchyNet, Teerapittayanon et al. 2016)."""

    def __init__(self, stages, num_classes, confidence):
        super().__init__()
        self.confidence = confidence
        self.stages = [layers.Dense(6, activation="relu") for _ in range(stages)]
        self.exits = [layers.Dense(num_classes) for _ in range(stages)]

    def call(self, x):
        logits = 0.0
        for stage, exit_ in zip(self.stages, self.exits, strict=True):
            x = stage(x)
            logits = logits + exit_(x)
            if ops.min(ops.max(ops.softmax(logits), axis=-1)) > self.confidence:
                return logits
        return logits


@entry(real(6, 5), targets=classes(3, 6), loss=CROSSENTROPY, recordable=False)
def early_exit() -> Model:
    return EarlyExit(3, 3, confidence=0.99)


class AdaptiveComputation(Model):
    """Ponders until it wants to halt (Graves 2016, with one halting probability for the batch)."""

    def __init__(self, units, limit=5, epsilon=0.05):
        super().__init__()
        self.units, self.limit, self.epsilon = units, limit, epsilon
        self.enter = layers.Dense(units)
        self.cell = layers.Dense(units, activation="tanh")
        self.halt = layers.Dense(1, activation="sigmoid")

    def call(self, x):
        state, total, steps = self.enter(x), 0.0, 0
        result = ops.zeros_like(state)
        while float(total) < 1 - self.epsilon and steps < self.limit:
            state = self.cell(state)
            probability = ops.minimum(ops.mean(self.halt(state)), 1.0 - total)
            result = result + probability * state
            total = total + probability
            steps += 1
        return result

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.units)


@entry(real(6, 5), targets=real(6, 3) / 2, recordable=False, states_output=True)
def while_it_is_not_sure() -> Model:
    return AdaptiveComputation(3)


class DynamicDepth(Model):
    """Reads as many steps as the longest sequence has."""

    def __init__(self, width):
        super().__init__()
        self.width = width
        self.step = Sequential([layers.Dense(width, activation="tanh")], name="step")
        self.out = layers.Dense(1)

    def call(self, sequences, lengths):
        state = ops.zeros((len(sequences), self.width))
        for time in range(int(ops.max(lengths))):
            updated = self.step(ops.concatenate([sequences[:, time], state], axis=-1))
            state = ops.where(ops.expand_dims(lengths, -1) > time, updated, state)
        return self.out(state)


@entry(real(4, 6, 3), np.array([2, 4, 1, 3], "int32"), targets=real(4, 1), recordable=False)
def as_many_steps_as_the_data_says() -> Model:
    return DynamicDepth(4)


class ProgressivelyGrown(Model):
    """How many blocks are used is a Variable, which a callback raises as training goes on."""

    def __init__(self, blocks):
        super().__init__()
        self.blocks = [layers.Dense(5, activation="tanh") for _ in range(blocks)]
        self.active = self.add_weight(shape=(), dtype="int32", initializer="ones", trainable=False, name="active")

    def call(self, x):
        for block in self.blocks[: int(self.active)]:
            x = x + block(x)
        return x


@entry(real(6, 5), targets=real(6, 5, phase=1.0), recordable=False)
def depth_in_a_variable() -> Model:
    return ProgressivelyGrown(1)


class DeepEquilibrium(Model):
    """Iterates to a fixed point (Bai et al. 2019), the last step with gradients."""

    def __init__(self, width, tolerance=1e-3, limit=30):
        super().__init__()
        self.tolerance, self.limit = tolerance, limit
        self.inject = layers.Dense(width)
        self.weight = self.add_weight(shape=(width, width), initializer="random_normal", name="weight")
        self.out = layers.Dense(2)

    def call(self, x):
        injected = self.inject(x)
        z = ops.zeros_like(injected)
        for _ in range(self.limit):
            updated = ops.tanh(z @ self.weight + injected)
            if ops.max(ops.abs(updated - z)) < self.tolerance:
                break
            z = updated
        return self.out(ops.tanh(ops.stop_gradient(z) @ self.weight + injected))


@entry(real(6, 5), targets=real(6, 2), recordable=False)
def iterates_until_it_converges() -> Model:
    return DeepEquilibrium(4)


class HardMixture(Model):
    """Sends each sample to one expert, and puts the answers back in order."""

    def __init__(self, experts, width):
        super().__init__()
        self.router = layers.Dense(experts)
        self.experts = [layers.Dense(width) for _ in range(experts)]

    def call(self, x):
        weights = ops.softmax(self.router(x))
        chosen = np.argmax(weights.numpy(), axis=-1)
        rows, answers = [], []
        for number, expert in enumerate(self.experts):
            mine = np.flatnonzero(chosen == number)
            if len(mine):
                rows.append(mine)
                answers.append(expert(x[mine]) * weights[mine, number, None])
        order = np.argsort(np.concatenate(rows))
        return ops.take(ops.concatenate(answers, axis=0), order, axis=0)


@entry(real(12, 5), targets=real(12, 2), recordable=False)
def mixture_with_hard_routing() -> Model:
    return HardMixture(2, 2)
