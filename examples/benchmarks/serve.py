"""A process of one side: it makes models, trains and times them when it is asked to.

Requests are lines of JSON, a method of `Served` and its arguments; so are the answers. `run.py` starts these processes.
With `--first-batch`, the time from the first import to the first trained batch is printed instead.
"""

from __future__ import annotations

# isort: off
from clock import BEGIN, clock, seconds  # before NumPy and all that follows are loaded
# isort: on

import importlib
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
from workloads import WORKLOADS

STATUS = Path("/proc/self/status")


def resident() -> dict[str, float]:
    """Return the memory that is resident now and its peak, in MB; nothing where Linux's `/proc` is missing."""
    if not STATUS.exists():
        return {}
    lines = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
    return {key: int(lines[name].split()[0]) / 1000 for key, name in (("now", "VmRSS"), ("peak", "VmHWM"))}


def forget_peak() -> None:
    """Let the peak of resident memory begin anew, so that what was loaded and thrown away before does not count."""
    if STATUS.exists():
        Path("/proc/self/clear_refs").write_text("5")


def read(file: str) -> list[np.ndarray]:
    with np.load(file) as stored:
        return [stored[name] for name in stored.files]


class Served:
    """What a side can be asked for.

    Args:
        module: where the side's `Trainer` is.
    """

    def __init__(self, module: str):
        self.module = importlib.import_module(module)

    def write(self, name: str, file: str) -> None:
        """Write the weights from which every side begins, the same in every run."""
        self.module.keras.utils.set_random_seed(0)
        np.savez(file, *self.module.Trainer(name, None).weights())

    def begin(self, name: str, file: str, batches: int, warm: int) -> dict[str, float]:
        """Make the model that will be timed and train it until it is warm; return what that took."""
        workload = WORKLOADS[name]
        batches = min(batches, workload.batches)
        self.x, self.y = workload.data(batches)
        self.batch, self.batches = workload.batch, batches
        weights = read(file)
        forget_peak()
        before = resident()
        self.trainer = self.module.Trainer(name, weights)
        one = self.x[: self.batch], self.y[: self.batch]
        first = seconds(lambda: self.trainer.fit(*one, self.batch))
        for _ in range(warm):
            self.epoch()
        after = resident()
        memory = {"memory growth (MB)": after["peak"] - before["now"], "memory (MB)": after["peak"]} if after else {}
        return {"first step (s)": first, **memory}

    def curve(self, name: str, file: str, steps: int) -> list[float]:
        """Return the losses of the first steps from the common weights, without dropout, batch after batch."""
        workload = WORKLOADS[name]
        trainer = self.module.Trainer(name, read(file), deterministic=True)
        x, y = workload.data(steps)
        starts = range(0, len(x), workload.batch)
        return [trainer.fit(x[s : s + workload.batch], y[s : s + workload.batch], workload.batch) for s in starts]

    def epoch(self) -> float:
        """Return the seconds of a step, in an epoch of `fit`."""
        return seconds(lambda: self.trainer.fit(self.x, self.y, self.batch)) / self.batches

    def outputs(self, name: str, file: str, way: str) -> list[list[float]]:
        """Make the model that will be called; return what it gives for one sample, from the common weights."""
        self.trainer = self.module.Trainer(name, read(file))
        self.x, _ = WORKLOADS[name].data(1)
        return np.asarray(getattr(self.trainer, way)(self.x[:1])).tolist()

    def call(self, way: str, calls: int) -> float:
        """Return the seconds of `predict` or `call` of one sample."""
        one = self.x[:1]
        function = getattr(self.trainer, way)
        return seconds(lambda: function(one), calls)

    def network(self, network: str, options: dict[str, Any], file: str) -> dict[str, Any]:
        """Do with a big network what is done with one; return the seconds and the shapes of its weights."""
        return self.module.use_network(network, options, file)


def first_batch(module: str) -> dict[str, float]:
    trainer_class = importlib.import_module(module).Trainer
    imported = clock() - BEGIN
    workload = WORKLOADS["mlp"]
    trainer = trainer_class("mlp", None)
    x, y = workload.data(1)
    trainer.fit(x, y, workload.batch)
    return {"import": imported, "first batch": clock() - BEGIN}


def main() -> None:
    # Frameworks print what they like; the answers get a channel of their own.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if sys.argv[2:] == ["--first-batch"]:
        print(json.dumps(first_batch(sys.argv[1])), file=answers, flush=True)
        return
    served: Served | None = None
    for line in sys.stdin:
        method, arguments = json.loads(line)
        try:
            served = served or Served(sys.argv[1])
            answer = {"value": getattr(served, method)(**arguments)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
