"""Convolutions that treat channels apart: depthwise and separable ones.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import constraints, initializers, ops, regularizers
from ...errors import ConfigError
from .base import Convolution

__all__ = ["DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"]


class _Depthwise(Convolution):
    """Base of depthwise convolutions: every channel has filters of its own."""

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.depth_multiplier = checked_count(type(self).__name__, "depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias for the number of channels."""
        channels = self._channels(input_shape)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self._add_bias(channels * self.depth_multiplier)

    def call(self, inputs: Any) -> Any:
        """Convolve every channel, add the bias, activate."""
        inputs, padding = self._padded(inputs)
        outputs = ops.depthwise_conv(inputs, self.kernel, self.strides, padding, self.data_format, self.dilation_rate)
        return self._finished(outputs)


def checked_count(owner: str, name: str, value: Any) -> int:
    """Return a positive int.

    Raises:
        ConfigError: for anything else.
    """
    if not isinstance(value, int) or value < 1:
        raise ConfigError(f"{owner} needs a positive {name}, not {value!r}.", fix=f"{name}=1")
    return value


class DepthwiseConv1D(_Depthwise):
    """Convolves every feature of sequences with filters of its own; arguments as in `DepthwiseConv2D`.

    Variables:
        kernel: `[window, channels, depth_multiplier]`, Glorot uniform.
        bias: `[channels * depth_multiplier]`, zeros.

    Example:
        >>> DepthwiseConv1D(3, depth_multiplier=2)(np.ones((1, 6, 2))).shape
        (1, 4, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


class DepthwiseConv2D(_Depthwise):
    """Convolves every channel of images with filters of its own.

    Args:
        kernel_size: of the window, an int or one per axis.
        strides: step of the window.
        padding: `"valid"` or `"same"`.
        depth_multiplier: number of filters of each channel.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: distance of the elements of the window.
        activation: applied at the end.
        use_bias: whether a bias is added.
        depthwise_initializer: of the kernel.
        bias_initializer: of the bias.
        depthwise_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        depthwise_constraint: applied to the kernel after each step.
        bias_constraint: applied to the bias after each step.

    Variables:
        kernel: `[*window, channels, depth_multiplier]`, Glorot uniform.
        bias: `[channels * depth_multiplier]`, zeros.

    Example:
        >>> DepthwiseConv2D(3)(np.ones((1, 6, 6, 2))).shape
        (1, 4, 4, 2)
    """

    rank = 2


class _Separable(Convolution):
    """Base of separable convolutions: a depthwise one, then one of window 1 that mixes channels."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ):
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activation,
            use_bias,
            bias_initializer,
            bias_regularizer,
            bias_constraint,
            activity_regularizer=activity_regularizer,
            **kwargs,
        )
        self.filters = checked_count(type(self).__name__, "number of filters", filters)
        self.depth_multiplier = checked_count(type(self).__name__, "depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape: Any) -> None:
        """Create both kernels and the bias for the number of channels."""
        channels = self._channels(input_shape)
        self.depthwise_kernel = self.add_weight(
            name="depthwise_kernel",
            shape=(*self.kernel_size, channels, self.depth_multiplier),
            initializer=self.depthwise_initializer,
            regularizer=self.depthwise_regularizer,
            constraint=self.depthwise_constraint,
        )
        self.pointwise_kernel = self.add_weight(
            name="pointwise_kernel",
            shape=(*(1,) * self.rank, channels * self.depth_multiplier, self.filters),
            initializer=self.pointwise_initializer,
            regularizer=self.pointwise_regularizer,
            constraint=self.pointwise_constraint,
        )
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Convolve every channel, mix the channels, add the bias, activate."""
        inputs, padding = self._padded(inputs)
        outputs = ops.separable_conv(
            inputs,
            self.depthwise_kernel,
            self.pointwise_kernel,
            self.strides,
            padding,
            self.data_format,
            self.dilation_rate,
        )
        return self._finished(outputs)


class SeparableConv1D(_Separable):
    """Separable convolution of sequences; arguments as in `SeparableConv2D`.

    Variables:
        depthwise_kernel: `[window, channels, depth_multiplier]`, Glorot uniform.
        pointwise_kernel: `[1, channels * depth_multiplier, filters]`, Glorot uniform.
        bias: `[filters]`, zeros.

    Example:
        >>> SeparableConv1D(4, 3)(np.ones((1, 6, 2))).shape
        (1, 4, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


class SeparableConv2D(_Separable):
    """Separable convolution of images: every channel by itself, then a mixture of the channels.

    Args:
        filters: number of output channels.
        kernel_size: of the window, an int or one per axis.
        strides: step of the window.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: distance of the elements of the window.
        depth_multiplier: number of filters of each channel.
        activation: applied at the end.
        use_bias: whether a bias is added.
        depthwise_initializer: of the first kernel.
        pointwise_initializer: of the second kernel.
        bias_initializer: of the bias.
        depthwise_regularizer: penalty on the first kernel.
        pointwise_regularizer: penalty on the second kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        depthwise_constraint: applied to the first kernel after each step.
        pointwise_constraint: applied to the second kernel after each step.
        bias_constraint: applied to the bias after each step.

    Variables:
        depthwise_kernel: `[*window, channels, depth_multiplier]`, Glorot uniform.
        pointwise_kernel: `[1, 1, channels * depth_multiplier, filters]`, Glorot uniform.
        bias: `[filters]`, zeros.

    Example:
        >>> SeparableConv2D(4, 3)(np.ones((1, 6, 6, 2))).shape
        (1, 4, 4, 4)

    Source: Chollet 2017, "Xception: Deep Learning with Depthwise Separable Convolutions".
    """

    rank = 2
