"""Samples of `hybrid.ops.matrices`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import CUBE, ROW, SQUARE, Call, X, call

_BATCH = np.stack([SQUARE, SQUARE + np.eye(3)])

SAMPLES: dict[str, list[Call]] = {
    "norm": [
        call(X),
        call(X, 1, 1),
        call(X, np.inf, 0),
        call(X, 3, 1),
        call(X, 0, 1),
        call(X, "fro"),
        call(X, 1),
        call(CUBE, -1, (1, 2)),
        call(CUBE, np.inf, (2, 1)),
        call(CUBE, None, 2, True),
    ],
    "inv": [call(SQUARE), call(_BATCH)],
    "det": [call(SQUARE), call(_BATCH)],
    "solve": [call(SQUARE, ROW), call(SQUARE, SQUARE.T), call(_BATCH, X.T)],
    "cholesky": [call(SQUARE @ SQUARE.T), call(_BATCH @ np.swapaxes(_BATCH, 1, 2))],
}
