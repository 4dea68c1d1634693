"""Affine maps and their derivatives, written into given memory.

Floor 7.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..program import Step
from .registry import Kernel, kernel

__all__: list[str] = []


@kernel("affine")
def _affine(step: Step) -> Kernel:
    def run(x: Any, weights: Any, bias: Any, out: Any = None, work: Any = None) -> Any:
        y = np.matmul(x, weights, out=out)
        y += bias
        return y

    return Kernel(run)


@kernel("affine_slopes")
def _affine_slopes(step: Step) -> Kernel:
    x, weights = (argument.spec.shape for argument in step.arguments[1:])
    inputs, outputs = weights
    rows = math.prod(x[:-1])
    # By the place of the argument: the input, the kernel, the bias.
    slopes: tuple[Callable[..., Any], ...] = (
        lambda g, x, weights, out: np.matmul(g, weights.T, out=out),
        lambda g, x, weights, out: np.matmul(x.reshape(rows, inputs).T, g.reshape(rows, outputs), out=out),
        lambda g, x, weights, out: np.add.reduce(g.reshape(rows, outputs), 0, out=out),
    )
    wanted = [slopes[place] for place in step.params["wanted"]]

    def run(g: Any, x: Any, weights: Any, out: Any = None, work: Any = None) -> Any:
        places = out or (None,) * len(wanted)
        return tuple(slope(g, x, weights, place) for slope, place in zip(wanted, places, strict=True))

    return Kernel(run)
