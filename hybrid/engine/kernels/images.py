"""A few images at a time, divided over the cores, by the primitive's own arithmetic.

Floor 7. Pooling and depthwise convolution read and write several arrays for every place of a window. For a whole batch
all of that goes to memory and back; what a block of images makes on the way stays in the cache.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import threads
from ..program import Step
from .registry import Kernel
from .scratch import share_out

__all__ = ["by_images"]

_BLOCK = 2**18
"""Elements of the largest array in a block: it takes longer than a few dozen calls, and fits into the cache."""


def by_images(step: Step, divided: Sequence[int], adds: bool = False) -> Kernel | None:
    """Make a kernel that computes a primitive block by block.

    Args:
        step: of a primitive with one result.
        divided: positions of the arguments whose first axis is that of the images; others are handed on whole.
        adds: whether the result is the sum over the images; else it is divided like the arguments.
    """
    specs: list[Any] = [argument.spec for argument in step.arguments]
    result: Any = step.outputs[0].spec
    images = specs[divided[0]].shape[0]
    each = max([math.prod(specs[place].shape[1:]) for place in divided], default=0)
    if not images or not each or not result.size:
        return None
    compute, params = step.operation.compute, step.params
    count = max(1, _BLOCK // max(each, 1 if adds else result.size // images))
    blocks = [slice(start, start + count) for start in range(0, images, count)]
    parts = threads.parts(len(blocks), 2)

    def run(*arrays: Any, out: Any = None, work: Any = None) -> Any:
        y = np.empty(result.shape, result.dtype) if out is None else out
        sums: list[Any] = [None for _ in parts]

        def task(blocks: Sequence[slice], number: int) -> None:
            for block in blocks:
                given = [array[block] if place in divided else array for place, array in enumerate(arrays)]
                found = compute(*given, **params)
                if not adds:
                    y[block] = found
                elif sums[number] is None:
                    sums[number] = found
                else:
                    sums[number] += found

        share_out(blocks, task, parts)
        if adds:
            np.copyto(y, sums[0])
            for other in sums[1:]:
                y += other
        return y

    return Kernel(run)
