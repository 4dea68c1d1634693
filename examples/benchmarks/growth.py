"""What programs cost, ours alone: the first step, which records one, and growth with batch and depth.

Run it: python examples/benchmarks/growth.py [--quick]. It prints JSON; `run.py` makes tables of it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from typing import Any

os.environ["KERAS_BACKEND"] = "hybrid"

from clock import seconds  # noqa: E402
from keras_side import Trainer, keras  # noqa: E402
from workloads import WORKLOADS, classes  # noqa: E402

BATCHES = (1, 8, 32, 128, 512, 2048)
DEPTHS = (1, 2, 4, 8, 16, 32)


def tracing(name: str, repeats: int) -> float:
    """Return the first step of `fit` in steps run eagerly; both are `fit` of one batch, so its own cost is in both."""
    workload = WORKLOADS[name]
    x, y = workload.data(1)
    eager = Trainer(name, None, run_eagerly=True)
    eager.fit(x, y, workload.batch)
    step = statistics.median(seconds(lambda: eager.fit(x, y, workload.batch)) for _ in range(5 * repeats))
    trainers = [Trainer(name, None) for _ in range(repeats)]
    for trainer in trainers:
        trainer.predict(x)  # draws the weights
    return statistics.median(seconds(lambda t=trainer: t.fit(x, y, workload.batch)) for trainer in trainers) / step


def step(depth: int, batch: int, repeats: int) -> float:
    """Return the seconds of a step of a network with so many hidden layers of 128 units."""
    hidden = [keras.layers.Dense(128, activation="relu") for _ in range(depth)]
    model = keras.Sequential([keras.Input((784,)), *hidden, keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    steps = max(4, 1024 // batch)
    x, y = classes((784,), batch * steps, 4.0)
    times = [seconds(lambda: model.fit(x, y, batch_size=batch, verbose=0)) / steps for _ in range(repeats + 2)]
    return statistics.median(times[2:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repeats and sizes, to see that it works")
    quick = parser.parse_args().quick
    names = ["mlp"] if quick else ["mlp", "cnn", "lstm", "encoder", "residual"]
    repeats, some = (1, slice(2)) if quick else (7, slice(None))
    figures: dict[str, dict[Any, float]] = {
        "first step, in eager steps": {name: tracing(name, repeats) for name in names},
        "step by batch (s)": {batch: step(1, batch, repeats) for batch in BATCHES[some]},
        "step by depth (s)": {depth: step(depth, 32, repeats) for depth in DEPTHS[some]},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
