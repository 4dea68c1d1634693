"""Affine maps: a product of matrices and the bias that is added to it become one step.

Floor 7. The bias is added in place, while the product is in the cache.
"""

from __future__ import annotations

import math
from typing import Any

from ..program import Program, Step
from .rewriting import Rewriter, rewritten, shape_of, spec_of

__all__ = ["with_affine_maps"]


def with_affine_maps(program: Program) -> Program:
    """Return the program with `affine(x, w, b)` for `x @ w + b`, also where the product is reshaped in between.

    Example:
        >>> after = hybrid.jit(lambda x, w, b: x @ w + b).lower(np.ones((4, 2)), np.ones((2, 3)), np.ones(3)).after
        >>> [step.operation.name for step in after.steps]
        ['affine']
    """
    return rewritten(program, _rule, ("add",))


def _rule(step: Step, rewriter: Rewriter) -> Any:
    for sum_, bias in (step.arguments, step.arguments[::-1]):
        view = rewriter.maker(sum_, "reshape")
        product = sum_ if view is None else view.arguments[0]
        maker = rewriter.maker(product, "matmul")
        if maker is None or rewriter.is_needed_elsewhere(sum_, step):
            continue
        if view is not None and rewriter.is_needed_elsewhere(product, view):
            continue
        found = _affine(maker, bias, shape_of(sum_), rewriter)
        if found is not None:
            return found if view is None else rewriter.call("reshape", found, shape=shape_of(sum_))
    return None


def _affine(product: Step, bias: Any, shape: tuple[int, ...], rewriter: Rewriter) -> Any:
    """Return the affine map of a product and a bias that is as large as the last axes of the sum, if it is one."""
    x, weights = product.arguments
    if len(shape_of(x)) < 2 or len(shape_of(weights)) != 2:
        return None
    width, last = shape_of(weights)[1], shape_of(bias)
    if last != shape[len(shape) - len(last) :] or math.prod(last) != width:
        return None
    if not spec_of(x).dtype == spec_of(weights).dtype == spec_of(bias).dtype:
        return None
    vector = bias if len(last) == 1 else rewriter.call("reshape", bias, shape=(width,))
    return rewriter.call("affine", x, weights, vector)
