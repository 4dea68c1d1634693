"""Laws of every kernel: it computes what its primitive computes, for all samples, whatever memory it is given.

A kernel in the table is tested as soon as it is there, on the samples of its primitive.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid.core.door import convert_argument, spec_of
from hybrid.core.primitive import PRIMITIVES
from hybrid.engine.kernels import KERNELS, kernel_for
from hybrid.engine.kernels.registry import kernel
from hybrid.engine.program import Step, Value
from hybrid.errors import ConfigError
from tests.both_ways import assert_close
from tests.contracts.test_primitives import _cases, _cast, _sample, _stand_ins, _tuple

CASES = [param for param in _cases() if param.values[0][0] in KERNELS]


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_kernel_is_of_a_primitive_and_is_used_for_a_sample(name: str) -> None:
    cases = [param.values[0] for param in CASES if param.values[0][0] == name]
    assert name in PRIMITIVES
    assert any(kernel_for(step_of(*_sample(case))) is not None for case in cases)


def step_of(primitive: Any, arguments: list[Any], params: dict[str, Any]) -> Step:
    given = [Value(spec_of(convert_argument(a))) if isinstance(a, np.ndarray) else a for a in arguments]
    outputs = primitive.infer(*[spec_of(convert_argument(a)) for a in arguments], **params)
    structure = tuple(range(len(outputs))) if isinstance(outputs, tuple) else None
    return Step(primitive, given, params, [Value(spec) for spec in _tuple(outputs)], structure)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("given", ["nothing", "memory"])
@pytest.mark.parametrize("case", CASES)
def test_kernel_computes_what_its_primitive_computes(case: Any, dtype: str, given: str) -> None:
    primitive, arguments, params = _sample(case)
    arguments = _stand_ins(primitive, _cast(arguments, dtype))
    step = step_of(primitive, arguments, params)
    kernel = kernel_for(step)
    if kernel is None:
        return  # the primitive's own way serves this sample: the test above sees to it that not all are like that
    before = [np.copy(a) for a in arguments]
    expected = primitive.compute(*arguments, **params)
    for _ in range(2):  # what a call leaves behind does not matter to the next
        memory: dict[str, Any] = {}
        if given == "memory":
            spoiled = [np.full(value.spec.shape, 77, value.spec.dtype) for value in step.outputs]
            memory["out"] = spoiled[0] if step.structure is None else tuple(spoiled)
            memory["work"] = np.full(kernel.work, 0x7F, np.uint8)
        found = kernel.run(*arguments, **memory)
        assert isinstance(found, tuple) == (step.structure is not None)
        for one, other, value in zip(_tuple(found), _tuple(expected), step.outputs, strict=True):
            assert one.shape == np.shape(other) and one.dtype == other.dtype == value.spec.dtype
            assert_close(one, other, rtol=1e-12 if dtype == "float64" else 1e-5)
            if given == "memory":
                assert any(one is each for each in spoiled)
    for one, other in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_second_kernel_of_a_primitive_is_refused() -> None:
    with pytest.raises(ConfigError, match="'softmax' has a kernel already"):
        kernel("softmax")(lambda step: None)
