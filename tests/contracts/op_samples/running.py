"""Samples of `hybrid.ops.running`."""

from __future__ import annotations

from tests.contracts.samples import CUBE, EMPTY, INTS, SCALAR, Call, X, call

_RUNNING = [call(X), call(X, axis=0), call(CUBE, axis=-1), call(INTS), call(EMPTY, axis=0), call(X, 0, "float32")]

SAMPLES: dict[str, list[Call]] = {
    "cumsum": _RUNNING,
    "cumprod": _RUNNING,
    "prod": [
        call(X),
        call(X, axis=0),
        call(CUBE, axis=(0, 2)),
        call(X, axis=1, keepdims=True),
        call(INTS),
        call(SCALAR),
    ],
}
