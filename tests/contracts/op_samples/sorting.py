"""Samples of `hybrid.ops.sorting`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import CUBE, INTS, ROW, SQUARE, Call, X, Y, call

_EDGES = np.array([-1.0, 0.0, 0.5, 2.0])

SAMPLES: dict[str, list[Call]] = {
    "sort": [call(X), call(X, 0), call(INTS, None), call(CUBE, 1)],
    "argsort": [call(X), call(X, 0), call(Y, None), call(CUBE, 1)],
    "searchsorted": [call(_EDGES, X), call(_EDGES, 0.5, "right"), call(_EDGES, ROW)],
    "digitize": [call(X, _EDGES), call(ROW, _EDGES)],
    "flip": [call(X), call(X, 1), call(CUBE, (0, 2))],
    "roll": [call(X, 1), call(X, -1, 1), call(CUBE, (1, 2), (0, 2))],
    "rot90": [call(SQUARE), call(X, 2), call(X, 3), call(CUBE, 1, (2, 0)), call(X, 4)],
}
