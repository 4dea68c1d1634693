"""The long short-term memory over whole sequences, forwards and backwards.

Floor 7. A step is little arithmetic: what counts is how many calls of NumPy it takes, that their arrays are contiguous,
and that they are still in the cache. So each gate has its own matrix, and the gates of a step lie one after the other;
they stand in another order than in the kernel, so that those which are treated alike are neighbours. A sigmoid is a
hyperbolic tangent of half its argument: with the weights of three gates halved, one call computes all four.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

import numpy as np

from ..program import Step
from .recurrence import Blocks, fill_rows, gathered, is_served, places_of, spread
from .registry import Kernel, kernel
from .scratch import Scratch

__all__: list[str] = []

_ORDER = (3, 0, 1, 2)
"""The gates in our order (output, input, forget, candidate), by their number in the kernel."""


@kernel("lstm")
def _lstm(step: Step) -> Kernel | None:
    if not is_served(step):
        return None
    (_, batch, features), dtype = step.arguments[0].spec.shape, step.arguments[0].spec.dtype
    units = step.arguments[2].spec.shape[0]
    half, every = dtype.type(0.5), step.params["every"]
    scratch = Scratch([((4, units + features + 1, units), dtype), ((2, batch, units), dtype)])

    def run(*arrays: Any, out: Any = None, work: Any = None) -> Any:
        x, kernel, recurrent, bias, output, memory, *masks = arrays
        places = outputs, last_output, last_memory, rows, steps = places_of(step, out)
        ((weights, products),) = scratch.arrays(work)
        spread(weights[:, :units], recurrent, _ORDER)
        spread(weights[:, units:-1], kernel, _ORDER)
        spread(weights[:, -1:], bias[None], _ORDER)
        weights[:3] *= half
        fill_rows(rows, x, output)
        steps[0, 4] = memory
        _forwards(rows, steps, weights, last_memory, masks[0] if masks else None, half, products)
        if every:
            outputs[...] = rows[1:, :, :units]
        last_output[...] = rows[-1, :, :units]
        return places

    return Kernel(run, scratch.size)


def _forwards(rows: Any, steps: Any, weights: Any, last_memory: Any, mask: Any, half: Any, products: Any) -> None:
    """Go through the sequence. Of a step is kept: the gates, and the memory before it."""
    units = weights.shape[-1]
    matmul, tanh, multiply, add, copyto = np.matmul, np.tanh, np.multiply, np.add, np.copyto
    taken, kept = products
    for row, gates, sigmoids, show, write, content, before, memory, state, skip in zip(
        rows[:-1],
        steps[:, :4],
        steps[:, :3],
        steps[:, 0],
        steps[:, 1:3],
        steps[:, 3:],
        steps[:, 4],
        [*steps[1:, 4], last_memory],
        rows[1:, :, :units],
        repeat(None) if mask is None else ~mask[:, :, None],
        strict=False,
    ):
        matmul(row, weights, gates)
        tanh(gates, gates)
        multiply(sigmoids, half, sigmoids)
        add(sigmoids, half, sigmoids)
        multiply(write, content, products)
        add(taken, kept, memory)
        if skip is not None:
            copyto(memory, before, where=skip)
        tanh(memory, taken)
        multiply(show, taken, state)
        if skip is not None:
            copyto(state, row[:, :units], where=skip)


@kernel("lstm_slopes")
def _lstm_slopes(step: Step) -> Kernel | None:
    if not is_served(step):
        return None
    batch, dtype = step.arguments[0].spec.shape[1], step.arguments[0].spec.dtype
    units = step.arguments[2].spec.shape[0]
    wanted, count, every = (step.params[name] for name in ("wanted", "count", "every"))
    blocks = Blocks(4, step)
    state = (batch, units)
    shapes = [(4, units, units), (4, *state), (2, *state), *[state] * 6]
    scratch = Scratch([*blocks.specs, *((shape, dtype) for shape in shapes)])

    def run(*arrays: Any, out: Any = None, work: Any = None) -> Any:
        _, kernel, recurrent, _, _, _, *masks = arrays[:count]
        g, of_output, of_memory, _, _, last_memory, rows, steps = arrays[count:]
        places = places_of(step, out)
        found = dict(zip(wanted, places, strict=True))
        ((*own, backs, summands, products, dh, dc, rest, shown, held_h, held_c),) = scratch.arrays(work)
        spare = summands, products, dh, dc, rest, shown, held_h, held_c
        dh[...], dc[...] = of_output, of_memory
        spread(backs.swapaxes(1, 2), recurrent, _ORDER)
        if 0 in found:
            spread(own[3].swapaxes(1, 2), kernel, _ORDER)

        def back(slopes: Any, times: slice) -> None:
            mask = masks[0][times] if masks else None
            after = [*steps[times.start + 1 : times.stop + 1, 4], last_memory]
            _backwards(
                slopes, steps[times], after[: times.stop - times.start], g[times] if every else None, mask, backs, spare
            )

        total = blocks.run(own, rows, back, found.get(0))
        for place, part in ((1, total[:, units:-1]), (2, total[:, :units])):
            if place in found:
                gathered(found[place], part, _ORDER)
        if 3 in found:
            gathered(found[3][None], total[:, -1:], _ORDER)
        for place, value in ((4, dh), (5, dc)):
            if place in found:
                found[place][...] = value
        return places

    return Kernel(run, scratch.size)


def _backwards(slopes: Any, steps: Any, memories: Any, g: Any, mask: Any, backs: Any, spare: Any) -> None:
    """Go back through some steps: write slopes of the gates, carry those of output and memory on to the step before.

    The derivative of a product with a sigmoid s is the product less s times the product.
    """
    matmul, tanh, total = np.matmul, np.tanh, np.add.reduce
    multiply, add, subtract = np.multiply, np.add, np.subtract
    summands, products, dh, dc, rest, shown, held_h, held_c = spare
    taken, _ = products
    slopes, steps = slopes.swapaxes(0, 1)[::-1], steps[::-1]
    for of_gates, of_show, of_write, of_candidate, of_rest, step, write, content, memory, slope, skip in zip(
        slopes,
        slopes[:, 0],
        slopes[:, 1:3],
        slopes[:, 3],
        slopes[:, 1:],
        steps,
        steps[:, 1:3],
        steps[:, 3:],
        reversed(memories),
        repeat(None) if g is None else g[::-1],
        repeat(None) if mask is None else ~mask[::-1, :, None],
        strict=False,
    ):
        show, take, keep, candidate, _ = step
        if slope is not None:
            add(dh, slope, dh)
        if skip is not None:
            multiply(dh, skip, held_h)
            multiply(dc, skip, held_c)
            subtract(dh, held_h, dh)
            subtract(dc, held_c, dc)
        tanh(memory, shown)
        multiply(dh, show, rest)
        multiply(rest, shown, of_show)
        multiply(of_show, shown, shown)
        subtract(rest, shown, rest)
        add(dc, rest, dc)
        multiply(of_show, show, rest)
        subtract(of_show, rest, of_show)
        multiply(write, content, products)
        multiply(products, write, of_write)
        subtract(products, of_write, of_write)
        multiply(taken, candidate, of_candidate)
        subtract(take, of_candidate, of_candidate)
        multiply(of_rest, dc, of_rest)
        multiply(dc, keep, dc)
        matmul(of_gates, backs, summands)
        total(summands, 0, None, dh)
        if skip is not None:
            add(dh, held_h, dh)
            add(dc, held_c, dc)
