"""The windows of a convolution, copied block by block into matrices (im2col).

Floor 7. A convolution is a matrix product: a row for each position, with all that its window sees, times the kernel.
Making that matrix as a whole writes and reads back nine times the input for a window of 3 x 3. Block by block it stays
in the second-level cache, and costs about a tenth of the product: measured for (32, 16, 16, 64) and 3 x 3 x 64 kernels,
0.55 ms of 5.4 with blocks of 0.6 MB, 0.9 with 2 MB, 2.5 as a whole.

What counts when copying is how much lies side by side. With channels last, a line of a window is one run of memory, and
the matrix is written row by row. With few channels neighbouring positions are the longer run: then the matrix is
written column by column, and handed to the product as its transpose, which costs that nothing. An input that needs
padding, or has its channels first, is copied block by block, too, before its windows are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from ...ops.windows import Sizes, amounts, extent, output_sizes, to_channels_last

__all__ = ["Block", "Geometry", "Windows"]

BLOCK_BYTES = 2**20
"""Size of the matrices of a block: about half of the second-level cache of a core."""
LEAST = 256
"""Positions that a block should have, so that preparing a product does not take longer than the product."""
_LONG = 32
"""Elements from which on a run is long enough to be copied fast."""


class Geometry(NamedTuple):
    """The sizes of a convolution; `channels` and `outer` are those of one group."""

    images: int
    spatial: Sizes
    channels: int
    window: Sizes
    outputs: Sizes
    outer: int
    strides: Sizes
    dilation: Sizes
    pads: tuple[tuple[int, int], ...]
    groups: int = 1
    is_last: bool = True

    @classmethod
    def of(
        cls, x: Any, kernel: Any, *, strides: Any, padding: Any, dilation: Any, data_format: str, **_: Any
    ) -> Geometry:
        """Return the geometry of a convolution of arrays of given shapes.

        Args:
            x: shape of the input.
            kernel: shape of the kernel.
            strides: as in `ops.conv`, like all that follow; padding may be pairs of amounts.
            padding: likewise.
            dilation: likewise.
            data_format: likewise.
        """
        images, *spatial, channels = to_channels_last(tuple(x), data_format)
        *window, inner, outer = kernel
        sizes = tuple(spatial), tuple(window), strides, dilation, padding
        outputs: Any = output_sizes(*sizes)
        groups = channels // max(inner, 1)
        return cls(
            images=images,
            spatial=tuple(spatial),
            channels=inner,
            window=tuple(window),
            outputs=outputs,
            outer=outer // max(groups, 1),
            strides=strides,
            dilation=dilation,
            pads=amounts(*sizes),
            groups=groups,
            is_last=data_format == "channels_last",
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to compute."""
        return not math.prod((self.images, *self.spatial, self.channels, *self.window, *self.outputs, self.outer))

    @property
    def is_depthwise(self) -> bool:
        """Whether every channel is convolved by itself: then nothing is summed over channels, and no product helps."""
        return self.groups > 1 and self.channels == 1

    def turned(self, array: Any) -> Any:
        """Return an input or output, or its gradient, with channels last: a view."""
        return array if self.is_last else np.moveaxis(array, 1, -1)

    def group(self, array: Any, number: int) -> Any:
        """Return the channels of a group, of an array whose channels are last."""
        if self.groups == 1:
            return array
        width = array.shape[-1] // self.groups
        return array[..., number * width : (number + 1) * width]


class Block(NamedTuple):
    """Some positions: whole images or, where these are large, some lines of one."""

    images: slice
    lines: slice


