"""Samples of `hybrid.ops.linear`."""

from __future__ import annotations

from tests.contracts.samples import CUBE, INTS, ROW, SCALAR, SQUARE, Call, X, Y, call

# The size of the axis of vectors must be known to be 3.
NEEDS_SIZES = {"cross"}

SAMPLES: dict[str, list[Call]] = {
    "matmul": [
        call(X, SQUARE),
        call(X, ROW),
        call(ROW, SQUARE),
        call(ROW, ROW),
        call(SQUARE, CUBE),
        call(INTS, INTS.T),
    ],
    "dot": [call(X, SQUARE), call(X, ROW), call(ROW, ROW), call(X, 2.0), call(SCALAR, X), call(X, CUBE)],
    "vdot": [call(X, Y), call(ROW, ROW)],
    "inner": [call(X, Y), call(X, ROW), call(X, 2.0)],
    "outer": [call(X, ROW), call(ROW, ROW)],
    "tensordot": [call(CUBE, CUBE, 3), call(X, Y, ((1,), (1,))), call(X, ROW, 0)],
    "cross": [call(X, Y), call(X, ROW), call(ROW, ROW)],
}
