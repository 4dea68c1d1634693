"""Rewriting: a rule is shown one step after the other, and may say the same in another way.

Floor 7. What most passes of algebra are written with: they state a rule, and the walk over the program is here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container
from typing import Any

import numpy as np

from ...core.dtypes import PYTHON_SCALARS
from ...core.primitive import PRIMITIVES
from ...core.spec import TensorSpec
from ..program import Program, Step, Value

__all__ = ["Rewriter", "constant_of", "rewritten", "shape_of", "spec_of"]

_LOOKED_THROUGH = 1 << 16

Rule = Callable[[Step, "Rewriter"], Any]
"""From a step of a primitive with one output, all shapes known, to the value or constant to put for it, or `None`."""


class Rewriter:
    """What a rule may ask about the program so far, and how it adds steps.

    Args:
        program: to be rewritten.
    """

    def __init__(self, program: Program):
        self.steps: list[Step] = []
        self._makers: dict[Value, Step] = {}
        self._uses = Counter(argument for step in program.steps for argument in step.arguments if _is_value(argument))
        self._uses.update(value for value in program.results if _is_value(value))
        self._place: Any = None

    def maker(self, value: Any, *names: str) -> Step | None:
        """Return the step that computes a value, if it is a step of a primitive of one of these names."""
        step = self._makers.get(value) if type(value) is Value else None
        return step if step is not None and step.operation.name in names else None

    def is_needed_elsewhere(self, value: Any, step: Step) -> bool:
        """Say whether a value is needed by more than one step."""
        return self._uses[value] != sum(argument is value for argument in step.arguments)

    def call(self, name: str, *arguments: Any, **params: Any) -> Value:
        """Add a step of a primitive with one output, and return the output."""
        operation = PRIMITIVES[name]
        spec = operation.infer(*map(spec_of, arguments), **params)
        step = Step(operation, arguments, params, [Value(spec)], None, self._place)
        self.add(step)
        return step.outputs[0]

    def add(self, step: Step) -> None:
        """Add a step."""
        self.steps.append(step)
        if not step.operation.is_composite:
            self._makers.update((value, step) for value in step.outputs)

    def offer(self, rule: Rule, step: Step, names: Container[str] | None) -> Any:
        """Return what a rule puts for a step, if it is of the same shape and dtype; else take the step as it is."""
        length = len(self.steps)
        is_asked = (names is None or step.operation.name in names) and not step.operation.is_composite
        if is_asked and step.structure is None and _is_known(step):
            self._place = step.place
            found = rule(step, self)
            if found is not None and spec_of(found) == step.outputs[0].spec:
                self._uses[found if _is_value(found) else None] += self._uses[step.outputs[0]]
                return found
        del self.steps[length:]
        self.add(step)
        return None


def rewritten(program: Program, rule: Rule, names: Container[str] | None = None) -> Program:
    """Return the program with steps replaced as a rule says. Steps that nothing needs any more are still there.

    Args:
        program: not changed.
        rule: called for every step in order; its arguments have been rewritten already.
        names: of the primitives that the rule is for; all by default.
    """
    rewriter = Rewriter(program)
    replaced: dict[Value, Any] = {}
    for step in program.steps:
        if replaced:
            step = step.on([replaced.get(a, a) if type(a) is Value else a for a in step.arguments])
        found = rewriter.offer(rule, step, names)
        if found is not None:
            replaced[step.outputs[0]] = found
    return program.rebuilt(rewriter.steps, replaced) if replaced else program


def spec_of(argument: Any) -> Any:
    """Return the spec of a value or array; Python numbers stand for themselves."""
    if type(argument) is Value:
        return argument.spec
    return TensorSpec.of(argument.shape, argument.dtype) if isinstance(argument, np.ndarray) else argument


def shape_of(argument: Any) -> tuple[int, ...]:
    """Return the shape of an argument of a step, all sizes known."""
    return tuple(getattr(spec_of(argument), "shape", ()))


def constant_of(argument: Any) -> Any:
    """Return an argument that is the same number everywhere and always, as a Python number; else `None`."""
    if type(argument) in PYTHON_SCALARS:
        return argument
    if isinstance(argument, np.ndarray) and 0 < argument.size <= _LOOKED_THROUGH:
        first = argument.flat[0]
        return first.item() if (argument == first).all() else None
    return None


def _is_known(step: Step) -> bool:
    """Say whether all sizes are known: where they depend on values, they are not."""
    for value in (*step.arguments, *step.outputs):
        if type(value) is Value and None in value.spec.shape:
            return False
    return True


def _is_value(argument: Any) -> bool:
    return type(argument) is Value
