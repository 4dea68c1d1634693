"""Samples of `hybrid.ops.reduction`."""

from __future__ import annotations

from tests.contracts.samples import BOOLS, CUBE, EMPTY, INTS, SCALAR, Call, X, call

_ANY = [call(X), call(X, axis=0), call(X, axis=-1, keepdims=True), call(CUBE, axis=(0, 2)), call(SCALAR), call(INTS)]
_PLACES = [call(X), call(X, axis=0), call(X, axis=-1, keepdims=True), call(CUBE, axis=1), call(X, keepdims=True)]

SAMPLES: dict[str, list[Call]] = {
    "sum": [*_ANY, call(BOOLS, axis=0), call(INTS.astype("int8")), call(INTS.astype("uint8"))],
    **dict.fromkeys(("mean", "amax", "amin"), _ANY),
    "max": [*_ANY, call(EMPTY, axis=0, initial=1.5), call(X, initial=0.5)],
    "min": [*_ANY, call(EMPTY, axis=0, initial=1.5), call(X, initial=0.5)],
    "any": [call(BOOLS), call(BOOLS, axis=0), call(INTS, axis=1, keepdims=True)],
    "all": [call(BOOLS), call(BOOLS, axis=0), call(INTS, axis=1, keepdims=True)],
    "argmax": _PLACES,
    "argmin": _PLACES,
}
