"""Nothing public goes uncompared: every class has a case or a written reason, and every case is recorded."""

from __future__ import annotations

import importlib
import inspect
import types
from typing import Any

import pytest

from . import recording
from .cases import ALL, BY_NAME
from .specification import Make
from .structure import made_objects

EXEMPT: dict[str, dict[str, str]] = {
    "layers": {
        "Layer": "the base class",
        "Wrapper": "a base class; its subclasses have cases",
        "InputLayer": "holds a placeholder and computes nothing; the functional model cases contain it",
        "InputSpec": "a description, not a layer",
        "Lambda": "runs the user's own function",
    },
    "losses": {"Loss": "the base class", "LossFunctionWrapper": "a base class; its subclasses have cases"},
    "metrics": {"Metric": "the base class"},
    "optimizers": {"Optimizer": "the base class"},
    "optimizers.schedules": {"LearningRateSchedule": "the base class"},
    "initializers": {
        "Initializer": "the base class",
        "RandomInitializer": "a base class; its subclasses have cases",
    },
    "regularizers": {"Regularizer": "the base class"},
    "constraints": {"Constraint": "the base class"},
}


def public_classes(module: types.ModuleType) -> dict[str, type]:
    """The classes that a module offers, by name; a lower-case alias is the class again."""
    names: list[str] = getattr(module, "__all__", None) or [name for name in dir(module) if name[0] != "_"]
    found = {name: getattr(module, name) for name in names}
    return {name: value for name, value in found.items() if inspect.isclass(value)}


def uncovered(module: types.ModuleType, area: str, made: set[str], exempt: dict[str, str]) -> list[str]:
    """The names of classes that no case makes and nobody excused."""
    classes = public_classes(module)
    covered: set[Any] = {
        getattr(module, path.rsplit(".", 1)[1], None) for path in made if path.rsplit(".", 1)[0] == area
    }
    excused = {classes[name] for name in exempt if name in classes}
    return sorted(name for name, value in classes.items() if value not in covered | excused)


def made_paths() -> set[str]:
    """The path of every object that some case makes."""
    return {made.path for made in made_objects(list(ALL))}


@pytest.mark.parametrize("area", EXEMPT)
def test_every_public_class_has_a_case(area: str) -> None:
    module = importlib.import_module(f"hybrid.{area}")
    assert uncovered(module, area, made_paths(), EXEMPT[area]) == []


def test_a_class_without_a_case_is_noticed() -> None:
    module = types.ModuleType("layers")
    module.__dict__.update(Dense=type("Dense", (), {}), New=type("New", (), {}), Layer=type("Layer", (), {}))
    assert uncovered(module, "layers", {"layers.Dense"}, {"Layer": "the base class"}) == ["New"]


def test_every_activation_has_a_case() -> None:
    module = importlib.import_module("hybrid.activations")
    names: list[str] = getattr(module, "__all__", None) or [name for name in dir(module) if name[0] != "_"]
    functions = {name for name in names if inspect.isfunction(getattr(module, name))}
    compared = {name.split("/")[1] for name in BY_NAME if name.startswith("activations/")}
    assert functions - {"get", "serialize", "deserialize"} <= compared


OPS_WITHOUT_CASE: dict[str, str] = {
    "empty": "its values are arbitrary",
    "empty_like": "its values are arbitrary",
    "mish": "keras.ops has none; keras.activations.mish is compared",
    "remainder": "keras.ops has none; NumPy's name of mod",
    "rint": "keras.ops has none",
}


def test_every_op_has_a_case() -> None:
    module = importlib.import_module("hybrid.ops")
    public = {name for name in dir(module) if name[0] != "_" and inspect.isfunction(getattr(module, name))}
    compared = {name.split("/")[1] for name in BY_NAME if name.startswith("ops/")}
    assert sorted(public - compared - OPS_WITHOUT_CASE.keys()) == []
    assert sorted(OPS_WITHOUT_CASE.keys() - public) == []
    assert sorted(compared - public) == []


def test_every_case_is_recorded_and_every_record_has_a_case() -> None:
    assert set(recording.load()[0]) == set(BY_NAME)


def test_recording_is_small() -> None:
    assert recording.PATH.stat().st_size < 1_500_000


def test_made_objects_finds_nested_objects() -> None:
    nested = Make("layers.RNN", cell=[Make("layers.GRUCell", 2)], other={"a": Make("layers.Dense", 1)})
    assert [made.path for made in made_objects(nested)] == ["layers.RNN", "layers.GRUCell", "layers.Dense"]
