"""What dropout keeps, drawn by several threads.

Floor 7.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ...random.masking import draw_kept, stretches_of
from ..program import Step
from ..threads import parts, run_all
from .registry import Kernel, kernel

__all__: list[str] = []

_LEAST = 16
"""Number of stretches that are worth a thread."""


@kernel("random_keep")
def _keep(step: Step) -> Kernel | None:
    shape: Any = step.outputs[0].spec.shape
    rate, count = step.params["rate"], step.outputs[0].spec.size or 0
    if rate >= 1 or not count:
        return None

    def run(state: Any, *sizes: Any, out: Any = None, work: Any = None) -> Any:
        kept = np.empty(shape, bool) if out is None else out
        flat = kept.reshape(count)
        places = parts(stretches_of(count), _LEAST)
        run_all([partial(draw_kept, state, part, rate, flat) for part in places])
        return kept

    return Kernel(run)
