"""The cross-entropy of class numbers, by places in the flat array that are known but for the class.

Floor 7.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.encoding import check_classes
from ...ops.label_crossentropy import factor_of
from ..program import Step
from .registry import Kernel, kernel

__all__: list[str] = []


def _rows(step: Step) -> tuple[int, int] | None:
    """Return the number of rows and of classes, `None` if the classes do not come last or there are none."""
    spec = step.arguments[0].spec
    if step.params["axis"] != len(spec.shape) - 1 or not spec.size:
        return None
    return spec.size // spec.shape[-1], spec.shape[-1]


@kernel("label_crossentropy")
def _label_crossentropy(step: Step) -> Kernel | None:
    shape, least = _rows(step), step.params["least"]
    if shape is None:
        return None
    specs: Any = [value.spec for value in step.outputs]
    starts = np.arange(shape[0]) * shape[1]

    def run(output: Any, target: Any, out: Any = None, work: Any = None) -> Any:
        found = out or tuple(np.empty(spec.shape, spec.dtype) for spec in specs)
        loss, share, total = found
        classes = target.reshape(-1)
        check_classes(classes, shape[1])
        np.add.reduce(output, -1, out=total)
        np.divide(output.reshape(-1).take(starts + classes).reshape(share.shape), total, out=share)
        np.log(np.minimum(np.maximum(share, least), 1.0 - least), out=loss)
        np.negative(loss, out=loss)
        return found

    return Kernel(run)


@kernel("label_crossentropy_slopes")
def _label_crossentropy_slopes(step: Step) -> Kernel | None:
    shape, least = _rows(step), step.params["least"]
    if shape is None:
        return None
    spec: Any = step.outputs[0].spec
    starts = np.arange(shape[0]) * shape[1]

    def run(like: Any, target: Any, g: Any, *outputs: Any, out: Any = None, work: Any = None) -> Any:
        _, share, total = outputs
        slope = np.empty(spec.shape, spec.dtype) if out is None else out[0]
        factor = factor_of(g, share, total, least)
        slope[...] = (factor * share)[..., None]
        slope.reshape(-1)[starts + target.reshape(-1)] -= factor.reshape(-1)
        return (slope,)

    return Kernel(run)
