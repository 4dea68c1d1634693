"""Products: an `einsum` of two factors that is a product of matrices, seen rightly, becomes one.

Floor 7. Dense layers with several axes (`EinsumDense`, the projections of attention) and their derivatives are such
products once neighbouring axes are taken together. Reshapes of arrays as they lie in memory cost nothing, and a product
of matrices can write where it is told, get its bias at once, and needs no search for an order.
"""

from __future__ import annotations

import math
from typing import Any

from ..program import Program, Step
from .rewriting import Rewriter, rewritten, shape_of

__all__ = ["with_matrix_products"]


def with_matrix_products(program: Program) -> Program:
    """Return the program with `matmul` for the `einsum`s that can be written with it.

    Example:
        >>> f = lambda x, w: hybrid.ops.einsum("abc,cde->abde", x, w)
        >>> after = hybrid.jit(f).lower(np.ones((2, 3, 4)), np.ones((4, 5, 6))).after
        >>> [step.operation.name for step in after.steps]
        ['reshape', 'reshape', 'matmul', 'reshape']
    """
    return rewritten(program, _rule, ("einsum",))


def _rule(step: Step, rewriter: Rewriter) -> Any:
    if len(step.arguments) != 2:
        return None
    names, output = step.params["inputs"], step.params["output"]
    factors = list(zip(step.arguments, names, strict=True))
    for (left, first), (right, second) in (factors, factors[::-1]):
        summed = "".join(letter for letter in first if letter in second)
        rows = "".join(letter for letter in output if letter in first)
        columns = "".join(letter for letter in output if letter in second)
        fits = first in (rows + summed, summed + rows) and second in (summed + columns, columns + summed)
        if not fits or output != rows + columns or not (summed and rows and columns):
            continue
        sizes = dict(zip(first + second, (*shape_of(left), *shape_of(right)), strict=True))
        if shape_of(left) != tuple(sizes[letter] for letter in first):
            continue  # an axis of size 1 is repeated
        matrices = [
            _matrix(rewriter, value, letters, *order, sizes)
            for value, letters, order in ((left, first, (rows, summed)), (right, second, (summed, columns)))
        ]
        product = rewriter.call("matmul", *matrices)
        return rewriter.call("reshape", product, shape=tuple(sizes[letter] for letter in output))
    return None


def _matrix(rewriter: Rewriter, value: Any, letters: str, first: str, second: str, sizes: dict[str, int]) -> Any:
    """Return an array as the matrix of two groups of its axes."""
    height, width = (math.prod(sizes[letter] for letter in group) for group in (first, second))
    if letters == first + second:
        return rewriter.call("reshape", value, shape=(height, width))
    return rewriter.call("transpose", rewriter.call("reshape", value, shape=(width, height)), axes=(1, 0))
