"""Dropout: drawing what is kept by several threads, and multiplying by it block by block.

Floor 7.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...random.masking import blocks_of, draw_kept, scale_of
from ..program import Step
from ..threads import parts, run_all
from .registry import Kernel, kernel
from .scratch import Scratch

__all__: list[str] = []

_LEAST = 1 << 12
"""Number of blocks of random bytes that are worth a thread."""
_CHUNK = 1 << 14
"""Number of elements that are multiplied at a time: they stay in the cache of a core."""


@kernel("random_keep")
def _keep(step: Step) -> Kernel | None:
    shape: Any = step.outputs[0].spec.shape
    rate, count = step.params["rate"], step.outputs[0].spec.size or 0
    if rate >= 1 or not count:
        return None

    def run(state: Any, *sizes: Any, out: Any = None, work: Any = None) -> Any:
        kept = np.empty(shape, bool) if out is None else out
        flat = kept.reshape(count)
        places = parts(blocks_of(count), _LEAST)
        run_all([partial(draw_kept, state, part, rate, flat) for part in places])
        return kept

    return Kernel(run)


@kernel("drop")
def _drop(step: Step) -> Kernel | None:
    x, kept = (argument.spec for argument in step.arguments)
    if x.shape != kept.shape:
        return None
    scale = x.dtype.type(scale_of(step.params["rate"]))
    return _by_chunks(step, lambda x, kept, out: np.multiply(kept, scale, out=out, dtype=out.dtype))


@kernel("gate")
def _gate(step: Step) -> Kernel | None:
    """The slopes of relu."""
    if step.params.get("slope", 0.0) or step.arguments[0].spec.shape != step.arguments[1].spec.shape:
        return None
    return _by_chunks(step, lambda g, y, out: np.copyto(out, y > 0))


def _by_chunks(step: Step, factor: Any) -> Kernel:
    """Return the kernel that multiplies its first argument by what `factor(x, y, out)` writes."""
    spec = step.outputs[0].spec
    shape: Any = spec.shape
    count = spec.size or 0
    scratch = Scratch([((min(count, _CHUNK),), spec.dtype)])

    def run(x: Any, y: Any, out: Any = None, work: Any = None) -> Any:
        result = np.empty(shape, spec.dtype) if out is None else out
        xs, ys, results = x.reshape(count), y.reshape(count), result.reshape(count)
        ((buffer,),) = scratch.arrays(work)
        for start in range(0, count, _CHUNK):
            part = slice(start, start + _CHUNK)
            factors = buffer[: len(xs[part])]
            factor(xs[part], ys[part], factors)
            np.multiply(xs[part], factors, out=results[part])
        return result

    return Kernel(run, scratch.size, elementwise=True)
