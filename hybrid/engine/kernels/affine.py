"""Products of matrices, affine maps and their derivatives, written into given memory and divided over the cores.

Floor 7. Where one matrix serves all rows of an array of higher rank, one large product is computed instead of many
small ones: BLAS packs the matrix once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..program import Step
from ..threads import parts, run_all
from .registry import Kernel, kernel

__all__: list[str] = []

_LEAST = 1 << 23
"""Number of multiplications that are worth a thread."""


def _divided(items: int, cost: int) -> list[slice]:
    """Divide rows or columns over the cores, each of which costs some multiplications."""
    return parts(items, -(-_LEAST // max(cost, 1)))


def _run(tasks: Sequence[Callable[[], Any]], divided: bool) -> None:
    if divided:
        run_all(tasks)
        return
    for task in tasks:
        task()


@kernel("matmul")
def _matmul(step: Step) -> Kernel | None:
    left, right = (argument.spec.shape for argument in step.arguments)
    if len(left) < 2 or len(right) != 2:
        return None
    spec: Any = step.outputs[0].spec
    inputs, outputs = right
    rows = math.prod(left[:-1])
    divided = _divided(rows, inputs * outputs)

    def run(x: Any, weights: Any, out: Any = None, work: Any = None) -> Any:
        y = np.empty(spec.shape, spec.dtype) if out is None else out
        x, results = x.reshape(rows, inputs), y.reshape(rows, outputs)
        _run([partial(np.matmul, x[part], weights, out=results[part]) for part in divided], len(divided) > 1)
        return y

    return Kernel(run)


@kernel("affine")
def _affine(step: Step) -> Kernel:
    spec: Any = step.outputs[0].spec
    inputs, outputs = step.arguments[1].spec.shape
    rows = math.prod(spec.shape[:-1])
    divided = _divided(rows, inputs * outputs)
    is_matrix = len(spec.shape) == 2

    def run_whole(x: Any, weights: Any, bias: Any, out: Any = None, work: Any = None) -> Any:
        y = np.matmul(x if is_matrix else x.reshape(rows, inputs), weights, out=out if is_matrix else _rows(out, rows))
        y += bias
        return y if is_matrix else y.reshape(spec.shape) if out is None else out

    def run(x: Any, weights: Any, bias: Any, out: Any = None, work: Any = None) -> Any:
        y = np.empty(spec.shape, spec.dtype) if out is None else out
        x, results = x.reshape(rows, inputs), y.reshape(rows, outputs)

        def compute(part: slice) -> None:
            result = np.matmul(x[part], weights, out=results[part])
            result += bias

        run_all([partial(compute, part) for part in divided])
        return y

    return Kernel(run if len(divided) > 1 else run_whole)


def _rows(out: Any, rows: int) -> Any:
    return None if out is None else out.reshape(rows, -1)


@kernel("affine_slopes")
def _affine_slopes(step: Step) -> Kernel:
    shape = step.arguments[1].spec.shape
    inputs, outputs = step.arguments[2].spec.shape
    rows, wanted = math.prod(shape[:-1]), step.params["wanted"]
    specs: Any = [value.spec for value in step.outputs]
    by_rows, by_columns = _divided(rows, inputs * outputs), _divided(outputs, rows * inputs)
    ones = np.ones(rows, specs[0].dtype)

    def run(g: Any, x: Any, weights: Any, out: Any = None, work: Any = None) -> Any:
        found = out or tuple(np.empty(spec.shape, spec.dtype) for spec in specs)
        g, x = g.reshape(rows, outputs), x.reshape(rows, inputs)
        tasks: list[Callable[[], Any]] = []
        # By the place of the argument: the input, the kernel, the bias.
        for place, slope in zip(wanted, found, strict=True):
            if place == 0:
                slope = slope.reshape(rows, inputs)
                tasks += [partial(np.matmul, g[part], weights.T, out=slope[part]) for part in by_rows]
            elif place == 1:
                tasks += [partial(np.matmul, x.T, g[:, part], out=slope[:, part]) for part in by_columns]
            else:
                tasks.append(partial(np.matmul, ones, g, out=slope))
        _run(tasks, len(by_rows) > 1)
        return found

    return Kernel(run)
