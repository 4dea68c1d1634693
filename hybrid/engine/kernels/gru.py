"""The gated recurrent unit over whole sequences, forwards and backwards.

Floor 7. As for the long short-term memory: each gate has its own matrix, the gates of a step lie one after the other,
and sigmoids are hyperbolic tangents. What the reset gate is applied to and the rest of the candidate count as gates of
their own, the first without inputs, the other without state.
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

# Our gates are: what is reset, update, reset, and the rest of the candidate. By their numbers in the kernel, where they
# are update, reset, candidate:
_OF_STATE = (2, 0, 1)
"""The first three."""
_OF_INPUT = (0, 1, 2)
"""The last three."""


@kernel("gru")
def _gru(step: Step) -> Kernel | None:
    if not is_served(step):
        return None
    (_, batch, features), dtype = step.arguments[0].spec.shape, step.arguments[0].spec.dtype
    units = step.arguments[2].spec.shape[0]
    half, every = dtype.type(0.5), step.params["every"]
    scratch = Scratch([((4, units + features + 1, units), dtype), ((batch, units), dtype)])

    def run(*arrays: Any, out: Any = None, work: Any = None) -> Any:
        x, kernel, recurrent, bias, state, *masks = arrays
        places = outputs, last, rows, steps = places_of(step, out)
        ((weights, spare),) = scratch.arrays(work)
        weights.fill(0)
        spread(weights[:3, :units], recurrent, _OF_STATE)
        spread(weights[1:, units:-1], kernel, _OF_INPUT)
        spread(weights[1:, -1:], bias[:1], _OF_INPUT)
        spread(weights[:1, -1:], bias[1:], _OF_STATE[:1])
        weights[1:3, -1] += bias[1, : 2 * units].reshape(2, units)
        weights[1:3] *= half
        fill_rows(rows, x, state)
        _forwards(rows, steps, weights, masks[0] if masks else None, half, spare)
        if every:
            outputs[...] = rows[1:, :, :units]
        last[...] = rows[-1, :, :units]
        return places

    return Kernel(run, scratch.size)


def _forwards(rows: Any, steps: Any, weights: Any, mask: Any, half: Any, spare: Any) -> None:
    """Go through the sequence. Of a step is kept: the gates, and what the state was more than the candidate."""
    units = weights.shape[-1]
    matmul, tanh, multiply, add, subtract, copyto = np.matmul, np.tanh, np.multiply, np.add, np.subtract, np.copyto
    for row, before, after, gates, sigmoids, step, skip in zip(
        rows[:-1],
        rows[:-1, :, :units],
        rows[1:, :, :units],
        steps[:, :4],
        steps[:, 1:3],
        steps,
        repeat(None) if mask is None else ~mask[:, :, None],
        strict=False,
    ):
        inner, update, reset, candidate, change = step
        matmul(row, weights, gates)
        tanh(sigmoids, sigmoids)
        multiply(sigmoids, half, sigmoids)
        add(sigmoids, half, sigmoids)
        multiply(reset, inner, spare)
        add(candidate, spare, candidate)
        tanh(candidate, candidate)
        subtract(before, candidate, change)
        multiply(update, change, spare)
        add(candidate, spare, after)
        if skip is not None:
            copyto(after, before, where=skip)


@kernel("gru_slopes")
def _gru_slopes(step: Step) -> Kernel | None:
    if not is_served(step):
        return None
    batch, dtype = step.arguments[0].spec.shape[1], step.arguments[0].spec.dtype
    units = step.arguments[2].spec.shape[0]
    wanted, count, every = (step.params[name] for name in ("wanted", "count", "every"))
    blocks = Blocks(4, step)
    state = (batch, units)
    shapes = [(3, units, units), (3, *state), state, state, state, state]
    scratch = Scratch([*blocks.specs, *((shape, dtype) for shape in shapes)])

    def run(*arrays: Any, out: Any = None, work: Any = None) -> Any:
        _, kernel, recurrent, _, _, *masks = arrays[:count]
        g, of_state, _, _, rows, steps = arrays[count:]
        places = places_of(step, out)
        found = dict(zip(wanted, places, strict=True))
        ((*own, backs, summands, dh, passed, rest, held),) = scratch.arrays(work)
        spare = summands, dh, passed, rest, held
        dh[...] = of_state
        spread(backs.swapaxes(1, 2), recurrent, _OF_STATE)
        if 0 in found:
            own[3].fill(0)
            spread(own[3][1:].swapaxes(1, 2), kernel, _OF_INPUT)

        def back(slopes: Any, times: slice) -> None:
            mask = masks[0][times] if masks else None
            _backwards(slopes, steps[times], g[times] if every else None, mask, backs, spare)

        total = blocks.run(own, rows, back, found.get(0))
        if 1 in found:
            gathered(found[1], total[1:, units:-1], _OF_INPUT)
        if 2 in found:
            gathered(found[2], total[:3, :units], _OF_STATE)
        if 3 in found:
            gathered(found[3][:1], total[1:, -1:], _OF_INPUT)
            gathered(found[3][1:], total[:3, -1:], _OF_STATE)
        if 4 in found:
            found[4][...] = dh
        return places

    return Kernel(run, scratch.size)


def _backwards(slopes: Any, steps: Any, g: Any, mask: Any, backs: Any, spare: Any) -> None:
    """Go back through some steps: write slopes of the gates, carry that of the state on to the step before.

    The derivative of a product with a sigmoid s is the product less s times the product.
    """
    matmul, multiply, add, subtract, total = np.matmul, np.multiply, np.add, np.subtract, np.add.reduce
    summands, dh, passed, rest, held = spare
    slopes, steps = slopes.swapaxes(0, 1)[::-1], steps[::-1]
    for of_gates, of_state_gates, step, slope, skip in zip(
        slopes,
        slopes[:, :3],
        steps,
        repeat(None) if g is None else g[::-1],
        repeat(None) if mask is None else ~mask[::-1, :, None],
        strict=False,
    ):
        of_inner, of_update, of_reset, of_candidate = of_gates
        inner, update, reset, candidate, change = step
        if slope is not None:
            add(dh, slope, dh)
        if skip is not None:
            multiply(dh, skip, held)
            subtract(dh, held, dh)
        multiply(dh, update, passed)
        subtract(dh, passed, of_candidate)
        multiply(passed, change, of_update)
        multiply(of_update, update, rest)
        subtract(of_update, rest, of_update)
        multiply(of_candidate, candidate, rest)
        multiply(rest, candidate, rest)
        subtract(of_candidate, rest, of_candidate)
        multiply(of_candidate, reset, of_inner)
        multiply(of_inner, inner, of_reset)
        multiply(of_reset, reset, rest)
        subtract(of_reset, rest, of_reset)
        matmul(of_state_gates, backs, summands)
        total(summands, 0, None, dh)
        add(dh, passed, dh)
        if skip is not None:
            add(dh, held, dh)
