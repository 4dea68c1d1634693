"""Pooling before bias and relu, and convolution and pooling as one step: what changes, what must not, what it gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import ops
from hybrid.engine.passes import optimized
from hybrid.engine.passes.pooled_convolution import with_pooled_convolutions
from hybrid.engine.passes.pooling import with_pooling_first
from hybrid.engine.program import Program
from hybrid.engine.source import Executable
from hybrid.engine.verification import problems_of

RNG = np.random.default_rng(0)
LAST = [RNG.normal(size=shape) for shape in ((3, 8, 7, 2), (3, 2, 2, 4), (4,), (3, 3, 3, 4))]
FIRST = [np.moveaxis(LAST[0], -1, 1).copy(), LAST[1], LAST[2].reshape(4, 1, 1), np.moveaxis(LAST[3], -1, 1).copy()]


def block(x: Any, kernel: Any, bias: Any, data_format: str) -> Any:
    y = ops.conv(x, kernel, padding="valid", data_format=data_format)
    return ops.max_pool(ops.relu(ops.add(y, bias)), 2, data_format=data_format)


def gradients(x: Any, kernel: Any, bias: Any, weights: Any, data_format: str = "channels_last") -> Any:
    with hybrid.GradientTape() as tape:
        tape.watch([x, kernel, bias])
        y = block(x, kernel, bias, data_format)
        value = ops.sum(y * weights)
    return [y, *tape.gradient(value, [x, kernel, bias])]


def program_of(function: Any, *arguments: Any) -> Program:
    return hybrid.jit(function).lower(*arguments).before


def names(program: Program) -> list[str]:
    return [step.operation.name for step in program.steps]


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_block_and_its_gradients_are_computed_with_pools(data_format: str) -> None:
    arguments = LAST if data_format == "channels_last" else FIRST
    before = program_of(lambda *each: gradients(*each, data_format=data_format), *arguments)
    after = optimized(before)
    assert problems_of(after) == []
    found = names(after)
    assert "conv_max_pool" in found and "conv_max_pool_slopes" in found
    assert not {"conv", "max_pool", "max_pool_put", "conv_input_gradient"}.intersection(found)
    pooled = arguments[3].shape
    for step in after.steps:
        if step.operation.name in ("add", "relu", "gate"):
            assert step.outputs[0].spec.shape == pooled
    for one, other in zip(*(Executable(each).run(arguments)[0] for each in (before, after)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_only_the_wanted_gradients_are_computed() -> None:
    def function(x: Any, kernel: Any, bias: Any, weights: Any) -> Any:
        with hybrid.GradientTape() as tape:
            tape.watch(kernel)
            value = ops.sum(block(x, kernel, bias, "channels_last") * weights)
        return tape.gradient(value, kernel)

    steps = optimized(program_of(function, *LAST)).steps
    slopes = [step for step in steps if step.operation.name == "conv_max_pool_slopes"]
    assert [step.params["wanted"] for step in slopes] == [(1,)]


def kept_conv(x: Any, kernel: Any, *_: Any) -> Any:
    y = ops.conv(x, kernel)
    return ops.max_pool(y, 2), y


def kept_relu(x: Any, *_: Any) -> Any:
    y = ops.relu(x)
    return ops.max_pool(y, 2), ops.sum(y)


def other_bias(x: Any, *_: Any) -> Any:
    return ops.max_pool(x + np.arange(7.0)[:, None], 2)


def sloped(x: Any, *_: Any) -> Any:
    return ops.max_pool(ops.leaky_relu(x), 2)


def overlapping(x: Any, kernel: Any, *_: Any) -> Any:
    return ops.max_pool(ops.conv(x, kernel), 3, strides=2)


@pytest.mark.parametrize("function", [kept_conv, kept_relu, other_bias, sloped, overlapping])
def test_what_something_else_needs_or_does_not_commute_stays(function: Any) -> None:
    before = program_of(function, *LAST)
    assert names(with_pooled_convolutions(with_pooling_first(before))) == names(before)


def test_equal_numbers_below_zero_send_nothing_back() -> None:
    x = -np.ones((1, 2, 2, 1))

    def function(x: Any) -> Any:
        with hybrid.GradientTape() as tape:
            tape.watch(x)
            y = ops.max_pool(ops.relu(x), 2)
        return tape.gradient(y, x)

    (found,), _ = Executable(optimized(program_of(function, x))).run([x])
    np.testing.assert_array_equal(found, np.zeros_like(x))
