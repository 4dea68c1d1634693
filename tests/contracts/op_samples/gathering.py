"""Samples of `hybrid.ops.gathering`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import INTS, ROW, SQUARE, Call, X, call

_NUMBERS = np.array([1, 0])
_PLACES = np.array([[0, 1], [1, 2], [0, 1]])

SAMPLES: dict[str, list[Call]] = {
    **dict.fromkeys(
        ("segment_sum", "segment_max"),
        [call(X, _NUMBERS, 2), call(INTS, _NUMBERS, num_segments=3), call(ROW, np.array([1, 1, -1]), 2)],
    ),
    "scatter": [call(_PLACES, ROW, (2, 3)), call(_PLACES[:, :1], SQUARE, (4, 3))],
    "scatter_update": [
        call(X, _PLACES, ROW),
        call(X, _PLACES[:2, :1], X),
        call(X, _PLACES, ROW, reduction="add"),
    ],
}
