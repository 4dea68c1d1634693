"""Convolution, and the gradient of its kernel: one matrix product per block of windows.

Floor 7. The products run at nearly the speed of one large product (see `windows` for what is multiplied). A bias is
added, and relu taken, while the block that they change is in the cache. The gradient of the kernel is the product of
the same windows, transposed, with what flows back; each core adds up its blocks.

Fewer multiplications (Winograd's F(2 x 2, 3 x 3) needs 2.25 times fewer) do not pay here: measured for (32, 16, 16, 64)
and 64 kernels, its products take 1.8 ms instead of 4.7, but its transforms, which NumPy makes of 56 additions, another
3.7; with 256 channels it is 1.25 times faster, forwards only.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import threads
from ..program import Step
from .images import by_images
from .registry import Kernel, kernel
from .scratch import Scratch, share_out
from .windows import Block, Geometry, Windows

__all__ = ["is_served", "parts_of"]

LEAST_WORK = 4_000_000
"""Multiplications that are worth a thread of their own: about 50 µs."""


def is_served(*specs: Any) -> bool:
    """Say whether arrays have the dtypes that matrix products are fast for."""
    return len({spec.dtype for spec in specs}) == 1 and specs[0].dtype in (np.float32, np.float64)


def parts_of(windows: Windows) -> list[slice]:
    """Divide the blocks of a convolution over the cores."""
    geometry = windows.geometry
    each = windows.positions * windows.width * geometry.outer * geometry.groups
    return threads.parts(len(windows.blocks), -(-LEAST_WORK // each))


@kernel("conv")
@kernel("conv_affine")
def _conv(step: Step) -> Kernel | None:
    x_spec, kernel_spec = (argument.spec for argument in step.arguments[:2])
    geometry = Geometry.of(x_spec.shape, kernel_spec.shape, **step.params)
    if geometry.is_depthwise:
        return by_images(step, [0])
    if geometry.is_empty or not is_served(x_spec, kernel_spec):
        return None
    result: Any = step.outputs[0].spec
    windows = Windows(geometry, result.dtype, beside=geometry.outer)
    parts = parts_of(windows)
    scratch, relu = Scratch(windows.specs, len(parts)), step.params.get("relu", False)

    def run(x: Any, weights: Any, bias: Any = None, out: Any = None, work: Any = None) -> Any:
        y = np.empty(result.shape, result.dtype) if out is None else out
        turned, memory = geometry.turned(y), scratch.arrays(work)
        matrices = weights.reshape(windows.width, -1)
        biases = None if bias is None else bias.reshape(-1)

        def task(blocks: Sequence[Block], number: int) -> None:
            for group in range(geometry.groups):
                read = windows.reader(geometry.group(geometry.turned(x), group), *memory[number])
                matrix, target = geometry.group(matrices, group), geometry.group(turned, group)
                for block in blocks:
                    rows = target[block].reshape(-1, geometry.outer)
                    np.matmul(read(block), matrix, out=rows)
                    if biases is not None:
                        rows += geometry.group(biases, group)
                    if relu:
                        np.maximum(rows, 0, out=rows)

        share_out(windows.blocks, task, parts)
        return y

    return Kernel(run, scratch.size)


@kernel("conv_kernel_gradient")
def _conv_kernel(step: Step) -> Kernel | None:
    x_spec, g_spec, like = (argument.spec for argument in step.arguments)
    geometry = Geometry.of(x_spec.shape, like.shape, **step.params)
    if geometry.is_depthwise:
        return by_images(step, [0, 1], adds=True)
    if geometry.is_empty or not is_served(x_spec, g_spec):
        return None
    windows = Windows(geometry, x_spec.dtype, beside=geometry.outer)
    parts = parts_of(windows)
    matrix = (windows.width, geometry.outer)
    scratch = Scratch([*windows.specs, (matrix, x_spec.dtype), ((geometry.groups, *matrix), x_spec.dtype)], len(parts))

    def run(x: Any, g: Any, like: Any, out: Any = None, work: Any = None) -> Any:
        slopes = np.empty((*geometry.window, *like.shape[-2:]), x_spec.dtype) if out is None else out
        turned, memory = geometry.turned(g), scratch.arrays(work)

        def task(blocks: Sequence[Block], number: int) -> None:
            *buffers, product, totals = memory[number]
            for group in range(geometry.groups):
                read = windows.reader(geometry.group(geometry.turned(x), group), *buffers)
                source, total = geometry.group(turned, group), totals[group]
                total[...] = 0
                for block in blocks:
                    np.matmul(read(block).T, source[block].reshape(-1, geometry.outer), out=product)
                    total += product

        share_out(windows.blocks, task, parts)
        for group in range(geometry.groups):
            target = geometry.group(slopes.reshape(windows.width, -1), group)
            np.copyto(target, memory[0][-1][group])
            for other in memory[1:]:
                target += other[-1][group]
        return slopes

    return Kernel(run, scratch.size)
