"""Attention, forwards and backwards, a few heads at a time: their scores stay in the cache of a core.

Floor 7.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...ops.attend import heads_first, hidden_score
from ..program import Step
from ..threads import parts
from .registry import Kernel, kernel
from .scratch import Scratch, share_out
from .softmax import softmax_of_rows

__all__: list[str] = []

_BLOCK = 1 << 16
"""Number of scores that are computed at a time."""
_LEAST = 1 << 17
"""Number of scores that are worth a thread."""
Block = tuple[slice, slice]
"""Samples and heads that are worked on together."""


class _Sizes:
    """What the shapes of queries and keys say about how to go through the scores.

    Attributes:
        blocks: that cover all scores.
        scores: shape of the scores of the largest block.
        parts: which blocks belong to one thread.
    """

    def __init__(self, query: Any, key: Any):
        batch, queries, heads, _ = query.spec.shape
        self.keys = key.spec.shape[1]
        self.dtype = query.spec.dtype
        matrix = max(1, queries * self.keys)
        samples = max(1, min(batch, _BLOCK // (matrix * max(1, heads))))
        beside = heads if samples > 1 else max(1, min(heads, _BLOCK // matrix))
        self.blocks: list[Block] = [
            (slice(sample, sample + samples), slice(head, head + beside))
            for sample in range(0, batch, samples)
            for head in range(0, heads, beside)
        ]
        self.scores = (samples, beside, queries, self.keys)
        self.parts = parts(len(self.blocks), -(-_LEAST // (matrix * samples * beside)))
        self.is_served = self.dtype.itemsize > 2 and batch * queries * heads * self.keys > 0

    def go_through(self, work: Callable[[Block, Sequence[Any]], None], memory: Sequence[Sequence[Any]]) -> None:
        """Call a function for every block, with memory of the thread that it runs in."""

        def task(blocks: Sequence[Block], part: int) -> None:
            for block in blocks:
                work(block, memory[part])

        share_out(self.blocks, task, self.parts)


class _Optional:
    """The arguments that an attention may have beside queries, keys and values, by block.

    Args:
        params: of the step.
        values: the arguments.
        dtype: of the scores.
    """

    def __init__(self, params: Any, values: Sequence[Any], dtype: Any):
        found = dict(zip(params["given"], values, strict=True))
        self.kept = found.get("kept")
        self.mask = self.bias = None
        self.scale = dtype.type(params["scale"])
        if "mask" in found:
            self.mask = found["mask"].reshape((1,) * (4 - found["mask"].ndim) + found["mask"].shape)
            # Added, it gives what is hidden the score that `np.where` would: others are too small to change it.
            self.bias = np.where(self.mask, dtype.type(0), dtype.type(hidden_score(dtype)))

    @property
    def hides_all(self) -> bool:
        """Whether some query may see no key."""
        return self.mask is not None and not self.mask.any(-1).all()


def _of(array: Any, block: Block) -> Any:
    """Return the part of an array that is broadcast to scores which belongs to a block."""
    return array[tuple(part if size > 1 else slice(None) for part, size in zip(block, array.shape, strict=False))]


def _heads(array: Any, block: Block) -> Any:
    """Return `[samples, heads, length, size]` of a block."""
    return heads_first(array)[block]


@kernel("attention")
def _attention(step: Step) -> Kernel | None:
    sizes = _Sizes(*step.arguments[:2])
    if not sizes.is_served:
        return None
    params: Any = step.params
    specs: Any = [value.spec for value in step.outputs]
    ones = np.ones(sizes.keys, sizes.dtype)
    scratch = Scratch([(sizes.scores, sizes.dtype)] if "kept" in params["given"] else [], len(sizes.parts))

    def run(query: Any, key: Any, value: Any, *more: Any, out: Any = None, work: Any = None) -> Any:
        means, weights = out or [np.empty(spec.shape, spec.dtype) for spec in specs]
        optional, memory = _Optional(params, more[: len(params["given"])], sizes.dtype), scratch.arrays(work)

        def attend(block: Block, buffers: Sequence[Any]) -> None:
            scores, mixed = weights[block], _heads(means, block)

            def score() -> None:
                np.matmul(_heads(query, block), _heads(key, block).swapaxes(-1, -2), out=scores)
                if optional.bias is not None:
                    np.add(scores, _of(optional.bias, block), out=scores)

            score()
            rows = scores.reshape(-1, sizes.keys)
            softmax_of_rows(rows, rows, ones, score)
            if params["blind"] and optional.hides_all:
                np.multiply(scores, _of(optional.mask, block), out=scores)
            if optional.kept is None:
                np.matmul(scores, _heads(value, block), out=mixed)
                return
            kept = buffers[0][: len(scores), : scores.shape[1]]
            np.copyto(kept, optional.kept[block])
            kept *= scores
            np.matmul(kept, _heads(value, block), out=mixed)
            np.multiply(mixed, optional.scale, out=mixed)

        sizes.go_through(attend, memory)
        return means, weights

    return Kernel(run, scratch.size)


@kernel("attention_slopes")
def _attention_slopes(step: Step) -> Kernel | None:
    sizes = _Sizes(*step.arguments[:2])
    if not sizes.is_served:
        return None
    params: Any = step.params
    specs: Any = [value.spec for value in step.outputs]
    wanted = params["wanted"]
    ones = np.ones(sizes.keys, sizes.dtype)
    width = step.arguments[2].spec.shape[3]
    scaled = (*sizes.scores[:3], width)
    scratch = Scratch([(shape, sizes.dtype) for shape in (sizes.scores, sizes.scores, scaled)], len(sizes.parts))

    def run(query: Any, key: Any, value: Any, *more: Any, out: Any = None, work: Any = None) -> Any:
        g, _, weights = more[-3:]
        found = out or tuple(np.empty(spec.shape, spec.dtype) for spec in specs)
        places = dict(zip(wanted, found, strict=True))
        optional, memory = _Optional(params, more[: len(params["given"])], sizes.dtype), scratch.arrays(work)
        hides_all = optional.hides_all

        def pull_back(block: Block, buffers: Sequence[Any]) -> None:
            weight = weights[block]
            slopes, mixed, upstream = (each[: len(weight), : weight.shape[1]] for each in buffers)
            upstream = np.multiply(_heads(g, block), optional.scale, out=upstream)
            np.matmul(upstream, _heads(value, block).swapaxes(-1, -2), out=slopes)
            if optional.kept is not None:
                np.copyto(mixed, optional.kept[block])
                slopes *= mixed
                mixed *= weight
            if 2 in places:
                shares = weight if optional.kept is None else mixed
                np.matmul(shares.swapaxes(-1, -2), upstream, out=_heads(places[2], block))
            slopes *= weight
            sums = slopes.reshape(-1, sizes.keys) @ ones
            np.multiply(weight, sums.reshape(*weight.shape[:3], 1), out=mixed)
            slopes -= mixed
            if hides_all:
                slopes *= _of(optional.mask, block)
            if 0 in places:
                np.matmul(slopes, _heads(key, block), out=_heads(places[0], block))
            if 1 in places:
                np.matmul(slopes.swapaxes(-1, -2), _heads(query, block), out=_heads(places[1], block))

        sizes.go_through(pull_back, memory)
        return found

    return Kernel(run, scratch.size)
