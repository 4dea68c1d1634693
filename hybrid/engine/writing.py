"""The writer of source: a program and the plan of its memory as Python code.

Floor 7. Every step is a call of its primitive's `compute`, of a NumPy function or of a kernel, on local names: `a` for
arguments, `v` for Variables, `t` for what is computed, `m` for places in the arena, `n` for memory of new values of
Variables.
"""

from __future__ import annotations

import keyword
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .. import tree
from ..core.context import call_scope
from ..core.dtypes import PYTHON_SCALARS
from ..core.spec import TensorSpec
from ..core.tensor import wrap
from .arenas import Part
from .blocks import Chain
from .memory import bytes_in, use_of
from .planning import Place, Plan
from .program import Program, Step, Value

__all__ = ["Writer"]

LARGE = 1 << 14
"""Number of bytes from which on an intermediate result is let go before the end."""

_LITERALS = (*PYTHON_SCALARS, str, type(None))
_TAKEN = frozenset(("run", "arena", "new"))


class Writer:
    """Writes the source of a program, and collects what its names are bound to.

    Attributes:
        blocks: lines of the functions of blocks.
        bound: objects by the names that the source has for them.
        views: names of the parts of the arena that it writes to.
        new: specs of the arrays that it is handed for new values of Variables, by their names.
        replacing: for every new value of a Variable the number of its array among these, or `None`.
    """

    def __init__(self, program: Program, plan: Plan, training: bool | None, assigned: Iterable[Any]):
        self.program = program
        self.plan = plan
        self.training = training
        self.names = program.names()
        self.bound: dict[str, Any] = {}
        self.views: dict[Part, str] = {}
        self.new: dict[str, TensorSpec] = {}
        self.blocks: list[str] = []
        self._chains = 0
        self._known: dict[int, str] = {}
        self._counts: Counter[str] = Counter()
        self._held: dict[int, str] = {}
        self._contiguous: set[int] = set()
        self.replacing = [self.named_new(value) for value in assigned]

    def named_new(self, value: Any) -> int | None:
        """Return the number of the array that a new value of a Variable is written to, `None` if it is allocated."""
        place = self.plan.places.get(value) if type(value) is Value else None
        if place is None or not place.is_given or id(place) in self._held:
            return None
        self._held[id(place)] = f"n{len(self.new)}"
        self._contiguous.add(id(place))
        self.new[f"n{len(self.new)}"] = value.spec
        return len(self.new) - 1

    def source(self) -> str:
        program, names = self.program, self.names
        freed = _last_uses(program, self.plan)
        lines = []
        for number, step in enumerate(program.steps):
            lines.append(f"    {self.call(step, number)}")
            if number in freed:
                lines.append(f"    del {', '.join(names[value] for value in freed[number])}")
        results = [self.result(value) for value in program.results]
        lines.append(
            f"    return {', '.join(results)}{',' if len(results) == 1 else ''}" if results else "    return ()"
        )
        given = [names[value] for value in (*program.inputs, *(value for _, value in program.state))]
        for name, parts in (("new", self.new), ("arena", self.views.values())):
            if parts:
                given.append(name)
                lines.insert(0, f"    {', '.join(parts)}{',' if len(parts) == 1 else ''} = {name}")
        return "\n".join([*self.blocks, f"def run({', '.join(given)}):", *lines])

    def call(self, step: Step, number: int) -> str:
        made = ", ".join(self.names[value] for value in step.outputs)
        if step.structure is not None and len(step.outputs) == 1:
            made += ","
        arguments = [self.text(argument) for argument in step.arguments]
        use = self.plan.uses[number]
        if use.method is not None:
            return f"{made} = {arguments[0]}.{use.method}"
        if isinstance(step.operation, Chain):
            arguments.insert(0, self.block(step.operation))
        if use.kernel is not None:
            function = self.bind(step.operation.name, use.kernel.run)
        elif step.operation.is_composite:
            function = self.bind(step.operation.name, _as_function(step, self.training))
        else:
            function = self.bind(step.operation.name, step.operation.compute)
            arguments += [f"{key}={self.text(value)}" for key, value in step.params.items()]
        arguments += self.memory(step, number)
        return f"{made} = {function}({', '.join(arguments)})"

    def block(self, chain: Chain) -> str:
        """Write the function of blocks of a chain and return its name."""
        name = f"block{self._chains}"
        self._chains += 1
        names = [*dict.fromkeys(chain.names.values())]
        order = [each for letter in "xyw" for each in names if each[0] == letter]
        self.blocks.append(f"def {name}({', '.join(order)}):")
        for member in chain.members:
            use = use_of(member)
            compute = member.operation.compute if use.kernel is None else use.kernel.run
            given = [chain.names[a] if type(a) is Value else self.text(_as_array(a, member)) for a in member.arguments]
            target = chain.names[member.outputs[0]]
            self.blocks.append(f"    {self.bind(member.operation.name, compute)}({', '.join(given)}, out={target})")
        self.blocks.append("")
        return name

    def memory(self, step: Step, number: int) -> list[str]:
        """Return the arguments that tell a step where to write."""
        targets = [self.target(value, self.plan.uses[number].kernel is None) for value in step.outputs]
        given: list[str] = []
        if not self.plan.uses[number].writes:
            return given
        if step.structure is None:
            given += [f"out={targets[0]}"] if targets[0] else []
        elif any(targets):
            several = [target or self.allocation(value) for target, value in zip(targets, step.outputs, strict=True)]
            given.append(f"out=({', '.join(several)}{',' if len(several) == 1 else ''})")
        if number in self.plan.work:
            place = self.plan.work[number]
            given.append(f"work={self.view(place, (place.size,), np.dtype(np.uint8))}")
        return given

    def target(self, value: Value, strided: bool) -> str | None:
        """Return the name of the memory that a value is written to, `None` where it is allocated.

        Args:
            value: to be written.
            strided: whether the memory need not be contiguous.
        """
        place = self.plan.places.get(value)
        if place is None:
            return None
        if place.offset >= 0:
            return self.view(place, value.spec.shape, value.spec.dtype)  # type: ignore[arg-type]
        held = self._held.get(id(place))
        self._held[id(place)] = self.names[value]
        return held if strided or id(place) in self._contiguous else None

    def view(self, place: Place, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
        """Return the name of a part of the arena."""
        part = Part(place.offset, shape, dtype)
        return self.views.setdefault(part, f"m{len(self.views)}")

    def allocation(self, value: Value) -> str:
        return (
            f"{self.bind('empty', np.empty)}({value.spec.shape}, {self.bind(value.spec.dtype.name, value.spec.dtype)})"
        )

    def result(self, value: Any) -> str:
        return (
            self.names[value]
            if type(value) is Value
            else f"{self.text(value)}.copy()"
            if _is_array(value)
            else (self.text(value))
        )

    def text(self, value: Any) -> str:
        """Return what stands for an argument in the source: a name, or a literal."""
        if type(value) is Value:
            return self.names[value]
        if _is_literal(value):
            return repr(value)
        if isinstance(value, np.dtype):
            return self.bind(value.name, value)
        return self.bind("c" if _is_array(value) else "p", value)

    def bind(self, name: str, value: Any) -> str:
        """Return a name that is bound to an object, always the same one for it."""
        found = self._known.get(id(value))
        if found is None:
            stem = "".join(letter if letter.isalnum() else "_" for letter in name)
            if not stem.isidentifier() or keyword.iskeyword(stem) or len(stem) == 1:
                stem = f"{stem}{len(self.bound)}" if stem.isidentifier() else f"f_{stem}"
            found = stem
            while found in self.bound or found in _TAKEN:
                self._counts[stem] += 1
                found = f"{stem}_{self._counts[stem]}"
            self._known[id(value)] = found
            self.bound[found] = value
        return found


def _as_array(number: Any, step: Step) -> Any:
    """Return a Python number as an array where that gives the same: it need not be converted for every block."""
    dtypes = list({argument.spec.dtype for argument in step.arguments if type(argument) is Value})
    is_float = len(dtypes) == 1 and dtypes[0].kind == "f" and type(number) in (int, float)
    return np.asarray(number, dtypes[0]) if is_float else number


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _is_literal(value: Any) -> bool:
    if isinstance(value, tuple):
        return type(value) is tuple and all(map(_is_literal, value))
    if type(value) is float:
        return np.isfinite(value)  # type: ignore[no-any-return]
    return type(value) in _LITERALS


def _last_uses(program: Program, plan: Plan) -> dict[int, list[Value]]:
    """Return, by step, the large values outside of the arena that are not needed after it."""
    kept = {value for value in program.results if type(value) is Value}
    last: dict[Value, int] = {}
    for number, step in enumerate(program.steps):
        for value in step.outputs:
            last[value] = number
        for argument in step.arguments:
            if argument in last if type(argument) is Value else False:
                last[argument] = number
    freed: dict[int, list[Value]] = {}
    for value, number in last.items():
        if value not in kept and bytes_in(value) >= LARGE and not plan.is_in_arena(value):
            freed.setdefault(number, []).append(value)
    return freed


def _as_function(step: Step, training: bool | None) -> Callable[..., Any]:
    """Return a function of arrays that runs a composite as it is."""
    operation, params, is_single = step.operation, step.params, step.structure is None

    def run(*arrays: Any) -> Any:
        tensors = [wrap(array) if isinstance(array, (np.ndarray, np.generic)) else array for array in arrays]
        with call_scope(training=training):
            result = operation.run(*tensors, **params)
        flat = [output._value for output in tree.flatten(result)]
        return flat[0] if is_single else flat

    return run
