"""What the runner asks of a framework, and the two that answer: hybrid and real Keras on JAX.

Each imports its framework only when it is made, so that the recorder runs without hybrid and the tests without Keras.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Function = Callable[[list[Any]], list[Any]]
Cotangent = Callable[[int, tuple[int, ...]], np.ndarray]


@dataclass(frozen=True)
class Derivatives:
    """The outputs of a function and the gradients of `sum(output * cotangent)` over its float outputs."""

    outputs: list[np.ndarray]
    by_array: list[np.ndarray]
    by_variable: list[np.ndarray]


class Framework(Protocol):
    """A framework under the names of Keras."""

    module: Any

    def tensor(self, value: np.ndarray) -> Any:
        """The framework's own tensor with this value."""

    def array(self, tensor: Any) -> np.ndarray:
        """The value of a tensor or variable."""

    def clear(self) -> None:
        """Forget process-wide state, as if the process were new."""

    def differentiate(
        self,
        function: Function,
        arrays: Sequence[np.ndarray],
        variables: Sequence[Any],
        state: Sequence[Any],
        cotangent: Cotangent,
    ) -> Derivatives:
        """Run `function` on `arrays`; `state` holds the variables that it may change, and they do change."""


class RealKeras:
    """Keras 3 on JAX; derivatives by `jax.grad` inside `keras.StatelessScope`."""

    def __init__(self) -> None:
        self.module: Any = importlib.import_module("keras")
        self._jax: Any = importlib.import_module("jax")

    def tensor(self, value: np.ndarray) -> Any:
        return self.module.ops.convert_to_tensor(value)

    def array(self, tensor: Any) -> np.ndarray:
        return np.asarray(self.module.ops.convert_to_numpy(tensor))

    def clear(self) -> None:
        self.module.utils.clear_session()

    def differentiate(
        self,
        function: Function,
        arrays: Sequence[np.ndarray],
        variables: Sequence[Any],
        state: Sequence[Any],
        cotangent: Cotangent,
    ) -> Derivatives:
        numpy = self._jax.numpy

        def scalar(values: list[Any], weights: list[Any]) -> tuple[Any, tuple[list[Any], list[Any]]]:
            scope = self.module.StatelessScope(state_mapping=list(zip(variables, weights, strict=True)))
            with scope:
                outputs = function(values)
                updates = [scope.get_current_value(variable) for variable in state]
            total = numpy.zeros(())
            for index, output in enumerate(outputs):
                if numpy.issubdtype(output.dtype, numpy.floating):
                    total = total + numpy.sum(output * cotangent(index, output.shape))
            return total, (outputs, updates)

        values, weights = [numpy.asarray(array) for array in arrays], [variable.value for variable in variables]
        gradients, (outputs, updates) = self._jax.grad(scalar, argnums=(0, 1), has_aux=True)(values, weights)
        for variable, update in zip(state, updates, strict=True):
            if update is not None:
                variable.assign(update)
        return Derivatives(*([self.array(value) for value in group] for group in (outputs, *gradients)))


class Hybrid:
    """hybrid itself; derivatives by `GradientTape`, where a source that does not matter counts as zero."""

    def __init__(self) -> None:
        self.module: Any = importlib.import_module("hybrid")

    def tensor(self, value: np.ndarray) -> Any:
        return self.module.ops.convert_to_tensor(value)

    def array(self, tensor: Any) -> np.ndarray:
        return np.asarray(self.module.ops.convert_to_numpy(tensor))

    def clear(self) -> None:
        """Nothing to forget: hybrid promises that nothing depends on history."""

    def differentiate(
        self,
        function: Function,
        arrays: Sequence[np.ndarray],
        variables: Sequence[Any],
        state: Sequence[Any],
        cotangent: Cotangent,
    ) -> Derivatives:
        values = [self.tensor(array) for array in arrays]
        with self.module.GradientTape() as tape:
            for value in values:
                tape.watch(value)
            outputs = function(values)
            total: Any = 0.0
            for index, output in enumerate(outputs):
                value = self.array(output)
                if value.dtype.kind == "f":
                    total = total + self.module.ops.sum(output * cotangent(index, value.shape))
        sources = [*values, *variables]
        gradients = tape.gradient(total, sources) if sources else []
        filled = [
            np.zeros(source.shape, "float32") if gradient is None else self.array(gradient)
            for source, gradient in zip(sources, gradients, strict=True)
        ]
        return Derivatives([self.array(output) for output in outputs], filled[: len(values)], filled[len(values) :])