class Windows:
    """How the windows of an input are copied into matrices `[positions, window * channels]`.

    Args:
        geometry: of the convolution.
        dtype: of the input.
        pool: windows by which neighbouring positions are pooled; the positions of a block are then ordered by place in
            these windows first, so that what is pooled lies in arrays side by side.
        beside: elements for each position that the caller wants to have in the cache, too.
        least: positions that a block has at least, if there are as many; a few hundred by default.

    Attributes:
        blocks: that cover all positions.
        positions: in the largest block.
        specs: of the arrays that a reader wants to scribble on.
    """

    def __init__(
        self, geometry: Geometry, dtype: Any, pool: Sizes | None = None, beside: int = 0, least: int | None = None
    ):
        self.geometry = geometry
        rank = len(geometry.window)
        self.pool = pool or (1,) * rank
        self.pooled = tuple(size // by for size, by in zip(geometry.outputs, self.pool, strict=True))
        self.width = math.prod(geometry.window) * geometry.channels
        self._spans = [self._span(axis, count) for axis, count in enumerate(self.pooled)]
        starts = [-before for before, _ in geometry.pads]
        ends = [start + span for start, span in zip(starts, self._spans, strict=True)]
        is_inside = all(
            start >= 0 and end <= size for start, end, size in zip(starts, ends, geometry.spatial, strict=True)
        )
        self._crop = tuple(slice(start, end) for start, end in zip(starts, ends, strict=True))
        self._is_simple = is_inside and math.prod((*self.pool, *geometry.window, *geometry.strides)) == 1
        run = geometry.channels * (geometry.window[-1] if geometry.dilation[-1] == 1 else 1)
        self._by_columns = run < min(_LONG, self.pooled[-1])
        self._is_staged = not is_inside or not (geometry.is_last or self._by_columns or self._is_simple)
        line = math.prod((*self.pool, *self.pooled[1:]))
        images, lines = self._sizes(line, (self.width + beside) * np.dtype(dtype).itemsize, least or LEAST)
        self.blocks = [
            Block(slice(image, min(image + images, geometry.images)), slice(first, min(first + lines, self.pooled[0])))
            for image in range(0, geometry.images, images)
            for first in range(0, self.pooled[0], lines)
        ]
        self.positions = images * lines * line
        staged = (images, self._span(0, lines), *self._spans[1:], geometry.channels) if self._is_staged else (0,)
        self.specs = [(staged, dtype), ((0,) if self._is_simple else (self.positions * self.width,), dtype)]

    def _span(self, axis: int, count: int) -> int:
        """Return how many elements a number of pooled positions sees along an axis."""
        geometry = self.geometry
        reach = extent(geometry.window[axis], geometry.dilation[axis])
        return (count * self.pool[axis] - 1) * geometry.strides[axis] + reach

    def _sizes(self, line: int, row: int, least: int) -> tuple[int, int]:
        """Return how many images and lines a block has."""
        most = max(least, BLOCK_BYTES // row)
        lines = self.pooled[0]
        if line * lines > most:
            return 1, max(1, most // line)
        if not self.geometry.is_last:
            return 1, lines  # positions of several images do not lie side by side
        # Equal blocks, an even number of them: two cores have the same to do.
        number = -(-self.geometry.images * line * lines // most)
        number += number % 2 if number > 1 else 0
        return -(-self.geometry.images // number), lines

    def reader(self, x: Any, staged: Any, buffer: Any) -> Callable[[Block], Any]:
        """Return the function that copies a block into a matrix, which is valid until the next.

        Args:
            x: input with channels last, those of one group.
            staged: array to scribble on, of the first of `specs`.
            buffer: of the second.
        """
        rank = len(self.pool)
        windows = self._view(staged) if self._is_staged else self._view(x[(slice(None), *self._crop)])

        def matrix(block: Block) -> Any:
            if self._is_staged:
                self._stage(x, block, staged)
                lines = slice(0, block.lines.stop - block.lines.start)
                images = slice(0, block.images.stop - block.images.start)
            else:
                images, lines = block
            seen = windows[(slice(None),) * rank + (images, lines)]
            if self._is_simple:
                return seen.reshape(-1, self.width)
            if self._by_columns:
                seen = seen.transpose((*range(2 * rank + 1, seen.ndim), *range(2 * rank + 1)))
            target = buffer[: seen.size].reshape(seen.shape)
            target[...] = seen
            return target.reshape(self.width, -1).T if self._by_columns else target.reshape(-1, self.width)

        return matrix

    def _view(self, x: Any) -> Any:
        """Return all windows without copying: `[*pool, images, *pooled, *window, channels]`."""
        geometry = self.geometry
        own = x.strides[1:-1]
        lines = (x.shape[1] - self._span(0, 1)) // (geometry.strides[0] * self.pool[0]) + 1
        steps = [stride * step for stride, step in zip(geometry.strides, own, strict=True)]
        return as_strided(
            x,
            (*self.pool, x.shape[0], lines, *self.pooled[1:], *geometry.window, x.shape[-1]),
            (
                *steps,
                x.strides[0],
                *(by * step for by, step in zip(self.pool, steps, strict=True)),
                *(dilation * step for dilation, step in zip(geometry.dilation, own, strict=True)),
                x.strides[-1],
            ),
            writeable=False,
        )

    def _stage(self, x: Any, block: Block, staged: Any) -> None:
        """Copy what a block sees: between zeros, with channels last."""
        images, lines = block
        first = lines.start * self.geometry.strides[0] * self.pool[0]
        spans = [self._span(0, lines.stop - lines.start), *self._spans[1:]]
        starts = [first - self.geometry.pads[0][0], *(-before for before, _ in self.geometry.pads[1:])]
        source: list[slice] = []
        target: list[slice] = []
        for start, span, size in zip(starts, spans, self.geometry.spatial, strict=True):
            begin, end = max(start, 0), max(min(start + span, size), max(start, 0))
            source.append(slice(begin, end))
            target.append(slice(begin - start, end - start))
        count = images.stop - images.start
        staged[:count] = 0
        staged[(slice(0, count), *target)] = x[(images, *source)]
