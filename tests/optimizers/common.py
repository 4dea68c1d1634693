"""What the tests of optimizers share: one of each kind, variables and gradients to try them on."""

from __future__ import annotations

from typing import Any

import numpy as np

import hybrid
from hybrid import optimizers, registry

SHAPES = ((3, 2), (4,), ())

# Options that switch on what is off by default, for every optimizer that has such options.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "SGD": [{"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}],
    "Adam": [{"amsgrad": True}],
    "AdamW": [{"amsgrad": True, "weight_decay": 0.1}],
    "RMSprop": [{"momentum": 0.5, "centered": True}],
    "Ftrl": [{"l1_regularization_strength": 0.1, "l2_shrinkage_regularization_strength": 0.1, "beta": 0.5}],
}
CLASSES = {
    name: thing
    for name, thing in registry.builtins_of("hybrid.optimizers").items()
    if issubclass(thing, optimizers.Optimizer) and thing is not optimizers.Optimizer
}
CASES = [(name, options) for name in CLASSES for options in ({}, *VARIANTS.get(name, []))]


def label(value: Any) -> str:
    """Return a readable id of an argument of a test."""
    if isinstance(value, dict):
        return ",".join(f"{key}={option}" for key, option in value.items()) or "defaults"
    return str(value)


def make(name: str, /, **options: Any) -> Any:
    """Make an optimizer whose steps are large enough to be seen."""
    return CLASSES[name](**({"learning_rate": 0.05} | options))


def variables(seed: int = 0, dtype: str = "float32") -> list[hybrid.Variable]:
    """Make a few variables of different ranks."""
    rng = np.random.default_rng(seed)
    return [hybrid.Variable(rng.normal(size=s).astype(dtype), name=f"v{i}") for i, s in enumerate(SHAPES)]


def gradients(step: int, dtype: str = "float32") -> list[np.ndarray[Any, Any]]:
    """Draw gradients of these variables."""
    rng = np.random.default_rng(1000 + step)
    return [np.asarray(rng.uniform(-1, 1, s), dtype) for s in SHAPES]


def values(tensors: Any) -> list[np.ndarray[Any, Any]]:
    """Return copies of the values."""
    return [np.array(tensor.numpy()) for tensor in tensors]


def assert_equal(first: Any, second: Any) -> None:
    """Assert that two lists of arrays are equal, bit for bit."""
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)
