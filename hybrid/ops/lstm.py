"""The long short-term memory over whole sequences as a single operation.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.door import apply
from ..core.spec import TensorSpec
from .activation import sigmoid
from .arithmetic import add, multiply
from .creation import zeros
from .fused import Fused
from .linear import matmul
from .recurrence import chosen, infer_common, rows_of, samples_of, scanned, sizes_of, weight_slopes
from .tiling import split
from .trigonometry import tanh

__all__: list[str] = []


def lstm(
    x: Any, kernel: Any, recurrent_kernel: Any, bias: Any, states: Sequence[Any], mask: Any = None, *, every: bool
) -> tuple[Any, list[Any]]:
    """Run a long short-term memory over sequences.

    Args:
        x: float `[time, batch, features]`.
        kernel: `[features, 4 * units]`; gates in the order input, forget, candidate, output.
        recurrent_kernel: `[units, 4 * units]`.
        bias: `[4 * units]`; `None` for zeros.
        states: output and memory before the first step, `[batch, units]` each.
        mask: bool `[time, batch]`, `None` if all steps are real; at others the states stay as they are.
        every: whether the outputs of all steps are wanted.

    Returns:
        outputs `[time, batch, units]`, none of them unless `every`; and the last output and memory.

    Raises:
        ShapeError: if the shapes do not fit together.

    Example:
        >>> weights = np.ones((3, 16)), np.ones((4, 16)), np.ones(16)
        >>> outputs, states = lstm(np.ones((5, 2, 3)), *weights, [np.zeros((2, 4))] * 2, every=True)
        >>> outputs.shape, [state.shape for state in states]
        ((5, 2, 4), [(2, 4), (2, 4)])

    Source: Hochreiter and Schmidhuber 1997, "Long short-term memory"; Gers et al. 2000, "Learning to forget".
    """
    bias = zeros((4 * recurrent_kernel.shape[0],), dtype=x.dtype) if bias is None else bias
    optional = () if mask is None else (mask,)
    outputs, output, memory, *_ = apply(LSTM, x, kernel, recurrent_kernel, bias, *states, *optional, every=every)
    return outputs, [output, memory]


def _plain(
    x: Any, kernel: Any, recurrent: Any, bias: Any, output: Any, memory: Any, mask: Any = None, *, every: bool
) -> tuple[Any, ...]:
    def step(row: Any, output: Any, memory: Any) -> list[Any]:
        take, keep, candidate, show = split(add(row, matmul(output, recurrent)), 4, axis=-1)
        memory = add(multiply(sigmoid(keep), memory), multiply(sigmoid(take), tanh(candidate)))
        return [multiply(sigmoid(show), tanh(memory)), memory]

    return scanned(step, add(matmul(x, kernel), bias), [output, memory], mask, every)


def _compute(
    x: Any, kernel: Any, recurrent: Any, bias: Any, output: Any, memory: Any, mask: Any = None, *, every: bool
) -> tuple[Any, ...]:
    optional = () if mask is None else (mask,)
    time, batch, _, units = sizes_of("lstm", 4, x, kernel, recurrent, bias, output, memory, *optional)
    # A sigmoid is half the hyperbolic tangent of half its argument, plus a half: one call computes all gates.
    parts = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], x.dtype), units)
    weights, offsets = np.concatenate([recurrent, kernel, bias[None]]) * parts, 1 - parts
    rows = rows_of(x, output)
    steps = np.empty((time, 5, batch, units), x.dtype)
    for t in range(time):
        gates = np.tanh(rows[t] @ weights) * parts + offsets
        take, keep, candidate, show = (gates[:, n * units : (n + 1) * units] for n in range(4))
        for place, each in enumerate((show, take, keep, candidate, memory)):
            steps[t, place] = each
        memory = chosen(mask, t, take * candidate + keep * memory, memory)
        rows[t + 1, :, :units] = chosen(mask, t, show * np.tanh(memory), rows[t, :, :units])
    outputs = rows[1:, :, :units]
    return np.array(outputs if every else outputs[:0]), np.array(rows[-1, :, :units]), np.array(memory), rows, steps


def _slopes(
    wanted: Any,
    cotangents: Any,
    outputs: Any,
    like_x: Any,
    kernel: Any,
    recurrent: Any,
    like_bias: Any,
    like_output: Any,
    like_memory: Any,
    mask: Any = None,
    *,
    every: bool,
) -> tuple[Any, ...]:
    (g, of_output, of_memory), (*_, memory, rows, steps) = cotangents, outputs
    slopes = np.empty((*like_x.shape[:2], kernel.shape[1]), like_x.dtype)
    for t in reversed(range(len(like_x))):
        show, take, keep, candidate, before = steps[t]
        shown, memory = np.tanh(memory), before
        if every:
            of_output = of_output + g[t]
        # What has not changed passes its cotangent on as it is; nothing else comes from there.
        passed = chosen(mask, t, 0, of_output), chosen(mask, t, 0, of_memory)
        of_output, of_memory = chosen(mask, t, of_output, 0), chosen(mask, t, of_memory, 0)
        of_memory = of_memory + of_output * show * (1 - shown * shown)
        of_gates = (
            of_memory * candidate * take * (1 - take),
            of_memory * before * keep * (1 - keep),
            of_memory * take * (1 - candidate * candidate),
            of_output * shown * show * (1 - show),
        )
        slopes[t] = np.concatenate(of_gates, -1)
        of_output = slopes[t] @ recurrent.T + passed[0]
        of_memory = of_memory * keep + passed[1]
    units, joint = len(recurrent), weight_slopes(rows, slopes)
    of_inputs = slopes @ kernel.T if 0 in wanted else None
    found = (of_inputs, joint[units:-1], joint[:units], joint[-1], of_output, of_memory)
    return tuple(found[place] for place in wanted)


def _infer(*specs: Any, every: bool) -> tuple[TensorSpec, ...]:
    sizes = time, batch, _, units = sizes_of("lstm", 4, *specs)
    outputs, rows = infer_common(specs[0].dtype, sizes, every)
    return *outputs, outputs[1], rows, TensorSpec.of((time, 5, batch, units), specs[0].dtype)


LSTM = Fused(
    "lstm",
    _plain,
    _compute,
    _slopes,
    _infer,
    samples=samples_of(gates=4, states=2),
    outputs=3,
    constant=(6,),
    unread=(-5, -4),
)
