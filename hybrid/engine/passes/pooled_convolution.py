"""Convolutions whose outputs nothing but a pooling needs are computed together with it.

Floor 7. See `ops/pooled_convolution.py` for what that saves. Done where there is a kernel for it, forwards and
backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.spec import TensorSpec
from ...ops.pooled_convolution import CONV_MAX_POOL
from ..kernels import kernel_for
from ..program import Program, Step, Value
from .links import Links, takes
from .rewriting import shape_of

__all__ = ["with_pooled_convolutions"]

_PLACES = {"conv_input_gradient": 0, "conv_kernel_gradient": 1}
"""The argument of `conv` whose gradient a step computes."""


def with_pooled_convolutions(program: Program) -> Program:
    """Return the program in which `conv` and `max_pool` are one step, and so are their gradients.

    Example:
        >>> f = lambda x, kernel: hybrid.ops.max_pool(hybrid.ops.conv(x, kernel), 2)
        >>> program = hybrid.jit(f).lower(np.ones((1, 6, 6, 1)), np.ones((3, 3, 1, 4))).after
        >>> [step.operation.name for step in program.steps]
        ['conv_max_pool']
    """
    links = Links(program)
    changes: dict[Step, list[Step]] = {}
    for step in program.steps:
        conv = links.maker(step.arguments[0], "conv") if step.operation.name == "max_pool" else None
        if conv is not None:
            changes.update(_fused(conv, step, links) or {})
    return program.rebuilt([other for step in program.steps for other in changes.get(step, [step])], {})


def _fused(conv: Step, pool: Step, links: Links) -> dict[Step, list[Step]] | None:
    """Return what comes in the places of a convolution, its pooling and their gradients; `None` if they must stay."""
    window, y = pool.params["window"], pool.outputs[0]
    users = links.users(conv.outputs[0])
    if users is None or window != pool.params["strides"] or pool.params["padding"] != "valid":
        return None
    if pool.params["data_format"] != conv.params["data_format"] or np.prod(window) > 255:
        return None
    place = Value(TensorSpec.of(y.spec.shape, np.dtype("uint8")))
    params = {"pool": window, **conv.params}
    forward = Step(CONV_MAX_POOL, conv.arguments, params, [y, place], (0, 1), conv.place)
    changes: dict[Step, list[Step]] = {conv: [], pool: [forward]}
    for put in users:
        if put is pool:
            continue
        gradients = links.users(put.outputs[0])
        if not _is_put(put, pool) or not gradients or not all(_is_gradient(g, put, conv) for g in gradients):
            return None
        gradients = sorted(gradients, key=lambda gradient: _PLACES[gradient.operation.name])
        changes[put] = [_slopes(gradients, put.arguments[0], forward)]
        changes.update((gradient, []) for gradient in gradients)
    made = [step for steps in changes.values() for step in steps]
    return changes if all(kernel_for(step) is not None for step in made) else None


def _is_put(step: Step, pool: Step) -> bool:
    return takes(step, "max_pool_put", pool.arguments[0], pool.outputs[0]) and step.params == pool.params


def _is_gradient(step: Step, put: Step, conv: Step) -> bool:
    """Say whether a step computes the gradient of an argument of the convolution, from what the pooling sends back."""
    (x, kernel), g = conv.arguments, put.outputs[0]
    like = step.arguments[-1]
    fits = takes(step, "conv_input_gradient", g, kernel, like) or takes(step, "conv_kernel_gradient", x, g, like)
    return (
        fits and step.params == conv.params and shape_of(like) == shape_of(conv.arguments[_PLACES[step.operation.name]])
    )


def _slopes(gradients: Sequence[Step], g: Any, forward: Step) -> Step:
    wanted = tuple(_PLACES[gradient.operation.name] for gradient in gradients)
    params = {"wanted": wanted, "count": len(forward.arguments), **forward.params}
    outputs = [gradient.outputs[0] for gradient in gradients]
    y, place = forward.outputs
    # Where the greatest were is all that counts: their values need not be kept.
    stand_in = np.broadcast_to(np.zeros((), y.spec.dtype), shape_of(y))
    arguments = (*forward.arguments, g, stand_in, place)
    return Step(CONV_MAX_POOL.gradient, arguments, params, outputs, tuple(range(len(wanted))), gradients[0].place)
