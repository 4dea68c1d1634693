"""Every workload on this project and on its peers, side by side: times, ratios, memory, goals.

Run it: python examples/benchmarks/run.py --peers PYTHON [--workload NAME ...] [--json FILE] [--markdown]

PYTHON is that of an environment made from `requirements.txt`, which says how. What is not installed there is left out,
and named. Each side is a process of its own, begins from the same weights and is asked in turn, so that the ratios are
to be trusted where the times are not; all of them have all the cores. A step's time is that of an epoch of `fit`,
divided by its steps. A side whose losses (outputs, for predictions) differ from ours by more than 1e-3 has no time: the
table says that instead.

On a machine that is used by others, too, `taskset -c 0 python ... --clock cpu` compares the time of one core that the
sides take for themselves; such ratios are for work on the code, not for the README.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import table
from measure import Plan, Row, measure_calls, measure_network, measure_start, measure_training
from processes import FOLDER, find

TRAININGS = ("mlp", "cnn", "lstm", "encoder", "residual")
OTHERS = ("predict", "call", "start", "network", "growth")


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    threads = {name: os.environ[name] for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS") if name in os.environ}
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        **threads,
    }


def versions(python: str) -> dict[str, str]:
    """Return what is installed in an environment."""
    code = (
        "import json, platform; from importlib.metadata import distributions; "
        "print(json.dumps({'python': platform.python_version(), "
        "**{d.metadata['Name'].lower(): d.version for d in distributions()}}))"
    )
    run = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    named = ("python", "numpy", "keras", "jax", "tensorflow", "tensorflow-cpu", "torch")
    return {name: version for name, version in json.loads(run.stdout).items() if name in named}


def growth(quick: bool, python: str) -> dict[str, dict[str, float]]:
    """Return the figures of `growth.py`."""
    command = [python, str(FOLDER / "growth.py"), *(["--quick"] if quick else [])]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def measures(plan: Plan) -> dict[str, Callable[[], dict[str, Row]]]:
    """Return what can be measured against peers, by the name of the workload."""
    few = plan._replace(repeats=min(plan.repeats, 3))
    return {
        **{name: lambda name=name: measure_training(plan, name) for name in TRAININGS},
        "predict": lambda: measure_calls(plan, "predict", calls=20),
        "call": lambda: measure_calls(plan, "call", calls=20),
        "start": lambda: measure_start(plan._replace(repeats=min(plan.repeats, 5))),
        "network": lambda: measure_network(few, "InceptionResNetV2"),
    }


def measure(options: argparse.Namespace, write: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Measure what is asked for; return the report, which is also written after each workload."""
    pythons, missing = find(options.peers, sys.executable)
    for side, reason in missing.items():
        print(f"{side} is left out: {reason}", file=sys.stderr)
    environments = {"ours": sys.executable, "peers": options.peers}
    report: dict[str, Any] = {
        "date": datetime.datetime.now().isoformat(timespec="seconds"),
        "machine": machine(),
        "versions": {name: versions(python) for name, python in environments.items() if python},
        "missing": missing,
        "options": {name: getattr(options, name) for name in ("workload", "repeats", "clock", "quick")},
        "rows": {},
        "own": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(pythons, Path(folder), options.repeats)
        if options.quick:
            plan = plan._replace(repeats=1, steps=3, warm=1, batches=2)
        functions = measures(plan)
        for name in options.workload:
            print(f"measuring {name}", file=sys.stderr)
            if name == "growth":
                report["own"] = growth(options.quick, pythons["hybrid"])
            else:
                report["rows"].update(functions[name]())
            report["ratios"] = table.ratios(report["rows"])
            write(report)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", nargs="+", choices=[*TRAININGS, *OTHERS], default=[*TRAININGS, *OTHERS])
    parser.add_argument("--peers", metavar="PYTHON", help="Python of the environment with the peers")
    parser.add_argument("--repeats", type=int, default=15, help="times that each side is asked")
    parser.add_argument(
        "--clock", choices=["wall", "cpu"], default="wall", help="cpu: where others use the machine, too"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the figures to this file")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--show", metavar="FILE", type=Path, help="measure nothing, print what an earlier run wrote")
    parser.add_argument("--quick", action="store_true", help="one repeat and small sizes, to see that it works")
    options = parser.parse_args()
    os.environ["BENCHMARKS_CLOCK"] = options.clock  # the sides inherit it

    def write(report: dict[str, Any]) -> None:
        if options.json:
            options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False), encoding="utf-8")

    report = json.loads(options.show.read_text(encoding="utf-8")) if options.show else measure(options, write)
    print(table.show(report, markdown=options.markdown))


if __name__ == "__main__":
    main()
