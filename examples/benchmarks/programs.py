"""What programs gain: training steps and predictions against eager calls, hand-written NumPy and, if at hand, Keras.

Run it: python examples/benchmarks/programs.py [--peer PYTHON] [--json FILE]

The peer is the Python of an environment with Keras (KERAS_BACKEND says on what). It runs this same file, as Keras code,
in a process of its own, and is timed in turn with us, so that the ratios are to be trusted where the times are not.
Before its time counts, the losses of a training from the same weights must agree.
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
from collections.abc import Callable
from pathlib import Path
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

sys.path.append(str(Path(__file__).parent))  # core.py stands beside this file

import numpy as np  # noqa: E402

IS_PEER = "--serve" in sys.argv
if IS_PEER:
    import keras
else:
    import hybrid as keras

BATCH, BATCHES = 32, 64


def mlp() -> Any:
    layers = keras.layers
    return keras.Sequential(
        [keras.Input((784,)), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax")]
    )


def small() -> Any:
    layers = keras.layers
    return keras.Sequential([keras.Input((16,)), layers.Dense(16, activation="tanh"), layers.Dense(4)])


def data() -> tuple[np.ndarray, np.ndarray]:
    """Make images that a model can learn to tell apart, so that training does not end in denormals."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, BATCH * BATCHES)
    prototypes = rng.normal(size=(10, 784))
    images = prototypes[labels] + rng.normal(size=(len(labels), 784)) * 4.0
    return images.astype("float32"), labels.astype("int64")


class Workloads:
    """The workloads, as code that hybrid and Keras both run; each returns the seconds of one step."""

    def __init__(self, weights: Path, **compiled: Any):
        self.images, self.labels = data()
        self.mlp, self.small = mlp(), small()
        self.mlp.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **compiled)
        self.small.compile("adam", "mse", **compiled)
        if not weights.exists():
            np.savez(weights, *self.mlp.get_weights())
        with np.load(weights) as stored:
            self.mlp.set_weights([stored[name] for name in stored.files])
        self.row = np.ones((1, 16), "float32")

    def losses(self) -> list[float]:
        """Train for an epoch from the common weights, in the order of the data."""
        options = {"batch_size": BATCH, "shuffle": False, "verbose": 0}
        history = self.mlp.fit(self.images, self.labels, epochs=3, **options).history
        return [float(loss) for loss in history["loss"]]

    def fit_step(self) -> float:
        begin = time.perf_counter()
        self.mlp.fit(self.images, self.labels, batch_size=BATCH, verbose=0)
        return (time.perf_counter() - begin) / BATCHES

    def predict(self) -> float:
        return seconds(lambda: self.small.predict(self.row, verbose=0), 20)

    def predict_on_batch(self) -> float:
        return seconds(lambda: self.small.predict_on_batch(self.row), 100)


def seconds(function: Callable[[], object], calls: int) -> float:
    begin = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - begin) / calls


def serve(weights: Path) -> None:
    """Run the workloads that are asked for, one name a line; answer with JSON."""
    mine = Workloads(weights)
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        print(json.dumps(getattr(mine, line.strip())()), file=answers, flush=True)


class Peer:
    """A process that serves the workloads with Keras."""

    def __init__(self, python: str, weights: Path):
        command = [python, __file__, "--serve", str(weights)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, text=True, **pipes)

    def ask(self, name: str) -> Any:
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def compare_workloads(python: str | None, repeats: int = 15) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights.npz"
        ours, eager = Workloads(weights), Workloads(weights, run_eagerly=True)
        sides: dict[str, Callable[[str], Any]] = {
            "program": lambda name: getattr(ours, name)(),
            "eager": lambda name: getattr(eager, name)(),
        }
        peer = Peer(python, weights) if python else None
        if peer is not None:
            sides["peer"] = peer.ask
        curves = {side: ask("losses") for side, ask in sides.items()}
        for side, curve in curves.items():
            np.testing.assert_allclose(curve, curves["eager"], rtol=1e-3, err_msg=f"the losses of {side} differ")
        figures: dict[str, float] = {}
        for name in ("fit_step", "predict", "predict_on_batch"):
            times: dict[str, list[float]] = {side: [] for side in sides}
            for number in range(repeats + 2):
                for side, ask in sides.items():
                    spent = ask(name)
                    if number >= 2:
                        times[side].append(spent)
            medians = {side: statistics.median(spent) for side, spent in times.items()}
            for side, median in medians.items():
                figures[f"{name}, {side} (µs)"] = median * 1e6
            for side in list(medians)[1:]:
                figures[f"{name}, {side} / program"] = medians[side] / medians["program"]
        if peer is not None:
            peer.close()
        return figures


def compare_with_numpy(repeats: int = 60, calls: int = 20) -> dict[str, float]:
    """The step of core.py as a program, against the step written by hand."""
    from core import HybridStep, NumpyStep, batches

    ours = HybridStep()
    by_hand = NumpyStep(ours.model.get_weights())
    program = keras.jit(ours.step)
    stream = batches()
    for number in range(50):
        batch = next(stream)
        first, second = float(program(*batch)), by_hand(*batch)
        assert abs(first - second) < 1e-4 * max(1.0, abs(second)), f"step {number}: {first} against {second}"
    times: dict[str, list[float]] = {"program": [], "numpy": []}
    for _ in range(repeats):
        chosen = [next(stream) for _ in range(calls)]
        for name, step in (("program", program), ("numpy", by_hand)):
            begin = time.perf_counter()
            for batch in chosen:
                float(step(*batch))
            times[name].append((time.perf_counter() - begin) / calls)
    mine, theirs = (statistics.median(times[name]) for name in ("program", "numpy"))
    return {"64-64-10 step, program (µs)": mine * 1e6, "64-64-10 step, NumPy (µs)": theirs * 1e6,
            "64-64-10 step, NumPy / program": theirs / mine}  # fmt: skip


def measure_tracing() -> dict[str, float]:
    """How many eager steps the first step costs, which records the program."""
    from core import HybridStep, batches

    batch = next(batches())
    eager = HybridStep()
    for _ in range(20):
        eager(*batch)
    step = statistics.median(seconds(lambda: eager(*batch), 10) for _ in range(10))
    firsts = []
    for _ in range(7):
        ours = HybridStep()
        ours(*batch)
        program = keras.jit(ours.step)
        firsts.append(seconds(lambda p=program: p(*batch), 1))
    return {"first step / eager step (goal ≤ 30)": statistics.median(firsts) / step}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="Python of an environment with Keras")
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    figures = {**compare_with_numpy(), **measure_tracing(), **compare_workloads(options.peer)}
    for name, value in figures.items():
        print(f"{name:<52} {value:>10.3f}")
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=1, ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    if IS_PEER:
        serve(Path(sys.argv[2]))
    else:
        main()
