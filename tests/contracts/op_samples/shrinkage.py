"""Samples of `hybrid.ops.shrinkage`."""

from __future__ import annotations

from tests.contracts.samples import CUBE, EMPTY, INTS, SCALAR, Call, X, call

_ANY = [call(X), call(SCALAR), call(EMPTY), call(INTS)]

SAMPLES: dict[str, list[Call]] = {
    **dict.fromkeys(
        ("relu6", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "softsign", "mish", "swish"), _ANY
    ),
    **dict.fromkeys(("tanh_shrink", "sparse_plus", "sparse_sigmoid"), _ANY),
    "celu": [*_ANY, call(X, alpha=0.5)],
    "glu": [call(CUBE), call(CUBE, axis=0), call(EMPTY, axis=0)],
    **dict.fromkeys(("soft_shrink", "hard_shrink"), [*_ANY, call(X, threshold=0.25)]),
    "squareplus": [*_ANY, call(X, b=1.0)],
    "threshold": [call(X, 0.25, 2.0), call(SCALAR, 1.0, 0.0)],
}
