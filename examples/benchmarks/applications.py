"""What big networks cost: to build, clone, print, save and load, and how much memory a layer takes beside its weights.

Run it: python examples/benchmarks/applications.py [--network VGG19] [--peer PYTHON] [--json FILE]. Times are medians of
repeats after one run that is not counted. Weights are drawn when they are first read, so building and cloning are
measured with and without reading them. With --peer, the Python of an environment that has Keras, the same is measured
there, right afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

GOALS = {"build, weights drawn (s)": 1.5, "clone, weights drawn (s)": 1.0, "summary (s)": 0.3}
"""For InceptionResNetV2."""


def median_seconds(function: Callable[[], object], *, repeats: int) -> float:
    times = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:])


def read_weights(model: Any) -> int:
    """Read every weight, which draws it; return their size in bytes."""
    return sum(weight.value.size * weight.dtype.itemsize for weight in model.weights)


def measure_network(network: str, repeats: int = 3, **options: Any) -> dict[str, float]:
    import hybrid as keras

    def build() -> Any:
        return getattr(keras.applications, network)(**options)

    model = build()
    return {
        "layers": len(model.layers),
        "parameters": model.count_params(),
        "build (s)": median_seconds(build, repeats=repeats),
        "build, weights drawn (s)": median_seconds(lambda: read_weights(build()), repeats=repeats),
        "clone (s)": median_seconds(lambda: keras.models.clone_model(model), repeats=repeats),
        "clone, weights drawn (s)": median_seconds(
            lambda: read_weights(keras.models.clone_model(model)), repeats=repeats
        ),
        **measure_rest(keras, model, "network.hybrid", repeats),
        "memory of a layer beside its weights (KiB)": measure_memory(build) / 1024,
    }


def measure_rest(keras: Any, model: Any, file: str, repeats: int) -> dict[str, float]:
    """What is measured of hybrid and Keras in the same way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        return {
            "summary (s)": median_seconds(lambda: model.summary(print_fn=lambda line: None), repeats=repeats),
            "configuration as JSON (s)": median_seconds(model.to_json, repeats=repeats),
            "save (s)": median_seconds(lambda: model.save(path), repeats=repeats),
            "load (s)": median_seconds(lambda: keras.models.load_model(path), repeats=repeats),
        }


def measure_memory(build: Callable[[], Any]) -> float:
    """Return how many bytes a layer takes on average, its weights left out."""
    tracemalloc.start()
    model = build()
    weights = read_weights(model)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (size - weights) / len(model.layers)


def measure_keras(network: str, repeats: int) -> dict[str, float]:
    """The same in Keras, which draws weights at once."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras  # in the process that --peer starts

    def build() -> Any:
        return getattr(keras.applications, network)(weights=None)

    model = build()
    return {
        "build, weights drawn (s)": median_seconds(build, repeats=repeats),
        "clone, weights drawn (s)": median_seconds(lambda: keras.models.clone_model(model), repeats=repeats),
        **measure_rest(keras, model, "network.keras", repeats),
    }


def ask_peer(python: str, network: str, repeats: int) -> dict[str, float]:
    """Run this file with another Python and return what it measured of Keras."""
    command = [python, __file__, "--measure-keras", "--network", network, "--repeats", str(repeats)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        sys.exit(f"{python} could not measure Keras:\n{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", default="InceptionResNetV2", choices=["InceptionResNetV2", "VGG19"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer", metavar="PYTHON", help="Python of an environment with Keras, to measure it, too")
    parser.add_argument("--json", help="also write the figures to this file")
    parser.add_argument("--measure-keras", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure_keras:
        print(json.dumps(measure_keras(options.network, options.repeats)))
        return
    figures = {"hybrid": measure_network(options.network, options.repeats)}
    if options.peer:
        figures["keras"] = ask_peer(options.peer, options.network, options.repeats)
    goals = GOALS if options.network == "InceptionResNetV2" else {}
    print(f"{options.network:<44} {' '.join(f'{name:>12}' for name in figures)}")
    for name in figures["hybrid"]:
        values = [f"{column[name]:>12,.3f}" if name in column else f"{'-':>12}" for column in figures.values()]
        print(f"{name:<44} {' '.join(values)}" + (f"  goal < {goals[name]}" if name in goals else ""))
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
