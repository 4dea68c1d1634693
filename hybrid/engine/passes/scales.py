"""Scales: numbers that multiply one after the other are multiplied first, and where there are fewer elements.

Floor 7. Results may differ in their last bits: `(x * a) * b` and `x * (a * b)` are not rounded in the same way.
"""

from __future__ import annotations

import math
from typing import Any

from ..program import Program, Step
from .rewriting import Rewriter, constant_of, rewritten, shape_of

__all__ = ["with_few_scales"]

_SMALLEST, _LARGEST = 1e-30, 1e30


def with_few_scales(program: Program) -> Program:
    """Return the program with products of constants, squares for powers of two, and small factors put together.

    Example:
        >>> after = hybrid.jit(lambda x: (x * 3.0) * 0.5 + x**2).lower(np.ones(2)).after
        >>> [str(step.operation.name) for step in after.steps]
        ['multiply', 'multiply', 'add']
    """
    return rewritten(program, _rule, ("multiply", "divide", "add", "power"))


def _rule(step: Step, rewriter: Rewriter) -> Any:
    if step.operation.name == "power":
        return _power(step, rewriter)
    factor = _factor(step)
    if factor is None:
        return None
    x, number = factor
    maker = rewriter.maker(x, "multiply", "divide", "add")
    if maker is None or not _is_float(x):
        return None
    inner = _factor(maker)
    if inner is not None:
        product = inner[1] * number
        return rewriter.call("multiply", inner[0], product) if _SMALLEST < abs(product) < _LARGEST else None
    if maker.operation.name != "multiply" or rewriter.is_needed_elsewhere(x, step):
        return None
    return _scaled_where_small(maker, number, rewriter)


def _scaled_where_small(product: Step, number: float, rewriter: Rewriter) -> Any:
    """Scale that factor of a product which has fewer elements."""
    a, b = product.arguments
    size = math.prod(shape_of(product.outputs[0]))
    for small, large in ((a, b), (b, a)):
        if 1 < 4 * math.prod(shape_of(small)) <= size and constant_of(small) is None:
            return rewriter.call("multiply", rewriter.call("multiply", small, number), large)
    return None


def _factor(step: Step) -> tuple[Any, float] | None:
    """Return what a step multiplies by a Python float, and this number."""
    name = step.operation.name
    if name not in ("multiply", "divide", "add"):
        return None
    a, b = step.arguments
    if name == "add":
        return (a, 2.0) if a is b else None
    if type(b) is float:
        return (a, b) if name == "multiply" else (a, 1 / b) if b else None
    return (b, a) if type(a) is float and name == "multiply" else None


def _power(step: Step, rewriter: Rewriter) -> Any:
    base, exponent = step.arguments
    number = constant_of(exponent)
    if number == 2:
        return rewriter.call("multiply", base, base)
    return rewriter.call("sqrt", base) if number == 0.5 and _is_float(base) else None


def _is_float(x: Any) -> bool:
    return getattr(getattr(x, "spec", x), "dtype", None) is not None and x.spec.dtype.kind == "f"
