"""Samples of `hybrid.ops.sequences`."""

from __future__ import annotations

from tests.contracts.samples import CUBE, INTS, ROW, SCALAR, Call, X, Y, call

SAMPLES: dict[str, list[Call]] = {
    "arange": [call(5), call(1, 9, 2), call(0.0, 1.0, 0.25), call(3, dtype="float32")],
    "array": [call(X), call(INTS, "float32")],
    "empty": [call((0, 2)), call((0,), "int32")],
    "empty_like": [call(X[:0])],
    "eye": [call(3), call(2, 3), call(3, 3, 1)],
    "identity": [call(3)],
    "tri": [call(3), call(2, 3, -1)],
    "full_like": [call(X, 7.0), call(X, ROW), call(INTS, 2)],
    "linspace": [
        call(0.0, 1.0, 5),
        call(X, Y, 4),
        call(X, 2.0, 3, endpoint=False),
        call(ROW, SCALAR, 1),
        call(X, Y, 3, axis=-1),
    ],
    "logspace": [call(0.0, 2.0, 3), call(X, Y, 4), call(X, Y, 3, True, 2.0)],
    "meshgrid": [call(ROW, ROW[:2]), call(ROW, INTS[0], indexing="ij"), call(ROW)],
    "ndim": [call(X), call(SCALAR)],
    "ravel": [call(X), call(CUBE), call(SCALAR)],
    "size": [call(X), call(CUBE)],
}
