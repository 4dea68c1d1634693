"""Samples of `hybrid.ops.encoding`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import CUBE, INTS, SCALAR, Call, X, call

_LABELS = np.array([1, 2])

SAMPLES: dict[str, list[Call]] = {
    "one_hot": [call(INTS, 5), call(INTS, 4, axis=0, dtype="int32"), call(_LABELS, 3, dtype="bool"), call(SCALAR, 2)],
    "multi_hot": [call(INTS, 10), call(_LABELS, 3)],
    "top_k": [call(X, 2), call(CUBE, 1), call(INTS, 3)],
    "in_top_k": [call(_LABELS, X, 1), call(_LABELS, X, 2)],
}
