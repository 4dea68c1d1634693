"""The framework that the guide tests run on: hybrid, under the name that Keras code gives it.

The same tests run on real Keras, which shows that they ask for Keras's behaviour and not for ours
(the tests of GradientTape excepted, which Keras leaves to its backend)::

    KERAS_BACKEND=jax GUIDES_RUN_ON=keras /tmp/peer/bin/python tests/end_to_end/framework.py
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

keras: Any = importlib.import_module(os.environ.get("GUIDES_RUN_ON", "hybrid"))
ON_HYBRID = keras.__name__ == "hybrid"
ARCHIVE = "model.hybrid" if ON_HYBRID else "model.keras"
WEIGHTS = "model.weights.hybrid" if ON_HYBRID else "model.weights.h5"

# What real Keras 3.15 on JAX does not do, though its guides say it.
NOT_ON_KERAS = {
    "test_a_base_is_frozen_then_fine_tuned": "training=False of a recorded call gives way to the training of fit",
    "test_added_losses_are_trained_with_and_without_a_compiled_loss": "fails without targets: None is no array",
    "test_an_endpoint_layer_needs_no_compiled_loss": "fails without targets: a loss of the layer is not callable",
}


def uniform(*shape: int, seed: int = 0) -> np.ndarray:
    """Numbers between -1 and 1, the same every time."""
    return np.random.default_rng(seed).uniform(-1.0, 1.0, shape).astype("float32")


def labels(count: int, classes: int, *, seed: int = 1) -> np.ndarray:
    """Class numbers, the same every time."""
    return np.random.default_rng(seed).integers(0, classes, count)


def blobs(count: int = 90, classes: int = 3, *, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Points around one centre per class, which any classifier learns, and their classes."""
    random = np.random.default_rng(seed)
    classes_of = np.arange(count) % classes
    centres = np.array([[2.0, 0.0, 0.0, 1.0], [0.0, 2.0, 0.0, -1.0], [0.0, 0.0, 2.0, 0.0]])
    return (centres[classes_of] + 0.3 * random.normal(size=(count, 4))).astype("float32"), classes_of


def values(tensor: Any) -> np.ndarray:
    """A tensor or variable as a NumPy array."""
    return np.asarray(keras.ops.convert_to_numpy(tensor))


def summary_text(model: Any, **options: Any) -> str:
    """What `model.summary` prints."""
    lines: list[str] = []
    model.summary(print_fn=lambda line, *_args, **_kwargs: lines.append(line), **options)
    return "\n".join(lines)


def main() -> int:
    """Run every test that does not need a tape, without pytest; the exit status counts the failures."""
    failed = 0
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    for path in sorted(Path(__file__).parent.glob("test_guide_*.py")):
        if "gradient_tape" in path.name:
            continue
        module = importlib.import_module(f"end_to_end.{path.stem}")
        for name, test in vars(module).items():
            if not name.startswith("test_") or name in NOT_ON_KERAS:
                continue
            with tempfile.TemporaryDirectory() as folder:
                given = {"tmp_path": Path(folder)} if "tmp_path" in inspect.signature(test).parameters else {}
                try:
                    test(**given)
                except Exception as error:
                    failed += 1
                    print(f"{path.name}::{name}: {type(error).__name__}: {str(error)[:300]}")
    print(f"{failed} failed on {keras.__name__} {keras.__version__}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
