"""Samples of `hybrid.ops.conversion`."""

from __future__ import annotations

from tests.contracts.samples import CUBE, INTS, SCALAR, Call, X, call

SAMPLES: dict[str, list[Call]] = {
    "cast": [call(X, "int32"), call(INTS, "float32"), call(X, "bool"), call(SCALAR, "float16")],
    "saturate_cast": [call(X * 300, "uint8"), call(INTS, "int8")],
    "convert_to_tensor": [call(X), call(INTS), call(X, "float32")],
    "convert_to_numpy": [call(X), call(INTS)],
    "is_tensor": [call(X)],
    "shape": [call(X), call(CUBE), call(SCALAR)],
    "stop_gradient": [call(X), call(INTS)],
}
UNTRACEABLE = {"convert_to_numpy", "is_tensor"}
