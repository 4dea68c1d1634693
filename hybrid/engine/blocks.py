"""Blocks: how a chain of element-wise steps runs, as much of it at a time as stays in the cache of a core.

Floor 7. The steps of a chain are written out as a function of blocks, which is part of the program's source. Where
there is enough to do, the cores share the blocks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..core.primitive import Operation
from .kernels import Kernel
from .program import Step, Value
from .threads import parts, run_all

__all__ = ["BLOCK", "COLUMN", "FULL", "ROW", "SCALAR", "Chain", "kernel_of"]

BLOCK = 1 << 18
"""Number of bytes of a block. Larger ones leave the cache, smaller ones cost more calls."""
SHARE = 1 << 21
"""Number of elements, over all steps of a chain, that are worth a thread: with less, taking turns with Python's lock
after every step costs more than it saves."""

FULL, ROW, COLUMN, SCALAR = "full", "row", "column", "scalar"
"""What an operand is in the matrix that a chain sees its arrays as: all of it, or repeated along one axis or both."""


class Chain(Operation):
    """Element-wise steps as one operation.

    Args:
        members: the steps, in order.
        arguments: what they are given; a value stands for each array.
        results: what is needed of what they compute.
        shape: of the matrix that every result is seen as; a single size where no operand has but rows or columns.
        kinds: of the arguments, by what they are in this matrix.

    Attributes:
        names: of every value in the function of blocks: `x` for arguments, `y` for results, `w` for what nobody else
            needs.
        scratch: dtypes of these `w`.
        over: for each result, the places of the arguments whose memory it may be.
    """

    name = "chain"

    def __init__(
        self,
        members: Sequence[Step],
        arguments: Sequence[Value],
        results: Sequence[Value],
        shape: tuple[int, ...],
        kinds: Sequence[str],
    ):
        self.members = list(members)
        self.arguments = list(arguments)
        self.results = list(results)
        self.shape = shape
        self.kinds = list(kinds)
        self.scratch: list[np.dtype[Any]] = []
        self.names = {value: f"x{number}" for number, value in enumerate(arguments)}
        last = {a: number for number, member in enumerate(members) for a in member.arguments if type(a) is Value}
        first = self._name_results(last)
        self._name_scratch(last)
        self.over = tuple(
            tuple(place for place, a in enumerate(arguments) if kinds[place] == FULL and last[a] <= first[value])
            for value in results
        )

    def _name_results(self, last: dict[Value, int]) -> dict[Value, int]:
        """Name the results, and with each of them what it is written over.

        Returns:
            the number of the first member that writes to the memory of each result.
        """
        makers = {member.outputs[0]: number for number, member in enumerate(self.members)}
        first: dict[Value, int] = {}
        for index, result in enumerate(self.results):
            value: Value | None = result
            while value is not None:
                self.names[value] = f"y{index}"
                first[result] = number = makers[value]
                made = [a for a in self.members[number].arguments if type(a) is Value and a not in self.names]
                over = [a for a in made if last[a] == number and a.spec.dtype == result.spec.dtype]
                value = next((a for a in over if a not in self.results), None)
        return first

    def _name_scratch(self, last: dict[Value, int]) -> None:
        """Name what only the chain needs; a name is used again when its value is not needed any more."""
        free: list[str] = []
        for number, member in enumerate(self.members):
            for argument in dict.fromkeys(a for a in member.arguments if type(a) is Value):
                if last[argument] == number and self.names[argument].startswith("w"):
                    free.append(self.names[argument])
            (value,) = member.outputs
            if value in self.names:
                continue
            name = next((each for each in free if self.scratch[int(each[1:])] == value.spec.dtype), None)
            if name is None:
                name = f"w{len(self.scratch)}"
                self.scratch.append(value.spec.dtype)
            else:
                free.remove(name)
            self.names[value] = name


def kernel_of(step: Step) -> Kernel:
    """Return the kernel that runs a chain.

    Args:
        step: its operation is a chain. The kernel's first argument is the function of blocks, of all names in order.
    """
    chain: Chain = step.operation
    shape, kinds = chain.shape, chain.kinds
    columns = math.prod(shape[1:])
    widest = max(member.outputs[0].spec.dtype.itemsize for member in chain.members)
    height = max(1, min(shape[0], BLOCK // (widest * columns)))
    least = max(1, SHARE // (columns * len(chain.members)))
    specs: list[Any] = [value.spec for value in step.outputs]
    size = -(-widest * height * columns // 64) * 64
    work = size * len(chain.scratch)

    def run(block: Callable[..., Any], *arguments: Any, out: Any = None, work: Any = None) -> Any:
        outs = (out,) if isinstance(out, np.ndarray) else out or [np.empty(spec.shape, spec.dtype) for spec in specs]
        operands = [_seen(a, kind, shape) for a, kind in zip(arguments, kinds, strict=True)]
        results = [each.reshape(shape) for each in outs]
        ranges = parts(shape[0], least)
        if len(ranges) == 1:
            compute(block, operands, results, work, ranges[0])
        else:
            run_all([partial(compute, block, operands, results, None, each) for each in ranges])
        return outs[0] if step.structure is None else tuple(outs)

    def compute(block: Callable[..., Any], operands: Any, results: Any, memory: Any, rows: slice) -> None:
        if memory is None:
            memory = np.empty(size * len(chain.scratch), np.uint8)
        block_shape = (height, *shape[1:])
        scratch = [np.ndarray(block_shape, dtype, memory, size * n) for n, dtype in enumerate(chain.scratch)]
        for start in range(rows.start, rows.stop, height):
            stop = min(start + height, rows.stop)
            if stop - start < height:
                scratch = [each[: stop - start] for each in scratch]
            block(
                *[x[start:stop] if kind in (FULL, COLUMN) else x for x, kind in zip(operands, kinds, strict=True)],
                *[y[start:stop] for y in results],
                *scratch,
            )

    return Kernel(run, work, over=chain.over)


def _seen(argument: Any, kind: str, shape: tuple[int, ...]) -> Any:
    """Return an operand as a part of a matrix."""
    if kind == FULL:
        return argument.reshape(shape)
    if kind == ROW:
        return argument.reshape(shape[1:])
    return argument.reshape(-1, 1) if kind == COLUMN else argument.reshape(())
