"""Plain objects in configurations: dataclasses, named tuples, Enums; and what a constructor was given."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import hybrid
from hybrid import Model, layers
from hybrid.errors import ConfigError, LoadError, SerializationError
from hybrid.models import clone_model, load_model, model_from_json
from hybrid.registry import CustomObjectScope, _registered, _registered_names
from hybrid.saving import deserialize_keras_object, register_keras_serializable, serialize_keras_object

DATA = np.ones((2, 4), "float32")


class Mode(enum.Enum):
    FAST = "fast"
    SLOW = ("slow", 1)


class Kind(enum.StrEnum):
    A = "a"


class Bits(enum.Flag):
    X = 1
    Y = 2


class Size(NamedTuple):
    width: int
    height: int = 2


@dataclasses.dataclass
class Options:
    units: int
    rates: list[float] = dataclasses.field(default_factory=list)
    nested: Any = None
    total: float = dataclasses.field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.total = sum(self.rates)


@dataclasses.dataclass(frozen=True)
class Frozen:
    layer: Any


class Configured(Model):
    """Is given everything there is, in every way there is."""

    def __init__(
        self, options: Any, /, size: Any, *others: Any, mode: Any = Mode.SLOW, default: int = 3, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.options, self.size, self.others, self.mode = options, size, others, mode
        self.dense = layers.Dense(options.units)
        self.given = [other for other in others if isinstance(other, layers.Layer)]

    def call(self, x: Any) -> Any:
        for layer in (*self.given, self.dense):
            x = layer(x)
        return x


KNOWN = {cls.__name__: cls for cls in (Mode, Kind, Bits, Size, Options, Frozen, Configured)}
RECORDS: list[Any] = [
    Mode.FAST,
    Mode.SLOW,
    Kind.A,
    Bits.X,
    Bits.X | Bits.Y,
    Size(1),
    Options(3, [0.1, 0.2], {"mode": Mode.FAST, "path": Path("x/y"), 1: (2, Size(3, 4))}),
    Frozen((1, Options(2))),
]


@pytest.fixture(autouse=True)
def registry_is_restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    registered, names = dict(_registered), dict(_registered_names)
    yield
    for table, before in ((_registered, registered), (_registered_names, names)):
        table.clear()
        table.update(before)  # type: ignore[call-overload]


@pytest.mark.parametrize("record", RECORDS, ids=repr)
def test_record_comes_back_equal(record: Any) -> None:
    data = json.loads(json.dumps(serialize_keras_object(record)))
    again = deserialize_keras_object(data, custom_objects=KNOWN)
    assert again == record
    assert type(again) is type(record)


@pytest.mark.parametrize("record", RECORDS, ids=repr)
def test_record_of_an_unknown_class_is_refused_as_a_layer_is(record: Any) -> None:
    name = type(record).__name__
    with pytest.raises(LoadError, match=rf"(?s)'{name}'.*register_keras_serializable.*custom_objects=\{{'{name}'"):
        deserialize_keras_object(serialize_keras_object(record))


def test_registered_record_is_known_by_its_name() -> None:
    register_keras_serializable("mine")(Options)
    data = serialize_keras_object(Options(3))
    assert data["registered_name"] == "mine>Options"
    assert deserialize_keras_object(data) == Options(3)


def test_class_that_says_nothing_of_itself_is_not_registered() -> None:
    with pytest.raises(ConfigError, match="no get_config"):
        register_keras_serializable()(type("Opaque", (), {}))


def test_only_records_and_configurable_classes_are_made() -> None:
    made = []

    class Opaque:
        def __init__(self, **values: Any):
            made.append(values)

    for thing in (Opaque, made.append, dict):
        with pytest.raises(LoadError, match="from_config"):
            deserialize_keras_object({"class_name": "T", "config": {"a": 1}}, custom_objects={"T": thing})
    assert not made


def test_fields_that_do_not_fit_are_refused() -> None:
    with pytest.raises(LoadError, match="unexpected"):
        deserialize_keras_object({"class_name": "Size", "config": {"depth": 1}}, custom_objects=KNOWN)
    with pytest.raises(LoadError, match="FASTER"):
        deserialize_keras_object({"class_name": "Mode", "config": {"name": "FASTER"}}, custom_objects=KNOWN)


def test_dataclass_whose_constructor_takes_more_is_refused() -> None:
    @dataclasses.dataclass
    class Derived:
        kept: int
        given: dataclasses.InitVar[int]

    with pytest.raises(SerializationError, match=r"(?s)'Derived'.*'given'.*get_config"):
        serialize_keras_object(Derived(1, 2))


def test_record_that_occurs_twice_is_one_again() -> None:
    options = Options(1)
    again = deserialize_keras_object(serialize_keras_object([options, Frozen(options)]), custom_objects=KNOWN)
    assert again[0] is again[1].layer


@pytest.mark.parametrize(
    "array", [np.array([object()]), np.array([1j]), np.array([b"a"])], ids=["objects", "complex", "bytes"]
)
def test_array_that_json_cannot_hold_is_refused(array: Any) -> None:
    with pytest.raises(SerializationError, match="ndarray"):
        serialize_keras_object(array)


def test_array_of_strings_comes_back() -> None:
    array = np.array(["a", "bcd"])
    np.testing.assert_array_equal(deserialize_keras_object(serialize_keras_object(array)), array)


def configured() -> Any:
    shared = layers.Dense(4, name="shared")
    options = Options(3, [0.5], {"again": shared, "table": np.arange(3)})
    return Configured(options, Size(1, 2), shared, (1, "x"), layers.Dense(4), mode=Mode.FAST, name="mine")


def test_everything_a_constructor_was_given_survives(tmp_path: Path) -> None:
    model = configured()
    model(DATA)
    model.save(tmp_path / "m")
    with CustomObjectScope(KNOWN):
        twins = [clone_model(model), load_model(tmp_path / "m"), model_from_json(model.to_json())]
        for twin in twins:
            assert twin.options.rates == [0.5]
            assert twin.options is not model.options
            assert (twin.size, twin.mode, twin.others[1], twin.name) == (Size(1, 2), Mode.FAST, (1, "x"), "mine")
            assert twin.options.nested["again"] is twin.given[0] is not model.given[0]
            assert len(twin.layers) == 3
            assert twin.to_json() == model.to_json()


def test_configuration_says_what_was_given_then() -> None:
    sizes, table, options = [1, [2]], {"a": [1]}, Options(3, [0.5])
    model = Configured(options, sizes, table)
    before = json.dumps(model.get_config())
    sizes.append(3)
    sizes[1].append(4)
    table["b"] = 2
    table["a"].clear()
    options.units, options.nested = 7, 1
    options.rates.append(1.0)
    assert json.dumps(model.get_config()) == before
    assert model.options is options
    assert model.size is sizes


def test_layers_given_in_a_list_keep_being_shared() -> None:
    class Both(Model):
        def __init__(self, blocks: Any, head: Any):
            super().__init__()
            self.blocks, self.head = blocks, head

        def call(self, x: Any) -> Any:
            return self.head(self.blocks[0](x))

    dense = layers.Dense(4)
    model = Both([dense, {"same": dense}], hybrid.Sequential([dense]))
    with CustomObjectScope({"Both": Both}):
        for twin in (Both.from_config(model.get_config()), clone_model(model), model_from_json(model.to_json())):
            assert twin.blocks[0] is twin.blocks[1]["same"] is twin.head.layers[0] is not dense


def test_signature_is_what_the_tests_above_say() -> None:
    kinds = {parameter.kind for parameter in inspect.signature(Configured).parameters.values()}
    assert len(kinds) == 5
