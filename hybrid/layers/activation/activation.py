"""Activation functions as layers.

Floor 8. No layer here has state, except `PReLU`.
"""

from __future__ import annotations

from typing import Any

from ... import activations, constraints, initializers, ops, regularizers
from ...core.spec import standardize_shape
from ...errors import ConfigError, ShapeError
from ...ops.attend import masked_softmax
from ..base.input_spec import InputSpec
from ..base.layer import Layer

__all__ = ["ELU", "Activation", "LeakyReLU", "PReLU", "ReLU", "Softmax"]


class Activation(Layer):
    """Apply an activation function.

    Args:
        activation: function, or its name.

    Variables: none.

    Input: float, any shape. Output: the shape of the input.

    Example:
        >>> Activation("relu")(np.array([-1.0, 2.0])).numpy()
        array([0., 2.], dtype=float32)
    """

    supports_masking = True

    def __init__(self, activation: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return self.activation(inputs)


def _check_not_negative(cls: str, **values: Any) -> None:
    for name, value in values.items():
        if value is not None and not (isinstance(value, (int, float)) and value >= 0):
            raise ConfigError(f"{cls} needs {name} ≥ 0, not {value!r}.", fix=f"{cls}({name}=1.0)")


class ReLU(Layer):
    """The rectified linear unit: `min(max(x, 0), max_value)`, with options.

    Args:
        max_value: greatest output, ≥ 0; none by default.
        negative_slope: of the part below the threshold, ≥ 0.
        threshold: below which `negative_slope * (x - threshold)` is returned, ≥ 0.

    Variables: none.

    Input: float, any shape. Output: the shape of the input.

    Raises:
        ConfigError: if an argument is negative.

    Example:
        >>> ReLU(max_value=3)(np.array([-1.0, 2.0, 5.0])).numpy()
        array([0., 2., 3.], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **kwargs: Any
    ):
        super().__init__(**kwargs)
        _check_not_negative("ReLU", max_value=max_value, negative_slope=negative_slope, threshold=threshold)
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.relu(
            inputs, negative_slope=self.negative_slope, max_value=self.max_value, threshold=self.threshold
        )


class LeakyReLU(Layer):
    """The rectified linear unit with a small slope below zero: `max(x, negative_slope * x)`.

    Args:
        negative_slope: of the negative part, ≥ 0.

    Variables: none.

    Input: float, any shape. Output: the shape of the input.

    Raises:
        ConfigError: if the slope is negative.

    Example:
        >>> LeakyReLU(0.5)(np.array([-1.0, 2.0])).numpy()
        array([-0.5,  2. ], dtype=float32)
    """

    supports_masking = True

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any):
        super().__init__(**kwargs)
        _check_not_negative("LeakyReLU", negative_slope=negative_slope)
        self.negative_slope = negative_slope

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.leaky_relu(inputs, negative_slope=self.negative_slope)


class ELU(Layer):
    """The exponential linear unit: `x` where it is positive, `alpha * (exp(x) - 1)` elsewhere.

    Args:
        alpha: scale of the negative part.

    Variables: none.

    Input: float, any shape. Output: the shape of the input.

    Example:
        >>> ELU()(np.array([0.0, 2.0])).numpy()
        array([0., 2.], dtype=float32)
    """

    supports_masking = True

    def __init__(self, alpha: float = 1.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return activations.elu(inputs, alpha=self.alpha)


class PReLU(Layer):
    """The rectified linear unit with a learnt slope below zero: `max(x, 0) + alpha * min(x, 0)`.

    Args:
        alpha_initializer: of the slopes.
        alpha_regularizer: penalty on the slopes.
        alpha_constraint: applied to the slopes after each step.
        shared_axes: axis, or axes, along which the slopes are the same; counted with the batch as axis 0.

    Variables:
        alpha: the shape of an input without the batch, 1 along shared axes; zeros.

    Input: float `[batch, ...]`. Output: the shape of the input.

    Raises:
        ShapeError: if a size is unknown when it is built, or another one later.

    Example:
        >>> PReLU(shared_axes=[1, 2])(np.ones((2, 4, 4, 3))).shape
        (2, 4, 4, 3)

    Source: He et al. 2015, "Delving deep into rectifiers".
    """

    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes and list(shared_axes)

    def build(self, input_shape: Any) -> None:
        """Create the slopes."""
        shape = standardize_shape(input_shape)
        shared = self.shared_axes or ()
        sizes = [1 if axis in shared else size for axis, size in enumerate(shape)][1:]
        if None in sizes:
            raise ShapeError(
                f"{self._description} cannot be built for inputs of shape {list(shape)}.",
                why="it needs a slope for every element of a sample",
                fix="give the sizes in Input(...), or share the slopes along the unknown axes by shared_axes",
            )
        self.alpha = self.add_weight(
            name="alpha",
            shape=sizes,
            initializer=self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )
        own = {axis: size for axis, size in enumerate(shape) if axis and axis not in shared}
        self.input_spec = InputSpec(ndim=len(shape), axes=own)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Apply the function."""
        return ops.subtract(ops.relu(inputs), ops.multiply(self.alpha, ops.relu(ops.negative(inputs))))


class Softmax(Layer):
    """Positive numbers that add up to one along an axis.

    Args:
        axis: axis, or axes, along which they add up to one.

    Variables: none.

    Input: float, any shape; optionally `mask`, bool that can be broadcast to it: where it is false, the output is 0.
    Output: the shape of the input.

    Example:
        >>> Softmax()(np.array([[1.0, 1.0, 5.0]]), mask=np.array([[True, True, False]])).numpy()
        array([[0.5, 0.5, 0. ]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, axis: Any = -1, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = axis

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Apply the function."""
        axis = tuple(self.axis) if isinstance(self.axis, (list, tuple)) else self.axis
        return masked_softmax(inputs, self._fitting(mask, inputs), axis)

    def _fitting(self, mask: Any, inputs: Any) -> Any:
        """Return the mask with the rank of the inputs; none if it says nothing about what competes in the softmax."""
        if mask is None or len(mask.shape) >= len(inputs.shape):
            return mask
        rank = len(inputs.shape)
        axes = [each % rank for each in (self.axis if isinstance(self.axis, (list, tuple)) else [self.axis])]
        if all(axis >= len(mask.shape) for axis in axes):
            return None
        return ops.expand_dims(mask, tuple(range(len(mask.shape), rank)))
