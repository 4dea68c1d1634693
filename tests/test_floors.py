"""The floors of the house: a module imports only from floors below its own (design.md, section 4; CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_PACKAGE = _ROOT / "hybrid"

FLOORS: dict[int, tuple[str, ...]] = {
    1: ("errors", "typing"),
    2: ("tree", "naming", "config", "markup"),
    3: ("registry", "serialization", "configurable", "lookup"),
    4: ("core",),
    5: ("ops", "random"),
    6: ("activations", "initializers", "regularizers", "constraints"),
    7: ("engine",),
    8: ("layers", "losses", "metrics", "optimizers"),
    9: ("training", "callbacks", "saving"),
    10: ("models",),
    11: ("datasets", "applications", "utils", "testing"),
}
_TOP = 12
_FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names}

# Neighbours on one floor do not import each other, but for these: who imports, from whom.
_NEIGHBOURS = {
    ("metrics", "losses"),  # every loss is also a metric
    ("random", "ops"),  # draws take shapes as ops do
    ("training", "callbacks"),  # fit tells callbacks
    ("callbacks", "saving"),  # a backup is an archive
    ("serialization", "registry"),
    ("configurable", "registry"),
    ("configurable", "serialization"),
    ("lookup", "registry"),
    ("lookup", "serialization"),
}

_NEEDED = {"numpy", "typing_extensions"}
_LAZY = {"scipy", "h5py", "safetensors", "onnx", "pydot", "jax"}


def violations(module: str, source: str, *, is_package: bool = False) -> list[str]:
    """Return what is wrong with the imports of one module, as `line: reason`."""
    found = []
    for line, name, in_function in _imports(module, ast.parse(source), is_package):
        reason = (
            _hybrid_reason(module, name, in_function) if _is_hybrid(name) else _other_reason(module, name, in_function)
        )
        if reason:
            found.append(f"{module}:{line}: {reason}")
    return found


def _imports(module: str, tree: ast.Module, is_package: bool) -> Iterator[tuple[int, str, bool]]:
    """Yield line, full dotted name and whether it is inside a function, for every import of a module."""
    package = module.split(".") if is_package else module.split(".")[:-1]
    for node, in_function in _walk(tree, False):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, in_function
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{source}.{alias.name}", in_function
        elif isinstance(node, ast.Call) and _called_name(node) in ("import_module", "__import__") and node.args:
            if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value, in_function


def _walk(node: ast.AST, in_function: bool) -> Iterator[tuple[ast.AST, bool]]:
    for child in ast.iter_child_nodes(node):
        yield child, in_function
        inside = in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _walk(child, inside)


def _called_name(call: ast.Call) -> str:
    return getattr(call.func, "attr", None) or getattr(call.func, "id", "")


def _is_hybrid(name: str) -> bool:
    return name.split(".")[0] == "hybrid"


def _hybrid_reason(module: str, name: str, in_function: bool) -> str | None:
    own, other = _part(module), _part(name)
    if in_function:
        return f"imports {name} inside a function"
    if own == other:
        return None
    if own != "" and own not in _FLOOR_OF:
        return f"hybrid.{own} stands on no floor: add it to FLOORS and to CONTRIBUTING.md"
    own_floor, other_floor = _FLOOR_OF.get(own, _TOP), _FLOOR_OF.get(other, _TOP)
    if other_floor < own_floor or (own, other) in _NEIGHBOURS:
        return None
    return f"floor {own_floor} imports {name} from floor {other_floor}"


def _part(name: str) -> str:
    """The part of the house a dotted name belongs to; "" for the top, which is also where unknown names come from."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and (parts[1] in _FLOOR_OF or (_PACKAGE / parts[1]).exists()) else ""


def _other_reason(module: str, name: str, in_function: bool) -> str | None:
    library = name.split(".")[0]
    if library == "jax" and _part(module) != "engine":
        return "imports jax outside the engine"
    if library in sys.stdlib_module_names:
        return None
    if library in _LAZY:
        return None if in_function else f"imports {library} at its top, where it is loaded even if not needed"
    if library in _NEEDED:
        return f"imports {library} inside a function" if in_function else None
    return f"imports {library}, which is no dependency"


def _modules() -> list[str]:
    return [path.relative_to(_ROOT).as_posix() for path in sorted(_PACKAGE.rglob("*.py"))]


@pytest.mark.parametrize("file", _modules())
def test_module_imports_only_from_floors_below(file: str) -> None:
    path = _ROOT / file
    is_package = path.name == "__init__.py"
    parts = path.parent.relative_to(_ROOT).parts if is_package else path.relative_to(_ROOT).with_suffix("").parts
    assert violations(".".join(parts), path.read_text(encoding="utf-8"), is_package=is_package) == []


def test_every_part_of_the_house_stands_on_a_floor() -> None:
    parts = {path.stem for path in _PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert parts - {"__init__"} <= set(_FLOOR_OF)


def test_contributing_lists_the_same_floors() -> None:
    text = (_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split("## The floors")[1].split("\n## ")[0]
    listed = {
        int(number): tuple(re.findall(r"`(\w+)`", names))
        for number, names in re.findall(r"(?m)^(\d+)\. ([^:\n]*)", section)
    }
    assert listed == {**FLOORS, _TOP: ("hybrid",)}


@pytest.mark.parametrize(
    ("module", "source", "reason"),
    [
        ("hybrid.ops.math", "from hybrid.layers import Dense", "floor 5 imports hybrid.layers.Dense from floor 8"),
        ("hybrid.ops.math", "from ..layers.base import Layer", "from floor 8"),
        ("hybrid.ops.math", "from .. import layers", "from floor 8"),
        ("hybrid.ops.math", "import hybrid.models", "from floor 10"),
        ("hybrid.ops.math", "from hybrid import Tensor", "from floor 12"),
        ("hybrid.ops.math", "import hybrid", "from floor 12"),
        ("hybrid.errors", "from .typing import Shape", "floor 1 imports"),
        ("hybrid.losses.base", "from hybrid import metrics", "floor 8 imports"),
        ("hybrid.core.door", "if TYPE_CHECKING:\n    from ..layers import Layer", "from floor 8"),
        ("hybrid.layers.base", "def f():\n    from ..ops import add", "inside a function"),
        ("hybrid.layers.base", "class A:\n    def f(self):\n        from . import dense", "inside a function"),
        ("hybrid.layers.base", "def f():\n    importlib.import_module('hybrid.models')", "inside a function"),
        ("hybrid.layers.base", "def f():\n    import numpy", "inside a function"),
        ("hybrid.saving.keras", "import h5py", "at its top"),
        ("hybrid.ops.math", "from scipy import special", "at its top"),
        ("hybrid.ops.math", "def f():\n    import jax", "outside the engine"),
        ("hybrid.ops.math", "def f():\n    import pandas", "no dependency"),
    ],
)
def test_violation_is_found(module: str, source: str, reason: str) -> None:
    (found,) = violations(module, source)
    assert reason in found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("hybrid.layers.base", "import numpy as np\nfrom ..ops import add\nfrom . import call\nfrom .call import bind"),
        ("hybrid.metrics.regression", "from ..losses import regression"),
        ("hybrid.ops.special", "def erf(x):\n    from scipy import special"),
        ("hybrid.saving.keras", "def load():\n    import h5py\n    import zipfile"),
        ("hybrid.engine.jax_executor", "def run():\n    import jax.numpy as jnp"),
        ("hybrid", "from .models import Model"),
    ],
)
def test_allowed_import_is_not_reported(module: str, source: str) -> None:
    assert violations(module, source, is_package=module == "hybrid") == []
