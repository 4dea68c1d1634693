"""Every snippet and command of README.md and CONTRIBUTING.md does what it says.

Python blocks run here, those of a section one after the other in one namespace. Of the commands, what needs no network
runs here too; the whole of them, installation included, is run by `.ci/run`, which is checked for it.
"""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import hybrid
from tests.run_readme_commands import ROOT, Block, blocks, commands, table_rows

_README = (ROOT / "README.md").read_text(encoding="utf-8")
_CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def _sections() -> dict[str, list[Block]]:
    """The Python blocks of both files, by `file: section`."""
    found: dict[str, list[Block]] = {}
    for file, text in (("README.md", _README), ("CONTRIBUTING.md", _CONTRIBUTING)):
        for block in blocks(text):
            if block.language == "python":
                found.setdefault(f"{file}: {block.section}", []).append(block)
    return found


def _run_section(name: str, section: list[Block], namespace: dict[str, object] | None = None) -> None:
    namespace = {"__name__": "snippet"} if namespace is None else namespace
    file = name.partition(":")[0]
    for block in section:
        # Blank lines in front, so that a traceback shows the line in the file.
        exec(compile("\n" * (block.line - 1) + block.code, file, "exec"), namespace)


def _run_python(arguments: list[str], folder: Path) -> None:
    """Run a new interpreter that finds the checkout; fails with what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = str(ROOT)
    result = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]


@pytest.mark.parametrize("name", _sections())
def test_snippets_of_section_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if name.startswith("CONTRIBUTING.md"):
        # What the recipes add to the package must not be there for other tests.
        code = f"from tests import test_readme as t; t._run_section({name!r}, t._sections()[{name!r}], globals())"
        _run_python(["-W", "error", "-c", code], tmp_path)
    else:
        monkeypatch.chdir(tmp_path)
        _run_section(name, _sections()[name])


def test_snippet_that_fails_is_noticed_at_its_line() -> None:
    section = [Block("s", "python", 3, "x = 1\n"), Block("s", "python", 7, "x += 1\nassert x == 3\n")]
    with pytest.raises(AssertionError) as caught:
        _run_section("README.md: s", section)
    assert caught.traceback[-1].lineno + 1 == 8


_BASES = {
    "hybrid.layers": (hybrid.Layer, {"InputLayer", "Wrapper"}),
    "hybrid.losses": (hybrid.Loss, {"LossFunctionWrapper"}),
    "hybrid.metrics": (hybrid.Metric, {"MeanMetricWrapper"}),
    "hybrid.optimizers": (hybrid.Optimizer, set()),
    "hybrid.optimizers.schedules": (hybrid.optimizers.schedules.LearningRateSchedule, set()),
    "hybrid.callbacks": (hybrid.callbacks.Callback, {"CallbackList"}),
    "hybrid.initializers": (hybrid.Initializer, set()),
}


def _number_offered(package: str) -> int:
    module = importlib.import_module(package)
    if package == "hybrid.ops":
        return len(module.__all__)
    base, others = _BASES[package]
    offered = {getattr(module, name) for name in module.__all__}
    classes = {each for each in offered if inspect.isclass(each) and issubclass(each, base) and each is not base}
    return len({each for each in classes if each.__name__ not in others})


@pytest.mark.parametrize("row", table_rows(_README, "What is in it"), ids=lambda row: row[0].strip("`"))
def test_readme_counts_what_is_there(row: list[str]) -> None:
    claimed = int(row[1].split()[0])
    offered = _number_offered(row[0].strip("`"))
    assert claimed <= offered, f"the README boasts: there are {offered}"
    assert claimed > 0.8 * offered, f"the README is out of date: there are {offered}"


def _steps(command: str) -> list[str]:
    return command.split(" && ")


def test_readme_has_two_commands_that_set_up_an_environment_and_use_it() -> None:
    assert len(commands(_README)) == 2
    for command in commands(_README):
        make, install, use = _steps(command)
        assert make == "python3 -m venv .venv"
        assert install.startswith(".venv/bin/pip install -q ")
        assert use.startswith(".venv/bin/python ")


def test_command_that_runs_an_example_names_one() -> None:
    # The examples themselves are run by tests/test_examples.py.
    arguments = _steps(commands(_README)[0])[-1].split()[1:]
    assert len(arguments) == 1 and (ROOT / arguments[0]).is_file() and arguments[0].startswith("examples/")


def test_command_that_runs_the_tests_is_understood() -> None:
    arguments = _steps(commands(_README)[1])[-1].split()[1:]
    assert arguments[:2] == ["-m", "pytest"] and arguments[-1] == "tests"
    # All tests are these and those beside them; collecting one file shows that the options are right.
    arguments[-1:] = ["tests/test_conftest.py", "--collect-only", "-q", "-p", "no:cacheprovider"]
    _run_python(arguments, ROOT)


def test_ci_runs_the_commands_of_the_readme() -> None:
    assert "\npython3 tests/run_readme_commands.py " in _CI


@pytest.mark.parametrize("command", commands(_CONTRIBUTING))
def test_ci_runs_the_command_of_contributing(command: str) -> None:
    assert command in _CI.splitlines()


def test_blocks_are_read_with_section_language_and_line() -> None:
    text = "# A\n\n```bash\nls\n\npwd\n```\n## B\n```python\n# not a heading\nx = 1\n```\n"
    assert blocks(text) == [
        Block("A", "bash", 4, "ls\n\npwd\n"),
        Block("B", "python", 10, "# not a heading\nx = 1\n"),
    ]
    assert commands(text) == ["ls", "pwd"]


@pytest.mark.parametrize("text", ["```python\nx = 1\n", "```\nls\n```\n", "  ```python\n  x\n  ```\n"])
def test_block_that_would_not_run_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="block"):
        blocks(text)
