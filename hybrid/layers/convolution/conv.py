"""Convolutions.

Floor 8. One base holds the constructor, the weights and the call; a rank is a few lines.
"""

from __future__ import annotations

from typing import Any

from ... import constraints, initializers, ops, regularizers
from ...errors import ConfigError
from .base import Convolution

__all__ = ["Conv1D", "Conv2D", "Conv3D"]


class _Conv(Convolution):
    """Base of plain convolutions."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
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
        name = type(self).__name__
        if not isinstance(filters, int) or filters < 1 or groups < 1 or filters % groups:
            raise ConfigError(
                f"{name} cannot have {filters!r} filters in {groups} groups.",
                why="filters must be a positive multiple of groups",
                fix=f"{name}(32, 3)",
            )
        self.filters = filters
        self.groups = groups
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias for the number of channels."""
        channels = self._channels(input_shape)
        if channels % self.groups:
            raise ConfigError(
                f"{type(self).__name__} '{self.path}' cannot divide {channels} channels into {self.groups} groups.",
                fix="choose a number of groups that divides the channels",
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, channels // self.groups, self.filters),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Convolve, add the bias, activate."""
        inputs, padding = self._padded(inputs)
        outputs = ops.conv(inputs, self.kernel, self.strides, padding, self.data_format, self.dilation_rate)
        return self._finished(outputs)


class Conv1D(_Conv):
    """Convolves sequences over time.

    Args:
        filters: number of output channels.
        kernel_size: of the window, an int or one per axis.
        strides: step of the window.
        padding: `"valid"`, `"same"` or `"causal"` (nothing looks ahead).
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: distance of the elements of the window.
        groups: number of groups of channels that are convolved apart.
        activation: applied at the end.
        use_bias: whether a bias is added.
        kernel_initializer: of the kernel.
        bias_initializer: of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: applied to the kernel after each step.
        bias_constraint: applied to the bias after each step.

    Variables:
        kernel: `[*window, channels / groups, filters]`, Glorot uniform.
        bias: `[filters]`, zeros.

    Input: float `[batch, time, channels]`. Output: float `[batch, new time, filters]`.

    Example:
        >>> Conv1D(4, 3)(np.ones((1, 6, 2))).shape
        (1, 4, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


class Conv2D(_Conv):
    """Convolves images.

    Args:
        filters: number of output channels.
        kernel_size: of the window, an int or one per axis.
        strides: step of the window.
        padding: `"valid"`, `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: distance of the elements of the window.
        groups: number of groups of channels that are convolved apart.
        activation: applied at the end.
        use_bias: whether a bias is added.
        kernel_initializer: of the kernel.
        bias_initializer: of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: applied to the kernel after each step.
        bias_constraint: applied to the bias after each step.

    Variables:
        kernel: `[*window, channels / groups, filters]`, Glorot uniform.
        bias: `[filters]`, zeros.

    Input: float `[batch, height, width, channels]`. Output: float `[batch, new height, new width, filters]`.

    Example:
        >>> Conv2D(4, 3)(np.ones((1, 6, 6, 2))).shape
        (1, 4, 4, 4)
    """

    rank = 2


class Conv3D(_Conv):
    """Convolves volumes.

    Args:
        filters: number of output channels.
        kernel_size: of the window, an int or one per axis.
        strides: step of the window.
        padding: `"valid"`, `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: distance of the elements of the window.
        groups: number of groups of channels that are convolved apart.
        activation: applied at the end.
        use_bias: whether a bias is added.
        kernel_initializer: of the kernel.
        bias_initializer: of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: applied to the kernel after each step.
        bias_constraint: applied to the bias after each step.

    Variables:
        kernel: `[*window, channels / groups, filters]`, Glorot uniform.
        bias: `[filters]`, zeros.

    Input: float `[batch, depth, height, width, channels]`. Output: float `[batch, new depth, new height, new width,
        filters]`.

    Example:
        >>> Conv3D(4, 3)(np.ones((1, 6, 6, 6, 2))).shape
        (1, 4, 4, 4, 4)
    """

    rank = 3
