"""Convolutional networks in research style: blocks as layers, stages in loops, features kept for later."""

from __future__ import annotations

import numpy as np

from hybrid import Model, Sequential, layers, ops
from tests.imperative.entry import CROSSENTROPY, Entry, classes, collector, real

ENTRIES: list[Entry] = []
entry = collector(ENTRIES)


class ResidualBlock(Model):
    """Two convolutions and a shortcut, which is projected where the shape changes (He et al. 2016)."""

    def __init__(self, filters, stride=1, project=False):
        super().__init__()
        self.conv1 = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)
        self.bn1 = layers.BatchNormalization()
        self.conv2 = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.bn2 = layers.BatchNormalization()
        self.shortcut = None
        if project or stride != 1:
            self.shortcut = Sequential([layers.Conv2D(filters, 1, strides=stride), layers.BatchNormalization()])

    def call(self, x, training=None):
        residual = x if self.shortcut is None else self.shortcut(x, training=training)
        x = ops.relu(self.bn1(self.conv1(x), training=training))
        x = self.bn2(self.conv2(x), training=training)
        return ops.relu(x + residual)


class ResNet(Model):
    """Stages of blocks, made in a loop as `_make_layer` does everywhere."""

    def __init__(self, blocks_per_stage, num_classes, width=2):
        super().__init__()
        self.stem = layers.Conv2D(width, 3, padding="same")
        self.stages = []
        for stage, count in enumerate(blocks_per_stage):
            self.stages.append(self._make_stage(width * 2**stage, count, stride=1 if stage == 0 else 2))
        self.pool = layers.GlobalAveragePooling2D()
        self.fc = layers.Dense(num_classes, name="fc")

    def _make_stage(self, filters, count, stride):
        blocks = [ResidualBlock(filters, stride=stride)]
        blocks += [ResidualBlock(filters) for _ in range(1, count)]
        return blocks

    def call(self, x, training=None):
        x = self.stem(x)
        for stage in self.stages:
            for block in stage:
                x = block(x, training=training)
        return self.fc(self.pool(x))


@entry(real(3, 6, 6, 1), targets=classes(3, 3), loss=CROSSENTROPY)
def resnet() -> Model:
    return ResNet([1, 2], 3)


class DenseBlock(layers.Layer):
    """Each convolution sees all outputs before it (Huang et al. 2017)."""

    def __init__(self, depth, growth):
        super().__init__()
        self.norms = [layers.BatchNormalization() for _ in range(depth)]
        self.convs = [layers.Conv2D(growth, 3, padding="same") for _ in range(depth)]

    def call(self, x, training=None):
        features = [x]
        for norm, conv in zip(self.norms, self.convs, strict=True):
            together = ops.concatenate(features, axis=-1)
            features.append(conv(ops.relu(norm(together, training=training))))
        return ops.concatenate(features, axis=-1)


class DenseNet(Model):
    """Dense blocks with transitions between them, in one list."""

    def __init__(self, depths=(2, 2), growth=2, num_classes=3):
        super().__init__()
        self.steps = [layers.Conv2D(2 * growth, 3, padding="same")]
        for number, depth in enumerate(depths):
            if number:
                self.steps.extend([layers.Conv2D(growth, 1), layers.AveragePooling2D(2)])
            self.steps.append(DenseBlock(depth, growth))
        self.steps.append(layers.GlobalAveragePooling2D())
        self.classify = layers.Dense(num_classes)

    def call(self, x, training=None):
        for step in self.steps:
            x = step(x, training=training) if isinstance(step, DenseBlock) else step(x)
        return self.classify(x)


@entry(real(3, 4, 4, 1), targets=classes(3, 3), loss=CROSSENTROPY)
def densenet() -> Model:
    return DenseNet()


