"""The table of kernels.

Floor 7.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...core.spec import TensorSpec
from ...errors import ConfigError
from ..program import Step, Value

__all__ = ["KERNELS", "Kernel", "kernel", "kernel_for"]


class Kernel(NamedTuple):
    """A way to compute one step of a program.

    Attributes:
        run: function of the step's arguments, without its parameters, which are fixed already; with two keywords.
            `out`: contiguous array for the result, or a tuple of them for several; what it holds before means nothing,
            and it shares no memory with an argument. `work`: array of bytes to scribble on, what it holds means
            nothing either. Where they are `None` the kernel makes its own. Returns the result, or a tuple of results.
        work: number of bytes that it wants to scribble on.
        elementwise: whether an element of the result depends on the elements at the same place only, and is written
            after they have been read, so that `out` may also be the memory of an argument of its shape and dtype.
        over: for each result the places of the arguments of which this holds, where it does not hold of all.

    A kernel may be run by several threads at once: it keeps nothing between two calls but what it never changes.
    """

    run: Callable[..., Any]
    work: int = 0
    elementwise: bool = False
    over: tuple[tuple[int, ...], ...] = ()


Maker = Callable[[Step], Kernel | None]
"""Makes the kernel for the shapes and parameters of a step; `None` where the primitive's own way is as good."""

KERNELS: dict[str, Maker] = {}
"""Makers of kernels by the name of the primitive."""


def kernel(name: str) -> Callable[[Maker], Maker]:
    """Enter a maker of kernels in the table.

    Args:
        name: of the primitive.

    Raises:
        ConfigError: if it has one already.
    """

    def enter(maker: Maker) -> Maker:
        if name in KERNELS:
            raise ConfigError(f"The primitive '{name}' has a kernel already.", fix="keep one of the two")
        KERNELS[name] = maker
        return maker

    return enter


def kernel_for(step: Step) -> Kernel | None:
    """Return the kernel for a step, `None` if its primitive computes it, as where a size is not known beforehand."""
    maker = None if step.operation.is_composite else KERNELS.get(step.operation.name)
    values = [value for value in (*step.outputs, *step.arguments) if type(value) is Value]
    if maker is None or any(value.spec.size is None for value in values):
        return None
    # A maker asks for the specs of all arrays: those of constants too.
    arguments = [
        Value(TensorSpec.of(argument.shape, argument.dtype)) if isinstance(argument, np.ndarray) else argument
        for argument in step.arguments
    ]
    return maker(step.on(arguments))
