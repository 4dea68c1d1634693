"""Arguments that the laws try the control-flow ops on."""

from __future__ import annotations

from typing import Any

import numpy as np

from hybrid import ops
from tests.contracts.samples import Call, call

_RNG = np.random.default_rng(0)
_MATRIX = _RNG.uniform(0.5, 1.5, (3, 2))
_VECTOR = _RNG.uniform(0.5, 1.5, 2)


def _step(carry: Any, x: Any) -> tuple[Any, Any]:
    new = carry * x + 1.0
    return new, new * new


def _count(carry: Any, _: Any) -> tuple[Any, Any]:
    return carry * 2.0, carry


SAMPLES: dict[str, list[Call]] = {
    "cond": [
        call(np.array(True), lambda: np.float32(1), lambda: np.float32(2)),
        call(np.array(False), lambda: {"a": _VECTOR * 2}, lambda: {"a": _VECTOR}),
    ],
    "switch": [call(np.array(1), [lambda x: x, lambda x: x * 2.0], _VECTOR)],
    "scan": [
        call(_step, _VECTOR, _MATRIX),
        call(_step, _VECTOR, _MATRIX, reverse=True),
        call(_count, _VECTOR, length=3),
        call(_step, _VECTOR, _MATRIX[:0]),
    ],
    "while_loop": [
        call(lambda i, x: i < 3, lambda i, x: (i + 1, x * 2.0), (np.array(0, "int32"), _VECTOR)),
        call(lambda x: ops.sum(x) < 100.0, lambda x: x * 2.0, _VECTOR, maximum_iterations=2),
    ],
    "fori_loop": [call(0, 3, lambda i, x: x * 2.0 + ops.cast(i, x.dtype), _VECTOR)],
    "map": [
        call(lambda row: row * row[0], _MATRIX),
        call(lambda pair: ops.sum(pair[0] * pair[1]), (_MATRIX, _MATRIX)),
    ],
    "vectorized_map": [call(lambda row: ops.sum(row), _MATRIX)],
    "associative_scan": [
        call(lambda a, b: a * b, _MATRIX),
        call(lambda a, b: a + b, _MATRIX, axis=1, reverse=True),
    ],
}
UNLIKE_NUMPY = {"cond"}  # np.linalg.cond is the condition number
NEEDS_SIZES = {"associative_scan"}
