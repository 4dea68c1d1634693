"""The executor: what its source does with names and constants."""

from __future__ import annotations

import numpy as np

import hybrid
from hybrid import ops
from tests.engine.test_passes import X


def test_constants_among_the_outputs_are_not_the_callers() -> None:
    function = hybrid.jit(lambda x: ops.sum(ops.zeros_like(x), 0))
    function(X).numpy()[:] = 7.0
    np.testing.assert_array_equal(function(X).numpy(), np.zeros(3))


def test_infinite_and_named_parameters_are_written() -> None:
    function = hybrid.jit(lambda x: ops.maximum(x, float("-inf")) + ops.cast(ops.cast(x, "int32"), "float64"))
    np.testing.assert_array_equal(function(X).numpy(), X + X.astype("int32"))
