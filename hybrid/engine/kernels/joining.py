"""Arrays put together, in given memory.

Floor 7.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.packing import PACK
from ..program import Step
from .registry import Kernel, kernel

__all__: list[str] = []


@kernel(PACK.name)
def _pack(step: Step) -> Kernel:
    def run(*arrays: Any, out: Any = None, work: Any = None) -> Any:
        return np.concatenate([array.reshape(-1) for array in arrays], out=out)

    return Kernel(run)


@kernel("concatenate")
def _concatenate(step: Step) -> Kernel:
    axis = step.params["axis"]

    def run(*arrays: Any, out: Any = None, work: Any = None) -> Any:
        return np.concatenate(arrays, axis, out=out)

    return Kernel(run)
