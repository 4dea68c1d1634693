"""One element per row, and back, by places in the flat array that are known but for the class.

Floor 7.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...ops.encoding import check_classes
from ..program import Step
from .registry import Kernel, kernel

__all__: list[str] = []


def _flat_places(shape: Any, indices: Any, axis: int) -> tuple[Any, int]:
    """Return where in the flat array the rows begin, for each index, and the distance of two elements of a row."""
    stride = math.prod(shape[axis + 1 :])
    before = np.arange(math.prod(shape[:axis])).reshape(-1, 1, 1) * (shape[axis] * stride)
    starts = before + np.arange(stride).reshape(1, 1, -1)
    return np.broadcast_to(starts, (starts.shape[0], indices[axis], stride)).reshape(-1), stride


@kernel("pick")
def _pick(step: Step) -> Kernel:
    shape: Any = step.arguments[0].spec.shape
    indices: Any = step.outputs[0].spec.shape
    axis = step.params["axis"]
    starts, stride = _flat_places(shape, indices, axis)

    def run(x: Any, classes: Any, out: Any = None, work: Any = None) -> Any:
        flat = classes.reshape(-1)
        check_classes(flat, shape[axis])
        places = starts + (flat if stride == 1 else flat * stride)
        picked = x.reshape(-1).take(places, out=None if out is None else out.reshape(-1))
        return picked.reshape(indices) if out is None else out

    return Kernel(run)


@kernel("unpick")
def _unpick(step: Step) -> Kernel:
    axis, dtype = step.params["axis"], step.outputs[0].spec.dtype
    shape: Any = step.outputs[0].spec.shape
    starts, stride = _flat_places(shape, step.arguments[1].spec.shape, axis)

    def run(g: Any, classes: Any, like: Any, out: Any = None, work: Any = None) -> Any:
        result = np.empty(shape, dtype) if out is None else out
        result.fill(0)
        flat = classes.reshape(-1)
        result.reshape(-1)[starts + (flat if stride == 1 else flat * stride)] = g.reshape(-1)
        return result

    return Kernel(run)
