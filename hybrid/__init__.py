"""hybrid: symbolic and subclassed neural networks are one thing, on NumPy.

`import hybrid as keras` runs ordinary Keras 3 code. Floor 12: public names only. They are loaded when they are first
used, so that the import costs next to nothing.
"""

from __future__ import annotations

import importlib
import typing as _typing

from . import registry

if _typing.TYPE_CHECKING:
    from . import (
        activations,
        applications,
        callbacks,
        config,
        constraints,
        datasets,
        initializers,
        layers,
        losses,
        metrics,
        models,
        ops,
        optimizers,
        random,
        regularizers,
        saving,
        testing,
        tree,
        utils,
    )
    from .core.derivatives import GradientTape, custom_gradient, grad, value_and_grad
    from .core.keras_tensor import KerasTensor
    from .core.spec import TensorSpec
    from .core.tensor import SymbolicTensor, Tensor
    from .core.variable import Variable
    from .engine import jit
    from .initializers import Initializer
    from .layers import Input, InputSpec, Layer
    from .losses import Loss
    from .metrics import Metric
    from .models import Functional, Model, Sequential
    from .optimizers import Optimizer
    from .regularizers import Regularizer
    from .utils import backend

__version__ = "0.1.0"

__all__ = [
    "Functional",
    "GradientTape",
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "SymbolicTensor",
    "Tensor",
    "TensorSpec",
    "Variable",
    "activations",
    "applications",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "custom_gradient",
    "datasets",
    "grad",
    "initializers",
    "jit",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "random",
    "regularizers",
    "saving",
    "testing",
    "tree",
    "utils",
    "value_and_grad",
]

_HOMES = {
    "Functional": "models",
    "GradientTape": "core.derivatives",
    "Initializer": "initializers",
    "Input": "layers",
    "InputSpec": "layers",
    "KerasTensor": "core.keras_tensor",
    "Layer": "layers",
    "Loss": "losses",
    "Metric": "metrics",
    "Model": "models",
    "Optimizer": "optimizers",
    "Regularizer": "regularizers",
    "Sequential": "models",
    "SymbolicTensor": "core.tensor",
    "Tensor": "core.tensor",
    "TensorSpec": "core.spec",
    "Variable": "core.variable",
    "backend": "utils",
    "custom_gradient": "core.derivatives",
    "grad": "core.derivatives",
    "jit": "engine",
    "value_and_grad": "core.derivatives",
}
_CONFIGURABLE = ("activations", "constraints", "initializers", "layers", "losses", "metrics", "models", "optimizers")


def __getattr__(name: str) -> _typing.Any:
    """Load a public name when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'hybrid' has no attribute {name!r}")
    if name in _HOMES:
        # Tensors find their operators in the tables that ops fills.
        importlib.import_module(f"{__name__}.ops")
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    else:
        value = importlib.import_module(f"{__name__}.{name}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _load_everything() -> None:
    """Load every package whose classes a configuration may name."""
    for package in (*_CONFIGURABLE, "regularizers", "random", "callbacks", "applications"):
        importlib.import_module(f"{__name__}.{package}")


registry.load_builtins_by(_load_everything)
