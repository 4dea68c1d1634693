"""The fully connected layer.

Floor 8. The exemplary layer: a constructor that stores its arguments, `build`, `call`, and nothing else.
"""

from __future__ import annotations

from typing import Any

from ... import activations, constraints, initializers, ops, regularizers
from ...core.spec import standardize_shape
from ...errors import ConfigError, ShapeError
from ...ops.linear import affine
from ..base.input_spec import InputSpec
from ..base.layer import Layer

__all__ = ["Dense"]


class Dense(Layer):
    """A fully connected layer: `activation(inputs @ kernel + bias)`.

    Args:
        units: number of output features, ≥ 1.
        activation: function, or its name; none by default.
        use_bias: whether a bias is added.
        kernel_initializer: of the kernel.
        bias_initializer: of the bias.
        kernel_regularizer: penalty on the kernel.
        bias_regularizer: penalty on the bias.
        activity_regularizer: penalty on the output.
        kernel_constraint: applied to the kernel after each step.
        bias_constraint: applied to the bias after each step.

    Variables:
        kernel: `[features, units]`, Glorot uniform.
        bias: `[units]`, zeros.

    Input: float `[..., features]`. Output: float `[..., units]`.

    Raises:
        ConfigError: if `units` is not a positive integer.
        ShapeError: if the number of features is unknown when it is built, or another one later.

    Example:
        >>> Dense(4, activation="relu")(np.ones((2, 3))).shape
        (2, 4)
    """

    def __init__(
        self,
        units: int,
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
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        if not isinstance(units, int) or units < 1:
            raise ConfigError(f"Dense needs a positive number of units, not {units!r}.", fix="Dense(64)")
        self.units = units
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Create kernel and bias for the number of features."""
        features = standardize_shape(input_shape)[-1]
        if features is None:
            raise ShapeError(
                f"Dense '{self.path}' cannot be built for inputs of shape {list(input_shape)}.",
                why="the kernel needs the size of the last axis",
                fix="give that size in Input(...), or reshape the input",
            )
        self.kernel = self.add_weight(
            name="kernel",
            shape=(features, self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                name="bias",
                shape=(self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )
        self.input_spec = InputSpec(min_ndim=2, axes={-1: features})
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Compute `activation(inputs @ kernel + bias)`."""
        if self.bias is not None and inputs.dtype == self._dtype:
            outputs = affine(inputs, self.kernel, self.bias)
        else:
            outputs = ops.matmul(inputs, self.kernel)
            outputs = outputs if self.bias is None else ops.add(outputs, self.bias)
        return outputs if self.activation is activations.linear else self.activation(outputs)
