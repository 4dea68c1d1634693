"""What a step costs: floating-point operations where they are easy to count, and bytes that it reads and writes.

Floor 7.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["bytes_of", "flops_of", "readable"]


def bytes_of(step: Any) -> int:
    """Return the number of bytes that a step reads and writes."""
    specs = [argument.spec for argument in step.arguments if hasattr(argument, "spec")]
    return sum(math.prod(spec.shape) * spec.dtype.itemsize for spec in (*specs, *(v.spec for v in step.outputs)))


def flops_of(step: Any) -> int | None:
    """Return the number of floating-point operations of a step, `None` where that is not known.

    Products of matrices are counted in full, element-wise operations and reductions as one per element.
    """
    name = step.operation.name
    shapes: list[tuple[int, ...]] = [_shape(argument) for argument in step.arguments]
    results: list[int] = [math.prod(value.spec.shape) for value in step.outputs]
    if name in ("matmul", "affine"):
        return 2 * results[0] * (shapes[0][-1] if shapes[0] else 1)
    if name == "affine_slopes":
        products: int = sum(place in (0, 1) for place in step.params.get("wanted", ()))
        return 2 * products * math.prod(shapes[0]) * (shapes[1][-1] if shapes[1] else 1)
    if getattr(step.operation, "elementwise", False):
        return sum(results)
    if "axes" in step.params and shapes:
        return max(math.prod(shapes[0]), *results)
    return None


def _shape(argument: Any) -> tuple[int, ...]:
    described = getattr(argument, "spec", argument)
    return tuple(getattr(described, "shape", ()))


def readable(number: float, unit: str) -> str:
    """Write a number with a prefix.

    Example:
        >>> readable(1_250_000, "B"), readable(3, "FLOP")
        ('1.25 MB', '3 FLOP')
    """
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {prefix}{unit}"
    return f"{number:.3g} {unit}"
