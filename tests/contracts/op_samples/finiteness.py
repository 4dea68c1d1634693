"""Samples of `hybrid.ops.finiteness`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import INTS, SCALAR, Call, X, Y, call

_ODD = np.array([[1.5, np.inf, -np.inf], [np.nan, 0.0, -2.0]])
_QUESTIONS = [call(_ODD), call(X), call(INTS), call(SCALAR)]

SAMPLES: dict[str, list[Call]] = {
    **dict.fromkeys(("isfinite", "isinf", "isnan", "isposinf", "isneginf"), _QUESTIONS),
    "isclose": [call(X, Y), call(X, X + 1e-9), call(X, X * 1.01, rtol=0.1), call(INTS, INTS)],
    "allclose": [call(X, Y), call(X, X + 1e-9)],
    "nan_to_num": [call(_ODD), call(_ODD, nan=1.0, posinf=7.0, neginf=-7.0), call(INTS)],
}
# The greatest finite number depends on the dtype, which the law changes.
UNLIKE_NUMPY = {"nan_to_num"}
