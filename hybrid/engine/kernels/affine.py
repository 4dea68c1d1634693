"""Products of matrices, affine maps and their derivatives, written into given memory.

Floor 7. Where one matrix serves all rows of an array of higher rank, one large product is computed instead of many
small ones: BLAS divides it over the cores, and packs the matrix once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..program import Step
from .registry import Kernel, kernel

__all__: list[str] = []


@kernel("matmul")
def _matmul(step: Step) -> Kernel | None:
    x: Any
    weights: Any
    x, weights = (argument.spec.shape for argument in step.arguments)
    if len(x) < 3 or len(weights) != 2 or None in x:
        return None
    product = _product_of(*x, columns=weights[1])

    def run(x: Any, weights: Any, out: Any = None, work: Any = None) -> Any:
        return product(x, weights, out)

    return Kernel(run)


@kernel("affine")
def _affine(step: Step) -> Kernel:
    x, weights = (argument.spec.shape for argument in step.arguments[:2])
    product = _product_of(*x, columns=weights[1])

    def run(x: Any, weights: Any, bias: Any, out: Any = None, work: Any = None) -> Any:
        y = product(x, weights, out)
        y += bias
        return y

    return Kernel(run)


@kernel("affine_slopes")
def _affine_slopes(step: Step) -> Kernel:
    x, weights = (argument.spec.shape for argument in step.arguments[1:])
    inputs, outputs = weights
    rows = math.prod(x[:-1])
    product = _product_of(*x[:-1], outputs, columns=inputs)
    # By the place of the argument: the input, the kernel, the bias.
    slopes: tuple[Callable[..., Any], ...] = (
        lambda g, x, weights, out: product(g, weights.T, out),
        lambda g, x, weights, out: np.matmul(x.reshape(rows, inputs).T, g.reshape(rows, outputs), out=out),
        lambda g, x, weights, out: np.add.reduce(g.reshape(rows, outputs), 0, out=out),
    )
    wanted = [slopes[place] for place in step.params["wanted"]]

    def run(g: Any, x: Any, weights: Any, out: Any = None, work: Any = None) -> Any:
        places = out or (None,) * len(wanted)
        return tuple(slope(g, x, weights, place) for slope, place in zip(wanted, places, strict=True))

    return Kernel(run)


def _product_of(*shape: int, columns: int) -> Callable[[Any, Any, Any], Any]:
    """Return a function `(x, matrix, out)` that multiplies arrays of a shape by a matrix."""
    if len(shape) <= 2:
        return lambda x, matrix, out: np.matmul(x, matrix, out=out)
    *leading, width = shape
    rows = math.prod(leading)

    def product(x: Any, matrix: Any, out: Any) -> Any:
        y = np.empty((*leading, columns), x.dtype) if out is None else out
        np.matmul(x.reshape(rows, width), matrix, out=y.reshape(rows, columns))
        return y

    return product
