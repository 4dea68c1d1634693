"""Samples of `hybrid.ops.rounding`."""

from __future__ import annotations

from tests.contracts.samples import BOOLS, EMPTY, INTS, MORE_INTS, ROW, SCALAR, Call, X, Y, call

_ANY = [call(X), call(SCALAR), call(EMPTY), call(INTS)]
_PAIRS = [call(X, Y), call(X, ROW), call(X, 0.5), call(INTS, MORE_INTS), call(INTS, 2)]

SAMPLES: dict[str, list[Call]] = {
    **dict.fromkeys(("absolute", "abs", "sign", "trunc", "floor", "ceil", "rint"), _ANY),
    "round": [call(X), call(X, 1), call(INTS), call(INTS, -1)],
    "maximum": [*_PAIRS, call(BOOLS, BOOLS[0])],
    "minimum": [*_PAIRS, call(BOOLS, BOOLS[0])],
    **dict.fromkeys(("mod", "remainder", "fmod", "floor_divide"), _PAIRS),
    "clip": [call(X, -0.5, 0.5), call(X, None, 0.5), call(X, -0.5, None), call(X, -ROW * ROW, 0.5), call(INTS, 2, 4)],
}
