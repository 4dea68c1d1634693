"""Samples of `hybrid.ops.pooling`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import Call, call

_RNG = np.random.default_rng(0)
_ROWS, _IMAGES, _BOXES = (_RNG.normal(size=shape) for shape in ((2, 6, 3), (2, 6, 5, 4), (1, 4, 3, 4, 2)))
_CALLS = [
    call(_IMAGES, 2),
    call(_IMAGES, (3, 2), 1, "same"),
    call(_IMAGES, 3, (2, 3), "same", "channels_first"),
    call(_ROWS, 3, 2),
    call(_BOXES, 2),
    call(np.zeros((0, 4, 4, 2)), 2),
    call(np.arange(12).reshape(1, 6, 2), 2),
]

SAMPLES: dict[str, list[Call]] = {"max_pool": _CALLS, "average_pool": _CALLS}
