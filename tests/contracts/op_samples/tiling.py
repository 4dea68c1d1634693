"""Samples of `hybrid.ops.tiling`."""

from __future__ import annotations

from tests.contracts.samples import CUBE, INTS, ROW, SCALAR, Call, X, Y, call

SAMPLES: dict[str, list[Call]] = {
    "tile": [call(X, 2), call(X, (2, 1)), call(ROW, (2, 2)), call(CUBE, 2), call(X, 0)],
    "repeat": [call(X, 2), call(X, 2, 1), call(X, [1, 2], 0), call(X, [0, 2, 1], 1), call(SCALAR, 3)],
    "pad": [call(X, 1), call(X, ((1, 0), (0, 2))), call(X, 1, "reflect"), call(X, 2, "edge"), call(X, 3, "wrap")],
    "split": [call(X, 2), call(X, 3, 1), call(X, [1], 1), call(X, [1, 2], -1)],
    "array_split": [call(X, 2, 1), call(X, [1], 0)],
    "vstack": [call([X, ROW]), call([ROW, ROW]), call([X, Y])],
    "hstack": [call([X, Y]), call([ROW, ROW]), call([SCALAR, SCALAR])],
    "dstack": [call([X, Y]), call([ROW, ROW]), call([CUBE, CUBE]), call([INTS, INTS])],
}
