"""What is known of the steps of a program and memory: which can be told where to write, and which show what was there.

Floor 7. This is the one place for such knowledge; planning and the executor ask here. What is not known is taken for
the worst: that a result shows memory of every argument, and that it must be allocated anew.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .blocks import Chain, kernel_of
from .kernels import Kernel, kernel_for
from .program import Step, Value

__all__ = ["Use", "bytes_in", "use_of"]

# Primitives without a kernel whose results are new arrays. Only worth naming where results are large.
_SEPARATE = frozenset(
    """
    log_softmax where conv conv_input_gradient conv_kernel_gradient conv_transpose max_pool
    max_pool_put average_pool average_pool_spread standardize standardize_slopes random_normal random_uniform
    random_truncated_normal random_dropout_mask gather_rows add_rows_like one_hot pad cumsum gelu normal_cdf erf erfinv
    """.split()
)
_VIEWS = frozenset(
    "reshape reshape_like transpose expand_dims squeeze slice split unpack read stop_gradient broadcast_to".split()
)
# Views for which arrays have a method: a call of it costs a fraction of the primitive's own way.
_METHODS: dict[str, Callable[[Step], str]] = {
    "reshape": lambda step: f"reshape({step.outputs[0].spec.shape})",
    "expand_dims": lambda step: f"reshape({step.outputs[0].spec.shape})",
    "squeeze": lambda step: f"reshape({step.outputs[0].spec.shape})",
    "transpose": lambda step: f"transpose({step.params['axes']})",
}


class Use(NamedTuple):
    """How a step uses memory.

    Attributes:
        kernel: that computes it, `None` if its primitive does.
        method: of arrays that computes it, with its arguments, where there is one.
        writes: whether it takes `out=`, memory for its results.
        elementwise: whether elements of the result depend on the elements at the same place only.
        over: for each result, places of arguments whose memory it may be written over, if shape and dtype are the same.
        shows: whether its results may share memory with its arguments.
        makes: whether its results are, or may be, new memory.
        keeps: whether arguments may be kept by what it calls, for longer than the step.
        work: number of bytes that it wants to scribble on.
    """

    kernel: Kernel | None = None
    method: str | None = None
    writes: bool = False
    elementwise: bool = False
    over: tuple[tuple[int, ...], ...] = ()
    shows: bool = False
    makes: bool = True
    keeps: bool = False
    work: int = 0


def use_of(step: Step) -> Use:
    """Return how a step uses memory.

    Example:
        >>> steps = hybrid.jit(lambda x: hybrid.ops.reshape(-x, (3, 2))).lower(np.ones((2, 3))).after.steps
        >>> [(use.writes, use.elementwise, use.shows) for use in map(use_of, steps)]
        [(True, True, False), (False, False, True)]
    """
    if step.operation.is_composite:
        return Use(shows=True, keeps=True)
    every = (tuple(range(len(step.arguments))),)
    kernel = kernel_of(step) if isinstance(step.operation, Chain) else kernel_for(step)
    if kernel is not None:
        over = every if kernel.elementwise else kernel.over
        return Use(kernel, writes=True, elementwise=kernel.elementwise, over=over, work=kernel.work)
    compute = step.operation.compute
    if isinstance(compute, np.ufunc) and compute.nout == 1 and not step.params:
        elementwise = compute.signature is None
        return Use(writes=True, elementwise=elementwise, over=every if elementwise else ())
    name = step.operation.name
    known = name in _METHODS and type(step.arguments[0]) is Value and step.outputs[0].spec.size is not None
    return Use(method=_METHODS[name](step) if known else None, shows=name not in _SEPARATE, makes=name not in _VIEWS)


def bytes_in(value: Any) -> int:
    """Return the number of bytes of a value, 0 if that is not known."""
    return (value.spec.size or 0) * value.spec.dtype.itemsize  # type: ignore[no-any-return]
