"""Samples of `hybrid.ops.statistics`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import CUBE, INTS, ROW, SCALAR, Call, X, Y, call

_SPREADS = [call(X), call(X, axis=0), call(CUBE, axis=(0, 2)), call(X, axis=1, keepdims=True), call(INTS)]

SAMPLES: dict[str, list[Call]] = {
    "std": _SPREADS,
    "var": _SPREADS,
    "logsumexp": [*_SPREADS, call(SCALAR), call(X * 1000)],
    "count_nonzero": [call(X), call(INTS, axis=0)],
    "average": [call(X), call(X, 0), call(X, 1, ROW), call(X, None, np.abs(Y))],
    "median": [call(X, axis=1), call(CUBE, axis=2, keepdims=True), call(INTS, axis=1)],
    "quantile": [call(X, 0.3, axis=1), call(CUBE, [0.25, 0.5], axis=2), call(X, 0.4, axis=1, method="nearest")],
    "diff": [call(X), call(X, 1, 0), call(CUBE, 2, 1), call(INTS)],
    "bincount": [call(INTS[0]), call(INTS[0], ROW), call(INTS[0], None, 8)],
}
