"""Reductions and what undoes them, written into given memory.

Floor 7.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..program import Step, Value
from .registry import Kernel, kernel
from .sums import sum_of_rows

__all__: list[str] = []


def _reduction(step: Step, ufunc: np.ufunc, divides: bool = False) -> Kernel | None:
    """Return the kernel that reduces along axes; for a mean, it divides by the number of elements."""
    if "initial" in step.params:
        return None
    spec, axes, keepdims = step.arguments[0].spec, step.params["axes"], step.params["keepdims"]
    dtype = spec.dtype if ufunc is np.add else None
    count = float(math.prod(spec.shape[axis] for axis in axes))
    reduce: Any = ufunc.reduce

    def run(x: Any, out: Any = None, work: Any = None) -> Any:
        return reduce(x, axes, dtype, out, keepdims)

    def run_mean(x: Any, out: Any = None, work: Any = None) -> Any:
        return np.divide(reduce(x, axes, dtype, out, keepdims), count, out=out)

    return Kernel(run_mean if divides else run)


@kernel("sum")
def _sum(step: Step) -> Kernel | None:
    return sum_of_rows(step, step.params["axes"]) or _reduction(step, np.add)


@kernel("mean")
def _mean(step: Step) -> Kernel | None:
    return sum_of_rows(step, step.params["axes"], divides=True) or _reduction(step, np.add, divides=True)


@kernel("max")
def _max(step: Step) -> Kernel | None:
    return _reduction(step, np.maximum)


@kernel("min")
def _min(step: Step) -> Kernel | None:
    return _reduction(step, np.minimum)


@kernel("argmax")
def _argmax(step: Step) -> Kernel:
    return _place(step, "argmax")


@kernel("argmin")
def _argmin(step: Step) -> Kernel:
    return _place(step, "argmin")


def _place(step: Step, method: str) -> Kernel:
    axis, keepdims, dtype = step.params["axis"], step.params["keepdims"], step.outputs[0].spec.dtype

    def run(x: Any, out: Any = None, work: Any = None) -> Any:
        places = getattr(x, method)(axis, keepdims=keepdims)
        if out is None:
            return places.astype(dtype)
        np.copyto(out, places, casting="unsafe")
        return out

    return Kernel(run)


@kernel("spread")
def _spread(step: Step) -> Kernel:
    return _repetition(step, 1.0)


@kernel("share")
def _share(step: Step) -> Kernel:
    shape: Any = step.outputs[0].spec.shape
    return _repetition(step, float(math.prod(shape[axis] for axis in step.params["axes"])))


def _repetition(step: Step, count: float) -> Kernel:
    """Return the kernel that repeats an array along axes, divided by a number."""
    dtype = step.outputs[0].spec.dtype
    shape: Any = step.outputs[0].spec.shape
    axes, keepdims = step.params["axes"], step.params["keepdims"]
    narrow = tuple(1 if place in axes else size for place, size in enumerate(shape))
    given = step.arguments[0]
    is_wide = keepdims or type(given) is not Value or not given.spec.shape

    def run(reduced: Any, like: Any, out: Any = None, work: Any = None) -> Any:
        result = np.empty(shape, dtype) if out is None else out
        each = reduced if count == 1.0 else reduced / count
        result[...] = each if is_wide else each.reshape(narrow)
        return result

    return Kernel(run)


@kernel("sum_to")
def _sum_to(step: Step) -> Kernel | None:
    shape: Any = step.arguments[0].spec.shape
    target: Any = step.outputs[0].spec.shape
    wide = (1,) * (len(shape) - len(target)) + tuple(target)
    axes = tuple(
        axis for axis, size in enumerate(wide) if size == 1 and (shape[axis] != 1 or axis < len(shape) - len(target))
    )
    if not axes:
        return None
    by_rows = sum_of_rows(step, axes)
    if by_rows is not None:
        return by_rows
    narrow = tuple(size for axis, size in enumerate(shape) if axis not in axes)
    reduce: Any = np.add.reduce

    def run(x: Any, like: Any, out: Any = None, work: Any = None) -> Any:
        if out is None:
            return reduce(x, axes, x.dtype).reshape(target)
        reduce(x, axes, x.dtype, out.reshape(narrow))
        return out

    return Kernel(run)
