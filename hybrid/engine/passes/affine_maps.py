"""Affine maps: a product of matrices and the bias that is added to it become one step.

Floor 7. The bias is added in place, while the product is in the cache.
"""

from __future__ import annotations

from typing import Any

from ..program import Program, Step
from .rewriting import Rewriter, rewritten, shape_of, spec_of

__all__ = ["with_affine_maps"]


def with_affine_maps(program: Program) -> Program:
    """Return the program with `affine(x, w, b)` for `x @ w + b`.

    Example:
        >>> after = hybrid.jit(lambda x, w, b: x @ w + b).lower(np.ones((4, 2)), np.ones((2, 3)), np.ones(3)).after
        >>> [step.operation.name for step in after.steps]
        ['affine']
    """
    return rewritten(program, _rule)


def _rule(step: Step, rewriter: Rewriter) -> Any:
    if step.operation.name != "add":
        return None
    for product, bias in (step.arguments, step.arguments[::-1]):
        maker = rewriter.maker(product, "matmul")
        if maker is None or rewriter.is_needed_elsewhere(product, step):
            continue
        x, weights = maker.arguments
        rank = len(shape_of(x))
        if rank < 2 or len(shape_of(weights)) != 2 or shape_of(bias) != shape_of(weights)[1:]:
            continue
        if spec_of(x).dtype == spec_of(weights).dtype == spec_of(bias).dtype:
            return rewriter.call("affine", x, weights, bias)
    return None
