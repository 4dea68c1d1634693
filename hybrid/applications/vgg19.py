"""VGG19: sixteen convolutions and three dense layers, one after the other.

Floor 11.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..layers import Conv2D, Dense, Flatten, MaxPooling2D
from ..models import Model
from .backbone import Sizes, begin, finish, pooled
from .preprocessing import as_floats, channel_axis

__all__ = ["VGG19", "preprocess_input"]

_SIZES = Sizes(usual=224, least=32)
_BLOCKS = ((2, 64), (2, 128), (4, 256), (4, 512), (4, 512))
"""Convolutions of each block, and their filters: configuration E of table 1."""
_MEANS = (103.939, 116.779, 123.68)
"""Of the blue, green and red values of ImageNet."""


def VGG19(
    include_top: bool = True,
    weights: Any = None,
    input_tensor: Any = None,
    input_shape: Any = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: Any = "softmax",
    name: str = "vgg19",
) -> Model:
    """Make the network VGG19: 143,667,240 parameters with its top.

    Args:
        include_top: whether the three dense layers at the end are there.
        weights: `None` for random ones, or the path of an archive that `save_weights` or `save` wrote. Keras's default,
            "imagenet", is an error here: no trained weights are shipped or downloaded.
        input_tensor: symbolic images to put the network on, instead of a new input.
        input_shape: of one image; 224×224 pixels of 3 channels by default, without the top of any size from 32×32.
        pooling: without the top, `"avg"` or `"max"` over all pixels, or `None`.
        classes: width of the last dense layer.
        classifier_activation: of the last dense layer; `None` for logits.
        name: of the model.

    Returns:
        functional model; images float `[batch, height, width, channels]`, as `preprocess_input` prepares them, to
        `[batch, classes]`, or without the top to `[batch, height / 32, width / 32, 512]`, or `[batch, 512]` if pooled.

    Raises:
        ConfigError: if there is no such file, pooling or data format.
        ShapeError: if the network cannot take the images.

    Example:
        >>> base = VGG19(include_top=False, input_shape=(32, 32, 3))
        >>> hybrid.Model(base.input, base.get_layer("block4_pool").output).output_shape
        (None, 2, 2, 512)

    Source: Simonyan and Zisserman 2014, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    arXiv 1409.1556.
    """
    images = x = begin(
        _SIZES,
        include_top=include_top,
        weights=weights,
        input_tensor=input_tensor,
        input_shape=input_shape,
        pooling=pooling,
    )
    for block, (convolutions, filters) in enumerate(_BLOCKS, 1):
        for number in range(1, convolutions + 1):
            x = Conv2D(filters, 3, padding="same", activation="relu", name=f"block{block}_conv{number}")(x)
        x = MaxPooling2D(2, strides=2, name=f"block{block}_pool")(x)
    if include_top:
        x = Flatten(name="flatten")(x)
        x = Dense(4096, activation="relu", name="fc1")(x)
        x = Dense(4096, activation="relu", name="fc2")(x)
        x = Dense(classes, activation=classifier_activation, name="predictions")(x)
    else:
        x = pooled(x, pooling)
    return finish(images, x, weights=weights, name=name)


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Prepare images for VGG19: from red, green, blue to blue, green, red, less the means of ImageNet.

    Args:
        x: array or tensor of images, values 0 to 255; it is not changed.
        data_format: `"channels_last"` or `"channels_first"`, the configured one by default.

    Returns:
        array or tensor of floats, of the same shape.

    Example:
        >>> preprocess_input(np.array([[[255, 0, 0]]])).round(1)
        array([[[-103.9, -116.8,  131.3]]], dtype=float32)
    """
    axis = channel_axis(data_format)
    images = np.flip(as_floats(x), axis)
    return images - np.reshape(np.array(_MEANS, images.dtype), (3,) + (1,) * (-1 - axis))
