"""The gated recurrent unit over whole sequences as a single operation.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.door import apply
from ..core.spec import TensorSpec
from .activation import sigmoid
from .arithmetic import add, multiply, subtract
from .creation import zeros
from .fused import Fused
from .linear import matmul
from .recurrence import chosen, infer_common, rows_of, samples_of, scanned, sizes_of, weight_slopes
from .tiling import split
from .trigonometry import tanh

__all__: list[str] = []


def gru(
    x: Any, kernel: Any, recurrent_kernel: Any, bias: Any, states: Sequence[Any], mask: Any = None, *, every: bool
) -> tuple[Any, list[Any]]:
    """Run a gated recurrent unit over sequences; its reset gate is applied after the recurrent product.

    Args:
        x: float `[time, batch, features]`.
        kernel: `[features, 3 * units]`; gates in the order update, reset, candidate.
        recurrent_kernel: `[units, 3 * units]`.
        bias: `[2, 3 * units]`, of inputs and states; `None` for zeros.
        states: the state before the first step, `[batch, units]`, in a list.
        mask: bool `[time, batch]`, `None` if all steps are real; at others the state stays as it is.
        every: whether the outputs of all steps are wanted.

    Returns:
        outputs `[time, batch, units]`, none of them unless `every`; and the last state in a list.

    Raises:
        ShapeError: if the shapes do not fit together.

    Example:
        >>> weights = np.ones((3, 12)), np.ones((4, 12)), np.ones((2, 12))
        >>> outputs, states = gru(np.ones((5, 2, 3)), *weights, [np.zeros((2, 4))], every=True)
        >>> outputs.shape, [state.shape for state in states]
        ((5, 2, 4), [(2, 4)])

    Source: Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder".
    """
    bias = zeros((2, 3 * recurrent_kernel.shape[0]), dtype=x.dtype) if bias is None else bias
    optional = () if mask is None else (mask,)
    outputs, last, *_ = apply(GRU, x, kernel, recurrent_kernel, bias, *states, *optional, every=every)
    return outputs, [last]


def _plain(
    x: Any, kernel: Any, recurrent: Any, bias: Any, state: Any, mask: Any = None, *, every: bool
) -> tuple[Any, ...]:
    of_inputs, of_states = split(bias, 2, axis=0)

    def step(row: Any, state: Any) -> list[Any]:
        update, reset, candidate = split(row, 3, axis=-1)
        inner_update, inner_reset, inner = split(add(matmul(state, recurrent), of_states), 3, axis=-1)
        update, reset = sigmoid(add(update, inner_update)), sigmoid(add(reset, inner_reset))
        candidate = tanh(add(candidate, multiply(reset, inner)))
        return [add(candidate, multiply(update, subtract(state, candidate)))]

    return scanned(step, add(matmul(x, kernel), of_inputs), [state], mask, every)


def joint_weights(kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Return the matrix `[units + features + 1, 4 * units]` that a row is multiplied by.

    Its columns: what the reset gate is applied to, which depends on the state only; the gates update and reset; and the
    rest of the candidate, which depends on the input only.
    """
    units = len(recurrent)
    joint = np.zeros((units + len(kernel) + 1, 4 * units), kernel.dtype)
    joint[:units, : 3 * units] = np.roll(recurrent, units, -1)
    joint[units:-1, units:] = kernel
    joint[-1, : 3 * units] = np.roll(bias[1], units)
    joint[-1, units:] += bias[0]
    return joint


def of_weights(joint: Any, units: int) -> tuple[Any, Any, Any]:
    """Return the derivatives of kernel, recurrent kernel and bias from that of the matrix of them all."""
    bias = np.stack([joint[-1, units:], np.roll(joint[-1, : 3 * units], -units)])
    return joint[units:-1, units:], np.roll(joint[:units, : 3 * units], -units, -1), bias


def _compute(
    x: Any, kernel: Any, recurrent: Any, bias: Any, state: Any, mask: Any = None, *, every: bool
) -> tuple[Any, ...]:
    optional = () if mask is None else (mask,)
    time, batch, _, units = sizes_of("gru", 3, x, kernel, recurrent, bias, state, *optional)
    weights = joint_weights(kernel, recurrent, bias)
    rows = rows_of(x, state)
    steps = np.empty((time, 5, batch, units), x.dtype)
    for t in range(time):
        gates = rows[t] @ weights
        sigmoids = 0.5 * np.tanh(0.5 * gates[:, units : 3 * units]) + 0.5
        inner, update, reset = gates[:, :units], sigmoids[:, :units], sigmoids[:, units:]
        candidate = np.tanh(gates[:, 3 * units :] + reset * inner)
        before = rows[t, :, :units]
        change = before - candidate
        for place, each in enumerate((inner, update, reset, candidate, change)):
            steps[t, place] = each
        rows[t + 1, :, :units] = chosen(mask, t, candidate + update * change, before)
    outputs = rows[1:, :, :units]
    return np.array(outputs if every else outputs[:0]), np.array(rows[-1, :, :units]), rows, steps


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
    (g, of_state), (*_, rows, steps) = cotangents, outputs
    units = len(recurrent)
    back = joint_weights(kernel, recurrent, np.zeros_like(like_bias))[:units].T
    slopes = np.empty((*like_x.shape[:2], 4 * units), like_x.dtype)
    for t in reversed(range(len(like_x))):
        inner, update, reset, candidate, change = steps[t]
        if every:
            of_state = of_state + g[t]
        # A state that has not changed passes its cotangent on as it is; nothing else comes from there.
        passed, of_state = chosen(mask, t, 0, of_state), chosen(mask, t, of_state, 0)
        of_candidate = of_state * (1 - update) * (1 - candidate * candidate)
        of_gates = (
            of_candidate * reset,
            of_state * change * update * (1 - update),
            of_candidate * inner * reset * (1 - reset),
            of_candidate,
        )
        slopes[t] = np.concatenate(of_gates, -1)
        of_state = slopes[t] @ back + of_state * update + passed
    of_inputs = slopes[:, :, units:] @ kernel.T if 0 in wanted else None
    found = (of_inputs, *of_weights(weight_slopes(rows, slopes), units), of_state)
    return tuple(found[place] for place in wanted)


def _infer(*specs: Any, every: bool) -> tuple[TensorSpec, ...]:
    sizes = time, batch, _, units = sizes_of("gru", 3, *specs)
    outputs, rows = infer_common(specs[0].dtype, sizes, every)
    return *outputs, rows, TensorSpec.of((time, 5, batch, units), specs[0].dtype)


GRU = Fused(
    "gru",
    _plain,
    _compute,
    _slopes,
    _infer,
    samples=samples_of(gates=3, states=1, biases=(2,)),
    outputs=2,
    constant=(5,),
    unread=(-4, -3),
)
