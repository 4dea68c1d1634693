"""Configurations are captured from the constructor's arguments."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from hybrid import Input, Layer, Model, Sequential, activations, initializers, layers
from hybrid.errors import ConfigError, SerializationError
from hybrid.saving import CustomObjectScope, deserialize_keras_object, serialize_keras_object


class Plain(Layer):
    def __init__(self, units: int, scale: float = 2.0, *, flag: bool = False):
        super().__init__()
        self.seen = (units, scale, flag)


class Variadic(Layer):
    def __init__(self, first: int, *rest: Any, last: str = "z", **kwargs: Any):
        super().__init__(**kwargs)
        self.seen = (first, rest, last)


class Nested(Layer):
    def __init__(self, inner: Any, table: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.inner, self.table = inner, table
        self.seen = (type(inner).__name__, sorted(table or {}))


class Overridden(Layer):
    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.extra = None

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units * 10}


class OldStyle(Layer):
    """As in Keras's guides: the base class does not know the arguments."""

    def __init__(self, units: int = 3, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config.update({"units": self.units})
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(**config)


CLASSES = {cls.__name__: cls for cls in (Plain, Variadic, Nested, Overridden, OldStyle)}


@pytest.mark.parametrize(
    "layer",
    [
        Plain(3),
        Plain(3, 4.0),
        Plain(scale=1.0, units=2, flag=True),
        Variadic(1),
        Variadic(1, 2, (3, 4), last="y", name="named", trainable=False),
        Nested(layers.Dense(3, activation="relu")),
        Nested(layers.Dense(2), {"a": layers.Dense(1), "b": [1, (2,)]}, dtype="float64"),
        Nested(Nested(layers.Dense(1))),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_arguments_come_back(layer: Any) -> None:
    with CustomObjectScope(CLASSES):
        config = layer.get_config()
        again = type(layer).from_config(json.loads(json.dumps(config)))
        assert again.seen == layer.seen
        assert again.get_config() == config
        assert (again.name, again.trainable, again.dtype) == (layer.name, layer.trainable, layer.dtype)


def test_overridden_get_config_counts() -> None:
    layer = Overridden(3, name="o")
    assert layer.get_config()["units"] == 30
    assert Overridden.from_config(layer.get_config()).units == 30


def test_code_of_the_guides_works() -> None:
    with CustomObjectScope(CLASSES):
        layer = deserialize_keras_object(serialize_keras_object(OldStyle(5, name="old")))
    assert (layer.units, layer.name) == (5, "old")


def test_changes_of_our_own_layers_are_seen() -> None:
    layer = layers.Dense(3)
    layer.activation = activations.relu
    layer.use_bias = False
    layer.trainable = False
    config = layer.get_config()
    assert (config["activation"], config["use_bias"], config["trainable"]) == ("relu", False, False)
    assert layers.Dense.from_config(config).activation is activations.relu


def test_subclass_of_a_layer_of_ours_needs_no_code() -> None:
    class Wide(layers.Dense):
        def __init__(self, factor: int, **kwargs: Any):
            super().__init__(units=factor * 2, **kwargs)
            self.factor = factor

    layer = Wide(3, activation="relu", kernel_initializer=initializers.HeNormal(seed=3))
    again = Wide.from_config(layer.get_config())
    assert (again.units, again.factor, again.activation) == (6, 3, activations.relu)
    assert again.kernel_initializer.seed == 3


def test_layer_without_base_arguments_keeps_its_name() -> None:
    layer = Plain(2)
    layer.name = "renamed"
    assert Plain.from_config(layer.get_config()).name == "renamed"


def test_arguments_are_captured_although_the_attribute_changes_meaning() -> None:
    class Doubles(Layer):
        def __init__(self, units: int):
            super().__init__()
            self.units = units * 2

    assert Doubles.from_config(Doubles(3).get_config()).units == 6


def test_shared_argument_is_one_object_again() -> None:
    inner = layers.Dense(2)
    with CustomObjectScope(CLASSES):
        layer = Nested(inner, {"again": inner})
        again = Nested.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.inner is again.table["again"]


def test_array_and_initializer_arguments_come_back() -> None:
    class WithArray(Layer):
        def __init__(self, table: Any, initializer: Any = None):
            super().__init__()
            self.table, self.initializer = table, initializer

    layer = WithArray(np.arange(6, dtype="float32").reshape(2, 3), initializers.Constant(2.5))
    again = WithArray.from_config(json.loads(json.dumps(layer.get_config())))
    np.testing.assert_array_equal(again.table, layer.table)
    assert again.initializer.value == 2.5


def test_unknown_argument_is_named() -> None:
    with pytest.raises(ConfigError, match=r"(?s)Dense has no argument 'unit_count'|Dense has no argument"):
        layers.Dense(3, unit_count=2)
    with pytest.raises(ConfigError, match=r"(?s)'activatoin'.*did you mean activation"):
        layers.Dense(3, activatoin="relu")
    with pytest.raises(ConfigError, match=r"(?s)Plain has no argument 'scales'.*scale"):
        Plain.from_config({"units": 3, "scales": 1})


def test_subclassed_model_is_captured_too() -> None:
    class Small(Model):
        def __init__(self, units: int = 2, name: str | None = None):
            super().__init__(name=name)
            self.units = units
            self.dense = layers.Dense(units)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    again = Small.from_config(Small(5, name="five").get_config())
    assert (again.units, again.name) == (5, "five")


@pytest.mark.parametrize("base", [Layer, Model])
def test_argument_of_a_constructor_may_have_any_name(base: type) -> None:
    class Odd(base):  # type: ignore[misc]
        def __init__(self, cls: Any = None, instance: int = 0):
            super().__init__()
            self.seen = (cls, instance)

    assert Odd.from_config(Odd(cls="token", instance=2).get_config()).seen == ("token", 2)


def test_argument_that_is_no_data_is_named() -> None:
    layer = Nested(Nested(object(), name="inner"), name="outer")
    with pytest.raises(SerializationError) as caught:
        layer.get_config()
    assert [note.strip() for note in caught.value.__notes__] == [
        "argument: 'inner' of Nested 'inner'",
        "argument: 'inner' of Nested 'outer'",
    ]


def test_argument_of_compile_that_is_no_data_is_named() -> None:
    model = Sequential([Input((2,)), layers.Dense(1)])
    model.compile("sgd", loss=lambda targets, predictions: predictions - targets)
    with pytest.raises(SerializationError) as caught:
        model.get_compile_config()
    assert "argument: 'loss' of compile" in caught.value.__notes__[0]
