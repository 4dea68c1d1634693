"""Names for classes and functions: what we define cannot be shadowed, yours are registered or passed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Model, Sequential, layers, registry
from hybrid.errors import ConfigError, SerializationError
from hybrid.models import clone_model, load_model
from hybrid.saving import (
    CustomObjectScope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)


class Unregistered(layers.Layer):
    def __init__(self, units: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.inner = layers.Dense(units)

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


def doubled(x: Any) -> Any:
    return x * 2


@pytest.fixture(autouse=True)
def registry_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setattr(registry, "_registered_names", dict(registry._registered_names))


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Model, Path]:
    model = Sequential([Input((3,)), Unregistered(2)])
    model.save(tmp_path / "model.hybrid")
    return model, tmp_path / "model.hybrid"


def test_unknown_class_is_named_when_loading(saved: Any) -> None:
    with pytest.warns(UserWarning, match=r"(?s)Unregistered.*recorded copy.*custom_objects"):
        load_model(saved[1])


def test_custom_objects_are_found(saved: Any) -> None:
    model, path = saved
    data = np.ones((2, 3))
    loaded = load_model(path, custom_objects={"Unregistered": Unregistered})
    np.testing.assert_array_equal(loaded(data), model(data))
    with CustomObjectScope({"Unregistered": Unregistered}):
        np.testing.assert_array_equal(load_model(path)(data), model(data))
    with pytest.warns(UserWarning, match="recorded copy"):
        assert not any(type(layer) is Unregistered for layer in load_model(path).layers)


def test_registered_class_is_found_with_and_without_its_package(tmp_path: Path) -> None:
    register_keras_serializable("mine", "Block")(Unregistered)
    assert get_registered_name(Unregistered) == "mine>Block"
    assert get_registered_object("mine>Block") is Unregistered
    model = Sequential([Input((3,)), Unregistered()])
    model.save(tmp_path / "m")
    assert load_model(tmp_path / "m").count_params() == 8
    assert isinstance(deserialize_keras_object(serialize_keras_object(Unregistered())), Unregistered)


def test_adding_to_the_dict_of_custom_objects_registers(saved: Any) -> None:
    get_custom_objects()["Unregistered"] = Unregistered
    assert load_model(saved[1]).count_params() == 8


def test_built_in_names_cannot_be_shadowed(tmp_path: Path) -> None:
    class Dense(layers.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs

    register_keras_serializable()(Dense)
    Sequential([Input((3,)), layers.Dense(2)]).save(tmp_path / "m")
    with CustomObjectScope({"Dense": Dense, "hybrid>Dense": Dense}):
        loaded = load_model(tmp_path / "m", custom_objects={"Dense": Dense, "Sequential": Dense})
        assert type(loaded.layers[0]) is layers.Dense
        assert type(deserialize_keras_object({"class_name": "Dense", "config": {"units": 2}})) is layers.Dense
        again = deserialize_keras_object(serialize_keras_object(Dense()))
        assert type(again) is Dense


def test_two_classes_of_one_name_in_two_packages_are_told_apart() -> None:
    def make(factor: float) -> Any:
        class Twin(layers.Layer):
            def call(self, inputs: Any) -> Any:
                return inputs * factor

        return Twin

    first, second = register_keras_serializable("a")(make(1.0)), register_keras_serializable("b")(make(2.0))
    for cls in (first, second):
        assert type(deserialize_keras_object(serialize_keras_object(cls()))) is cls


def test_registering_a_class_without_get_config_is_refused() -> None:
    class Plain:
        pass

    with pytest.raises(ConfigError, match=r"'Plain'.*no get_config"):
        register_keras_serializable()(Plain)


def test_registering_a_name_twice_is_refused() -> None:
    register_keras_serializable("p", "n")(doubled)
    register_keras_serializable("p", "n")(doubled)

    def other(x: Any) -> Any:
        return x + 1

    with pytest.raises(ConfigError, match="'p>n'.*taken"):
        register_keras_serializable("p", "n")(other)


def test_class_defined_again_may_take_its_own_name() -> None:
    """As when the cell of a notebook is run again."""

    def define() -> Any:
        @register_keras_serializable("again")
        class Again(layers.Layer):
            pass

        return Again

    define()
    second = define()
    assert get_registered_object("again>Again") is second


# -- functions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [doubled, lambda x: x], ids=["function", "lambda"])
def test_unregistered_function_is_refused_when_saving(function: Any, tmp_path: Path) -> None:
    model = Sequential([Input((3,)), layers.Dense(2, activation=function)])
    with pytest.raises(SerializationError) as error:
        model.save(tmp_path / "m")
    text = str(error.value) + "".join(getattr(error.value, "__notes__", ()))
    assert function.__name__ in text
    assert "test_registry.py:" in text
    assert "register_keras_serializable" in text
    assert not (tmp_path / "m").exists()


def test_registered_function_is_saved_by_name(tmp_path: Path) -> None:
    register_keras_serializable("mine")(doubled)
    model = Sequential([Input((3,)), layers.Dense(2, activation=doubled)])
    model.save(tmp_path / "m")
    loaded = load_model(tmp_path / "m")
    assert loaded.layers[0].activation is doubled
    assert "mine>doubled" in model.to_json()


def test_unregistered_function_is_cloned_by_reference() -> None:
    def local(x: Any) -> Any:
        return x + 1

    model = Sequential([Input((3,)), layers.Dense(2, activation=local), Unregistered()])
    clone = clone_model(model)
    assert clone.layers[0].activation is local
    assert type(clone.layers[1]) is Unregistered
    assert clone.layers[1] is not model.layers[1]


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, 2.5, "text", [1, [2]], (1, (2, "x")), {"a": {"b": (1,)}}, slice(1, None, 2), Ellipsis,
        float("inf"), {"class_name_": 1},
    ],
)  # fmt: skip
def test_values_come_back_equal(value: Any) -> None:
    again = deserialize_keras_object(serialize_keras_object(value))
    assert again == value
    assert type(again) is type(value)


def test_arrays_come_back_exactly() -> None:
    for array in (np.float32([0.1, 1e-38]), np.arange(6).reshape(2, 3), np.zeros((0, 2), "float16"), np.array(True)):
        again = deserialize_keras_object(serialize_keras_object(array))
        np.testing.assert_array_equal(again, array)
        assert again.dtype == array.dtype


def test_object_that_is_no_data_is_refused() -> None:
    with pytest.raises(SerializationError, match=r"(?s)type 'object'.*get_config"):
        serialize_keras_object(object())
    with pytest.raises(SerializationError, match="key"):
        serialize_keras_object({(1, 2): 3})


def test_class_itself_comes_back() -> None:
    assert deserialize_keras_object(serialize_keras_object(layers.Dense)) is layers.Dense
    assert deserialize_keras_object(serialize_keras_object(hybrid.activations.relu)) is hybrid.activations.relu
