"""The pipeline: which passes run, in which order. Floor 7."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..program import Program
from .affine_convolution import with_affine_convolutions
from .affine_maps import with_affine_maps
from .arithmetic import with_simple_arithmetic
from .broadcasts import with_late_broadcasts
from .casts import without_detours
from .common import without_repetition
from .dead_code import without_dead_code
from .folding import with_folded_constants
from .identities import without_identities
from .pooled_convolution import with_pooled_convolutions
from .pooling import with_pooling_first
from .products import with_matrix_products
from .scale_free import without_zero_sums
from .scales import with_few_scales
from .stand_ins import with_stand_ins
from .views import with_merged_views

__all__ = ["PIPELINE", "ROUNDING", "optimized"]

PIPELINE: tuple[Callable[[Program], Program], ...] = (
    without_identities,
    with_stand_ins,
    without_dead_code,
    with_folded_constants,
    without_repetition,
    without_detours,
    with_matrix_products,
    with_merged_views,
    with_simple_arithmetic,
    with_affine_maps,
    without_zero_sums,
    with_late_broadcasts,
    with_few_scales,
    without_repetition,
    without_dead_code,
    with_pooling_first,
    with_pooled_convolutions,
    with_affine_convolutions,
    without_dead_code,
)
"""The passes in the order in which they run."""

ROUNDING = frozenset(
    (
        with_matrix_products,
        without_zero_sums,
        with_few_scales,
        with_pooling_first,
        with_pooled_convolutions,
        with_affine_convolutions,
    )
)
"""Those that may change the last bits of a result. All others change none, but for the sign of a zero."""


def optimized(program: Program, passes: Sequence[Callable[[Program], Program]] = PIPELINE) -> Program:
    """Run passes, one after the other.

    Example:
        >>> hybrid.jit(lambda x: x).lower(np.ones(2)).after
        <Program of 0 steps>
    """
    for each in passes:
        program = each(program)
    return program
