"""Samples of `hybrid.ops.normalization`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import CUBE, INTS, POSITIVE, ROW, Call, X, call

SAMPLES: dict[str, list[Call]] = {
    "moments": [call(X, 0), call(CUBE, (0, 2), keepdims=True), call(INTS, 1)],
    "normalize": [call(X), call(CUBE, axis=1, order=1), call(X, order=3), call(X, order=float("inf")), call(INTS)],
    "batch_normalization": [
        call(X, ROW, POSITIVE[0], -1),
        call(CUBE, ROW, POSITIVE[0], 1, offset=ROW, scale=POSITIVE[1], epsilon=0.1),
    ],
    "layer_normalization": [
        call(X),
        call(X, ROW, ROW, epsilon=0.1),
        call(CUBE, np.ones((3, 4)), np.ones((3, 4)), axis=(1, 2)),
    ],
    "rms_normalization": [call(X), call(X, ROW, epsilon=0.1), call(CUBE, ROW, axis=1)],
}
