"""Names for classes and functions: what we define cannot be shadowed, yours are registered or passed."""

from __future__ import annotations

import gc
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Model, Sequential, layers, registry
from hybrid.errors import ConfigError, LoadError, SerializationError
from hybrid.models import clone_model, load_model
from hybrid.saving import (
    CustomObjectScope,
    custom_object_scope,
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
        float("inf"), {"class_name_": 1}, {1: "a", (2, 3): {True: [None]}}, {3, 1}, frozenset("ab"), Path("a/b.txt"),
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
        serialize_keras_object({object(): 3})


def test_class_itself_comes_back() -> None:
    assert deserialize_keras_object(serialize_keras_object(layers.Dense)) is layers.Dense
    assert deserialize_keras_object(serialize_keras_object(hybrid.activations.relu)) is hybrid.activations.relu


def test_ops_are_known_by_name(tmp_path: Path) -> None:
    assert deserialize_keras_object(serialize_keras_object(hybrid.ops.exp)) is hybrid.ops.exp
    assert deserialize_keras_object(serialize_keras_object(hybrid.activations.tanh)) is hybrid.activations.tanh
    model = Sequential([Input((3,)), layers.Dense(2, activation=hybrid.ops.exp)])
    model.save(tmp_path / "m")
    assert load_model(tmp_path / "m").layers[0].activation is hybrid.ops.exp


# -- dataclasses ------------------------------------------------------------------------------------------------------


@dataclass
class Options:
    """Options as people write them down: numbers, a tuple, other options, a layer."""

    width: int = 3
    sizes: tuple[int, ...] = (2, 3)
    inner: Any = None
    area: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.area = self.width**2


class Configured(Model):
    def __init__(self, options: Options, again: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.options, self.again = options, again
        self.dense = layers.Dense(options.width)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def test_dataclass_comes_back_with_what_it_holds() -> None:
    options = Options(4, (1,), Options(2, inner=layers.Dense(5)))
    with custom_object_scope({"Options": Options}):
        again = deserialize_keras_object(serialize_keras_object(options))
    assert (again.width, again.sizes, again.area) == (4, (1,), 16)
    assert (again.inner.width, again.inner.inner.units) == (2, 5)


def test_dataclass_is_found_by_its_registered_name() -> None:
    @register_keras_serializable("dataclasses")
    @dataclass(frozen=True)
    class Frozen:
        width: int

    data = serialize_keras_object({"a": Frozen(7)})
    assert data["a"]["registered_name"] == "dataclasses>Frozen"
    assert deserialize_keras_object(data) == {"a": Frozen(7)}


def test_dataclass_that_is_not_known_is_named() -> None:
    with pytest.raises(LoadError, match=r"(?s)'Options'.*custom_objects"):
        deserialize_keras_object(serialize_keras_object(Options()))


def test_model_of_a_dataclass_is_cloned_with_one_of_its_own(tmp_path: Path) -> None:
    options = Options(2)
    model = Configured(options, again=options)
    model(np.ones((1, 3), "float32"))
    clone = clone_model(model)
    assert clone.options == options and clone.options is not options
    assert clone.again is clone.options, "what was shared is shared"
    model.save(tmp_path / "m")
    loaded = load_model(tmp_path / "m", custom_objects={"Configured": Configured, "Options": Options})
    assert loaded.options == options and loaded.again is loaded.options


# -- constructors that copy -------------------------------------------------------------------------------------------


class Twins(Model):
    """Copies what it makes by configuration, as `Bidirectional` does; what it copies shares an initializer."""

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        shared = hybrid.initializers.RandomNormal(stddev=2.0)
        self.left = layers.Dense(units, kernel_initializer=shared, bias_initializer=shared)
        self.right = layers.Dense.from_config({**self.left.get_config(), "name": "right"})

    def call(self, inputs: Any) -> Any:
        return self.left(inputs) + self.right(inputs)


class OwnReader(Model):
    """Reads its configuration itself, and so calls its constructor while the file is being read."""

    def __init__(self, first: Any, second: Any, units: int = 2):
        super().__init__()
        self.first, self.second, self.twins = first, second, Twins(units)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        return cls(layers.deserialize(config["first"]), layers.deserialize(config["second"]), config["units"])

    def get_config(self) -> dict[str, Any]:
        return {"first": layers.serialize(self.first), "second": layers.serialize(self.second), "units": 2}


def test_constructor_may_copy_by_configuration_while_data_is_read() -> None:
    shared = layers.Dense(4)
    model = OwnReader(shared, shared)
    with custom_object_scope({"OwnReader": OwnReader, "Twins": Twins}):
        again = [
            deserialize_keras_object(json.loads(json.dumps(serialize_keras_object(model)))),
            clone_model(model),
            clone_model(Sequential([model])).layers[0],
        ]
    for twin in again:
        assert twin.first is twin.second, "one object in the file is one object again"
        assert twin.first.units == 4
        for layer in (twin.twins.left, twin.twins.right):
            assert layer.units == 2
            assert layer.kernel_initializer is layer.bias_initializer
            assert layer.kernel_initializer.stddev == 2.0
        assert twin.twins.left.kernel_initializer is not twin.twins.right.kernel_initializer


def test_name_that_is_given_again_forgets_the_thing_before() -> None:
    """The identity of a class that is gone is soon that of another: it must not be taken for one of ours."""
    before = len(registry._builtin_names)
    for _ in range(20):
        registry.register_builtin(type("Passing", (), {"__module__": "hybrid.nowhere"}))
        gc.collect()
    assert len(registry._builtin_names) == before + 1
    assert {id(thing) for things in registry._builtins.values() for thing in things.values()} >= set(
        registry._builtin_names
    )
    registry._builtin_names.pop(id(registry._builtins.pop("hybrid.nowhere")["Passing"]))
