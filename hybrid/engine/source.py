"""The NumPy executor: a program as straight-line Python source, compiled once.

Floor 7. What a program needs is handed in, what it makes lives in local names and in an arena that no other run has, so
that any number of threads can run one program at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import blas, denormals
from .arenas import Arenas
from .chains import chained
from .columns import columns_of
from .costs import readable
from .expansion import expanded
from .passes.dead_code import without_dead_code
from .planning import Plan, plan_of
from .program import Program
from .turns import ONE_ACT, Turn
from .writing import Writer

__all__ = ["Executable"]


class Executable:
    """A program as a Python function.

    Args:
        program: to be run.
        training: what composites inherit that are run as they are: whether the enclosing call trains.

    Attributes:
        source: the code, to be read.
        turn: to be in while it runs and its new values are assigned.
        peak_memory: the most bytes that a run needs at a time, beside its arguments and the Variables.

    Example:
        >>> print(hybrid.jit(lambda x: hybrid.ops.tanh(x) * 2.0).lower(np.ones((2, 3))).source)
        def run(a0):
            t0 = tanh(a0)
            t1 = multiply(t0, 2.0)
            return t1,
    """

    def __init__(self, program: Program, training: bool | None = None):
        columns = columns_of(program)
        lean = chained(expanded(without_dead_code(columns.program)))
        count = len(program.outputs)
        plan = plan_of(lean)
        writer = self._writer(lean, plan, training, lean.results[count:])
        self.program = program
        self.peak_memory = plan.peak
        self.source = writer.source()
        namespace: dict[str, Any] = dict(writer.bound)
        exec(compile(self.source, "<program>", "exec"), namespace)  # noqa: S102 - our own text
        self._function: Callable[..., tuple[Any, ...]] = namespace["run"]
        self._read = columns.read
        self._state = [variable for variable, _ in lean.state]
        self._updated = [variable for variable, _ in lean.updates]
        # Parts that nobody reads one by one are not cut out.
        read = set(map(id, self._state))
        self._give = [
            column.hold if read.isdisjoint(map(id, column.variables)) else column.write for column in columns.written
        ]
        self.turn = Turn(variable for variable, _ in program.updates)
        self._count = count
        self._replacing = writer.replacing
        self._has_new, self._has_arena = bool(writer.new), bool(writer.views)
        self._arenas = Arenas(plan.size, list(writer.views), list(writer.new.values()))

    def _writer(self, program: Program, plan: Plan, training: bool | None, assigned: Iterable[Any]) -> Writer:
        return Writer(program, plan, training, assigned)

    def run(self, arrays: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """Compute outputs and new values of Variables from the values they have now; assign nothing.

        Denormal numbers count as zero meanwhile, where the processor's control word can be set. BLAS uses one thread:
        large kernels are divided over ours, and BLAS's own would take the cores from these, spinning for 0.1 s after
        each product.

        Returns:
            the outputs, and what `commit` takes.

        Args:
            arrays: the inputs.
        """
        given = [*arrays, *self._values()]
        if self._has_new:
            given.append(self._arenas.take_new())
        with denormals.flushed(), blas.single_threaded():
            results = self._function(*given) if not self._has_arena else self._run_in_arena(given)
        return results[: self._count], results[self._count :]

    def _values(self) -> list[Any]:
        """Return the values that the Variables have now."""
        with ONE_ACT:
            vectors = [column.read() for column in self._read]
            return [*vectors, *[variable._tensor._value for variable in self._state]]

    def _run_in_arena(self, given: list[Any]) -> tuple[Any, ...]:
        arena = self._arenas.take()
        try:
            return self._function(*given, arena)
        finally:
            self._arenas.give_back(arena)

    def commit(self, values: Sequence[Any], arrays: Sequence[Any]) -> None:
        """Assign the new values of Variables.

        Args:
            values: as `run` returned them.
            arrays: the inputs, whose memory is the caller's and is never kept.
        """
        if not values:
            return
        with ONE_ACT:
            count = len(self._give)
            for give, value, index in zip(self._give, values[:count], self._replacing, strict=False):
                replaced = give(value)
                if replaced is not None and index is not None:
                    self._arenas.keep(index, replaced)
            for variable, value, index in zip(self._updated, values[count:], self._replacing[count:], strict=True):
                if index is None:
                    variable._set_array(_owned(value, arrays))
                    continue
                replaced = variable._exchange(value)
                if replaced is not None:
                    self._arenas.keep(index, replaced)

    def summary(self) -> str:
        """Return what the program costs: steps, operations and bytes by kind of step, and the most memory it needs."""
        return f"{self.program.summary()}\npeak memory {readable(self.peak_memory, 'B')}"


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
