"""Recurrent and convolutional models of sequences: loops over time steps, cells, encoders and decoders."""

from __future__ import annotations

from hybrid import Model, Sequential, layers, ops
from tests.imperative.entry import CROSSENTROPY, Entry, classes, collector, real

ENTRIES: list[Entry] = []
entry = collector(ENTRIES)


class LoopRNN(Model):
    """A recurrent network as a Python loop over the time steps, with weights in dense layers."""

    def __init__(self, units, outputs):
        super().__init__()
        self.units = units
        self.input_to_hidden = layers.Dense(units)
        self.hidden_to_hidden = layers.Dense(units, use_bias=False)
        self.hidden_to_output = layers.Dense(outputs)

    def call(self, x):
        batch, steps = ops.shape(x)[0], x.shape[1]
        hidden = ops.zeros((batch, self.units))
        outputs = []
        for time in range(steps):
            hidden = ops.tanh(self.input_to_hidden(x[:, time]) + self.hidden_to_hidden(hidden))
            outputs.append(self.hidden_to_output(hidden))
        return ops.stack(outputs, axis=1)


@entry(real(4, 5, 3), targets=real(4, 5, 2) / 2, learning_rate=0.02)
def rnn_as_a_python_loop() -> Model:
    return LoopRNN(6, 2)


class CellRNN(Model):
    """Two LSTM cells by hand, each with its state, on top of each other."""

    def __init__(self, units, depth=2):
        super().__init__()
        self.cells = [layers.LSTMCell(units) for _ in range(depth)]
        self.dropout = layers.Dropout(0.1, seed=1)
        self.readout = layers.Dense(1)

    def call(self, x, training=False):
        batch = ops.shape(x)[0]
        states = [[ops.zeros((batch, cell.units)), ops.zeros((batch, cell.units))] for cell in self.cells]
        for time in range(x.shape[1]):
            step = x[:, time, :]
            for number, cell in enumerate(self.cells):
                step, states[number] = cell(step, states[number])
                step = self.dropout(step, training=training)
        return self.readout(step)


@entry(real(4, 5, 3), targets=real(4, 1) + 1, learning_rate=0.03)
def rnn_of_lstm_cells() -> Model:
    return CellRNN(4)


class Encoder(Model):
    """Returns its outputs and its state."""

    def __init__(self, vocabulary, width, units):
        super().__init__()
        self.embedding = layers.Embedding(vocabulary, width)
        self.gru = layers.GRU(units, return_sequences=True, return_state=True)

    def call(self, tokens):
        return self.gru(self.embedding(tokens))


class Decoder(Model):
    """One step at a time, with additive attention to what the encoder read (Bahdanau et al. 2015)."""

    def __init__(self, vocabulary, width, units):
        super().__init__()
        self.embedding = layers.Embedding(vocabulary, width)
        self.cell = layers.GRUCell(units)
        self.query, self.key, self.score = layers.Dense(units), layers.Dense(units), layers.Dense(1)
        self.logits = layers.Dense(vocabulary)

    def attend(self, state, memory):
        scores = self.score(ops.tanh(ops.expand_dims(self.query(state), 1) + self.key(memory)))
        return ops.sum(ops.softmax(scores, axis=1) * memory, axis=1)

    def call(self, token, state, memory):
        context = self.attend(state, memory)
        hidden, state = self.cell(ops.concatenate([self.embedding(token), context], axis=-1), [state])
        return self.logits(hidden), state[0]


class Seq2Seq(Model):
    """An encoder and a decoder that is fed the right tokens (teacher forcing)."""

    def __init__(self, source_vocabulary, target_vocabulary, width=4, units=5):
        super().__init__()
        self.encoder = Encoder(source_vocabulary, width, units)
        self.decoder = Decoder(target_vocabulary, width, units)

    def call(self, inputs):
        source, target = inputs
        memory, state = self.encoder(source)
        logits = []
        for position in range(target.shape[1]):
            step, state = self.decoder(target[:, position], state, memory)
            logits.append(step)
        return ops.stack(logits, axis=1)


@entry(
    (classes(7, 4, 5), classes(6, 4, 3)),
    targets=classes(6, 4, 3)[::-1].copy(),
    loss=CROSSENTROPY,
    learning_rate=0.03,
)
def sequence_to_sequence() -> Model:
    return Seq2Seq(7, 6)


class TextCNN(Model):
    """Convolutions of several widths over words, the largest answer of each (Kim 2014)."""

    def __init__(self, vocabulary, width=6, sizes=(2, 3, 4), filters=3, num_classes=2):
        super().__init__()
        self.embedding = layers.Embedding(vocabulary, width)
        self.convolutions = [layers.Conv1D(filters, size, activation="relu") for size in sizes]
        self.pools = [layers.GlobalMaxPooling1D() for _ in sizes]
        self.dropout = layers.Dropout(0.2, seed=1)
        self.classify = layers.Dense(num_classes)

    def call(self, tokens, training=None):
        x = self.embedding(tokens)
        pooled = [pool(convolve(x)) for convolve, pool in zip(self.convolutions, self.pools, strict=True)]
        return self.classify(self.dropout(ops.concatenate(pooled, axis=1), training=training))


