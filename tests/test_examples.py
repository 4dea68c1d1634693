"""Every example runs from the command line, in time; the benchmark's parts work, with few repeats."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from tests.run_readme_commands import ROOT

_SECONDS = 120
_EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
_BENCHMARKS = sorted((ROOT / "examples" / "benchmarks").glob("*.py"))


def run_example(path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a user would, with warnings as errors and away from the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, "-W", "error", str(path)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path: Path, tmp_path: Path) -> None:
    result = run_example(path, tmp_path)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert result.stdout.strip(), "an example shows something"
    assert not list(tmp_path.iterdir()), "an example leaves nothing behind"


def test_examples_are_there() -> None:
    names = {path.stem for path in _EXAMPLES}
    assert {"three_styles", "custom_training_loop", "multi_input_output", "shared_layers"} <= names
    assert {"transfer_learning", "inception_block"} <= names
    assert {"tree_rnn", "pix2pix", "image_captioning", "nested_styles"} <= names


def test_example_that_fails_is_noticed(tmp_path: Path) -> None:
    script = tmp_path / "wrong.py"
    script.write_text("import hybrid\nassert hybrid is None, 'as it must'\n")
    result = run_example(script, tmp_path)
    assert result.returncode != 0 and "as it must" in result.stderr


def _module(path: Path) -> types.ModuleType:
    specification = importlib.util.spec_from_file_location(f"benchmark_{path.stem}", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", _BENCHMARKS, ids=lambda path: path.stem)
def test_benchmark_can_be_imported_and_has_a_main(path: Path) -> None:
    assert callable(_module(path).main)


def test_core_benchmark_measures_every_part() -> None:
    core = _module(ROOT / "examples" / "benchmarks" / "core.py")
    figures = {
        **core.measure_call(repeats=1, calls=2),
        **core.measure_step(repeats=1, calls=1),
        **core.measure_chains(lengths=((20, 1),)),
        **core.measure_import(repeats=1),
    }
    assert len(figures) == 8
    assert all(figure > 0 for name, figure in figures.items() if "import" not in name)  # a difference of two times


def test_programs_benchmark_measures_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    programs = _module(ROOT / "examples" / "benchmarks" / "programs.py")
    monkeypatch.setattr(programs, "BATCHES", 2)
    figures = {**programs.compare_with_numpy(repeats=1, calls=1), **programs.compare_workloads(None, repeats=1)}
    assert {"64-64-10 step, NumPy / program", "fit_step, eager / program", "predict, eager / program"} < set(figures)
    assert all(figure > 0 for figure in figures.values())


def test_applications_benchmark_measures_every_part() -> None:
    applications = _module(ROOT / "examples" / "benchmarks" / "applications.py")
    figures = applications.measure_network("VGG19", 1, include_top=False, input_shape=(32, 32, 3))
    assert set(applications.GOALS) < set(figures)
    assert all(figure > 0 for figure in figures.values())
