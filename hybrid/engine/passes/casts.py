"""Casts: two in a row become one, or none, if the first loses nothing.

Floor 7.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..program import Program, Step
from .rewriting import Rewriter, rewritten, spec_of

__all__ = ["without_detours"]


def without_detours(program: Program) -> Program:
    """Return the program in which nothing is cast to a wider dtype only to be cast again.

    Example:
        >>> from hybrid.engine.passes.dead_code import without_dead_code
        >>> f = lambda x: hybrid.ops.cast(hybrid.ops.cast(x, "float32"), "float64")
        >>> print(without_dead_code(without_detours(hybrid.jit(f).lower(np.ones(2, bool)).before)))
        program(a0: bool [2])
            t0 = cast(a0, dtype=float64)    # float64 [2]
            return t0
    """
    return rewritten(program, _rule, ("cast",))


def _rule(step: Step, rewriter: Rewriter) -> Any:
    first = rewriter.maker(step.arguments[0], "cast")
    if first is None:
        return None
    source, dtype = first.arguments[0], step.params["dtype"]
    narrow = getattr(spec_of(source), "dtype", None)
    if narrow is None or not _loses_nothing(narrow, first.params["dtype"]):
        return None
    if narrow == dtype:
        return source
    # From a float to an integer, what does not fit comes out as the way there has it.
    return rewriter.call("cast", source, dtype=dtype) if dtype.kind == "f" else None


def _loses_nothing(narrow: np.dtype[Any], wide: np.dtype[Any]) -> bool:
    # NumPy calls it safe to cast an integer of 64 bits to a float of 64.
    return np.can_cast(narrow, wide) and not (narrow.kind in "iu" and narrow.itemsize >= 8 and wide.kind == "f")
