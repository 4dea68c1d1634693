"""Code as Keras's guide to serialization and saving teaches it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .framework import ARCHIVE, WEIGHTS, keras, uniform, values

layers, ops = keras.layers, keras.ops


def small_model() -> Any:
    given = keras.Input(shape=(8,))
    model = keras.Model(given, layers.Dense(1)(given))
    model.compile(optimizer=keras.optimizers.Adam(), loss="mean_squared_error")
    return model


def test_a_trained_model_is_saved_with_its_optimizer(tmp_path: Path) -> None:
    model = small_model()
    points, targets = uniform(32, 8), uniform(32, 1)
    model.fit(points, targets, verbose=0)
    model.save(tmp_path / ARCHIVE)
    again = keras.models.load_model(tmp_path / ARCHIVE)
    np.testing.assert_array_equal(model.predict(points, verbose=0), again.predict(points, verbose=0))
    model.fit(points, targets, shuffle=False, verbose=0)
    again.fit(points, targets, shuffle=False, verbose=0)
    np.testing.assert_allclose(model.get_weights()[0], again.get_weights()[0], rtol=1e-6)
    bare = keras.models.load_model(tmp_path / ARCHIVE, compile=False)
    assert getattr(bare, "optimizer", None) is None


@keras.saving.register_keras_serializable(package="Guides")
class Scaled(layers.Layer):
    """A layer that is registered."""

    def __init__(self, factor: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "factor": self.factor}


@keras.saving.register_keras_serializable(package="guide_package", name="own_activation")
def own_activation(x: Any) -> Any:
    """Is registered under a name of its own."""
    return keras.activations.tanh(x) ** 2


def test_registered_objects_need_no_list(tmp_path: Path) -> None:
    given = keras.Input((4,))
    model = keras.Model(given, layers.Activation(own_activation)(Scaled(factor=0.5)(given)))
    model.save(tmp_path / ARCHIVE)
    again = keras.models.load_model(tmp_path / ARCHIVE)
    np.testing.assert_array_equal(values(again(uniform(2, 4))), values(model(uniform(2, 4))))
    assert again.layers[1].factor == 0.5


class Shifted(layers.Layer):
    """A layer that is not registered."""

    def __init__(self, by: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by = by

    def call(self, inputs: Any) -> Any:
        return inputs + self.by

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "by": self.by}


def test_custom_objects_are_passed_or_scoped(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), Shifted(2.0)])
    model.save(tmp_path / ARCHIVE)
    again = keras.models.load_model(tmp_path / ARCHIVE, custom_objects={"Shifted": Shifted})
    np.testing.assert_array_equal(values(again(uniform(2, 4))), values(model(uniform(2, 4))))
    with keras.saving.custom_object_scope({"Shifted": Shifted}):
        assert keras.models.load_model(tmp_path / ARCHIVE).layers[0].by == 2.0


@keras.saving.register_keras_serializable(package="Guides")
class Classifier(keras.Model):
    """A subclassed model with a layer as an argument."""

    def __init__(self, units: int, inner: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.inner = inner if inner is not None else layers.Dense(units, activation="relu")
        self.head = layers.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.head(self.inner(inputs))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units, "inner": keras.saving.serialize_keras_object(self.inner)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        inner = keras.saving.deserialize_keras_object(config.pop("inner"))
        return cls(inner=inner, **config)


def test_a_subclassed_model_is_saved(tmp_path: Path) -> None:
    model = Classifier(5, inner=layers.Dense(5, activation="tanh"))
    points = uniform(3, 4)
    expected = values(model(points))
    model.save(tmp_path / ARCHIVE)
    again = keras.models.load_model(tmp_path / ARCHIVE)
    np.testing.assert_array_equal(values(again(points)), expected)
    assert again.inner.get_config()["activation"] == "tanh"


def test_configs_are_json() -> None:
    layer = layers.Dense(3, activation="relu", kernel_regularizer=keras.regularizers.L2(0.1))
    again = layers.Dense.from_config(json.loads(json.dumps(layer.get_config())))
    assert again.units == 3
    text = keras.saving.serialize_keras_object(layer)
    assert text["class_name"] == "Dense"
    assert keras.saving.deserialize_keras_object(json.loads(json.dumps(text))).units == 3


def test_only_weights_are_saved(tmp_path: Path) -> None:
    def make() -> Any:
        return keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(3, activation="relu", name="dense"),
                layers.BatchNormalization(name="normal"),
                layers.Dense(2, name="head"),
            ]
        )

    model = make()
    model.save_weights(tmp_path / WEIGHTS)
    again = make()
    again.load_weights(tmp_path / WEIGHTS)
    for left, right in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_weights_move_in_memory() -> None:
    layer, other = layers.Dense(4), layers.Dense(4)
    layer.build((None, 3))
    other.build((None, 3))
    other.set_weights(layer.get_weights())
    np.testing.assert_array_equal(other.get_weights()[0], layer.get_weights()[0])


@keras.saving.register_keras_serializable(package="Guides")
class WithDictionary(layers.Layer):
    """A layer with a state that is not in its weights alone: `get_build_config` tells how to build it again."""

    def __init__(self, units: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape: Any, wide: bool = False) -> None:
        self.wide = wide
        self.table = self.add_weight(shape=(input_shape[-1], self.units * (2 if wide else 1)), name="table")
        self.input_was = tuple(input_shape)
        self.built = True

    def call(self, inputs: Any) -> Any:
        return ops.matmul(inputs, self.table)

    def get_build_config(self) -> dict[str, Any]:
        return {"input_shape": list(self.input_was), "wide": self.wide}

    def build_from_config(self, config: dict[str, Any]) -> None:
        self.build(tuple(config["input_shape"]), wide=config["wide"])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


def test_a_layer_says_how_it_is_built(tmp_path: Path) -> None:
    inner = WithDictionary()
    inner.build((None, 3), wide=True)
    model = Classifier(4, inner=inner)
    expected = values(model(uniform(2, 3)))
    model.save(tmp_path / ARCHIVE)
    again = keras.models.load_model(tmp_path / ARCHIVE)
    assert tuple(again.inner.table.shape) == (3, 4)
    np.testing.assert_array_equal(values(again(uniform(2, 3))), expected)
