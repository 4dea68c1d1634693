"""The softmax of rows, block by block.

Floor 7. What takes longest is the greatest score of every row, which keeps exp() from overflowing. Scores that are
small anyway need no such shift, and one look at all of them tells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..program import Step
from ..threads import parts
from .registry import Kernel, kernel
from .scratch import share_out

__all__ = ["softmax_of_rows"]

_HIGHEST = 60.0
"""Scores up to this size need no shift before exp(): neither they nor their sums overflow."""
_SMALLEST_SUM = 1e-18
"""With a smaller sum, what is added up may have lost digits."""
_SMALL = 1 << 12
"""Number of scores below which calls of NumPy take longer than what they do."""
_BLOCK = 1 << 15
"""Number of scores that are worked on at a time."""
_LEAST = 1 << 16
"""Number of scores that are worth a thread."""


def softmax_of_rows(scores: Any, weights: Any, ones: Any, again: Callable[[], Any] | None = None) -> None:
    """Write the softmax of the rows of a matrix.

    Args:
        scores: `[rows, columns]`, not empty.
        weights: `[rows, columns]`, takes the result.
        ones: `[columns]`.
        again: writes the scores anew, where the result takes their place.
    """
    sums = None
    if -_HIGHEST < scores.max() < _HIGHEST:
        np.exp(scores, out=weights)
        sums = weights @ ones
        if sums.min() < _SMALLEST_SUM:
            sums = None
            if again is not None:
                again()
    if sums is None:
        np.subtract(scores, np.maximum.reduce(scores, 1, keepdims=True), out=weights)
        np.exp(weights, out=weights)
        sums = weights @ ones
    np.divide(1, sums, out=sums)
    weights *= sums[:, None]


@kernel("softmax")
def _softmax(step: Step) -> Kernel | None:
    spec: Any = step.outputs[0].spec
    if not spec.size:
        return None
    is_last = step.params["axes"] == (len(spec.shape) - 1,)
    return _by_rows(spec) if is_last and spec.size >= _SMALL and spec.dtype.itemsize > 2 else _at_once(step)


def _at_once(step: Step) -> Kernel:
    axes = step.params["axes"]
    largest: Any = np.maximum.reduce
    total: Any = np.add.reduce

    def run(x: Any, out: Any = None, work: Any = None) -> Any:
        y = np.subtract(x, largest(x, axes, None, None, True), out=out)
        np.exp(y, out=y)
        return np.divide(y, total(y, axes, None, None, True), out=y)

    return Kernel(run)


def _by_rows(spec: Any) -> Kernel:
    matrix = spec.size // spec.shape[-1], spec.shape[-1]
    height = max(1, _BLOCK // matrix[1])
    blocks = [slice(row, row + height) for row in range(0, matrix[0], height)]
    divided = parts(len(blocks), -(-_LEAST // (height * matrix[1])))
    ones = np.ones(matrix[1], spec.dtype)

    def run(x: Any, out: Any = None, work: Any = None) -> Any:
        y = np.empty(spec.shape, spec.dtype) if out is None else out
        scores, weights = x.reshape(matrix), y.reshape(matrix)

        def task(some: Sequence[slice], part: int) -> None:
            for rows in some:
                softmax_of_rows(scores[rows], weights[rows], ones)

        share_out(blocks, task, divided)
        return y

    return Kernel(run)
