"""Samples of `hybrid.ops.slicing`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import CUBE, INTS, SCALAR, Call, X, call

SAMPLES: dict[str, list[Call]] = {
    "slice": [call(X, (0, 1), (2, 2)), call(CUBE, (1, 0, 2), (1, -1, 2)), call(INTS, np.array([1, 1]), (1, 2))],
    "slice_update": [
        call(X, (0, 1), X[:, :2]),
        call(CUBE, np.array([1, 0, 2]), CUBE[:1, :2, :1]),
        call(INTS, (1, 1), SCALAR.reshape(1, 1)),
    ],
    "unstack": [call(X, axis=1), call(CUBE, 2), call(INTS, num=2)],
}
# NumPy's second argument is the axis.
UNLIKE_NUMPY = {"unstack"}
