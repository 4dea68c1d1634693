"""Samples of `hybrid.ops.arithmetic`."""

from __future__ import annotations

from tests.contracts.samples import BOOLS, EMPTY, INTS, MORE_INTS, ROW, SCALAR, Call, X, Y, call

_PAIRS = [call(X, Y), call(X, ROW), call(X, SCALAR), call(SCALAR, SCALAR), call(X, 2.0), call(2.0, X), call(EMPTY, ROW)]
_INTEGERS = [call(INTS, MORE_INTS), call(INTS, 3)]

SAMPLES: dict[str, list[Call]] = {
    "negative": [call(X), call(INTS), call(SCALAR)],
    "logical_not": [call(BOOLS), call(INTS)],
    **dict.fromkeys(("add", "subtract", "multiply", "divide", "true_divide"), _PAIRS + _INTEGERS),
    **dict.fromkeys(
        ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
        [*_PAIRS, *_INTEGERS, call(INTS, X), call(BOOLS, BOOLS)],
    ),
    **dict.fromkeys(("logical_and", "logical_or", "logical_xor"), [call(BOOLS, BOOLS[0]), call(BOOLS, INTS)]),
}
