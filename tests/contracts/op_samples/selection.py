"""Samples of `hybrid.ops.selection`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import BOOLS, CUBE, INTS, ROW, SQUARE, Call, X, Y, call

_TRIANGLES = [call(SQUARE), call(X, 1), call(CUBE, -1)]

SAMPLES: dict[str, list[Call]] = {
    "where": [call(BOOLS, X, Y), call(BOOLS, X, ROW), call(BOOLS, X, 0.0), call(BOOLS, INTS, 0), call(BOOLS)],
    "nonzero": [call(BOOLS), call(X)],
    "take": [call(X, [2, 0], 1), call(X, np.array([[1, -1], [0, 0]]), 0), call(X, [5, 0]), call(CUBE, 1, 1)],
    "take_along_axis": [call(X, np.array([[1], [2]]), 1), call(X, np.array([[1, 0, 1]]), 0)],
    "tril": _TRIANGLES,
    "triu": _TRIANGLES,
    "diagonal": [call(SQUARE), call(X, 1), call(CUBE, -1, 2, 0)],
    "diag": [call(SQUARE), call(ROW), call(ROW, -2), call(X, 1)],
    "trace": [call(SQUARE), call(X, 1), call(CUBE, 0, 1, 2), call(INTS)],
}
