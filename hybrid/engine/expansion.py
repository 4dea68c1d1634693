"""Expansion: element-wise primitives that are made of several of NumPy's functions are written out as those.

Floor 7. Each of them can then be told where to write, and a chain of them runs block by block. The numbers are those of
the primitives' own `compute`, bit by bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.primitive import primitive_named
from ..core.spec import TensorSpec
from ..random.masking import scale_of
from .program import Program, Step, Value

__all__ = ["expanded"]

_BOOL = np.dtype(bool)


def expanded(program: Program) -> Program:
    """Return the program with element-wise primitives written out.

    Example:
        >>> program = hybrid.jit(lambda x: hybrid.ops.sigmoid(x)).lower(np.ones(2)).after
        >>> [step.operation.name for step in expanded(program).steps]
        ['minimum', 'exp', 'absolute', 'negative', 'exp', 'add', 'divide']
    """
    steps: list[Step] = []
    for step in program.steps:
        rule = _RULES.get(step.operation.name)
        if rule is None or step.operation.is_composite or any(type(a) is not Value for a in step.arguments[:1]):
            steps.append(step)
        else:
            writer = _Writer(step)
            rule(writer, *step.arguments, **step.params)
            steps += writer.finished()
    return Program(program.inputs, program.state, steps, program.outputs, program.updates)


class _Writer:
    """Writes the steps that replace one; each is of its shape."""

    def __init__(self, step: Step):
        self._step = step
        self._spec = step.outputs[0].spec
        self._steps: list[Step] = []

    def __call__(self, name: str, *arguments: Any, dtype: np.dtype[Any] | None = None) -> Value:
        """Add a step and return what it computes."""
        spec = self._spec if dtype is None else TensorSpec.of(self._spec.shape, dtype)
        value = Value(spec)
        self._steps.append(Step(primitive_named(name), arguments, {}, [value], None, self._step.place))
        return value

    def finished(self) -> list[Step]:
        """Return the steps, the last of which computes what the replaced one did."""
        last = self._steps[-1]
        self._steps[-1] = Step(last.operation, last.arguments, {}, self._step.outputs, None, self._step.place)
        return self._steps


def _gate(do: _Writer, g: Any, y: Any, slope: float = 0.0) -> None:
    above = do("greater", y, 0, dtype=_BOOL)
    if slope == 0:
        do("multiply", g, above)
    else:
        do("where", above, g, do("multiply", g, slope))


def _drop(do: _Writer, x: Any, kept: Any, rate: float) -> None:
    do("multiply", do("multiply", x, kept), scale_of(rate))


def _leaky_relu(do: _Writer, x: Any, slope: float) -> None:
    do("add", do("maximum", x, 0), do("multiply", do("minimum", x, 0), slope))


def _elu(do: _Writer, x: Any, alpha: float) -> None:
    do("add", do("maximum", x, 0), do("multiply", alpha, do("expm1", do("minimum", x, 0))))


def _sigmoid(do: _Writer, x: Any) -> Value:
    above = do("exp", do("minimum", x, 0))
    return do("divide", above, do("add", 1, do("exp", do("negative", do("absolute", x)))))


def _softplus(do: _Writer, x: Any) -> None:
    do("add", do("maximum", x, 0), do("log1p", do("exp", do("negative", do("absolute", x)))))


_RULES: dict[str, Callable[..., Any]] = {
    "relu": lambda do, x: do("maximum", x, 0),
    "clip": lambda do, x, low, high: do("minimum", do("maximum", x, low), high),
    "rsqrt": lambda do, x: do("divide", 1, do("sqrt", x)),
    "silu": lambda do, x: do("multiply", x, _sigmoid(do, x)),
    "gate": _gate,
    "drop": _drop,
    "leaky_relu": _leaky_relu,
    "elu": _elu,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
}
"""How the primitives are computed; must say what their `compute` does."""
