"""Samples of `hybrid.ops.bitwise`."""

from __future__ import annotations

from tests.contracts.samples import BOOLS, INTS, MORE_INTS, Call, call

_PAIRS = [call(INTS, MORE_INTS), call(INTS, MORE_INTS[0]), call(INTS, 3)]

SAMPLES: dict[str, list[Call]] = {
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), [*_PAIRS, call(BOOLS, BOOLS[0])]),
    **dict.fromkeys(("left_shift", "right_shift", "bitwise_left_shift", "bitwise_right_shift"), _PAIRS),
    **dict.fromkeys(("bitwise_not", "bitwise_invert"), [call(INTS), call(BOOLS)]),
}