class SqueezeExcite(layers.Layer):
    """Weighs channels by what the whole image says (Hu et al. 2018); its layers wait for the number of channels."""

    def __init__(self, ratio=2, **kwargs):
        super().__init__(**kwargs)
        self.ratio = ratio

    def build(self, input_shape):
        channels = input_shape[-1]
        self.squeeze = layers.GlobalAveragePooling2D(keepdims=True)
        self.reduce = layers.Dense(channels // self.ratio, activation="relu")
        self.excite = layers.Dense(channels, activation="sigmoid")

    def call(self, x):
        return x * self.excite(self.reduce(self.squeeze(x)))


class SqueezeExciteNet(Model):
    """Depthwise separable blocks with squeeze and excitation, as in MobileNetV3."""

    def __init__(self, widths):
        super().__init__()
        self.blocks = [
            (layers.DepthwiseConv2D(3, padding="same"), layers.Conv2D(width, 1, activation="relu"), SqueezeExcite())
            for width in widths
        ]
        self.head = Sequential([layers.Flatten(), layers.Dense(2)], name="head")

    def call(self, x):
        for depthwise, pointwise, excite in self.blocks:
            x = excite(pointwise(depthwise(x)))
        return self.head(x)


@entry(real(3, 4, 4, 2), targets=classes(2, 3), loss=CROSSENTROPY)
def squeeze_and_excite() -> Model:
    return SqueezeExciteNet([4, 2])


class UNet(Model):
    """Down, keeping what is seen; up, taking it from the end of the list (Ronneberger et al. 2015)."""

    def __init__(self, widths=(2, 4), outputs=1):
        super().__init__()
        self.down = [self._double(width) for width in widths]
        self.pool = layers.MaxPooling2D(2)
        self.bottom = self._double(widths[-1])
        self.up = [layers.Conv2DTranspose(width, 2, strides=2) for width in reversed(widths)]
        self.merge = [self._double(width) for width in reversed(widths)]
        self.last = layers.Conv2D(outputs, 1)

    @staticmethod
    def _double(width):
        return Sequential([layers.Conv2D(width, 3, padding="same", activation="relu") for _ in range(2)])

    def call(self, x):
        skips = []
        for block in self.down:
            x = block(x)
            skips.append(x)
            x = self.pool(x)
        x = self.bottom(x)
        for up, merge in zip(self.up, self.merge, strict=True):
            x = merge(ops.concatenate([up(x), skips.pop()], axis=-1))
        return self.last(x)


@entry(real(2, 4, 4, 1), targets=real(2, 4, 4, 1) ** 2)
def u_net() -> Model:
    return UNet()


class Inception(Model):
    """Four branches side by side in a dict (Szegedy et al. 2015)."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        conv = lambda size: layers.Conv2D(filters, size, padding="same", activation="relu")  # noqa: E731
        self.branches = {
            "1x1": [conv(1)],
            "3x3": [conv(1), conv(3)],
            "5x5": [conv(1), conv(5)],
            "pool": [layers.MaxPooling2D(3, strides=1, padding="same"), conv(1)],
        }

    def call(self, x):
        outputs = []
        for branch in self.branches.values():
            hidden = x
            for layer in branch:
                hidden = layer(hidden)
            outputs.append(hidden)
        return ops.concatenate(outputs, axis=-1)


class InceptionNet(Model):
    """Two inception blocks and an auxiliary classifier that only training calls, whose loss is added."""

    def __init__(self, num_classes):
        super().__init__()
        self.first, self.second = Inception(1, name="inception_a"), Inception(1, name="inception_b")
        self.auxiliary = layers.Dense(num_classes, name="auxiliary")
        self.classify = layers.Dense(num_classes, name="classify")

    def call(self, images, training=None):
        x = self.first(images)
        if training:
            self.add_loss(0.01 * ops.mean(ops.square(self.auxiliary(ops.mean(x, axis=(1, 2))))))
        return self.classify(ops.mean(self.second(x), axis=(1, 2)))


@entry(real(3, 5, 5, 1), targets=classes(3, 3), loss=CROSSENTROPY, learning_rate=0.1)
def inception() -> Model:
    return InceptionNet(3)


class Capsules(layers.Layer):
    """Routing by agreement, a fixed number of times (Sabour et al. 2017)."""

    def __init__(self, capsules, size, routings=3):
        super().__init__()
        self.capsules, self.size, self.routings = capsules, size, routings

    def build(self, input_shape):
        _, inputs, width = input_shape
        self.kernel = self.add_weight(
            shape=(inputs, self.capsules, width, self.size), initializer="glorot_uniform", name="kernel"
        )

    @staticmethod
    def squash(vectors):
        squared = ops.sum(ops.square(vectors), axis=-1, keepdims=True)
        return vectors * squared / (1 + squared) / ops.sqrt(squared + 1e-7)

    def call(self, x):
        votes = ops.einsum("biw,icws->bics", x, self.kernel)
        logits = ops.zeros_like(votes[..., 0])
        for routing in range(self.routings):
            agreed = self.squash(ops.sum(ops.softmax(logits, axis=2)[..., None] * votes, axis=1))
            if routing < self.routings - 1:
                logits = logits + ops.sum(votes * agreed[:, None], axis=-1)
        return agreed


class CapsuleNet(Model):
    """The length of a capsule says how sure it is."""

    def __init__(self, num_classes):
        super().__init__()
        self.conv = layers.Conv2D(4, 3, activation="relu")
        self.primary = layers.Reshape((-1, 2))
        self.digits = Capsules(num_classes, 3)

    def call(self, images):
        capsules = self.digits(Capsules.squash(self.primary(self.conv(images))))
        return ops.sqrt(ops.sum(ops.square(capsules), axis=-1) + 1e-7)


@entry(real(3, 5, 5, 1), targets=np.eye(3, dtype="float32"), loss="mse")
def capsules_with_routing() -> Model:
    return CapsuleNet(3)


class SpatialTransformerish(Model):
    """Augments in training only, normalizes by constants, reads rows as sequences: whatever a prototype does."""

    def __init__(self):
        super().__init__()
        self.mean, self.std = np.float32(0.1), np.float32(0.5)
        self.jitter = layers.GaussianNoise(0.05, seed=4)
        self.rows = layers.GRU(3)
        self.columns = layers.TimeDistributed(layers.Dense(2, activation="tanh"))
        self.head = layers.Dense(2)

    def call(self, images, training=False):
        x = (images - self.mean) / self.std
        if training:
            x = self.jitter(x[:, ::-1], training=True)
        rows = self.rows(x[..., 0])
        columns = ops.reshape(self.columns(ops.transpose(x[..., 0], (0, 2, 1))), (-1, 8))
        return self.head(np.concatenate([rows, columns], axis=-1))


@entry(real(4, 4, 4, 1), targets=classes(2, 4), loss=CROSSENTROPY, learning_rate=0.03)
def prototype_with_augmentation() -> Model:
    return SpatialTransformerish()
