"""Models made of attention: masks, causal and padded; encoders, decoders, patches; and what mixes without it."""

from __future__ import annotations

import numpy as np

from hybrid import Model, Sequential, layers, ops
from tests.imperative.entry import CROSSENTROPY, Entry, classes, collector, padded, real

ENTRIES: list[Entry] = []
entry = collector(ENTRIES)


class SelfAttention(Model):
    """Attention written out with einsum, and a mask that is an argument."""

    def __init__(self, width, heads):
        super().__init__()
        self.width, self.heads = width, heads
        self.qkv = layers.Dense(3 * width, use_bias=False)
        self.project = layers.Dense(width)

    def call(self, x, attention_mask=None):
        batch, length = ops.shape(x)[0], x.shape[1]
        qkv = ops.reshape(self.qkv(x), (batch, length, 3, self.heads, self.width // self.heads))
        query, key, value = (qkv[:, :, part] for part in range(3))
        scores = ops.einsum("bqhd,bkhd->bhqk", query, key) / np.sqrt(self.width // self.heads)
        if attention_mask is not None:
            scores = ops.where(attention_mask[:, None, None, :], scores, -1e9)
        attended = ops.einsum("bhqk,bkhd->bqhd", ops.softmax(scores, axis=-1), value)
        return self.project(ops.reshape(attended, (batch, length, self.width)))


@entry(real(3, 4, 6), kwargs={"attention_mask": padded([4, 2, 3], 4)}, targets=real(3, 4, 6, phase=1.0))
def attention_with_a_mask() -> Model:
    return SelfAttention(6, 2)


class TransformerBlock(layers.Layer):
    """Pre-norm attention and a feed-forward network, each with a residual."""

    def __init__(self, width, heads, hidden, rate=0.1, causal=False, cross=False, **kwargs):
        super().__init__(**kwargs)
        self.causal = causal
        self.attention = layers.MultiHeadAttention(heads, width // heads)
        self.attention_norm = layers.LayerNormalization()
        if cross:
            self.cross_attention = layers.MultiHeadAttention(heads, width // heads, name="cross_attention")
            self.cross_norm = layers.LayerNormalization()
        else:
            self.cross_attention = None
        self.feed_forward = Sequential([layers.Dense(hidden, activation="gelu"), layers.Dense(width)], name="mlp")
        self.feed_forward_norm = layers.LayerNormalization()
        self.dropout = layers.Dropout(rate, seed=3)

    def call(self, x, memory=None, training=None):
        normed = self.attention_norm(x)
        attended = self.attention(normed, normed, use_causal_mask=self.causal)
        x = x + self.dropout(attended, training=training)
        if self.cross_attention is not None:
            x = x + self.cross_attention(self.cross_norm(x), memory)
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)), training=training)


class TransformerClassifier(Model):
    """An encoder over padded tokens; the mask comes from the embedding."""

    def __init__(self, vocabulary, length, width=8, heads=2, depth=2, num_classes=2):
        super().__init__()
        self.tokens = layers.Embedding(vocabulary, width, mask_zero=True)
        self.positions = layers.Embedding(length, width)
        self.blocks = [TransformerBlock(width, heads, 2 * width) for _ in range(depth)]
        self.pool = layers.GlobalAveragePooling1D()
        self.classify = layers.Dense(num_classes)

    def call(self, tokens, training=None):
        x = self.tokens(tokens) + self.positions(np.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x, training=training)
        return self.classify(self.pool(x))


@entry(classes(7, 4, 5), targets=classes(2, 4), loss=CROSSENTROPY)
def transformer_encoder() -> Model:
    return TransformerClassifier(7, 5)


class TinyGPT(Model):
    """A decoder with a causal mask, learnt positions and tied embeddings; `generate` is a method of its own."""

    def __init__(self, vocabulary, context, width=8, heads=2, depth=2):
        super().__init__()
        self.context = context
        self.token_embedding = layers.Embedding(vocabulary, width)
        self.position_embedding = self.add_weight(shape=(context, width), initializer="normal", name="positions")
        self.blocks = [TransformerBlock(width, heads, 2 * width, causal=True) for _ in range(depth)]
        self.final_norm = layers.LayerNormalization()

    def call(self, tokens, training=None):
        x = self.token_embedding(tokens) + self.position_embedding[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, training=training)
        return self.final_norm(x) @ self.token_embedding.embeddings.T

    def generate(self, tokens, count):
        for _ in range(count):
            logits = self(tokens[:, -self.context :])
            following = np.argmax(logits[:, -1].numpy(), axis=-1)[:, None].astype(tokens.dtype)
            tokens = np.concatenate([tokens, following], axis=1)
        return tokens


@entry(classes(7, 3, 5)[:, :-1].copy(), targets=classes(7, 3, 5)[:, 1:].copy(), loss=CROSSENTROPY)
def causal_language_model() -> Model:
    return TinyGPT(7, 5)


class Translator(Model):
    """Encoder and decoder with cross-attention, called on a dict."""

    def __init__(self, vocabulary, width=8, heads=2, depth=1):
        super().__init__()
        self.embedding = layers.Embedding(vocabulary, width)
        self.encoder = [TransformerBlock(width, heads, 12) for _ in range(depth)]
        self.decoder = [TransformerBlock(width, heads, 12, causal=True, cross=True) for _ in range(depth)]
        self.logits = layers.Dense(vocabulary)

    def positions(self, length):
        angles = np.arange(length)[:, None] / 10 ** np.arange(4)
        return np.concatenate([np.sin(angles), np.cos(angles)], axis=-1).astype("float32")

    def call(self, inputs, training=None):
        memory = self.embedding(inputs["source"]) + self.positions(inputs["source"].shape[1])
        for block in self.encoder:
            memory = block(memory, training=training)
        x = self.embedding(inputs["target"]) + self.positions(inputs["target"].shape[1])
        for block in self.decoder:
            x = block(x, memory=memory, training=training)
        return self.logits(x)


@entry({"source": classes(6, 3, 5), "target": classes(6, 3, 4)}, targets=classes(6, 3, 4), loss=CROSSENTROPY)
def transformer_with_encoder_and_decoder() -> Model:
    return Translator(6)


class Patches(layers.Layer):
    """Cuts images into patches and embeds them."""

    def __init__(self, size, width):
        super().__init__()
        self.size = size
        self.project = layers.Dense(width)

    def call(self, images):
        batch = ops.shape(images)[0]
        rows, columns, channels = images.shape[1] // self.size, images.shape[2] // self.size, images.shape[3]
        x = ops.reshape(images, (batch, rows, self.size, columns, self.size, channels))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return self.project(ops.reshape(x, (batch, rows * columns, self.size**2 * channels)))


class VisionTransformer(Model):
    """Patches, a class token that is learnt, and positions whose number `build` finds (Dosovitskiy et al. 2021)."""

    def __init__(self, patch_size=2, width=8, heads=2, depth=1, num_classes=3):
        super().__init__()
        self.patch_size, self.width = patch_size, width
        self.patches = Patches(patch_size, width)
        self.blocks = [TransformerBlock(width, heads, 12) for _ in range(depth)]
        self.head = layers.Dense(num_classes)

    def build(self, input_shape):
        count = (input_shape[1] // self.patch_size) * (input_shape[2] // self.patch_size)
        self.class_token = self.add_weight(shape=(1, 1, self.width), initializer="zeros", name="class_token")
        self.positions = self.add_weight(shape=(1, count + 1, self.width), initializer="normal", name="positions")

    def call(self, images, training=None):
        x = self.patches(images)
        token = ops.tile(self.class_token, (ops.shape(x)[0], 1, 1))
        x = ops.concatenate([token, x], axis=1) + self.positions
        for block in self.blocks:
            x = block(x, training=training)
        return self.head(x[:, 0])


@entry(real(3, 4, 4, 2), targets=classes(3, 3), loss=CROSSENTROPY)
def vision_transformer() -> Model:
    return VisionTransformer()


class MixerBlock(layers.Layer):
    """One perceptron over tokens, one over channels."""

    def __init__(self, tokens_hidden, channels_hidden):
        super().__init__()
        self.tokens_hidden, self.channels_hidden = tokens_hidden, channels_hidden
        self.norms = layers.LayerNormalization(), layers.LayerNormalization()

    def build(self, input_shape):
        _, tokens, channels = input_shape
        self.mix_tokens = Sequential([layers.Dense(self.tokens_hidden, activation="gelu"), layers.Dense(tokens)])
        self.mix_channels = Sequential([layers.Dense(self.channels_hidden, activation="gelu"), layers.Dense(channels)])

    def call(self, x):
        mixed = ops.swapaxes(self.mix_tokens(ops.swapaxes(self.norms[0](x), 1, 2)), 1, 2)
        x = x + mixed
        return x + self.mix_channels(self.norms[1](x))


class MlpMixer(Model):
    """Mixes without attention (Tolstikhin et al. 2021)."""

    def __init__(self, depth=2, width=6):
        super().__init__()
        self.stem = layers.Conv2D(width, 2, strides=2)
        self.flatten = layers.Reshape((-1, width))
        self.blocks = [MixerBlock(5, 7) for _ in range(depth)]
        self.head = layers.Dense(3)

    def call(self, images):
        x = self.flatten(self.stem(images))
        for block in self.blocks:
            x = block(x)
        return self.head(ops.mean(x, axis=1))


@entry(real(3, 4, 4, 1), targets=classes(3, 3), loss=CROSSENTROPY)
def mlp_mixer() -> Model:
    return MlpMixer()


class Perceiver(Model):
    """A few latents that are learnt read a long input, with the same cross-attention each time (Jaegle et al. 2021)."""

    def __init__(self, latents=3, width=4, reads=2):
        super().__init__()
        self.latents = self.add_weight(shape=(latents, width), initializer="normal", name="latents")
        self.cross = layers.MultiHeadAttention(1, width)
        self.process = [layers.Dense(width, activation="gelu") for _ in range(reads)]
        self.out = layers.Dense(1)

    def call(self, x):
        latents = ops.broadcast_to(self.latents, (ops.shape(x)[0], *self.latents.shape))
        for layer in self.process:
            latents = latents + self.cross(latents, x)
            latents = latents + layer(latents)
        return self.out(ops.mean(latents, axis=1))


@entry(real(3, 6, 5), targets=real(3, 1))
def latents_that_read() -> Model:
    return Perceiver()
