"""`__all__` of every package is exactly what the package offers."""

from __future__ import annotations

import importlib
import types
from pathlib import Path

import pytest

import hybrid

_PACKAGE = Path(hybrid.__file__).parent


def _packages() -> list[str]:
    files = sorted(_PACKAGE.rglob("__init__.py"))
    return [".".join(file.parent.relative_to(_PACKAGE.parent).parts) for file in files]


def disagreements(package: types.ModuleType) -> list[str]:
    """Return where `__all__` and the names of a package differ.

    A module among the names is public only if `__all__` says so: a package always has its submodules as attributes.
    """
    if not hasattr(package, "__all__"):
        return ["there is no __all__"]
    listed = list(package.__all__)
    offered = {
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and name != "annotations" and not isinstance(value, types.ModuleType)
    }
    return [
        *(f"{name} is listed twice" for name in sorted({name for name in listed if listed.count(name) > 1})),
        *(f"{name} is listed but absent" for name in listed if not hasattr(package, name)),
        *(f"{name} is offered but not listed" for name in sorted(offered - set(listed))),
    ]


@pytest.mark.parametrize("name", _packages())
def test_all_equals_the_public_names(name: str) -> None:
    assert disagreements(importlib.import_module(name)) == []


def _synthetic(**names: object) -> types.ModuleType:
    package = types.ModuleType("synthetic")
    vars(package).update(names)
    return package


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"f": len}, "there is no __all__"),
        ({"__all__": ["f", "f"], "f": len}, "f is listed twice"),
        ({"__all__": ["f", "g"], "f": len}, "g is listed but absent"),
        ({"__all__": [], "f": len}, "f is offered but not listed"),
    ],
)
def test_disagreement_is_found(names: dict[str, object], expected: str) -> None:
    assert disagreements(_synthetic(**names)) == [expected]


def test_submodules_and_private_names_need_not_be_listed() -> None:
    assert disagreements(_synthetic(__all__=["f"], f=len, _g=len, ast=types)) == []
