"""Samples of `hybrid.ops.activation`."""

from __future__ import annotations

from tests.contracts.samples import CUBE, EMPTY, INTS, SCALAR, Call, X, call

_ANY = [call(X), call(SCALAR), call(EMPTY), call(INTS)]
_ROWS = [call(X), call(EMPTY), call(INTS), call(CUBE, axis=1)]

SAMPLES: dict[str, list[Call]] = {
    **dict.fromkeys(("relu", "selu", "sigmoid", "log_sigmoid", "softplus", "silu"), _ANY),
    "leaky_relu": [*_ANY, call(X, negative_slope=0.5)],
    "elu": [*_ANY, call(X, alpha=0.5)],
    "gelu": [*_ANY, call(X, approximate=False)],
    **dict.fromkeys(("softmax", "log_softmax"), [*_ROWS, call(CUBE, axis=(0, 2)), call(CUBE, axis=None)]),
    "sparsemax": _ROWS,
}
