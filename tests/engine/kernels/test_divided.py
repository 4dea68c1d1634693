"""What the laws of kernels do not see: large arrays, which are worked on in blocks and divided over threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid.core.primitive import PRIMITIVES
from hybrid.core.spec import TensorSpec
from hybrid.engine import threads
from hybrid.engine.kernels import kernel_for
from hybrid.engine.program import Step, Value

RNG = np.random.default_rng(3)
ROWS = {"given": ("gamma", "beta"), "axes": (2,), "epsilon": 1e-3}
COLUMNS = {**ROWS, "axes": (0, 1)}
ATTENTION = {"given": ("mask", "kept"), "scale": 2.0, "blind": False}
HIDDEN = RNG.random((9, 1, 61, 67)) < 0.5
HIDDEN[2, 0, 5] = False


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


def heads(queries: int, keys: int, number: int, batch: int) -> tuple[Any, ...]:
    return tuple(normal(batch, length, number, 5) for length in (queries, keys, keys))


MASKED = (*heads(61, 67, 7, 9), HIDDEN, RNG.random((9, 7, 61, 67)) < 0.5)
LONG = heads(311, 307, 3, 2)
CASES: dict[str, Any] = {
    "affine": ("affine", (normal(301, 4, 257), normal(257, 255), normal(255)), {}),
    "affine_slopes": (
        "affine_slopes",
        (normal(301, 4, 255), normal(301, 4, 257), normal(257, 255)),
        {"wanted": (0, 1, 2)},
    ),
    "rows": ("standardize", (normal(301, 9, 131), normal(1, 1, 131), normal(1, 1, 131)), ROWS),
    "columns": ("standardize", (normal(301, 9, 131), normal(1, 1, 131), normal(1, 1, 131)), COLUMNS),
    "softmax": ("softmax", (normal(301, 4, 255),), {"axes": (2,)}),
    "softmax of large scores": ("softmax", (normal(301, 4, 255) * 300,), {"axes": (2,)}),
    "softmax of small scores": ("softmax", (normal(301, 4, 255) - 50,), {"axes": (2,)}),
    "attention with masks": ("attention", MASKED, ATTENTION),
    "attention to nothing": ("attention", MASKED, {**ATTENTION, "blind": True}),
    "long attention": ("attention", LONG, {"given": (), "scale": 1.0, "blind": False}),
    "attention with large scores": (
        "attention",
        (LONG[0] * 300, *LONG[1:]),
        {"given": (), "scale": 1.0, "blind": False},
    ),
}


def kernel_of(name: str, arguments: Any, params: Any, outputs: Any) -> Any:
    values = [Value(TensorSpec(a.shape, a.dtype)) for a in arguments]
    results = [Value(TensorSpec(a.shape, a.dtype)) for a in outputs]
    structure = tuple(range(len(results))) if len(results) > 1 or name.endswith("slopes") else None
    kernel = kernel_for(Step(PRIMITIVES[name], values, params, results, structure))
    assert kernel is not None
    return kernel


def assert_kernel_agrees(name: str, arguments: Any, params: Any) -> Any:
    expected = PRIMITIVES[name].compute(*arguments, **params)
    several = expected if isinstance(expected, tuple) else (expected,)
    for number in (1, 3):
        with threads.using(number):
            found = kernel_of(name, arguments, params, several).run(*arguments)
        for one, other in zip(found if isinstance(found, tuple) else (found,), several, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)
    return several


@pytest.mark.parametrize("case", CASES)
def test_parts_make_the_whole(case: str) -> None:
    name, arguments, params = CASES[case]
    outputs = assert_kernel_agrees(name, arguments, params)
    if name in ("standardize", "attention"):
        count = len(arguments)
        wanted = tuple(range(min(count, 3)))
        further = {**params, "wanted": wanted, "count": count}
        assert_kernel_agrees(f"{name}_slopes", (*arguments, normal(*outputs[0].shape), *outputs), further)
