"""Inception-ResNet-v2: blocks of parallel convolutions, each added to its own input.

Floor 11. Written as tables of branches; the figures named in the comments are those of the paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..layers import (
    Activation,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    Layer,
    MaxPooling2D,
)
from ..models import Model
from .backbone import Sizes, begin, channels_last, finish, pooled
from .preprocessing import as_floats, channel_axis

__all__ = ["InceptionResNetV2", "preprocess_input"]

_SIZES = Sizes(usual=299, least=75)


class _Unit(NamedTuple):
    """A convolution, normalized and rectified."""

    filters: int
    window: int | tuple[int, int]
    strides: int = 1
    padding: str = "same"


_Branch = Sequence[_Unit]

# What comes before the first block; figure 3 has a wider one, the released weights have that of Inception-v3.
_STEM = (
    (_Unit(32, 3, 2, "valid"), _Unit(32, 3, 1, "valid"), _Unit(64, 3)),
    (_Unit(80, 1, 1, "valid"), _Unit(192, 3, 1, "valid")),
)
_MIXED_5B: Sequence[_Branch] = (
    (_Unit(96, 1),),
    (_Unit(48, 1), _Unit(64, 5)),
    (_Unit(64, 1), _Unit(96, 3), _Unit(96, 3)),
)
_MIXED_6A: Sequence[_Branch] = (  # figure 7
    (_Unit(384, 3, 2, "valid"),),
    (_Unit(256, 1), _Unit(256, 3), _Unit(384, 3, 2, "valid")),
)
_MIXED_7A: Sequence[_Branch] = (  # figure 18
    (_Unit(256, 1), _Unit(384, 3, 2, "valid")),
    (_Unit(256, 1), _Unit(288, 3, 2, "valid")),
    (_Unit(256, 1), _Unit(288, 3), _Unit(320, 3, 2, "valid")),
)


class _Residual(NamedTuple):
    """A row of blocks whose branches are joined, scaled and added to their input."""

    name: str
    length: int
    scale: float
    branches: Sequence[_Branch]


_BLOCK35 = _Residual(  # figure 16
    "block35",
    10,
    0.17,
    ((_Unit(32, 1),), (_Unit(32, 1), _Unit(32, 3)), (_Unit(32, 1), _Unit(48, 3), _Unit(64, 3))),
)
_BLOCK17 = _Residual(  # figure 17
    "block17", 20, 0.1, ((_Unit(192, 1),), (_Unit(128, 1), _Unit(160, (1, 7)), _Unit(192, (7, 1))))
)
_BLOCK8 = _Residual(  # figure 19
    "block8", 10, 0.2, ((_Unit(192, 1),), (_Unit(192, 1), _Unit(224, (1, 3)), _Unit(256, (3, 1))))
)


class CustomScaleLayer(Layer):
    """Add a scaled tensor to another; the name is Keras's.

    Args:
        scale: of the second input.

    Variables: none.

    Input: list of two tensors of one shape. Output: that shape.

    Example:
        >>> CustomScaleLayer(0.5)([np.ones((1, 2)), np.ones((1, 2))]).numpy()
        array([[1.5, 1.5]], dtype=float32)
    """

    def __init__(self, scale: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        """Add."""
        return inputs[0] + inputs[1] * self.scale


class _Builder:
    """Puts layers on tensors; layers without a name of their own are numbered in the order they are made."""

    def __init__(self) -> None:
        self.axis = 3 if channels_last() else 1
        self._counts: dict[str, int] = {}

    def _numbered(self, base: str) -> str:
        count = self._counts[base] = self._counts.get(base, -1) + 1
        return f"{base}_{count}" if count else base

    def unit(self, x: Any, unit: _Unit, name: str | None = None) -> Any:
        """Convolve, normalize, rectify."""
        filters, window, strides, padding = unit
        names = [f"{name}{end}" for end in ("", "_bn", "_ac")] if name else self._unit_names()
        x = Conv2D(filters, window, strides=strides, padding=padding, use_bias=False, name=names[0])(x)
        x = BatchNormalization(axis=self.axis, scale=False, name=names[1])(x)
        return Activation("relu", name=names[2])(x)

    def _unit_names(self) -> list[str]:
        return [self._numbered(base) for base in ("conv2d", "batch_normalization", "activation")]

    def branch(self, x: Any, units: _Branch) -> Any:
        """Put units on each other."""
        for unit in units:
            x = self.unit(x, unit)
        return x

    def shrink(self, x: Any) -> Any:
        """Halve the size."""
        return MaxPooling2D(3, strides=2, name=self._numbered("max_pooling2d"))(x)

    def smooth(self, x: Any) -> Any:
        """Average over neighbours."""
        return AveragePooling2D(3, strides=1, padding="same", name=self._numbered("average_pooling2d"))(x)

    def joined(self, tensors: list[Any], name: str) -> Any:
        """Join channels."""
        return Concatenate(axis=self.axis, name=name)(tensors)

    def residuals(self, x: Any, row: _Residual) -> Any:
        """Add blocks; the very last one of the network is neither scaled nor rectified."""
        for number in range(1, row.length + 1):
            name = f"{row.name}_{number}"
            is_last = row is _BLOCK8 and number == row.length
            mixed = self.joined([self.branch(x, units) for units in row.branches], f"{name}_mixed")
            change = Conv2D(x.shape[self.axis], 1, padding="same", name=f"{name}_conv")(mixed)
            scale = CustomScaleLayer(1.0 if is_last else row.scale, name=self._numbered("custom_scale_layer"))
            x = scale([x, change])
            if not is_last:
                x = Activation("relu", name=f"{name}_ac")(x)
        return x

    def reduction(self, x: Any, branches: Sequence[_Branch], name: str) -> Any:
        """Halve the size with branches beside a pooling."""
        return self.joined([*(self.branch(x, units) for units in branches), self.shrink(x)], name)


def InceptionResNetV2(
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "inception_resnet_v2",
) -> Model:
    """Make the network Inception-ResNet-v2: 782 layers, 55,873,736 parameters with its top.

    Args:
        include_top: whether the pooling and the dense layer at the end are there.
        weights: `None` for random ones, or the path of an archive that `save_weights` or `save` wrote. Keras's default,
            "imagenet", is an error here: no trained weights are shipped or downloaded.
        input_tensor: symbolic images to put the network on, instead of a new input.
        input_shape: of one image; 299×299 pixels of 3 channels by default, without the top of any size from 75×75.
        pooling: without the top, `"avg"` or `"max"` over all pixels, or `None`.
        classes: width of the dense layer.
        classifier_activation: of the dense layer; `None` for logits.
        name: of the model.

    Returns:
        functional model; images float `[batch, height, width, channels]`, as `preprocess_input` prepares them, to
        `[batch, classes]`, or without the top to `[batch, rows, columns, 1536]`, or `[batch, 1536]` if pooled.

    Raises:
        ConfigError: if there is no such file, pooling or data format.
        ShapeError: if the network cannot take the images.

    Example:
        >>> InceptionResNetV2(include_top=False, input_shape=(75, 75, 3)).output_shape
        (None, 1, 1, 1536)

    Source: Szegedy et al. 2016, "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
    arXiv 1602.07261.
    """
    images = begin(
        _SIZES,
        include_top=include_top,
        weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape,
        pooling=pooling,
    )
    build = _Builder()
    x = images
    for units in _STEM:
        x = build.shrink(build.branch(x, units))
    branches = [build.branch(x, units) for units in _MIXED_5B]
    branches.append(build.unit(build.smooth(x), _Unit(64, 1)))
    x = build.residuals(build.joined(branches, "mixed_5b"), _BLOCK35)
    x = build.residuals(build.reduction(x, _MIXED_6A, "mixed_6a"), _BLOCK17)
    x = build.residuals(build.reduction(x, _MIXED_7A, "mixed_7a"), _BLOCK8)
    x = build.unit(x, _Unit(1536, 1), name="conv_7b")
    if include_top:
        x = GlobalAveragePooling2D(name="avg_pool")(x)
        x = Dense(classes, activation=classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling)
    return finish(images, x, weights=weights, name=name)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Prepare images for Inception-ResNet-v2: from values 0 to 255 to values -1 to 1.

    Args:
        x: array or tensor of images; it is not changed.
        data_format: accepted for Keras's sake: every channel is treated alike.

    Returns:
        array or tensor of floats, of the same shape.

    Example:
        >>> preprocess_input(np.array([0, 255]))
        array([-1.,  1.], dtype=float32)
    """
    channel_axis(data_format)
    return as_floats(x) / 127.5 - 1.0
