"""Standardization block by block, along rows (LayerNormalization) or down columns (BatchNormalization).

Floor 7. The array is a matrix here, and a block of its rows is worked on while it is in the cache of a core. There
NumPy is several times faster on two arrays of equal shape than where it broadcasts one of them; so vectors are written
out for a block once where that is possible, and numbers for rows are spread by a product of matrices with two columns
and rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..program import Step
from ..threads import parts
from .registry import Kernel, kernel
from .scratch import Scratch, share_out

__all__: list[str] = []

_BLOCK = 1 << 15
"""Number of elements that are worked on at a time."""
_LEAST = 1 << 20
"""Number of elements that are worth a thread."""


class _Matrix:
    """How an array is divided.

    Attributes:
        shape: rows and columns.
        by_rows: whether the moments are those of rows.
        height: rows of a block.
        blocks: ranges of rows.
        parts: which blocks belong to one thread.
        epsilon: added to variances.
        dtype: of all arrays.
    """

    def __init__(self, step: Step):
        spec = step.arguments[0].spec
        axes, rank = step.params["axes"], len(spec.shape)
        self.by_rows = axes == tuple(range(rank - len(axes), rank))
        columns = math.prod(spec.shape[rank - len(axes) :] if self.by_rows else spec.shape[-1:])
        rows = (spec.size or 0) // max(columns, 1)
        self.shape = rows, columns
        self.is_served = bool(spec.size) and (self.by_rows or axes == tuple(range(rank - 1)))
        self.height = max(1, min(rows, _BLOCK // max(columns, 1)))
        self.blocks = [slice(row, min(row + self.height, rows)) for row in range(0, rows, self.height)]
        self.parts = parts(len(self.blocks), -(-_LEAST // (self.height * max(columns, 1))))
        self.dtype = spec.dtype
        self.epsilon = spec.dtype.type(step.params["epsilon"])
        self.given: tuple[str, ...] = step.params["given"]

    @property
    def block(self) -> tuple[int, int]:
        """The shape of the largest block."""
        return self.height, self.shape[1]

    def vectors(self, values: Sequence[Any]) -> dict[str, Any]:
        """Return scale and offset as vectors, by name."""
        return {name: value.reshape(-1) for name, value in zip(self.given, values, strict=False)}

    def spread(self, vector: Any) -> _Spread:
        """Return what spreads numbers for the rows of a block over columns, in proportion to a vector."""
        return _Spread(vector, self.height, self.dtype)

    def scales(self, variance: Any) -> Any:
        """Return the reciprocals of standard deviations."""
        return 1 / np.sqrt(variance.reshape(-1) + self.epsilon)

    def share_out(self, task: Callable[[Sequence[slice], int], None]) -> None:
        """Call a function with some blocks and the number of a thread, side by side for all blocks."""
        share_out(self.blocks, task, self.parts)


class _Spread:
    """Writes `numbers[:, None] * vector` for one vector."""

    def __init__(self, vector: Any, height: int, dtype: Any):
        self._vector = np.stack([vector, np.zeros_like(vector)])
        self._pairs = np.zeros((height, 2), dtype)

    def __call__(self, numbers: Any, out: Any) -> Any:
        pairs = self._pairs[: len(numbers)]
        pairs[:, 0] = numbers
        return np.matmul(pairs, self._vector, out=out)


@kernel("standardize")
def _standardize(step: Step) -> Kernel | None:
    matrix = _Matrix(step)
    if not matrix.is_served:
        return None
    specs: Any = [value.spec for value in step.outputs]
    scratch = Scratch([(matrix.block, matrix.dtype)] * 3, len(matrix.parts))
    forward = _rows if matrix.by_rows else _columns

    def run(x: Any, *values: Any, out: Any = None, work: Any = None) -> Any:
        found = out or tuple(np.empty(spec.shape, spec.dtype) for spec in specs)
        y, average, variance = found
        moments = average.reshape(-1), variance.reshape(-1)
        vectors = matrix.vectors(values)
        forward(matrix, x.reshape(matrix.shape), y.reshape(matrix.shape), *moments, vectors, scratch.arrays(work))
        return found

    return Kernel(run, scratch.size)


def _rows(matrix: _Matrix, x: Any, y: Any, average: Any, variance: Any, vectors: Any, memory: Any) -> None:
    ones = np.ones(matrix.shape[1], matrix.dtype)
    share = ones / matrix.dtype.type(len(ones))

    def task(blocks: Sequence[slice], part: int) -> None:
        spread, scaled = (matrix.spread(vector) for vector in (ones, vectors.get("gamma", ones)))
        buffer, shifts, _ = memory[part]
        np.copyto(shifts, vectors.get("beta", 0))
        for rows in blocks:
            result, free = y[rows], buffer[: rows.stop - rows.start]
            np.matmul(x[rows], share, out=average[rows])
            np.subtract(x[rows], spread(average[rows], free), out=result)
            np.divide(np.vecdot(result, result), matrix.dtype.type(len(ones)), out=variance[rows])
            result *= scaled(matrix.scales(variance[rows]), free)
            if "beta" in vectors:
                result += shifts[: len(result)]

    matrix.share_out(task)


def _columns(matrix: _Matrix, x: Any, y: Any, average: Any, variance: Any, vectors: Any, memory: Any) -> None:
    ones = np.ones(matrix.height, matrix.dtype)
    sums = np.zeros((len(matrix.parts), matrix.shape[1]), matrix.dtype)

    def add(blocks: Sequence[slice], part: int) -> None:
        for rows in blocks:
            sums[part] += ones[: rows.stop - rows.start] @ x[rows]

    def subtract(blocks: Sequence[slice], part: int) -> None:
        squares, means, _ = memory[part]
        np.copyto(means, average)
        sums[part] = 0
        for rows in blocks:
            result, free = y[rows], squares[: rows.stop - rows.start]
            np.subtract(x[rows], means[: len(free)], out=result)
            np.multiply(result, result, out=free)
            sums[part] += ones[: len(free)] @ free

    def scale(blocks: Sequence[slice], part: int) -> None:
        factors, shifts, _ = memory[part]
        np.multiply(matrix.scales(variance), vectors.get("gamma", 1), out=factors[0])
        np.copyto(factors, factors[0])
        np.copyto(shifts, vectors.get("beta", 0))
        for rows in blocks:
            y[rows] *= factors[: rows.stop - rows.start]
            if "beta" in vectors:
                y[rows] += shifts[: rows.stop - rows.start]

    matrix.share_out(add)
    np.divide(np.add.reduce(sums, 0), matrix.dtype.type(len(x)), out=average)
    matrix.share_out(subtract)
    np.divide(np.add.reduce(sums, 0), matrix.dtype.type(len(x)), out=variance)
    matrix.share_out(scale)


# -- backwards ---------------------------------------------------------------------------------------------------------


@kernel("standardize_slopes")
def _standardize_slopes(step: Step) -> Kernel | None:
    matrix = _Matrix(step)
    if not matrix.is_served:
        return None
    specs: Any = [value.spec for value in step.outputs]
    scratch = Scratch([(matrix.block, matrix.dtype)] * 4, len(matrix.parts))
    names = [("x", *matrix.given)[place] for place in step.params["wanted"]]
    backward = _slopes_of_rows if matrix.by_rows else _slopes_of_columns

    def run(x: Any, *values: Any, out: Any = None, work: Any = None) -> Any:
        found = out or tuple(np.empty(spec.shape, spec.dtype) for spec in specs)
        *_, g, _, average, variance = values
        slopes = dict(zip(names, found, strict=True))
        by_input = slopes["x"].reshape(matrix.shape) if "x" in slopes else None
        moments = average.reshape(-1), matrix.scales(variance)
        matrices = x.reshape(matrix.shape), g.reshape(matrix.shape), by_input
        sums = backward(matrix, *matrices, *moments, matrix.vectors(values), scratch.arrays(work))
        for name, total in zip(("gamma", "beta"), sums, strict=True):
            if name in slopes:
                np.copyto(slopes[name].reshape(-1), total)
        return found

    return Kernel(run, scratch.size)


def _slopes_of_rows(
    matrix: _Matrix, x: Any, g: Any, by_input: Any, average: Any, scales: Any, vectors: Any, memory: Any
) -> Any:
    """Write the slopes of the input; return those of scale and offset."""
    ones, down = (np.ones(size, matrix.dtype) for size in (matrix.shape[1], matrix.height))
    gamma = vectors.get("gamma", ones)
    share = gamma / matrix.dtype.type(len(ones))
    sums = np.zeros((len(matrix.parts), 2, len(ones)), matrix.dtype)

    def task(blocks: Sequence[slice], part: int) -> None:
        spread, scaled = matrix.spread(ones), matrix.spread(gamma)
        for rows in blocks:
            upstream, scale = g[rows], scales[rows]
            free, difference, product, _ = (buffer[: len(upstream)] for buffer in memory[part])
            np.subtract(x[rows], spread(average[rows], free), out=difference)
            np.multiply(upstream, difference, out=product)
            sums[part, 0] += scale @ product
            sums[part, 1] += down[: len(upstream)] @ upstream
            if by_input is None:
                continue
            # scale * (upstream * gamma - its mean - normal * the mean of upstream * gamma * normal)
            slope = np.multiply(upstream, scaled(scale, free), out=by_input[rows])
            difference *= spread((product @ share) * scale * scale * scale, free)
            slope -= difference
            slope -= spread((upstream @ share) * scale, free)

    matrix.share_out(task)
    return np.add.reduce(sums, 0)


def _slopes_of_columns(
    matrix: _Matrix, x: Any, g: Any, by_input: Any, average: Any, scales: Any, vectors: Any, memory: Any
) -> Any:
    """Write the slopes of the input; return those of scale and offset."""
    count = matrix.dtype.type(len(x))
    ones = np.ones(matrix.height, matrix.dtype)
    sums = np.zeros((len(matrix.parts), 2, matrix.shape[1]), matrix.dtype)

    def add(blocks: Sequence[slice], part: int) -> None:
        means, products, _, _ = memory[part]
        np.copyto(means, average)
        for rows in blocks:
            free, down = products[: rows.stop - rows.start], ones[: rows.stop - rows.start]
            np.subtract(x[rows], means[: len(free)], out=free)
            free *= g[rows]
            sums[part, 0] += down @ free
            sums[part, 1] += down @ g[rows]

    matrix.share_out(add)
    totals = np.add.reduce(sums, 0)
    totals[0] *= scales
    # factor * (upstream - its mean - normal * the mean of upstream * normal), a sum of three products
    factor = scales * vectors.get("gamma", 1)
    weight = -factor * scales * totals[0] / count
    shift = -factor * totals[1] / count - weight * average

    def combine(blocks: Sequence[slice], part: int) -> None:
        for buffer, vector in zip(memory[part], (factor, weight, shift), strict=False):
            np.copyto(buffer, vector)
        for rows in blocks:
            factors, weights, shifts, free = (buffer[: rows.stop - rows.start] for buffer in memory[part])
            slope = np.multiply(g[rows], factors, out=by_input[rows])
            np.multiply(x[rows], weights, out=free)
            free += shifts
            slope += free

    if by_input is not None:
        matrix.share_out(combine)
    return totals
