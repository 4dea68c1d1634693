"""The second names of layers, and layers as plain data."""

from __future__ import annotations

import json
from typing import Any

import pytest

import hybrid
from hybrid import layers
from hybrid.errors import LoadError

SECOND_NAMES = {
    **{f"AvgPool{n}D": f"AveragePooling{n}D" for n in (1, 2, 3)},
    **{f"Convolution{n}D": f"Conv{n}D" for n in (1, 2, 3)},
    **{f"Convolution{n}DTranspose": f"Conv{n}DTranspose" for n in (1, 2, 3)},
    **{f"GlobalAvgPool{n}D": f"GlobalAveragePooling{n}D" for n in (1, 2, 3)},
    **{f"GlobalMaxPool{n}D": f"GlobalMaxPooling{n}D" for n in (1, 2, 3)},
    **{f"MaxPool{n}D": f"MaxPooling{n}D" for n in (1, 2, 3)},
    **{f"SeparableConvolution{n}D": f"SeparableConv{n}D" for n in (1, 2)},
}


@pytest.mark.parametrize("second", SECOND_NAMES)
def test_second_name_is_the_same_class(second: str) -> None:
    assert getattr(layers, second) is getattr(layers, SECOND_NAMES[second])


class _Doubling(layers.Layer):
    def call(self, inputs: Any) -> Any:
        return 2 * inputs


def test_layer_comes_back_from_plain_data() -> None:
    layer = layers.Dense(3, activation="relu", kernel_regularizer="l2", name="head")
    again = layers.deserialize(json.loads(json.dumps(layers.serialize(layer))))
    assert type(again) is layers.Dense
    assert again.get_config() == layer.get_config()


def test_own_layer_comes_back_by_custom_objects() -> None:
    again = layers.deserialize(layers.serialize(_Doubling()), custom_objects={"_Doubling": _Doubling})
    assert type(again) is _Doubling


def test_unknown_layer_is_named() -> None:
    with pytest.raises(LoadError, match="Dens"):
        hybrid.layers.deserialize({"class_name": "Dens", "config": {}})
