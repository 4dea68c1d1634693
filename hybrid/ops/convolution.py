"""Convolutions: plain, grouped, depthwise, separable, transposed, in 1, 2 and 3 dimensions.

Floor 5. Convolution is linear in the input and in the kernel, so three primitives are each other's derivatives: `conv`,
its gradient of the input and its gradient of the kernel. `conv_transpose` is the second with a size of its own. The
array code is in `correlation`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..config import standardize_data_format
from ..core.door import apply, shape_of
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, same_size
from ..errors import ConfigError, ShapeError
from ..typing import Shape, TensorLike
from .correlation import correlate, correlate_input, correlate_kernel
from .definition import as_tensor, floats, promote_float, public
from .shaping import reshape
from .windows import (
    amounts,
    check_windows_fit,
    extent,
    from_channels_last,
    output_sizes,
    per_axis,
    standardize_padding,
    to_channels_last,
)

__all__ = ["conv", "conv_transpose", "depthwise_conv", "separable_conv"]


def _check_ranks(name: str, x_shape: Shape, kernel_shape: Shape) -> int:
    rank = len(x_shape) - 2
    if not 1 <= rank <= 3 or len(kernel_shape) != len(x_shape):
        raise ShapeError(
            f"{name} cannot apply a kernel of shape {list(kernel_shape)} to an input of shape {list(x_shape)}.",
            why="the input has a batch axis, 1 to 3 spatial axes and channels; the kernel has the same rank",
            fix="add the missing axes with expand_dims",
        )
    return rank


def _conv_shape(
    x_shape: Shape, kernel_shape: Any, strides: Any, padding: Any, dilation: Any, data_format: str
) -> Shape:
    """Return the shape of a convolution, or say why there is none."""
    _check_ranks("conv", x_shape, kernel_shape)
    last = to_channels_last(tuple(x_shape), data_format)
    *window, inner, outer = kernel_shape
    channels = last[-1]
    groups = channels // inner if channels is not None and inner else 1
    if (
        channels is not None
        and inner is not None
        and (not groups or channels != groups * inner or (outer or 0) % groups)
    ):
        raise ShapeError(
            f"conv received {channels} channels, but its kernel of shape {list(kernel_shape)} takes {inner}.",
            where=f"input {list(x_shape)}, data_format '{data_format}'",
            why="the input must have the channels of the kernel, or a multiple that divides its outputs (groups)",
            fix="make the kernel for this input, or check data_format",
        )
    outputs = output_sizes(last[1:-1], window, strides, dilation, padding)
    check_windows_fit("conv", last[1:-1], tuple(window), outputs)
    return from_channels_last((last[0], *outputs, outer), data_format)


def _compute_conv(x: Any, kernel: Any, strides: Any, padding: Any, dilation: Any, data_format: str) -> Any:
    shape = to_channels_last(_conv_shape(x.shape, kernel.shape, strides, padding, dilation, data_format), data_format)
    x = to_channels_last(x, data_format)
    pads = amounts(x.shape[1:-1], kernel.shape[:-2], strides, dilation, padding)
    return from_channels_last(correlate(x, kernel, shape[1:-1], strides, pads, dilation), data_format)


def _compute_conv_input(
    g: Any, kernel: Any, like: Any, strides: Any, padding: Any, dilation: Any, data_format: str
) -> Any:
    spatial = to_channels_last(like.shape, data_format)[1:-1]
    pads = amounts(spatial, kernel.shape[:-2], strides, dilation, padding)
    g = to_channels_last(g, data_format)
    channels = to_channels_last(like.shape, data_format)[-1]
    return from_channels_last(correlate_input(g, kernel, spatial, channels, strides, pads, dilation), data_format)


def _compute_conv_kernel(x: Any, g: Any, like: Any, strides: Any, padding: Any, dilation: Any, data_format: str) -> Any:
    x, g = to_channels_last(x, data_format), to_channels_last(g, data_format)
    pads = amounts(x.shape[1:-1], like.shape[:-2], strides, dilation, padding)
    return correlate_kernel(x, g, like.shape, strides, pads, dilation)


_CASES: tuple[tuple[Any, ...], ...] = (
    ((2, 5, 4, 3), (3, 2, 3, 2), (1, 1), "valid", (1, 1), "channels_last"),
    ((2, 5, 4, 2), (3, 3, 2, 2), (2, 1), "same", (1, 1), "channels_last"),
    ((1, 4, 6, 5), (2, 2, 2, 4), (1, 2), "same", (1, 1), "channels_first"),
    ((2, 3, 5), (3, 1, 3), (1,), "same", (2,), "channels_first"),
    ((2, 7, 2), (2, 2, 3), (2,), "valid", (3,), "channels_last"),
    ((1, 3, 3, 3, 2), (2, 2, 2, 2, 2), (1, 1, 1), "valid", (1, 1, 1), "channels_last"),
    ((2, 4, 4, 2), (1, 1, 2, 3), (2, 2), "valid", (1, 1), "channels_last"),
    ((2, 5, 1), (2, 1, 2), (1,), ((-1, 2),), (1,), "channels_last"),
    ((0, 4, 4, 2), (2, 2, 2, 3), (1, 1), "valid", (1, 1), "channels_last"),
)


def _cases(rng: np.random.Generator) -> list[Any]:
    names = ("strides", "padding", "dilation", "data_format")
    return [
        (floats(rng, *x), floats(rng, *kernel), dict(zip(names, params, strict=True))) for x, kernel, *params in _CASES
    ]


def _input_samples(rng: np.random.Generator) -> list[Any]:
    cases = _cases(rng)
    return [((floats(rng, *_compute_conv(x, w, **p).shape), w, x), p) for x, w, p in cases]


def _kernel_samples(rng: np.random.Generator) -> list[Any]:
    cases = _cases(rng)
    return [((x, floats(rng, *_compute_conv(x, w, **p).shape), w), p) for x, w, p in cases]


CONV: Primitive = Primitive(
    "conv",
    _compute_conv,
    lambda x, kernel, **params: TensorSpec.of(_conv_shape(x.shape, kernel.shape, **params), x.dtype),
    [
        lambda g, y, x, kernel, **params: apply(CONV_INPUT, g, kernel, x, **params),
        lambda g, y, x, kernel, **params: apply(CONV_KERNEL, x, g, kernel, **params),
    ],
    samples=lambda rng: [((x, kernel), params) for x, kernel, params in _cases(rng)],
)
CONV_INPUT: Primitive = Primitive(
    "conv_input_gradient",
    _compute_conv_input,
    lambda g, kernel, like, **params: TensorSpec.of(like.shape, g.dtype),
    [
        lambda ct, y, g, kernel, like, **params: apply(CONV, ct, kernel, **params),
        lambda ct, y, g, kernel, like, **params: apply(CONV_KERNEL, ct, g, kernel, **params),
        None,
    ],
    samples=_input_samples,
)
CONV_KERNEL: Primitive = Primitive(
    "conv_kernel_gradient",
    _compute_conv_kernel,
    lambda x, g, like, **params: TensorSpec.of(like.shape, x.dtype),
    [
        lambda ct, y, x, g, like, **params: apply(CONV_INPUT, g, ct, x, **params),
        lambda ct, y, x, g, like, **params: apply(CONV, x, ct, **params),
        None,
    ],
    samples=_kernel_samples,
)


# -- transposed ------------------------------------------------------------------------------------------------------


def _transpose_plan(
    window: Any, strides: Any, padding: str, output_padding: Any, dilation: Any
) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Return, per axis, what the output is longer than size * stride, and the padding of the convolution it undoes."""
    longer, pads = [], []
    for axis, (length, stride, step) in enumerate(zip(window, strides, dilation, strict=True)):
        span = extent(length, step)
        if output_padding is None:
            total = max(span - stride, 0)
            extra, before = (total, 0) if padding == "valid" else (0, total // 2)
        else:
            total = 0 if padding == "valid" else 2 * (span // 2) - output_padding[axis]
            before = max(total, 0) // 2
            extra = span - stride - (total if padding == "same" else -output_padding[axis])
        longer.append(extra)
        pads.append((before, span - stride - extra - before))
    return tuple(longer), tuple(pads)


def _transpose_shape(
    x_shape: Shape, kernel_shape: Shape, strides: Any, longer: Any, padding: Any, dilation: Any, data_format: str
) -> Shape:
    _check_ranks("conv_transpose", x_shape, kernel_shape)
    last = to_channels_last(tuple(x_shape), data_format)
    if not same_size(last[-1], kernel_shape[-1]):
        raise ShapeError(
            f"conv_transpose received {last[-1]} channels, but its kernel of shape {list(kernel_shape)} takes "
            f"{kernel_shape[-1]}.",
            where=f"input {list(x_shape)}, data_format '{data_format}'",
            why="the last axis of a transposed kernel is the number of input channels",
            fix="make the kernel [*window, outputs, inputs], or check data_format",
        )
    sizes = tuple(
        None if size is None else size * stride + extra
        for size, stride, extra in zip(last[1:-1], strides, longer, strict=True)
    )
    if any(size is not None and size < 0 for size in sizes):
        raise ShapeError(
            f"conv_transpose of an input of shape {list(x_shape)} has no elements: its sizes would be {list(sizes)}.",
            fix="use a larger output_padding, or larger inputs",
        )
    return from_channels_last((last[0], *sizes, kernel_shape[-2]), data_format)


def _compute_transpose(
    x: Any, kernel: Any, strides: Any, longer: Any, padding: Any, dilation: Any, data_format: str
) -> Any:
    shape = _transpose_shape(x.shape, kernel.shape, strides, longer, padding, dilation, data_format)
    spatial = to_channels_last(shape, data_format)[1:-1]
    x = to_channels_last(x, data_format)
    y = correlate_input(x, kernel, spatial, kernel.shape[-2], strides, padding, dilation)
    return from_channels_last(y, data_format)


def _without_longer(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name != "longer"}


def _transpose_samples(rng: np.random.Generator) -> list[Any]:
    cases: tuple[tuple[Any, ...], ...] = (
        ((2, 3, 2, 3), (3, 2, 2, 3), (2, 1), "valid", None, (1, 1), "channels_last"),
        ((2, 3, 4, 3), (3, 3, 2, 3), (2, 2), "same", None, (1, 1), "channels_first"),
        ((2, 3, 2), (2, 3, 2), (3,), "valid", None, (1,), "channels_last"),
        ((1, 4, 2), (3, 1, 2), (2,), "same", (1,), (1,), "channels_last"),
        ((1, 3, 2), (2, 1, 2), (1,), "same", None, (2,), "channels_last"),
        ((0, 3, 2), (2, 1, 2), (1,), "valid", None, (1,), "channels_last"),
    )
    samples = []
    for x, kernel, strides, padding, output_padding, dilation, data_format in cases:
        if data_format == "channels_first":
            x = (x[0], x[-1], *x[1:-1])
        longer, pads = _transpose_plan(kernel[:-2], strides, padding, output_padding, dilation)
        params = {
            "strides": strides,
            "longer": longer,
            "padding": pads,
            "dilation": dilation,
            "data_format": data_format,
        }
        samples.append(((floats(rng, *x), floats(rng, *kernel)), params))
    return samples


CONV_TRANSPOSE: Primitive = Primitive(
    "conv_transpose",
    _compute_transpose,
    lambda x, kernel, **params: TensorSpec.of(_transpose_shape(x.shape, kernel.shape, **params), x.dtype),
    [
        lambda g, y, x, kernel, **params: apply(CONV, g, kernel, **_without_longer(params)),
        lambda g, y, x, kernel, **params: apply(CONV_KERNEL, g, x, kernel, **_without_longer(params)),
    ],
    samples=_transpose_samples,
)


# -- public ----------------------------------------------------------------------------------------------------------


def _known(kernel: Any) -> tuple[int, ...]:
    shape = shape_of(kernel)
    if None in shape:
        raise ShapeError(f"A kernel must have a known shape, not {list(shape)}.", fix="give Input a full shape")
    return shape  # type: ignore[return-value]


@public()
def conv(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Slide a kernel over 1, 2 or 3 spatial axes (a cross-correlation, as everywhere in deep learning).

    Args:
        inputs: float `[batch, *spatial, channels]`, or `[batch, channels, *spatial]` with `channels_first`.
        kernel: float `[*window, channels / groups, outputs]`; that it takes fewer channels than there are makes groups.
        strides: step of the window, an int or one per spatial axis.
        padding: `"valid"` (none) or `"same"` (zeros, so that the output has `size / stride` elements, rounded up).
        data_format: `"channels_last"` or `"channels_first"`; that of `hybrid.config` by default.
        dilation_rate: distance between the elements that a window sees, an int or one per spatial axis.

    Returns:
        float `[batch, *sizes, outputs]` in the same data format.

    Raises:
        ShapeError: if ranks or channels do not fit, or a window is larger than the input.
        ConfigError: if an option is none of the above.

    Example:
        >>> conv(np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 8)), strides=2, padding="same").shape
        (1, 3, 3, 8)
    """
    x, kernel = promote_float(as_tensor(inputs), as_tensor(kernel))
    rank = _check_ranks("conv", shape_of(x), shape_of(kernel))
    return apply(CONV, x, kernel, **_options(rank, strides, padding, data_format, dilation_rate))


def _options(rank: int, strides: Any, padding: Any, data_format: str | None, dilation: Any) -> dict[str, Any]:
    return {
        "strides": per_axis(strides, rank, "strides"),
        "padding": standardize_padding(padding),
        "dilation": per_axis(dilation, rank, "dilation_rate"),
        "data_format": standardize_data_format(data_format),
    }


@public()
def depthwise_conv(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolve every channel with kernels of its own.

    Args:
        inputs: float `[batch, *spatial, channels]`, or `[batch, channels, *spatial]` with `channels_first`.
        kernel: float `[*window, channels, multiplier]`.
        strides: as in `conv`.
        padding: as in `conv`.
        data_format: as in `conv`.
        dilation_rate: as in `conv`.

    Returns:
        float `[batch, *sizes, channels * multiplier]`.

    Raises:
        ShapeError: if ranks or channels do not fit.

    Example:
        >>> depthwise_conv(np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 2))).shape
        (1, 3, 3, 6)
    """
    x, kernel = promote_float(as_tensor(inputs), as_tensor(kernel))
    _known(kernel)
    rank = _check_ranks("depthwise_conv", shape_of(x), shape_of(kernel))
    options = _options(rank, strides, padding, data_format, dilation_rate)
    *window, channels, multiplier = _known(kernel)
    received = to_channels_last(shape_of(x), options["data_format"])[-1]
    if received is not None and received != channels:
        raise ShapeError(
            f"depthwise_conv received {received} channels, but its kernel of shape {list(shape_of(kernel))} has "
            f"{channels}.",
            why="a depthwise kernel has one part for every channel",
            fix="make the kernel [*window, channels, multiplier], or check data_format",
        )
    return apply(CONV, x, reshape(kernel, (*window, 1, channels * multiplier)), **options)


@public()
def separable_conv(
    inputs: TensorLike,
    depthwise_kernel: TensorLike,
    pointwise_kernel: TensorLike,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Convolve every channel by itself, then mix the channels at each place.

    Args:
        inputs: float `[batch, *spatial, channels]`, or `[batch, channels, *spatial]` with `channels_first`.
        depthwise_kernel: float `[*window, channels, multiplier]`.
        pointwise_kernel: float `[*ones, channels * multiplier, outputs]`.
        strides: as in `conv`; of the first step.
        padding: as in `conv`.
        data_format: as in `conv`.
        dilation_rate: as in `conv`; of the first step.

    Returns:
        float `[batch, *sizes, outputs]`.

    Raises:
        ShapeError: if ranks or channels do not fit.

    Example:
        >>> separable_conv(np.ones((1, 5, 5, 3)), np.ones((3, 3, 3, 2)), np.ones((1, 1, 6, 4))).shape
        (1, 3, 3, 4)
    """
    x = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(x, pointwise_kernel, 1, "valid", data_format, 1)


@public()
def conv_transpose(
    inputs: TensorLike,
    kernel: TensorLike,
    strides: Any = 1,
    padding: str = "valid",
    output_padding: Any = None,
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Any:
    """Undo the shape of a convolution: every element is spread over a window of the output (the gradient of `conv`).

    Args:
        inputs: float `[batch, *spatial, channels]`, or `[batch, channels, *spatial]` with `channels_first`.
        kernel: float `[*window, outputs, channels]`.
        strides: step of the window in the output, an int or one per spatial axis.
        padding: `"valid"` keeps all of every window; `"same"` crops the output to `size * stride` elements.
        output_padding: by how much the output is longer than `(size - 1) * stride + window` less its padding, an int or
            one per spatial axis; chosen as said for `padding` by default.
        data_format: as in `conv`.
        dilation_rate: as in `conv`.

    Returns:
        float `[batch, *sizes, outputs]`.

    Raises:
        ShapeError: if ranks or channels do not fit.
        ConfigError: if `output_padding` is not smaller than the strides.

    Example:
        >>> conv_transpose(np.ones((1, 4, 4, 3)), np.ones((3, 3, 8, 3)), strides=2, padding="same").shape
        (1, 8, 8, 8)
    """
    x, kernel = promote_float(as_tensor(inputs), as_tensor(kernel))
    _known(kernel)
    rank = _check_ranks("conv_transpose", shape_of(x), shape_of(kernel))
    options = _options(rank, strides, padding, data_format, dilation_rate)
    if output_padding is not None:
        output_padding = (output_padding,) * rank if isinstance(output_padding, int) else tuple(output_padding)
        if len(output_padding) != rank or any(a >= b for a, b in zip(output_padding, options["strides"], strict=True)):
            raise ConfigError(
                f"output_padding {output_padding} does not fit strides {options['strides']}.",
                why="it must have one entry per spatial axis, each smaller than the stride",
            )
    longer, pads = _transpose_plan(
        _known(kernel)[:-2], options["strides"], options["padding"], output_padding, options["dilation"]
    )
    return apply(CONV_TRANSPOSE, x, kernel, **{**options, "longer": longer, "padding": pads})
