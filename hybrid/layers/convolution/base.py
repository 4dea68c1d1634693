"""What convolution layers share: their arguments, their weights, padding in time.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import activations, constraints, initializers, ops, regularizers
from ...config import standardize_data_format
from ...core.door import shape_of
from ...errors import ConfigError, ShapeError
from ..base.input_spec import InputSpec
from ..base.layer import Layer
from ..reshaping.borders import sizes_of

__all__ = ["Convolution"]


class Convolution(Layer):
    """Base of convolution layers of `rank` spatial axes.

    Args:
        kernel_size: of the window, an int or one per axis.
        strides: step of the window.
        padding: `"valid"`, `"same"` or, in one dimension, `"causal"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: distance of the elements of the window.
        activation: applied at the end.
        use_bias: whether a bias is added.
        bias_initializer: of the bias.
        bias_regularizer: penalty on the bias.
        bias_constraint: applied to the bias after each step.

    Raises:
        ConfigError: if a size is not positive, or strides and dilation are both greater than one.
    """

    rank = 0
    paddings: tuple[str, ...] = ("valid", "same")

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        bias_initializer: Any,
        bias_regularizer: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        name = type(self).__name__
        self.kernel_size = sizes_of(name, kernel_size, self.rank)
        self.strides = sizes_of(name, strides, self.rank)
        self.dilation_rate = sizes_of(name, dilation_rate, self.rank)
        self.padding = padding.lower()
        if self.padding not in self.paddings:
            raise ConfigError(f"{name} has no padding {padding!r}.", fix=f"use one of {', '.join(self.paddings)}")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ConfigError(
                f"{name} cannot have strides {self.strides} and dilation_rate {self.dilation_rate}.",
                why="one of them must be 1",
                fix="leave out one of them",
            )
        self.data_format = standardize_data_format(data_format)
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=self.rank + 2)

    @property
    def _channel_axis(self) -> int:
        return -1 if self.data_format == "channels_last" else -1 - self.rank

    def _channels(self, input_shape: Any) -> int:
        """Return the number of channels, and remember that it is fixed now.

        Raises:
            ShapeError: if it is not known.
        """
        if len(input_shape) != self.rank + 2:
            raise ShapeError(
                f"{type(self).__name__} '{self.path}' cannot be built for inputs of shape {list(input_shape)}.",
                why=f"it needs rank {self.rank + 2}: batch, {self.rank} spatial axes, channels",
                fix="reshape the input, or use ops.expand_dims to add the channels",
            )
        channels = input_shape[self._channel_axis]
        if channels is None:
            raise ShapeError(
                f"{type(self).__name__} '{self.path}' cannot be built for inputs of shape {list(input_shape)}.",
                why="the number of channels must be known",
                fix="give that size in Input(...)",
            )
        self.input_spec = InputSpec(ndim=self.rank + 2, axes={self._channel_axis: channels})
        return int(channels)

    def _add_bias(self, size: int) -> None:
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(size,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def _padded(self, inputs: Any) -> tuple[Any, str]:
        """Return what is convolved, and by which padding: in time, nothing may look ahead."""
        if self.padding != "causal":
            return inputs, self.padding
        widths = [(0, 0)] * len(shape_of(inputs))
        widths[1 if self.data_format == "channels_last" else 2] = (self.dilation_rate[0] * (self.kernel_size[0] - 1), 0)
        return ops.pad(inputs, tuple(widths)), "valid"

    def _finished(self, outputs: Any) -> Any:
        """Add the bias and apply the activation."""
        if self.bias is not None:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (1, -1, *(1,) * self.rank))
            outputs = ops.add(outputs, bias)
        return outputs if self.activation is activations.linear else self.activation(outputs)
