"""`import hybrid` is quick and loads nothing that may not be needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_LAZY = ("scipy", "h5py", "safetensors", "onnx", "pydot", "jax", "pytest", "urllib.request", "http.client")
_SECONDS = 0.1
_LIMITS = {"import hybrid": 0.5, "import hybrid; hybrid.Model; hybrid.layers; hybrid.ops": 2.0}
"""What statements may cost, in imports of NumPy (about 0.1 s): machines differ, and are busy or not, by a factor."""


def _run(code: str, **variables: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    environment = {**os.environ, **variables}
    run = subprocess.run(command, cwd=_ROOT, env=environment, check=True, capture_output=True, text=True, timeout=60)
    return run.stdout


def _loaded_by(statement: str) -> set[str]:
    """Return those of the lazy modules that a statement loads in a process of its own."""
    printed = _run(f"import sys\n{statement}\nprint(*(name for name in {_LAZY!r} if name in sys.modules))")
    return set(printed.split())


def _cost(statement: str, cache: Path) -> tuple[float, float]:
    """Return the processor time of a statement after NumPy is imported, in seconds and in such imports.

    The least of three. The first run compiles into a cache of its own, as an installation does: a machine may be told
    to write no bytecode.
    """
    code = f"""import time
begin = time.process_time()
import numpy
start = time.process_time()
{statement}
spent = time.process_time() - start
print(spent, spent / (start - begin))"""
    variables = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(cache)}
    runs = [tuple(map(float, _run(code, **variables).split())) for _ in range(3)]
    return min(seconds for seconds, _ in runs), min(imports for _, imports in runs)


def test_import_loads_no_optional_or_slow_module() -> None:
    assert _loaded_by("import hybrid") == set()


def test_a_loaded_module_is_noticed() -> None:
    assert _loaded_by("import hybrid, scipy, http.client") == {"scipy", "http.client"}


@pytest.mark.parametrize("statement", _LIMITS)
def test_import_costs_little_more_than_numpy(statement: str, tmp_path: Path) -> None:
    assert _cost(statement, tmp_path)[1] < _LIMITS[statement]


def test_import_alone_costs_less_than_a_tenth_of_a_second(tmp_path: Path) -> None:
    assert _cost("import hybrid", tmp_path)[0] < _SECONDS


def test_a_slow_import_is_noticed(tmp_path: Path) -> None:
    slow = "while time.process_time() - start < 3 * (start - begin): pass"
    seconds, imports = _cost(slow, tmp_path)
    assert seconds > _SECONDS and imports > max(_LIMITS.values())


def test_adding_rows_loads_no_second_blas() -> None:
    add = (
        "import numpy; from hybrid.ops.gathering import add_rows; add_rows(numpy.ones((99, 99)), numpy.arange(99), 99)"
    )
    check = "import sys; print('scipy.sparse' in sys.modules, 'scipy.linalg' in sys.modules)"
    assert _run(f"{add}; {check}").split() == ["True", "False"]
