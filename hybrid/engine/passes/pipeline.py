"""The pipeline: which passes run, in which order. Floor 7."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..program import Program
from .common import without_repetition
from .dead_code import without_dead_code
from .folding import with_folded_constants
from .identities import without_identities
from .pooled_convolution import with_pooled_convolutions
from .pooling import with_pooling_first

__all__ = ["PIPELINE", "optimized"]

PIPELINE: tuple[Callable[[Program], Program], ...] = (
    without_identities,
    with_folded_constants,
    without_repetition,
    without_dead_code,
    with_pooling_first,
    with_pooled_convolutions,
    without_dead_code,
)
"""The passes in the order in which they run."""


def optimized(program: Program, passes: Sequence[Callable[[Program], Program]] = PIPELINE) -> Program:
    """Run passes, one after the other.

    Example:
        >>> hybrid.jit(lambda x: x).lower(np.ones(2)).after
        <Program of 0 steps>
    """
    for each in passes:
        program = each(program)
    return program
