"""Samples of `hybrid.ops.missing`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import CUBE, Call, X, call

HOLES = np.where([[False, True, False], [False, False, True]], np.nan, X)
_REDUCTIONS = [call(X), call(HOLES), call(HOLES, axis=1), call(HOLES, axis=0, keepdims=True), call(CUBE, axis=(0, 2))]

SAMPLES: dict[str, list[Call]] = {
    "nancumprod": [call(HOLES), call(HOLES, axis=1)],
    "nancumsum": [call(HOLES), call(HOLES, axis=1)],
    "nanmax": _REDUCTIONS,
    "nanmean": _REDUCTIONS,
    "nanmin": _REDUCTIONS,
    "nanprod": _REDUCTIONS,
    "nanstd": _REDUCTIONS,
    "nansum": _REDUCTIONS,
    "nanvar": _REDUCTIONS,
}
