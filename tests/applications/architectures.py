"""What is compared of an application, in Keras and in hybrid alike: its layers, their connections, what it computes.

Used by the tests and by `record_keras.py`; it imports neither framework.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

PATH = Path(__file__).with_name("keras.json.gz")

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "VGG19": ("VGG19", {}),
    "VGG19, no top": ("VGG19", {"include_top": False}),
    "VGG19, no top, max": ("VGG19", {"include_top": False, "pooling": "max", "input_shape": (40, 33, 1)}),
    "VGG19, logits": (
        "VGG19",
        {"input_shape": (32, 32, 3), "classes": 7, "classifier_activation": None, "name": "small"},
    ),
    "InceptionResNetV2": ("InceptionResNetV2", {}),
    "InceptionResNetV2, no top, avg": (
        "InceptionResNetV2",
        {"include_top": False, "pooling": "avg", "input_shape": (75, 90, 3)},
    ),
}
NUMBERS = ("VGG19, no top, max", "InceptionResNetV2, no top, avg")
"""The variants of which outputs are compared, too."""

_OPTIONS = (
    "activation",
    "axis",
    "center",
    "classes",
    "epsilon",
    "filters",
    "kernel_size",
    "momentum",
    "padding",
    "pool_size",
    "scale",
    "strides",
    "units",
    "use_bias",
)


def describe(model: Any) -> dict[str, Any]:
    """Return name, layers in order, and the order of the weights, as plain data."""
    return {
        "name": model.name,
        "parameters": model.count_params(),
        "layers": [_row(layer) for layer in model.layers],
        "connections": _connections(model),
        "weights": [[weight.name, list(weight.shape), bool(weight.trainable)] for weight in model.weights],
    }


def _row(layer: Any) -> list[Any]:
    config = layer.get_config()
    options = {key: _plain(config[key]) for key in _OPTIONS if key in config}
    return [layer.name, type(layer).__name__, list(layer.output.shape), layer.count_params(), options]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _connections(model: Any) -> dict[str, list[str]]:
    """Return the names of the layers that each layer gets its inputs from, as its configuration in the model says."""
    return {layer["name"]: list(_sources(layer["inbound_nodes"])) for layer in model.get_config()["layers"]}


def _sources(item: Any) -> Iterator[str]:
    if isinstance(item, dict):
        if "keras_history" in item:
            yield item["keras_history"][0]
            return
        item = item.values()
    if isinstance(item, Iterable) and not isinstance(item, str):
        for each in item:
            yield from _sources(each)


def values_of(weights: Iterable[Any]) -> list[np.ndarray]:
    """Return values for weights, the same everywhere: such that numbers neither grow nor vanish."""
    stream = np.random.RandomState(7)  # NumPy keeps this generator's numbers for ever
    return [_value(weight.name, tuple(weight.shape), stream) for weight in weights]


def _value(name: str, shape: tuple[int, ...], stream: np.random.RandomState) -> np.ndarray:
    value = stream.random_sample(shape).astype("float32")
    if name == "moving_variance":
        return value + np.float32(0.5)
    value -= np.float32(0.5)
    if len(shape) > 1:
        value *= np.float32(np.sqrt(24 / np.prod(shape[:-1])))
    return value


def images_for(shape: Iterable[int | None]) -> np.ndarray:
    """Return two images."""
    return np.random.RandomState(3).random_sample((2, *list(shape)[1:])).astype("float32")


def save(recorded: dict[str, Any]) -> None:
    """Write what was recorded so that equal results give equal bytes."""
    text = json.dumps(recorded, sort_keys=True, separators=(",", ":"))
    PATH.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def load() -> dict[str, Any]:
    """Read what was recorded."""
    return json.loads(gzip.decompress(PATH.read_bytes()))