@entry(classes(9, 6, 7), targets=classes(2, 6), loss=CROSSENTROPY, learning_rate=0.02)
def text_cnn() -> Model:
    return TextCNN(9)


class TiedLanguageModel(Model):
    """The embedding's matrix is the output's matrix too (Press and Wolf 2017); padding is masked."""

    def __init__(self, vocabulary, width):
        super().__init__()
        self.embedding = layers.Embedding(vocabulary, width, mask_zero=True)
        self.lstm = layers.LSTM(width, return_sequences=True)
        self.bias = self.add_weight(shape=(vocabulary,), initializer="zeros", name="output_bias")

    def call(self, tokens):
        hidden = self.lstm(self.embedding(tokens))
        return ops.matmul(hidden, ops.transpose(self.embedding.embeddings)) + self.bias


@entry(classes(8, 4, 5), targets=classes(8, 4, 5), loss=CROSSENTROPY, learning_rate=0.03)
def embedding_shared_with_the_output() -> Model:
    return TiedLanguageModel(8, 5)


class GatedBlock(layers.Layer):
    """A dilated causal convolution with gate, residual and skip connection."""

    def __init__(self, filters, dilation, **kwargs):
        super().__init__(**kwargs)
        options = {"kernel_size": 2, "dilation_rate": dilation, "padding": "causal"}
        self.signal = layers.Conv1D(filters, activation="tanh", **options)
        self.gate = layers.Conv1D(filters, activation="sigmoid", **options)
        self.residual, self.skip = layers.Conv1D(filters, 1), layers.Conv1D(filters, 1)

    def call(self, x):
        gated = self.signal(x) * self.gate(x)
        return x + self.residual(gated), self.skip(gated)


class WaveNet(Model):
    """Loops over cycles of growing dilations (van den Oord et al. 2016)."""

    def __init__(self, filters=4, cycles=2, dilations=(1, 2, 4), outputs=1):
        super().__init__()
        self.causal = layers.Conv1D(filters, 2, padding="causal")
        self.blocks = []
        for cycle in range(cycles):
            for dilation in dilations:
                self.blocks.append(GatedBlock(filters, dilation, name=f"cycle_{cycle}_dilation_{dilation}"))
        self.finish = Sequential(
            [layers.ReLU(), layers.Conv1D(filters, 1, activation="relu"), layers.Conv1D(outputs, 1)]
        )

    def call(self, x):
        x = self.causal(x)
        skips = 0
        for block in self.blocks[:-1]:
            x, skip = block(x)
            skips = skips + skip
        x, skip = self.blocks[-1](x)
        return self.finish(skips + skip + x)


@entry(real(3, 8, 1), targets=real(3, 8, 1, phase=1.7))
def wavenet() -> Model:
    return WaveNet(cycles=2, dilations=[1, 2])


class BidirectionalTagger(Model):
    """A mask travels from the embedding through two recurrent layers; a word is tagged from both sides."""

    def __init__(self, vocabulary, tags):
        super().__init__()
        self.embedding = layers.Embedding(vocabulary, 4, mask_zero=True)
        self.both = layers.Bidirectional(layers.GRU(3, return_sequences=True))
        self.norm = layers.LayerNormalization()
        self.tag = layers.TimeDistributed(layers.Dense(tags))

    def call(self, tokens, mask=None):
        return self.tag(self.norm(self.both(self.embedding(tokens))))


@entry(classes(6, 4, 5), targets=classes(3, 4, 5), loss=CROSSENTROPY, learning_rate=0.02)
def bidirectional_tagger() -> Model:
    return BidirectionalTagger(6, 3)


class ScanningModel(Model):
    """A linear state space, run by `ops.scan`, with the step as a method."""

    def __init__(self, units, outputs):
        super().__init__()
        self.enter = layers.Dense(units)
        self.decay = self.add_weight(shape=(units,), initializer="zeros", name="decay")
        self.readout = layers.Dense(outputs)

    def step(self, state, inputs):
        state = ops.sigmoid(self.decay) * state + inputs
        return state, state

    def call(self, x):
        inputs = ops.transpose(self.enter(x), (1, 0, 2))
        _, states = ops.scan(self.step, ops.zeros_like(inputs[0]), inputs)
        return self.readout(ops.transpose(states, (1, 0, 2)))


@entry(real(3, 6, 2), targets=real(3, 6, 1), learning_rate=0.03)
def state_space_with_scan() -> Model:
    return ScanningModel(4, 1)


class WhileModel(Model):
    """Branches and loops on values said with `ops.cond` and `ops.while_loop`, so that it can be recorded."""

    def __init__(self, units, steps=3):
        super().__init__()
        self.dense = layers.Dense(units)
        self.mix = self.add_weight(shape=(units, units), initializer="orthogonal", name="mix")
        self.steps = steps

    def call(self, x):
        x = self.dense(x)
        x = ops.cond(ops.mean(x) > 0, lambda: x * 2.0, lambda: x - 1.0)
        _, x = ops.while_loop(
            lambda step, state: step < self.steps,
            lambda step, state: (step + 1, ops.tanh(state @ self.mix)),
            (0, x),
            maximum_iterations=self.steps,
        )
        return x


@entry(real(4, 3), targets=real(4, 4) / 2)
def control_flow_as_operations() -> Model:
    return WhileModel(4)
