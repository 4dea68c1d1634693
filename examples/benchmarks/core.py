"""What the core costs: a call, an eager training step by hand-written NumPy's, long chains, memory beside weights.

Run it: python examples/benchmarks/core.py [--json FILE]. Times are medians of repeats; the two steps are timed in turn,
so their ratio is to be trusted where the times are not.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np  # noqa: E402
from numpy_side import NumpyStep  # noqa: E402

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


class HybridStep:
    """The README's model (8×8 → 64 → 10) and Adam with hybrid, eagerly: a tape, a loss object, an optimizer object."""

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


# -- calls, chains, memory ---------------------------------------------------------------------------------------------


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


def measure_memory(network: str = "InceptionResNetV2", **options: Any) -> dict[str, float]:
    """Measure how much a layer takes on average, its weights left out."""
    tracemalloc.start()
    model = getattr(keras.applications, network)(weights=None, **options)
    weights = sum(weight.value.size * weight.dtype.itemsize for weight in model.weights)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {f"{network}, memory of a layer beside its weights (KiB)": (size - weights) / len(model.layers) / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", help="also write the figures to this file")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    for measure in (measure_call, measure_step, measure_chains, measure_memory):
        figures.update(measure())
    for name, value in figures.items():
        print(f"{name:<64} {value:>10.3f}")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(figures, file, indent=1, ensure_ascii=False)


if __name__ == "__main__":
    main()
