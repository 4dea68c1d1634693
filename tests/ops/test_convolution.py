"""Convolutions against plain loops and SciPy, their gradients, their shapes and their errors."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import signal

import hybrid
from hybrid import ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function
from hybrid.errors import ConfigError, ShapeError

_RNG = np.random.default_rng(7)


def _normal(*shape: int) -> Any:
    return _RNG.normal(size=shape)


def _loops(x: Any, kernel: Any, strides: Any, pads: Any, dilation: Any, groups: int) -> Any:
    """Convolution as its definition says, one element after the other."""
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    *window, inner, outer = kernel.shape
    sizes = [
        (size - (length - 1) * step - 1) // stride + 1
        for size, length, step, stride in zip(x.shape[1:-1], window, dilation, strides, strict=True)
    ]
    y = np.zeros((x.shape[0], *sizes, outer))
    for place in itertools.product(*map(range, sizes)):
        for tap in itertools.product(*map(range, window)):
            at = tuple(p * s + t * d for p, s, t, d in zip(place, strides, tap, dilation, strict=True))
            for o in range(outer):
                group = o // (outer // groups)
                seen = x[(slice(None), *at, slice(group * inner, (group + 1) * inner))]
                y[(slice(None), *place, o)] += seen @ kernel[(*tap, slice(None), o)]
    return y


@pytest.mark.parametrize(
    ("x_shape", "kernel_shape", "strides", "dilation"),
    [
        ((2, 7, 3), (3, 3, 4), (1,), (1,)),
        ((2, 9, 2), (2, 2, 3), (3,), (2,)),
        ((1, 6, 5, 3), (3, 2, 3, 2), (1, 2), (1, 1)),
        ((2, 5, 6, 4), (2, 3, 2, 6), (2, 1), (1, 1)),
        ((1, 5, 5, 3), (3, 3, 1, 6), (1, 1), (2, 1)),
        ((1, 4, 4, 3, 2), (2, 2, 2, 2, 2), (1, 2, 1), (1, 1, 1)),
        ((2, 4, 4, 3), (1, 1, 3, 2), (2, 2), (1, 1)),
    ],
)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_conv_equals_loops(x_shape: Any, kernel_shape: Any, strides: Any, dilation: Any, padding: str) -> None:
    x, kernel = _normal(*x_shape), _normal(*kernel_shape)
    pads = []
    for size, length, stride, step in zip(x_shape[1:-1], kernel_shape[:-2], strides, dilation, strict=True):
        total = max((-(-size // stride) - 1) * stride + (length - 1) * step + 1 - size, 0) if padding == "same" else 0
        pads.append((total // 2, total - total // 2))
    expected = _loops(x, kernel, strides, pads, dilation, x_shape[-1] // kernel_shape[-2])
    y = ops.conv(x, kernel, strides, padding, dilation_rate=dilation).numpy()
    np.testing.assert_allclose(y, expected, atol=1e-12)
    first = ops.conv(np.moveaxis(x, -1, 1), kernel, strides, padding, "channels_first", dilation).numpy()
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), y)


def test_conv_equals_scipy() -> None:
    x, kernel = _normal(1, 8, 9, 2), _normal(3, 4, 2, 1)
    expected = sum(signal.correlate(x[0, :, :, c], kernel[:, :, c, 0], "valid") for c in range(2))
    np.testing.assert_allclose(ops.conv(x, kernel).numpy()[0, :, :, 0], expected, atol=1e-12)


def test_conv_of_images_larger_than_a_block_equals_scipy() -> None:
    x, kernel = _normal(2, 300, 260, 1), _normal(3, 3, 1, 1)
    expected = [signal.correlate(image[..., 0], kernel[..., 0, 0], "valid") for image in x]
    np.testing.assert_allclose(ops.conv(x, kernel).numpy()[..., 0], expected, atol=1e-12)


def test_conv_keeps_float32() -> None:
    y = ops.conv(np.ones((1, 4, 4, 2), np.float32), np.ones((2, 2, 2, 3), np.float32), padding="same")
    assert y.dtype == np.float32


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("length", [1, 2, 3, 4])
def test_conv_transpose_is_the_adjoint_of_conv(padding: str, stride: int, length: int) -> None:
    x, kernel = _normal(2, 4, 3), _normal(length, 2, 3)
    y = ops.conv_transpose(x, kernel, stride, padding).numpy()
    size = 4 * stride + (max(length - stride, 0) if padding == "valid" else 0)
    assert y.shape == (2, size, 2)
    other = _normal(*y.shape)
    back = ops.conv(other, kernel, stride, padding).numpy()
    np.testing.assert_allclose(np.sum(y * other), np.sum(x * back[:, :4]), rtol=1e-10)


@pytest.mark.parametrize(
    ("length", "stride", "padding", "output_padding", "expected"),
    [
        (3, 2, "same", 1, [1, 2, 3, 0, 0, 0]),
        (3, 2, "same", 0, [2, 3, 0, 0, 0]),
        (4, 2, "same", 1, [2, 3, 4, 0, 0]),
        (1, 3, "same", 2, [1, 0, 0, 0, 0, 0, 0, 0, 0]),
        (3, 2, "valid", 1, [1, 2, 3, 0, 0, 0, 0, 0]),
    ],
)
def test_conv_transpose_pads_its_output(
    length: int, stride: int, padding: str, output_padding: int, expected: Any
) -> None:
    x = np.array([1.0, 0.0, 0.0]).reshape(1, 3, 1)
    kernel = np.arange(1.0, length + 1).reshape(length, 1, 1)
    y = ops.conv_transpose(x, kernel, stride, padding, output_padding)
    np.testing.assert_array_equal(y.numpy().ravel(), expected)


def test_depthwise_conv_convolves_each_channel_by_itself() -> None:
    x, kernel = _normal(2, 6, 5, 3), _normal(3, 2, 3, 2)
    y = ops.depthwise_conv(x, kernel, padding="same").numpy()
    for channel in range(3):
        alone = ops.conv(x[..., channel : channel + 1], kernel[:, :, channel : channel + 1], padding="same").numpy()
        np.testing.assert_allclose(y[..., 2 * channel : 2 * channel + 2], alone, atol=1e-12)


def test_separable_conv_is_depthwise_then_pointwise() -> None:
    x, depthwise, pointwise = _normal(2, 6, 5, 3), _normal(3, 2, 3, 2), _normal(1, 1, 6, 4)
    y = ops.separable_conv(x, depthwise, pointwise, strides=2)
    expected = ops.depthwise_conv(x, depthwise, strides=2).numpy() @ pointwise[0, 0]
    np.testing.assert_allclose(y.numpy(), expected, atol=1e-12)


def _both_gradients(x: Any, kernel: Any) -> list[Any]:
    with hybrid.GradientTape() as tape:
        tape.watch([x, kernel])
        y = ops.conv(x, kernel, 2, "same")
        loss = ops.sum(y * y)
    return [loss, *tape.gradient(loss, [x, kernel])]


def test_gradients_replay_on_unknown_sizes() -> None:
    kernel = _normal(3, 3, 2, 4)
    recorded = trace_function(
        _both_gradients, [TensorSpec((None, None, None, 2), "float64"), TensorSpec((3, 3, 2, 4), "float64")]
    )
    assert recorded.output_specs[1].shape == (None, None, None, 2)
    for shape in ((2, 5, 4, 2), (1, 8, 8, 2), (0, 3, 3, 2)):
        x = ops.convert_to_tensor(_normal(*shape))
        expected = _both_gradients(x, ops.convert_to_tensor(kernel))
        for got, wanted in zip(recorded.replay([x, ops.convert_to_tensor(kernel)]), expected, strict=True):
            np.testing.assert_array_equal(got.numpy(), wanted.numpy())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: ops.conv(x, np.ones((3, 3, 2, 4))), ["3 channels", "takes 2", "data_format"]),
        (lambda x: ops.conv(x, np.ones((3, 3, 1, 4))), ["3 channels", "groups"]),
        (lambda x: ops.conv(x, np.ones((7, 3, 3, 4))), ["[7, 3]", "larger than the input", "padding='same'"]),
        (lambda x: ops.conv(x, np.ones((3, 3, 4))), ["same rank"]),
        (lambda x: ops.conv_transpose(x, np.ones((3, 3, 3, 4))), ["3 channels", "takes 4"]),
        (lambda x: ops.depthwise_conv(x, np.ones((3, 3, 2, 4))), ["depthwise", "3 channels"]),
    ],
)
def test_wrong_shapes_are_refused_alike_when_recorded_and_run(call: Any, words: list[str]) -> None:
    with pytest.raises(ShapeError) as run:
        call(np.ones((2, 6, 6, 3)))
    with pytest.raises(ShapeError) as recorded:
        trace_function(call, [TensorSpec((2, 6, 6, 3), "float64")])
    assert str(run.value) == str(recorded.value)
    for word in words:
        assert word in str(run.value)


@pytest.mark.parametrize(
    "options",
    [{"padding": "full"}, {"strides": 0}, {"strides": (1, 2, 3)}, {"dilation_rate": -1}, {"data_format": "NHWC"}],
)
def test_unknown_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        ops.conv(np.ones((2, 6, 6, 3)), np.ones((3, 3, 3, 4)), **options)
