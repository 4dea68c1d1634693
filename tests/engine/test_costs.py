"""Costs: every rule counts something for every sample of its primitive, and what can be counted by hand is right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import layers, ops
from hybrid.core.primitive import PRIMITIVES
from hybrid.engine.costs import RULES, flops_of
from hybrid.engine.kernels import KERNELS
from tests.contracts.test_primitives import _cases, _sample
from tests.engine.kernels.test_kernels import step_of

CASES = [param for param in _cases() if param.values[0][0] in RULES]


@pytest.mark.parametrize("case", CASES)
def test_rule_counts_something(case: Any) -> None:
    primitive, arguments, params = _sample(case)
    step = step_of(primitive, arguments, params)
    flops = flops_of(step)
    assert isinstance(flops, int)
    is_empty = any(value.spec.size == 0 for value in (*step.outputs, *step.arguments) if hasattr(value, "spec"))
    assert flops > 0 or is_empty


def test_every_rule_is_of_a_primitive_with_samples() -> None:
    assert set(RULES) <= set(PRIMITIVES)
    assert {param.values[0][0] for param in CASES} == set(RULES)


# What moves or chooses numbers.
MOVES = frozenset(
    """
    cast random_keep drop gate pick unpick max_pool_put max_pool_pick average_pool_spread pack concatenate
    """.split()
)


@pytest.mark.parametrize("name", sorted(set(KERNELS) - MOVES))
def test_costs_of_every_kernel_are_known(name: str) -> None:
    cases = [param.values[0] for param in _cases() if param.values[0][0] == name]
    assert all(flops_of(step_of(*_sample(case))) is not None for case in cases)


def flops_by_name(function: Any, *arrays: Any) -> dict[str, int]:
    counted: dict[str, int] = {}
    for step in hybrid.jit(function).lower(*arrays).before.steps:
        counted[step.operation.name] = counted.get(step.operation.name, 0) + (flops_of(step) or 0)
    return counted


def test_products_and_their_derivatives() -> None:
    dense = layers.Dense(5)
    x = np.ones((4, 3), "float32")
    dense(x)

    def function(x: Any) -> Any:
        with hybrid.GradientTape() as tape:
            loss = ops.sum(ops.matmul(x, dense.kernel))
        return tape.gradient(loss, dense.kernel)

    assert flops_by_name(function, x)["matmul"] == 2 * (2 * 4 * 3 * 5)
    counted = flops_by_name(lambda a, b: ops.einsum("abc,cd->abd", a, b), np.ones((2, 3, 4)), np.ones((4, 5)))
    assert counted == {"einsum": 2 * 2 * 3 * 4 * 5}


def test_convolutions_and_their_derivatives() -> None:
    x, kernel = np.ones((2, 8, 8, 3), "float32"), np.ones((3, 3, 3, 4), "float32")

    def function(x: Any, kernel: Any) -> Any:
        with hybrid.GradientTape() as tape:
            tape.watch([x, kernel])
            loss = ops.sum(ops.conv(x, kernel, padding="valid"))
        return tape.gradient(loss, [x, kernel])

    once = 2 * (2 * 6 * 6 * 4) * (3 * 3 * 3)
    counted = flops_by_name(function, x, kernel)
    assert [counted[name] for name in ("conv", "conv_input_gradient", "conv_kernel_gradient")] == [once] * 3


def test_recurrent_layers() -> None:
    lstm, gru = layers.LSTM(6), layers.GRU(6)
    x = np.ones((2, 5, 3), "float32")
    lstm(x), gru(x)
    for layer, gates in ((lstm, 4), (gru, 3)):
        counted = flops_by_name(layer, x)
        assert counted[type(layer).__name__.lower()] == 5 * (2 * 2 * (3 + 6) * gates * 6)


def test_attention() -> None:
    query, key = np.ones((2, 5, 3, 4), "float32"), np.ones((2, 7, 3, 4), "float32")
    counted = flops_by_name(ops.dot_product_attention, query, key, key)
    once = 2 * 2 * 3 * 5 * 7 * 4
    assert sum(counted.get(name, 0) for name in ("attention", "matmul", "einsum")) == 2 * once
