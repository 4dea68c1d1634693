"""Samples of `hybrid.ops.trigonometry`."""

from __future__ import annotations

from tests.contracts.samples import EMPTY, INTS, ROW, SCALAR, Call, X, Y, call

_ANY = [call(X), call(SCALAR), call(EMPTY), call(INTS)]

SAMPLES: dict[str, list[Call]] = {
    **dict.fromkeys(("sin", "cos", "tan", "arctan", "sinh", "cosh", "tanh", "arcsinh", "deg2rad", "rad2deg"), _ANY),
    **dict.fromkeys(("arcsin", "arccos", "arctanh"), [call(X), call(SCALAR)]),
    "arccosh": [call(2.5 + X)],
    "arctan2": [call(X, Y), call(X, ROW), call(X, 1.0), call(INTS, INTS)],
    "hypot": [call(X, Y), call(X, ROW), call(X, 1.0), call(INTS, INTS)],
}
