"""Samples of `hybrid.ops.creation`."""

from __future__ import annotations

from tests.contracts.samples import INTS, ROW, Call, X, call

SAMPLES: dict[str, list[Call]] = {
    "zeros": [call((2, 3)), call(2, "int32")],
    "ones": [call((2, 3)), call(2, "int32")],
    "full": [call((2, 3), 7.0), call((2, 3), ROW), call((2,), 1, "int32")],
    "zeros_like": [call(X), call(INTS), call(X, "int32")],
    "ones_like": [call(X), call(INTS), call(X, "int32")],
}
