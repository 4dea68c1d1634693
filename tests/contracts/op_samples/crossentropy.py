"""Samples of `hybrid.ops.crossentropy`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import CUBE, POSITIVE, Call, X, call

_ONE_HOT = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
_LABELS = np.array([1, 2])
_PROBABILITIES = POSITIVE / 2

SAMPLES: dict[str, list[Call]] = {
    "categorical_crossentropy": [
        call(_ONE_HOT, _PROBABILITIES),
        call(_ONE_HOT, X, from_logits=True),
        call(np.ones((2, 3, 4)), CUBE, from_logits=True, axis=1),
        call(_ONE_HOT.astype("int32"), X, from_logits=True),
    ],
    "sparse_categorical_crossentropy": [
        call(_LABELS, _PROBABILITIES),
        call(_LABELS[:, None], X, from_logits=True),
        call(np.ones((2, 4), "int32"), CUBE, from_logits=True, axis=1),
    ],
    "binary_crossentropy": [
        call(_ONE_HOT, _PROBABILITIES),
        call(_ONE_HOT, X, from_logits=True),
        call(_ONE_HOT.astype(bool), _PROBABILITIES),
    ],
}
