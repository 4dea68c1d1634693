"""The simple recurrent layer over whole sequences as a single operation.

Floor 5. A step is a product and a hyperbolic tangent: there is nothing that a kernel could do better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.door import apply
from ..core.spec import TensorSpec
from .arithmetic import add
from .creation import zeros
from .fused import Fused
from .linear import matmul
from .recurrence import chosen, infer_common, rows_of, samples_of, scanned, sizes_of, weight_slopes
from .trigonometry import tanh

__all__: list[str] = []


def simple_rnn(
    x: Any, kernel: Any, recurrent_kernel: Any, bias: Any, states: Sequence[Any], mask: Any = None, *, every: bool
) -> tuple[Any, list[Any]]:
    """Run `state = tanh(x @ kernel + state @ recurrent_kernel + bias)` over sequences.

    Args:
        x: float `[time, batch, features]`.
        kernel: `[features, units]`.
        recurrent_kernel: `[units, units]`.
        bias: `[units]`; `None` for zeros.
        states: the state before the first step, `[batch, units]`, in a list.
        mask: bool `[time, batch]`, `None` if all steps are real; at others the state stays as it is.
        every: whether the outputs of all steps are wanted.

    Returns:
        outputs `[time, batch, units]`, none of them unless `every`; and the last state in a list.

    Raises:
        ShapeError: if the shapes do not fit together.

    Example:
        >>> weights = np.ones((3, 4)), np.ones((4, 4)), np.ones(4)
        >>> outputs, states = simple_rnn(np.ones((5, 2, 3)), *weights, [np.zeros((2, 4))], every=True)
        >>> outputs.shape, [state.shape for state in states]
        ((5, 2, 4), [(2, 4)])
    """
    bias = zeros((recurrent_kernel.shape[0],), dtype=x.dtype) if bias is None else bias
    optional = () if mask is None else (mask,)
    outputs, last, *_ = apply(SIMPLE_RNN, x, kernel, recurrent_kernel, bias, *states, *optional, every=every)
    return outputs, [last]


def _plain(
    x: Any, kernel: Any, recurrent: Any, bias: Any, state: Any, mask: Any = None, *, every: bool
) -> tuple[Any, ...]:
    def step(row: Any, state: Any) -> list[Any]:
        return [tanh(add(row, matmul(state, recurrent)))]

    return scanned(step, add(matmul(x, kernel), bias), [state], mask, every)


def _compute(
    x: Any, kernel: Any, recurrent: Any, bias: Any, state: Any, mask: Any = None, *, every: bool
) -> tuple[Any, ...]:
    optional = () if mask is None else (mask,)
    time, _, _, units = sizes_of("simple_rnn", 1, x, kernel, recurrent, bias, state, *optional)
    weights = np.concatenate([recurrent, kernel, bias[None]])
    rows = rows_of(x, state)
    for t in range(time):
        rows[t + 1, :, :units] = chosen(mask, t, np.tanh(rows[t] @ weights), rows[t, :, :units])
    outputs = rows[1:, :, :units]
    return np.array(outputs if every else outputs[:0]), np.array(rows[-1, :, :units]), rows


def _slopes(
    wanted: Any,
    cotangents: Any,
    outputs: Any,
    like_x: Any,
    kernel: Any,
    recurrent: Any,
    like_bias: Any,
    like_state: Any,
    mask: Any = None,
    *,
    every: bool,
) -> tuple[Any, ...]:
    (g, of_state), rows = cotangents, outputs[-1]
    units = len(recurrent)
    slopes = np.empty((*like_x.shape[:2], units), like_x.dtype)
    for t in reversed(range(len(like_x))):
        if every:
            of_state = of_state + g[t]
        # A state that has not changed passes its cotangent on as it is; nothing else comes from there.
        passed, of_state = chosen(mask, t, 0, of_state), chosen(mask, t, of_state, 0)
        after = rows[t + 1, :, :units]
        slopes[t] = of_state * (1 - after * after)
        of_state = slopes[t] @ recurrent.T + passed
    joint = weight_slopes(rows, slopes)
    of_inputs = slopes @ kernel.T if 0 in wanted else None
    found = (of_inputs, joint[units:-1], joint[:units], joint[-1], of_state)
    return tuple(found[place] for place in wanted)


def _infer(*specs: Any, every: bool) -> tuple[TensorSpec, ...]:
    outputs, rows = infer_common(specs[0].dtype, sizes_of("simple_rnn", 1, *specs), every)
    return *outputs, rows


SIMPLE_RNN = Fused(
    "simple_rnn",
    _plain,
    _compute,
    _slopes,
    _infer,
    samples=samples_of(gates=1, states=1),
    outputs=2,
    constant=(5,),
    unread=(-3, -2),
)
