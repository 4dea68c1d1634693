"""What kernels of recurrent layers have in common: weights by gate, and their derivatives, a block of steps at a time.

Floor 7. A step multiplies a row (the state, the input, a one) by the weights of each gate; see `ops.recurrence`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..program import Step

__all__ = ["Blocks", "fill_rows", "gathered", "is_served", "places_of", "spread"]

_SMALL = 10**6
"""Multiplications up to which OpenBLAS does without packing the matrices: twice as fast for shapes like these."""

_LEAST = 128
"""Summands in a product from which on adding the product to the others costs little beside it."""


def is_served(step: Step) -> bool:
    """Say whether a step is one for kernels: not empty, and in a dtype that BLAS computes with."""
    sequences = step.arguments[0].spec
    return 0 not in sequences.shape and sequences.dtype.itemsize >= 4


def places_of(step: Step, out: Any) -> tuple[Any, ...]:
    """Return arrays for the results of a step: those that are given, else new ones."""
    return tuple(np.empty(value.spec.shape, value.spec.dtype) for value in step.outputs) if out is None else out


def fill_rows(rows: Any, x: Any, state: Any) -> None:
    """Write all that is known of the rows `[time + 1, batch, units + features + 1]` before the first step."""
    units = state.shape[1]
    rows[0, :, :units] = state
    rows[:-1, :, units:-1] = x
    rows[-1, :, units:-1] = 0
    rows[:, :, -1] = 1


def spread(target: Any, matrix: Any, order: Sequence[int]) -> None:
    """Write the columns of each gate, of `[rows, gates * units]`, apart from each other, into `[gates, rows, units]`.

    Args:
        target: of the columns.
        matrix: that has them.
        order: number in the matrix of each gate of the target.
    """
    units = target.shape[-1]
    for place, gate in enumerate(order):
        target[place] = matrix[:, gate * units : (gate + 1) * units]


def gathered(target: Any, by_gate: Any, order: Sequence[int]) -> None:
    """Do the opposite of `spread`: write `[gates, rows, units]` into the columns of `[rows, gates * units]`."""
    units = by_gate.shape[-1]
    for place, gate in enumerate(order):
        target[:, gate * units : (gate + 1) * units] = by_gate[place]


class Blocks:
    """Goes back through a sequence in blocks of steps whose slopes stay in the cache until all that needs them is done.

    Args:
        gates: number of gates.
        step: the derivative, whose arguments begin with sequences, kernel and recurrent kernel.

    Attributes:
        specs: shapes and dtypes of the arrays that it works with: slopes of the gates, derivatives of the weights,
            summands of these, kernels, and summands of the derivative of the sequences.
    """

    def __init__(self, gates: int, step: Step):
        (time, batch, features), dtype = step.arguments[0].spec.shape, step.arguments[0].spec.dtype
        units = step.arguments[2].spec.shape[0]
        width = units + features + 1
        few = _SMALL // (batch * units * width)
        steps = few if few * batch >= _LEAST else -(-4 * _LEAST // batch)
        self._time, self._steps = time, min(steps, time)
        inputs = features if 0 in step.params["wanted"] else 0
        weights = (gates, width, units)
        shapes = [(gates, self._steps, batch, units), weights, weights, (gates, units, inputs)]
        self.specs = [(shape, dtype) for shape in (*shapes, (gates, self._steps * batch, inputs))]

    def run(self, arrays: Sequence[Any], rows: Any, back: Callable[[Any, slice], None], of_inputs: Any) -> Any:
        """Go back through the sequence; return the derivatives of the weights, `[gates, units + features + 1, units]`.

        Args:
            arrays: memory, as `specs` says, with the kernels filled in if `of_inputs` is wanted.
            rows: of the forward pass.
            back: called with each block, the last one first: an array `[gates, steps, batch, units]` for the slopes of
                the gates, and which steps these are.
            of_inputs: array for the derivative of the sequences; `None` if it is not wanted.
        """
        slopes, total, part, kernels, summands = arrays
        gates, _, _, units = slopes.shape
        for stop in range(self._time, 0, -self._steps):
            times = slice(max(0, stop - self._steps), stop)
            block = slopes[:, : times.stop - times.start]
            back(block, times)
            flat = block.reshape(gates, -1, units)
            is_first = stop == self._time
            np.matmul(rows[times].reshape(-1, rows.shape[-1]).T, flat, total if is_first else part)
            if not is_first:
                np.add(total, part, total)
            if of_inputs is not None:
                few = summands[:, : flat.shape[1]]
                np.matmul(flat, kernels, few)
                np.add.reduce(few, 0, None, of_inputs[times].reshape(few.shape[1:]))
        return total
