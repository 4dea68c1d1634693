"""What a layer shows in a notebook."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np

from hybrid import Input, Sequential, layers


def words(layer: Any) -> str:
    return " ".join(ElementTree.fromstring(layer._repr_html_()).itertext())


def test_layer_shows_path_options_and_weights() -> None:
    model = Sequential([Input((4,)), layers.Dense(3, activation="relu", name="head")], name="m")
    text = words(model.layers[0])
    assert text.startswith("m/head  Dense, float32")
    assert "units=3, activation='relu', use_bias=True, kernel_initializer='GlorotUniform'" in text
    assert "kernel float32 [4, 3] 12 yes bias float32 [3] 3 yes" in text
    assert "constraint" not in text  # what is nothing is not said


def test_weights_inside_have_the_rest_of_their_path() -> None:
    layer = layers.Bidirectional(layers.LSTM(2), name="both")
    layer(np.ones((1, 3, 2), "float32"))
    assert "kernel float32 [2, 8]" in words(layer)
    assert "both/" not in words(layer).removeprefix("both ")


def test_frozen_and_fresh_layers_say_so() -> None:
    assert "not trainable, not built yet" in words(layers.Dense(3, trainable=False))


def test_names_and_options_of_users_are_escaped() -> None:
    layer = layers.Dense(3, name="<i>&")
    assert "&lt;i&gt;&amp;" in layer._repr_html_() and "<i>" not in layer._repr_html_()


class Strange(layers.Layer):
    def __init__(self, thing: Any):
        super().__init__()
        self.thing = thing

    def call(self, inputs: Any) -> Any:
        return inputs


def test_layer_without_a_configuration_is_shown() -> None:
    assert "Strange" in words(Strange(object()))
    assert "..." not in words(Strange("x" * 1000)) and len(words(Strange("x" * 1000))) < 200
