"""The NumPy executor: a program as straight-line Python source, compiled once.

Floor 7. Every step is a call of its primitive's `compute`; what a program needs is handed in, and everything it makes
lives in local names, so that any number of threads can run one program at a time. Large intermediate results are let
go after their last use.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import tree
from ..core.context import call_scope
from ..core.dtypes import PYTHON_SCALARS
from ..core.tensor import wrap
from . import denormals
from .columns import columns_of
from .kernels import kernel_for
from .passes.dead_code import without_dead_code
from .program import Program, Step, Value
from .reuse import overwritten

__all__ = ["Executable"]

LARGE = 1 << 14
"""Number of bytes from which on an intermediate result is let go before the end."""

_LITERALS = (*PYTHON_SCALARS, str, type(None))


class Executable:
    """A program as a Python function.

    Args:
        program: to be run.
        training: what composites inherit that are run as they are: whether the enclosing call trains.

    Attributes:
        source: the code, to be read.

    Example:
        >>> print(hybrid.jit(lambda x: hybrid.ops.tanh(x) * 2.0).lower(np.ones((2, 3))).source)
        def run(a0):
            t0 = tanh(a0)
            t1 = multiply(t0, 2.0)
            return t1,
    """

    def __init__(self, program: Program, training: bool | None = None):
        columns = columns_of(program)
        lean = without_dead_code(columns.program)
        writer = _Writer(lean, training)
        self.program = program
        self._read, self._written = columns.read, columns.written
        self.source = writer.source()
        namespace: dict[str, Any] = dict(writer.bound)
        exec(compile(self.source, "<program>", "exec"), namespace)  # noqa: S102 - our own text
        self._function: Callable[..., tuple[Any, ...]] = namespace["run"]
        self._state = [variable for variable, _ in lean.state]
        self._updated = [variable for variable, _ in lean.updates]
        self._count = len(program.outputs)

    def run(self, arrays: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Compute outputs and new values of Variables from the values they have now; assign nothing.

        Denormal numbers count as zero meanwhile, where the processor's control word can be set.

        Returns:
            the outputs, and what `commit` takes.

        Args:
            arrays: the inputs.
        """
        vectors = [column.read() for column in self._read]
        with denormals.flushed():
            results = self._function(*arrays, *vectors, *[variable._tensor._value for variable in self._state])
        count = self._count
        return list(results[:count]), list(results[count:])

    def commit(self, values: Sequence[Any], arrays: Sequence[Any]) -> None:
        """Assign the new values of Variables.

        Args:
            values: as `run` returned them.
            arrays: the inputs, whose memory is the caller's and is never kept.
        """
        count = len(self._written)
        for column, value in zip(self._written, values[:count], strict=True):
            column.write(value)
        for variable, value in zip(self._updated, values[count:], strict=True):
            variable._set_array(_owned(value, arrays))


def _owned(value: Any, arrays: Sequence[Any]) -> Any:
    """Return a value as an array that shares no memory with what the caller may change."""
    if type(value) is not np.ndarray:
        return np.array(value)
    base = value.base
    if base is None:
        return value.copy() if any(value is array for array in arrays) else value
    # A view: of something the program made, or of an input. It must not keep something larger alive either.
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    is_slice = isinstance(base, np.ndarray) and base.nbytes > value.nbytes
    return value.copy() if is_slice or not isinstance(base, np.ndarray) or _is_input(base, arrays) else value


def _is_input(base: Any, arrays: Sequence[Any]) -> bool:
    for array in arrays:
        while isinstance(array, np.ndarray):
            if array is base:
                return True
            array = array.base
    return False


class _Writer:
    """Writes the source of a program, and collects what its names are bound to."""

    def __init__(self, program: Program, training: bool | None):
        self.program = program
        self.training = training
        self.names = program.names()
        self.bound: dict[str, Any] = {}
        self._known: dict[int, str] = {}

    def source(self) -> str:
        program, names = self.program, self.names
        given = [names[value] for value in (*program.inputs, *(value for _, value in program.state))]
        lines = [f"def run({', '.join(given)}):"]
        last, reused = _last_uses(program), overwritten(program)
        for number, step in enumerate(program.steps):
            lines.append(f"    {self.call(step, reused.get(number))}")
            freed = [names[value] for value in last.get(number, ())]
            if freed:
                lines.append(f"    del {', '.join(freed)}")
        results = [self.result(value) for value in program.results]
        lines.append(
            f"    return {', '.join(results)}{',' if len(results) == 1 else ''}" if results else "    return ()"
        )
        return "\n".join(lines)

    def call(self, step: Step, over: Value | None = None) -> str:
        made = ", ".join(self.names[value] for value in step.outputs)
        if step.structure is not None and len(step.outputs) == 1:
            made += ","
        arguments = [self.text(argument) for argument in step.arguments]
        kernel = kernel_for(step)
        if kernel is not None:
            function = self.bind(step.operation.name, kernel.run)
        elif step.operation.is_composite:
            function = self.bind(step.operation.name, _as_function(step, self.training))
        else:
            function = self.bind(step.operation.name, step.operation.compute)
            arguments += [f"{key}={self.text(value)}" for key, value in step.params.items()]
            arguments += [f"out={self.names[over]}"] if over is not None else []
        return f"{made} = {function}({', '.join(arguments)})"

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
            found, number = stem, 1
            while found in self.bound or found in ("run", "del", "return"):
                found, number = f"{stem}_{number}", number + 1
            self._known[id(value)] = found
            self.bound[found] = value
        return found


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _is_literal(value: Any) -> bool:
    if isinstance(value, tuple):
        return type(value) is tuple and all(map(_is_literal, value))
    if type(value) is float:
        return np.isfinite(value)  # type: ignore[no-any-return]
    return type(value) in _LITERALS


def _last_uses(program: Program) -> Mapping[int, Iterable[Value]]:
    """Return, by step, the large values that are not needed after it."""
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
        if value not in kept and (value.spec.size or 0) * value.spec.dtype.itemsize >= LARGE:
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
