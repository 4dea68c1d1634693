"""Affine maps and their derivatives, written into given memory and divided over the cores.

Floor 7.
"""

from __future__ import annotations

import math
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


@kernel("affine")
def _affine(step: Step) -> Kernel:
    spec: Any = step.outputs[0].spec
    inputs, outputs = step.arguments[1].spec.shape
    rows = math.prod(spec.shape[:-1])
    divided = _divided(rows, inputs * outputs)

    def run(x: Any, weights: Any, bias: Any, out: Any = None, work: Any = None) -> Any:
        y = np.matmul(x, weights, out=out)
        y += bias
        return y

    def run_divided(x: Any, weights: Any, bias: Any, out: Any = None, work: Any = None) -> Any:
        y = np.empty(spec.shape, spec.dtype) if out is None else out
        x, results = x.reshape(rows, inputs), y.reshape(rows, outputs)
        run_all([partial(run, x[part], weights, bias, results[part]) for part in divided])
        return y

    return Kernel(run if len(divided) == 1 else run_divided)


@kernel("affine_slopes")
def _affine_slopes(step: Step) -> Kernel:
    inputs, outputs = step.arguments[2].spec.shape
    rows = math.prod(step.arguments[1].spec.shape[:-1])
    specs: Any = [value.spec for value in step.outputs]
    ones = np.ones(rows, specs[0].dtype)
    by_rows = _divided(rows, inputs * outputs)
    is_divided = len(by_rows) > 1
    by_columns = _divided(outputs, rows * inputs) if is_divided else [slice(outputs)]

    # Each computes a part of a slope: some rows of that of the input, or some columns of that of the kernel.
    def by_input(g: Any, x: Any, weights: Any, slope: Any, part: slice) -> None:
        np.matmul(g[part], weights.T, slope[part])

    def by_kernel(g: Any, x: Any, weights: Any, slope: Any, part: slice) -> None:
        np.matmul(x.T, g[:, part], slope[:, part])

    def by_bias(g: Any, x: Any, weights: Any, slope: Any, part: slice) -> None:
        np.matmul(ones, g, slope)

    ways = (
        (by_input, by_rows, (rows, inputs)),
        (by_kernel, by_columns, (inputs, outputs)),
        (by_bias, [slice(1)], (outputs,)),
    )
    wanted = [ways[place] for place in step.params["wanted"]]

    def run(g: Any, x: Any, weights: Any, out: Any = None, work: Any = None) -> Any:
        found = out or tuple([np.empty(spec.shape, spec.dtype) for spec in specs])
        g, x = g.reshape(rows, outputs), x.reshape(rows, inputs)
        if is_divided:
            run_all(
                [
                    partial(compute, g, x, weights, slope.reshape(shape), part)
                    for (compute, divided, shape), slope in zip(wanted, found, strict=True)
                    for part in divided
                ]
            )
        else:
            for (compute, (part,), shape), slope in zip(wanted, found, strict=True):
                compute(g, x, weights, slope.reshape(shape), part)
        return found

    return Kernel(run)
