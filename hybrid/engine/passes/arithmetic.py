"""Arithmetic that changes no number: neutral elements, signs, and scales that are powers of two.

Floor 7. Only the sign of a zero may change. Derivatives are full of such steps: each rule knows its own operation only.
"""

from __future__ import annotations

import math
from typing import Any

from ..program import Program, Step
from .rewriting import Rewriter, constant_of, rewritten, shape_of

__all__ = ["with_simple_arithmetic"]

_REDUCTIONS = ("sum", "mean", "sum_to")


def with_simple_arithmetic(program: Program) -> Program:
    """Return the program without steps that only multiply by one, add zero, or turn signs back and forth.

    Example:
        >>> after = hybrid.jit(lambda x, y: x * 1.0 + hybrid.ops.negative(y)).lower(np.ones(2), np.ones(2)).after
        >>> [step.operation.name for step in after.steps]
        ['subtract']
    """
    return rewritten(program, _rule, _RULES)


def _rule(step: Step, rewriter: Rewriter) -> Any:
    return _RULES[step.operation.name](step, rewriter)


def _negated(argument: Any, rewriter: Rewriter) -> Any:
    """Return what an argument is the negative of, if it is made as one."""
    maker = rewriter.maker(argument, "negative")
    return None if maker is None else maker.arguments[0]


def _add(step: Step, rewriter: Rewriter) -> Any:
    a, b = step.arguments
    for neutral, other in ((a, b), (b, a)):
        if constant_of(neutral) == 0:
            return other
    for signed, other in ((b, a), (a, b)):
        opposite = _negated(signed, rewriter)
        if opposite is not None:
            return rewriter.call("subtract", other, opposite)
    return None


def _subtract(step: Step, rewriter: Rewriter) -> Any:
    a, b = step.arguments
    if constant_of(b) == 0:
        return a
    opposite = _negated(b, rewriter)
    return None if opposite is None else rewriter.call("add", a, opposite)


def _multiply(step: Step, rewriter: Rewriter) -> Any:
    for factor, other in (step.arguments, step.arguments[::-1]):
        number = constant_of(factor)
        if number == 1:
            return other
        opposite = _negated(other, rewriter)
        if opposite is None:
            continue
        if type(number) is float:
            return rewriter.call("multiply", opposite, -number)
        second = _negated(factor, rewriter)
        if second is not None:
            return rewriter.call("multiply", opposite, second)
    return None


def _divide(step: Step, rewriter: Rewriter) -> Any:
    a, b = step.arguments
    number = constant_of(b)
    if number == 1:
        return a
    if type(number) is float and number and math.frexp(number)[0] in (0.5, -0.5) and 1e-30 < abs(number) < 1e30:
        return rewriter.call("multiply", a, 1 / number)
    top, bottom = _negated(a, rewriter), _negated(b, rewriter)
    return None if top is None or bottom is None else rewriter.call("divide", top, bottom)


def _negative(step: Step, rewriter: Rewriter) -> Any:
    (x,) = step.arguments
    opposite = _negated(x, rewriter)
    if opposite is not None:
        return opposite
    maker = rewriter.maker(x, "subtract", "multiply", "divide")
    if maker is None or rewriter.is_needed_elsewhere(x, step):
        return None
    a, b = maker.arguments
    if maker.operation.name == "subtract":
        return rewriter.call("subtract", b, a)
    # The sign is turned where there are fewer numbers.
    small, large = (a, b) if math.prod(shape_of(a)) < math.prod(shape_of(b)) else (b, a)
    if math.prod(shape_of(small)) == math.prod(shape_of(x)):
        return None
    number = constant_of(small)
    turned = -number if type(number) is float else rewriter.call("negative", small) if number is None else None
    if turned is None:
        return None
    return rewriter.call(maker.operation.name, *((turned, large) if small is a else (large, turned)))


def _reduced(step: Step, rewriter: Rewriter) -> Any:
    opposite = _negated(step.arguments[0], rewriter)
    if opposite is None:
        return None
    return rewriter.call("negative", rewriter.call(step.operation.name, opposite, *step.arguments[1:], **step.params))


_RULES = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "negative": _negative,
    **dict.fromkeys(_REDUCTIONS, _reduced),
}
