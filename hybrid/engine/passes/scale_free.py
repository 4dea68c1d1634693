"""Scale-free losses: what a cross-entropy hands back to a softmax is orthogonal to the probabilities.

Floor 7. A loss that divides its probabilities by their sum does not change when all of them grow alike, so the sum over
the classes of slope times probability is zero. That sum is what the derivative of softmax would subtract.
"""

from __future__ import annotations

from typing import Any

from ..program import Program, Step
from .rewriting import Rewriter, rewritten

__all__ = ["without_zero_sums"]


def without_zero_sums(program: Program) -> Program:
    """Return the program in which the derivative of a softmax under a cross-entropy is one product.

    Example:
        >>> def f(x):
        ...     return hybrid.ops.sum(hybrid.ops.sparse_categorical_crossentropy(np.array([1]), hybrid.ops.softmax(x)))
        >>> after = hybrid.jit(hybrid.grad(f)).lower(np.ones((1, 3))).after
        >>> [step.operation.name for step in after.steps]
        ['softmax', 'label_crossentropy', 'label_crossentropy_slopes', 'multiply']
    """
    return rewritten(program, _rule)


def _rule(step: Step, rewriter: Rewriter) -> Any:
    """Return `w` for `w - y * sum(w)`, where `w` is `slope * y`, and the slope that of a cross-entropy of `y`."""
    if step.operation.name != "subtract":
        return None
    weighted, product = step.arguments[0], rewriter.maker(step.arguments[1], "multiply")
    made = rewriter.maker(weighted, "multiply")
    if product is None or made is None:
        return None
    y, total = product.arguments
    summed = rewriter.maker(total, "sum")
    softmax = rewriter.maker(y, "softmax")
    slopes = rewriter.maker(made.arguments[0], "label_crossentropy_slopes")
    if summed is None or softmax is None or slopes is None or made.arguments[1] is not y:
        return None
    same_axis = summed.params["axes"] == softmax.params["axes"] == (slopes.params["axis"],)
    of_y = any(
        loss is not None and loss.arguments[0] is y
        for loss in [rewriter.maker(argument, "label_crossentropy") for argument in slopes.arguments]
    )
    return weighted if same_axis and of_y and summed.arguments[0] is weighted else None
