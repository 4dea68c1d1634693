"""Every example runs from the command line, in time; the benchmarks work, with few repeats."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.run_readme_commands import ROOT

_SECONDS = 120
_EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run_example(path: Path, *arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as a user would, with warnings as errors and away from the checkout."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        [sys.executable, "-W", "error", str(path), *map(str, arguments)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(path: Path, tmp_path: Path) -> None:
    result = run_example(path, folder=tmp_path)
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
    result = run_example(script, folder=tmp_path)
    assert result.returncode != 0 and "as it must" in result.stderr


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], types.ModuleType]]:
    """Import a module of the benchmarks as it is imported when one of them runs, and forget it afterwards."""
    folder = ROOT / "examples" / "benchmarks"
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("KERAS_BACKEND", "hybrid")
    yield importlib.import_module
    for path in folder.glob("*.py"):
        sys.modules.pop(path.stem, None)


def test_benchmarks_run_without_peers(tmp_path: Path) -> None:
    report = tmp_path / "figures.json"
    command = [ROOT / "examples" / "benchmarks" / "run.py", "--quick", "--json", report, "--markdown"]
    result = run_example(*command, "--workload", "mlp", "predict", "call", "start", "growth", folder=tmp_path)
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    assert "keras-jax is left out" in result.stderr and "| MLP 784-128-10" in result.stdout
    figures = json.loads(report.read_text(encoding="utf-8"))
    assert set(figures["rows"]) == {"mlp", "predict", "call", "import", "first batch"}
    assert all(side["seconds"] > 0 for row in figures["rows"].values() for side in row.values())
    assert set(figures["rows"]["mlp"]) == {"hybrid", "numpy"}
    assert figures["rows"]["mlp"]["numpy"]["difference of losses"] < 1e-4
    assert set(figures["own"]) == {"first step, in eager steps", "step by batch (s)", "step by depth (s)"}


def test_benchmarks_handle_a_big_network(benchmark: Callable[[str], types.ModuleType], tmp_path: Path) -> None:
    measure = benchmark("measure")
    plan = measure.Plan({"hybrid": sys.executable}, tmp_path, repeats=1)
    rows = measure.measure_network(plan, "VGG19", include_top=False, input_shape=(32, 32, 3))
    assert {"build", "clone, weights read", "save", "load", "summary", "to_json"} <= set(rows)
    assert all(row["hybrid"]["seconds"] > 0 for row in rows.values())


def test_workloads_have_what_is_timed(benchmark: Callable[[str], types.ModuleType]) -> None:
    trainings, workloads = benchmark("run").TRAININGS, benchmark("workloads").WORKLOADS
    trainer = benchmark("keras_side").Trainer
    for name in trainings:
        model = trainer(name, None, deterministic=True).model
        x, _ = workloads[name].data(1)
        assert model.input_shape == (None, *x.shape[1:]) and model.output_shape == (None, 10)
        assert all(layer.rate == 0 for layer in model.layers if "dropout" in layer.name)


def test_side_whose_losses_differ_or_that_fails_has_no_time(benchmark: Callable[[str], types.ModuleType]) -> None:
    measure, table = benchmark("measure"), benchmark("table")
    assert measure.difference([1.0, 2.0], [1.0, 2.0]) == 0 and measure.difference([1.0, 2.2], [1.0, 2.0]) > 0.09
    row: dict[str, dict[str, object]] = {}
    sides = [types.SimpleNamespace(name=name) for name in ("hybrid", "keras-jax", "keras-torch", "torch")]

    def ask(side: types.SimpleNamespace) -> dict[str, object]:
        if side.name == "torch":
            raise measure.SideError("no memory")
        return {"problem": "losses differ by 2e-02"} if side.name == "keras-jax" else {}

    fine = measure.in_turn(sides, row, ask)
    assert [side.name for side in fine] == ["hybrid", "keras-torch"]
    measure.time_in_turn(fine, row, 3, lambda side: {"hybrid": 0.5, "keras-torch": 1.0}[side.name])
    shown = table.text(table.times({"mlp": row}), markdown=False)
    assert "losses differ by 2e-02" in shown and "failed: no memory" in shown and "1 s (2×)" in shown
    assert table.ratios({"mlp": row})["mlp"] == {"fastest": "keras-torch", "ratio": 2.0, "goal": 1.2, "reached": True}


def test_process_of_a_side_says_what_went_wrong(benchmark: Callable[[str], types.ModuleType]) -> None:
    processes = benchmark("processes")
    with processes.Side("numpy", sys.executable) as side:
        with pytest.raises(processes.SideError, match="KeyError"):
            side.ask("begin", name="no such workload", file="", batches=1, warm=1)
        with pytest.raises(processes.SideError, match="has no attribute 'dance'"):
            side.ask("dance")


def test_core_benchmark_measures_every_part(benchmark: Callable[[str], types.ModuleType]) -> None:
    core = benchmark("core")
    figures = {
        **core.measure_call(repeats=1, calls=2),
        **core.measure_step(repeats=1, calls=1),
        **core.measure_chains(lengths=((20, 1),)),
        **core.measure_memory("VGG19", include_top=False, input_shape=(32, 32, 3)),
    }
    assert len(figures) == 7
    assert all(figure > 0 for figure in figures.values())
