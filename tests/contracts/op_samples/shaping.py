"""Samples of `hybrid.ops.shaping`."""

from __future__ import annotations

from tests.contracts.samples import CUBE, EMPTY, INTS, ROW, SCALAR, Call, X, Y, call

SAMPLES: dict[str, list[Call]] = {
    "broadcast_to": [call(ROW, (2, 3)), call(SCALAR, (4,)), call(X, (5, 2, 3))],
    "concatenate": [call([X, Y]), call([X, Y[:, :1]], 1), call([X, INTS]), call([EMPTY, X])],
    "expand_dims": [call(X, 0), call(X, (0, -1))],
    "moveaxis": [call(CUBE, 0, -1), call(CUBE, (0, 1), (2, 0))],
    "reshape": [call(X, (3, 2)), call(X, -1), call(X, (-1, 3, 1)), call(SCALAR, (1, 1))],
    "squeeze": [call(X[:, None]), call(X[:, None], 1)],
    "stack": [call([X, Y]), call([X, Y], -1), call([ROW])],
    "swapaxes": [call(CUBE, 0, -1)],
    "transpose": [call(CUBE), call(CUBE, (1, 0, 2)), call(SCALAR)],
}
