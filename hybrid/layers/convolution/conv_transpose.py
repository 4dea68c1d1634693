"""Transposed convolutions: they undo the shape of a convolution.

Floor 8. A rank is a few lines.
"""

from __future__ import annotations

from typing import Any

from ... import constraints, initializers, ops, regularizers
from ...errors import ConfigError
from .base import Convolution

__all__ = ["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"]


class _ConvTranspose(Convolution):
    """Base of transposed convolutions."""

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
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
        if not isinstance(filters, int) or filters < 1:
            raise ConfigError(f"{name} needs a positive number of filters, not {filters!r}.", fix=f"{name}(32, 3)")
        self.filters = filters
        several = output_padding is not None and not isinstance(output_padding, int)
        self.output_padding = tuple(output_padding) if several else output_padding
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias for the number of channels."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(*self.kernel_size, self.filters, self._channels(input_shape)),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self._add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Spread, add the bias, activate."""
        outputs = ops.conv_transpose(
            inputs, self.kernel, self.strides, self.padding, self.output_padding, self.data_format, self.dilation_rate
        )
        return self._finished(outputs)


class Conv1DTranspose(_ConvTranspose):
    """Spreads sequences over more time.

    Args:
        filters: number of output channels.
        kernel_size: of the window, an int or one per axis.
        strides: step of the window in the output.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: distance of the elements of the window.
        output_padding: by how much the output is longer; chosen by the padding by default.
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
        kernel: `[*window, filters, channels]`, Glorot uniform.
        bias: `[filters]`, zeros.

    Input: float `[batch, time, channels]`. Output: float `[batch, new time, filters]`.

    Example:
        >>> Conv1DTranspose(4, 3, strides=2, padding="same")(np.ones((1, 6, 2))).shape
        (1, 12, 4)
    """

    rank = 1


class Conv2DTranspose(_ConvTranspose):
    """Spreads images over more pixels.

    Args:
        filters: number of output channels.
        kernel_size: of the window, an int or one per axis.
        strides: step of the window in the output.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: distance of the elements of the window.
        output_padding: by how much the output is longer; chosen by the padding by default.
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
        kernel: `[*window, filters, channels]`, Glorot uniform.
        bias: `[filters]`, zeros.

    Input: float `[batch, height, width, channels]`. Output: float `[batch, new height, new width, filters]`.

    Example:
        >>> Conv2DTranspose(4, 3, strides=2, padding="same")(np.ones((1, 6, 6, 2))).shape
        (1, 12, 12, 4)
    """

    rank = 2


class Conv3DTranspose(_ConvTranspose):
    """Spreads volumes over more room.

    Args:
        filters: number of output channels.
        kernel_size: of the window, an int or one per axis.
        strides: step of the window in the output.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: distance of the elements of the window.
        output_padding: by how much the output is longer; chosen by the padding by default.
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
        kernel: `[*window, filters, channels]`, Glorot uniform.
        bias: `[filters]`, zeros.

    Input: float `[batch, depth, height, width, channels]`. Output: float `[batch, new depth, new height, new width,
        filters]`.

    Example:
        >>> Conv3DTranspose(4, 3, strides=2, padding="same")(np.ones((1, 6, 6, 6, 2))).shape
        (1, 12, 12, 12, 4)
    """

    rank = 3
