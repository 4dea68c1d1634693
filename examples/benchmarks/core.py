"""What the core costs: a call, a training step against hand-written NumPy, long chains built and cloned, the import.

Run it: python examples/benchmarks/core.py [--json FILE]. Times are medians of repeats; the two steps are timed in turn,
so their ratio is to be trusted where the times are not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402

import hybrid as keras  # noqa: E402
from hybrid import layers  # noqa: E402
from hybrid.datasets import digits  # noqa: E402


def median_seconds(function: Callable[[], object], *, repeats: int, calls: int = 1) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        for _ in range(calls):
            function()
        times.append((time.perf_counter() - begin) / calls)
    return statistics.median(times)


# -- a training step, by hand and with hybrid --------------------------------------------------------------------------


class NumpyStep:
    """The README's model (8×8 → 64 → 10) and Adam, as one would write them in NumPy."""

    def __init__(self, weights: list[np.ndarray]):
        self.w1, self.b1, self.w2, self.b2 = (np.array(weight) for weight in weights)
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in (self.w1, self.b1, self.w2, self.b2)]
        self.step = 0

    def __call__(self, images: np.ndarray, labels: np.ndarray) -> float:
        count = len(images)
        flat = images.reshape(count, -1)
        hidden = flat @ self.w1 + self.b1
        active = np.maximum(hidden, 0)
        logits = active @ self.w2 + self.b2
        shifted = logits - logits.max(axis=1, keepdims=True)
        exponentials = np.exp(shifted)
        total = exponentials.sum(axis=1, keepdims=True)
        rows = np.arange(count)
        loss = float(np.mean(np.log(total[:, 0]) - shifted[rows, labels]))
        upstream = exponentials / total
        upstream[rows, labels] -= 1
        upstream /= count
        w2, b2 = active.T @ upstream, upstream.sum(axis=0)
        back = (upstream @ self.w2.T) * (hidden > 0)
        w1, b1 = flat.T @ back, back.sum(axis=0)
        self._adam((w1, b1, w2, b2))
        return loss

    def _adam(self, gradients: tuple[np.ndarray, ...], rate: float = 0.001) -> None:
        self.step += 1
        scale = rate * np.sqrt(1 - 0.999**self.step) / (1 - 0.9**self.step)
        for weight, gradient, (m, v) in zip((self.w1, self.b1, self.w2, self.b2), gradients, self.moments, strict=True):
            m += (gradient - m) * np.float32(0.1)
            v += (gradient * gradient - v) * np.float32(0.001)
            weight -= np.float32(scale) * m / (np.sqrt(v) + np.float32(1e-7))


class HybridStep:
    """The same with hybrid, eagerly: a tape, a loss object, an optimizer object."""

    def __init__(self) -> None:
        self.model = keras.Sequential(
            [keras.Input((8, 8)), layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(10)]
        )
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.optimizer = keras.optimizers.Adam(0.001)
        self.variables = self.model.trainable_variables

    def __call__(self, images: np.ndarray, labels: np.ndarray) -> float:
        return float(self.step(images, labels))

    def step(self, images: np.ndarray, labels: np.ndarray) -> keras.Tensor:
        with keras.GradientTape() as tape:
            loss = self.loss(labels, self.model(images, training=True))
        self.optimizer.apply(tape.gradient(loss, self.variables), self.variables)
        return loss


def batches(size: int = 32) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the digits in batches, again and again."""
    (images, labels), _ = digits.load_data()
    images, labels = images / np.float32(16), labels.astype("int64")
    starts = range(0, len(images) - size + 1, size)
    return itertools.cycle([(images[start : start + size], labels[start : start + size]) for start in starts])


def measure_step(repeats: int = 36, calls: int = 20) -> dict[str, float]:
    ours = HybridStep()
    by_hand = NumpyStep(ours.model.get_weights())
    # Batch after batch, as in training: on one batch units die, and NumPy is slow where their means fade to denormals.
    # A few die even so: after 800 steps their means are that small, so there are fewer steps than that.
    for number, batch in enumerate(itertools.islice(batches(), 50)):
        first, second = ours(*batch), by_hand(*batch)
        assert abs(first - second) < 1e-4 * max(1.0, abs(second)), f"step {number}: {first} against {second}"
    times: dict[str, list[float]] = {"hybrid": [], "numpy": []}
    steps = {"hybrid": map(ours, *zip(*itertools.islice(batches(), repeats * calls), strict=True))}
    steps["numpy"] = map(by_hand, *zip(*itertools.islice(batches(), repeats * calls), strict=True))
    for _ in range(repeats):
        for name, step in steps.items():
            times[name].append(median_seconds(step.__next__, repeats=1, calls=calls))
    hybrid, by_hand_time = statistics.median(times["hybrid"]), statistics.median(times["numpy"])
    return {
        "eager step, hybrid (µs)": hybrid * 1e6,
        "eager step, hand-written NumPy (µs)": by_hand_time * 1e6,
        "eager step, ratio (goal ≤ 2)": hybrid / by_hand_time,
    }


# -- calls, chains, import ---------------------------------------------------------------------------------------------


def measure_call(repeats: int = 30, calls: int = 500) -> dict[str, float]:
    layer = layers.Dense(10)
    x = np.ones((1, 16), "float32")
    layer(x)
    return {
        "Dense(10) on (1, 16) (µs, goal < 15)": median_seconds(lambda: layer(x), repeats=repeats, calls=calls) * 1e6
    }


def make_chain(length: int) -> keras.Model:
    start = end = keras.Input((8,))
    for _ in range(length):
        end = layers.Dense(8)(end)
    return keras.Model(start, end)


def measure_chains(lengths: Sequence[tuple[int, int]] = ((1000, 5), (10_000, 1))) -> dict[str, float]:
    """Measure chains of these lengths, each as often as it says."""
    results = {}
    for length, repeats in lengths:
        results[f"chain of {length} Dense(8), build (s)"] = median_seconds(
            lambda n=length: make_chain(n), repeats=repeats
        )
        model = make_chain(length)
        results[f"chain of {length} Dense(8), clone (s)"] = median_seconds(
            lambda m=model: keras.models.clone_model(m), repeats=repeats
        )
    return results


def measure_import(repeats: int = 7) -> dict[str, float]:
    def seconds(statements: str) -> float:
        code = f"import time; t = time.perf_counter(); {statements}; print(time.perf_counter() - t)"
        command = [sys.executable, "-c", code]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(repeats)]
        return statistics.median(float(run.stdout) for run in runs)

    numpy = seconds("import numpy")
    return {
        "import hybrid beyond import numpy (s, goal ≤ 0.1)": seconds("import numpy, hybrid") - numpy,
        "the same with layers and models (s)": seconds("import numpy, hybrid; hybrid.layers, hybrid.Model") - numpy,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    for measure in (measure_call, measure_step, measure_chains, measure_import):
        figures.update(measure())
    for name, value in figures.items():
        print(f"{name:<52} {value:>10.3f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main()
