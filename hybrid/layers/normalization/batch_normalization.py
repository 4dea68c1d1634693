"""Normalization by the statistics of a batch.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import constraints, initializers, ops, regularizers
from ...core.spec import standardize_shape
from ...errors import ConfigError
from ...ops.normalization import batch_standardization
from ..base.input_spec import InputSpec
from ..base.layer import Layer
from .vectors import add_vector, axes_of, known_sizes

__all__ = ["BatchNormalization"]


class BatchNormalization(Layer):
    """Give every feature mean 0 and variance 1 over the batch, then scale and shift it.

    In training the statistics of the batch are used, and moving means of them are kept; in inference, or while the
    layer is frozen (`trainable = False`), the moving means are used. Masked steps do not count.

    Args:
        axis: of the features.
        momentum: of the moving means, between 0 and 1: they change by `1 - momentum` of the difference.
        epsilon: added to the variance.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer: of the offset.
        gamma_initializer: of the scale.
        moving_mean_initializer: of the moving mean.
        moving_variance_initializer: of the moving variance.
        beta_regularizer: penalty on the offset.
        gamma_regularizer: penalty on the scale.
        beta_constraint: applied to the offset after each step.
        gamma_constraint: applied to the scale after each step.
        synchronized: accepted for Keras's sake; there is one device, so it changes nothing.

    Variables:
        gamma: `[features]`, ones; with `scale`.
        beta: `[features]`, zeros; with `center`.
        moving_mean: `[features]`, zeros, not trainable.
        moving_variance: `[features]`, ones, not trainable.

    Input: float `[batch, ...]`, of rank 2 at least. Output: the shape of the input.

    Raises:
        ConfigError: if the axis is no int, or the batch's.
        ShapeError: if the number of features is unknown when it is built, or another one later.

    Example:
        >>> BatchNormalization(epsilon=0)(np.array([[1.0], [3.0]]), training=True).numpy()
        array([[-1.],
               [ 1.]], dtype=float32)

    Source: Ioffe and Szegedy 2015, "Batch normalization".
    """

    supports_masking = True
    moving_mean: Any
    moving_variance: Any

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        synchronized: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        if isinstance(axis, (list, tuple)) and len(axis) == 1:
            axis = axis[0]
        if not isinstance(axis, int) or axis == 0:
            raise ConfigError(
                f"BatchNormalization cannot have its features on axis {axis!r}.",
                why="axis 0 is the batch",
                fix="axis=-1",
            )
        self.axis = axis
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.synchronized = synchronized
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Create scale, offset and moving statistics for the number of features."""
        shape = standardize_shape(input_shape)
        (axis,) = axes_of(self, self.axis, shape)
        sizes = known_sizes(self, shape, (axis,))
        self.gamma = add_vector(self, "gamma", sizes) if self.scale else None
        self.beta = add_vector(self, "beta", sizes) if self.center else None
        for name in ("moving_mean", "moving_variance"):
            initializer = getattr(self, f"{name}_initializer")
            setattr(self, name, self.add_weight(name=name, shape=sizes, initializer=initializer, trainable=False))
        self.input_spec = InputSpec(ndim=len(shape), axes={axis: sizes[0]})
        self.built = True

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalize the inputs; in training, move the statistics."""
        vectors: Any = {"offset": self.beta, "scale": self.gamma, "epsilon": self.epsilon}
        if not (training and self.trainable):
            return ops.batch_normalization(inputs, self.moving_mean, self.moving_variance, self.axis, **vectors)
        if mask is None:
            outputs, mean, variance = batch_standardization(inputs, self.axis, **vectors)
        else:
            mean, variance = self._statistics(inputs, mask)
            outputs = ops.batch_normalization(inputs, mean, variance, self.axis, **vectors)
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            kept = ops.multiply(moving, self.momentum)
            now = ops.cast(ops.stop_gradient(now), moving.dtype)
            moving.assign(ops.add(kept, ops.multiply(now, 1.0 - self.momentum)))
        return outputs

    def _statistics(self, inputs: Any, mask: Any) -> tuple[Any, Any]:
        rank = len(inputs.shape)
        axes = tuple(axis for axis in range(rank) if axis != self.axis % rank)
        missing = tuple(range(len(mask.shape), rank))
        weights = ops.cast(ops.expand_dims(mask, missing) if missing else mask, inputs.dtype)
        # Every element counts as often as the mask is broadcast over it.
        weights = ops.multiply(ops.ones_like(inputs), weights)
        total = ops.maximum(ops.sum(weights, axis=axes, keepdims=True), 1.0)
        mean = ops.divide(ops.sum(ops.multiply(inputs, weights), axis=axes, keepdims=True), total)
        squares = ops.multiply(ops.square(ops.subtract(inputs, mean)), weights)
        variance = ops.divide(ops.sum(squares, axis=axes, keepdims=True), total)
        return ops.squeeze(mean, axes), ops.squeeze(variance, axes)
