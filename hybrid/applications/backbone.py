"""What the image classifiers have in common: their arguments, their beginning and their end.

Floor 11. Knows no architecture.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from .. import config
from ..core.spec import standardize_shape
from ..core.tensor import SymbolicTensor
from ..errors import ConfigError, ShapeError
from ..layers import GlobalAveragePooling2D, GlobalMaxPooling2D, Input
from ..models import Model
from ..typing import Shape

__all__: list[str] = []

_POOLINGS = {"avg": GlobalAveragePooling2D, "max": GlobalMaxPooling2D}


class Sizes(NamedTuple):
    """Edges of square images, in pixels.

    Attributes:
        usual: what the network was published with.
        least: what it needs to leave a pixel at its end.
    """

    usual: int
    least: int


def begin(
    sizes: Sizes, *, include_top: bool, weights: Any, input_tensor: Any, input_shape: Any, pooling: str | None
) -> Any:
    """Check the arguments and return the images that the network is put on.

    Raises:
        ConfigError: if there is no file of weights, or no such pooling.
        ShapeError: if the network cannot take the images.
    """
    _check_weights(weights)
    if pooling is not None and pooling not in _POOLINGS:
        raise ConfigError(f"There is no pooling {pooling!r}.", fix="use 'avg', 'max' or None")
    if input_tensor is None:
        shape = _usual_shape(sizes, include_top) if input_shape is None else standardize_shape(input_shape)
        _check_shape(shape, sizes, include_top)
        return Input(shape)
    if not isinstance(input_tensor, SymbolicTensor):
        raise ConfigError(
            f"input_tensor must be symbolic, not {type(input_tensor).__name__}.", fix="input_tensor=Input(...)"
        )
    _check_shape(input_tensor.shape[1:], sizes, include_top)
    return input_tensor


def pooled(features: Any, pooling: str | None) -> Any:
    """Return what a network without a top returns: its features, or one number for each channel."""
    return features if pooling is None else _POOLINGS[pooling]()(features)


def finish(images: Any, outputs: Any, *, weights: Any, name: str) -> Model:
    """Make the model of a network, from the inputs that its images come from, and load its weights."""
    sources = _sources(images)
    model = Model(sources[0] if len(sources) == 1 else sources, outputs, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model


def _check_weights(weights: Any) -> None:
    if weights is None or (isinstance(weights, (str, os.PathLike)) and os.path.isfile(weights)):
        return
    raise ConfigError(
        f"There is no file of weights {weights!r}.",
        why="trained weights are neither shipped nor downloaded, so a name such as 'imagenet' stands for nothing",
        fix="leave weights out for random ones, pass the path of what model.save_weights wrote, "
        "or call model.set_weights(keras_model.get_weights()), whose order is the same",
    )


def channels_last() -> bool:
    """Say whether images have their channels last."""
    return config.image_data_format() == "channels_last"


def _usual_shape(sizes: Sizes, include_top: bool) -> Shape:
    size = sizes.usual if include_top else None
    return (size, size, 3) if channels_last() else (3, size, size)


def _check_shape(shape: Shape, sizes: Sizes, include_top: bool) -> None:
    example = (sizes.usual, sizes.usual, 3) if channels_last() else (3, sizes.usual, sizes.usual)
    if len(shape) != 3:
        raise ShapeError(f"Images of shape {list(shape)} have no height, width and channels.", fix=f"e.g. {example}")
    height, width = shape[:2] if channels_last() else shape[1:]
    if include_top and (height is None or width is None):
        raise ShapeError(
            f"Images of shape {list(shape)} have no known size.",
            why="the classifier at the top is made for one size",
            fix=f"give the size, as in {example}, or pass include_top=False",
        )
    if any(size is not None and size < sizes.least for size in (height, width)):
        raise ShapeError(
            f"Images of shape {list(shape)} are too small.",
            why="the network halves them again and again, until nothing would be left",
            fix=f"use images of {sizes.least}×{sizes.least} pixels or more",
        )


def _sources(tensor: SymbolicTensor) -> list[SymbolicTensor]:
    """Return the placeholders that a symbolic tensor is computed from."""
    waiting, seen, found = [tensor], {id(tensor.node)}, []
    while waiting:
        current = waiting.pop()
        if current.node.operation.is_placeholder:
            found.append(current)
        for argument in current.node.arguments:
            if type(argument) is SymbolicTensor and id(argument.node) not in seen:
                seen.add(id(argument.node))
                waiting.append(argument)
    return found
