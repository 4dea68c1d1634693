"""Pooling and its derivatives: a few images at a time, divided over the cores.

Floor 7. Pooling reads and writes several arrays for every place of its window. For whole batches all of that goes to
memory and back; what a block of images makes on the way stays in the cache. The arithmetic is the primitive's own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import threads
from ..program import Step
from .registry import Kernel, kernel
from .scratch import share_out

__all__: list[str] = []

_BLOCK = 2**18
"""Elements of the largest array in a block: it takes longer than a few dozen calls, and fits into the cache."""


def _by_images(step: Step) -> Kernel | None:
    specs = [argument.spec for argument in step.arguments]
    result: Any = step.outputs[0].spec
    images = result.shape[0]
    each = max(math.prod(spec.shape[1:]) for spec in (*specs, result))
    if not images or not each:
        return None
    compute, params = step.operation.compute, step.params
    count = max(1, _BLOCK // each)
    blocks = [slice(start, start + count) for start in range(0, images, count)]
    parts = threads.parts(len(blocks), 2)

    def run(*arrays: Any, out: Any = None, work: Any = None) -> Any:
        y = np.empty(result.shape, result.dtype) if out is None else out

        def task(blocks: Sequence[slice], number: int) -> None:
            for block in blocks:
                y[block] = compute(*(array[block] for array in arrays), **params)

        share_out(blocks, task, parts)
        return y

    return Kernel(run)


for name in ("max_pool", "max_pool_put", "max_pool_pick", "average_pool", "average_pool_spread"):
    kernel(name)(_by_images)
