"""Samples of `hybrid.ops.exponential`."""

from __future__ import annotations

from tests.contracts.samples import BOOLS, EMPTY, INTS, POSITIVE, ROW, SCALAR, Call, X, Y, call

_ANY = [call(X), call(SCALAR), call(EMPTY), call(INTS)]
_POSITIVE = [call(POSITIVE), call(SCALAR), call(EMPTY), call(INTS)]

SAMPLES: dict[str, list[Call]] = {
    **dict.fromkeys(("exp", "exp2", "expm1", "square"), [*_ANY, call(BOOLS)]),
    "erf": _ANY,
    "erfinv": [call(X), call(SCALAR)],
    **dict.fromkeys(("log", "log1p", "log2", "log10", "sqrt", "rsqrt"), _POSITIVE),
    "reciprocal": [call(X), call(SCALAR), call(EMPTY), call(INTS)],
    "logaddexp": [call(X, Y), call(X, ROW), call(X, 1.0), call(INTS, INTS)],
    "power": [
        call(POSITIVE, Y),
        call(X, 2),
        call(X, 3.0),
        call(2.0, X),
        call(INTS, 2),
        call(INTS, 0.5),
        call(BOOLS, BOOLS),
    ],
}
# Integers give the default float, where NumPy keeps integers or widens to float64.
UNLIKE_NUMPY = {"reciprocal"}
