"""Kernels of convolution and pooling give the same numbers however the work is divided: into blocks, lines, threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybrid.core.primitive import PRIMITIVES
from hybrid.engine import threads
from hybrid.engine.kernels import convolution, images, kernel_for, windows
from tests.engine.kernels.test_kernels import step_of


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few positions, each worth a thread: what takes large images otherwise."""
    monkeypatch.setattr(windows, "BLOCK_BYTES", 2000)
    monkeypatch.setattr(windows, "LEAST", 1)
    monkeypatch.setattr(convolution, "LEAST_WORK", 1)
    monkeypatch.setattr(images, "_BLOCK", 50)


@st.composite
def geometries(draw: Any) -> tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]:
    """Shapes of an input and a kernel, and options, of a convolution that has outputs."""
    rank = draw(st.integers(1, 2))
    sizes = st.integers(1, 3)
    window = draw(st.tuples(*[sizes] * rank))
    dilation = draw(st.tuples(*[sizes] * rank))
    spatial = tuple((w - 1) * d + draw(st.integers(1, 7)) for w, d in zip(window, dilation, strict=True))
    groups, inner, each = draw(st.sampled_from([(1, 1, 3), (1, 2, 2), (2, 2, 2), (3, 1, 1), (2, 1, 2)]))
    is_last = draw(st.booleans())
    pairs = st.tuples(*[st.tuples(sizes, sizes)] * rank)
    options = {
        "strides": draw(st.tuples(*[sizes] * rank)),
        "padding": draw(st.one_of(st.just("valid"), st.just("same"), pairs)),
        "dilation": dilation,
        "data_format": "channels_last" if is_last else "channels_first",
    }
    channels = groups * inner
    x = (draw(st.integers(1, 5)), *spatial, channels) if is_last else (draw(st.integers(1, 5)), channels, *spatial)
    return x, (*window, inner, groups * each), options


def assert_same(name: str, arguments: list[Any], params: dict[str, Any]) -> None:
    primitive = PRIMITIVES[name]
    expected = primitive.compute(*arguments, **params)
    for number in (1, 3):
        with threads.using(number):
            step = step_of(primitive, arguments, params)
            kernel = kernel_for(step)
            if kernel is None:
                continue
            out = tuple(np.full(value.spec.shape, 77, value.spec.dtype) for value in step.outputs)
            work = np.full(kernel.work, 0x7F, np.uint8)
            found = kernel.run(*arguments, out=out if step.structure is not None else out[0], work=work)
        for one, other in zip(*([x] if type(x) is not tuple else x for x in (found, expected)), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


@settings(max_examples=60, deadline=None)
@given(geometry=geometries(), seed=st.integers(0, 99))
def test_convolution_and_gradients(geometry: Any, seed: int) -> None:
    x_shape, kernel_shape, options = geometry
    rng = np.random.default_rng(seed)
    x, kernel = rng.normal(size=x_shape), rng.normal(size=kernel_shape)
    g = rng.normal(size=PRIMITIVES["conv"].compute(x, kernel, **options).shape)
    bias = rng.normal(size=kernel_shape[-1])
    if options["data_format"] == "channels_first":
        bias = bias.reshape(-1, *[1] * (len(x_shape) - 2))
    assert_same("conv", [x, kernel], options)
    assert_same("conv_affine", [x, kernel, bias], {"relu": seed % 2 == 0, **options})
    assert_same("conv_kernel_gradient", [x, g, kernel], options)
    assert_same("conv_input_gradient", [g, kernel, x], options)


@settings(max_examples=40, deadline=None)
@given(geometry=geometries(), pool=st.integers(1, 3), seed=st.integers(0, 99))
def test_pooled_convolution_and_gradients(geometry: Any, pool: int, seed: int) -> None:
    x_shape, kernel_shape, options = geometry
    rng = np.random.default_rng(seed)
    x, kernel = rng.normal(size=x_shape), rng.normal(size=kernel_shape)
    sizes = PRIMITIVES["conv"].compute(x, kernel, **options).shape
    sizes = sizes[1:-1] if options["data_format"] == "channels_last" else sizes[2:]
    params = {"pool": tuple(min(pool, size) for size in sizes), **options}
    y, place = PRIMITIVES["conv_max_pool"].compute(x, kernel, **params)
    g = rng.normal(size=y.shape)
    assert_same("conv_max_pool", [x, kernel], params)
    for wanted in ((0, 1), (1,), (0,)):
        assert_same("conv_max_pool_slopes", [x, kernel, g, y, place], {"wanted": wanted, "count": 2, **params})


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, 9), size=st.integers(2, 7), window=st.integers(1, 2), stride=st.integers(1, 3))
def test_pooling_and_gradients(count: int, size: int, window: int, stride: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, (count, size, size + 1, 2)).astype(float)
    params = {"window": (window, 2), "strides": (stride, 2), "padding": "same", "data_format": "channels_last"}
    y = PRIMITIVES["max_pool"].compute(x, **params)
    g = rng.normal(size=y.shape)
    assert_same("max_pool", [x], params)
    assert_same("max_pool_put", [g, x, y], params)
    assert_same("average_pool", [x], params)
    assert_same("average_pool_spread", [g, x], params)


def test_blocks_of_these_tests_divide_images_into_lines() -> None:
    geometry = windows.Geometry.of(
        (3, 30, 10, 4), (3, 3, 4, 5), strides=(1, 1), padding="same", dilation=(1, 1), data_format="channels_last"
    )
    divided = windows.Windows(geometry, np.float64)
    assert len(divided.blocks) > 3 and divided.blocks[0].lines.stop < 30
    with threads.using(3):
        assert len(convolution.parts_of(divided)) == 3
