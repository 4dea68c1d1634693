"""Normalization of every sample by itself: over some axes, or over groups of channels.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.spec import standardize_shape
from ...errors import ConfigError, ShapeError
from ..base.input_spec import InputSpec
from ..base.layer import Layer
from .vectors import add_vector, axes_of, known_sizes, store_vector_arguments

__all__ = ["GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"]


class LayerNormalization(Layer):
    """Give every sample mean 0 and variance 1 over some axes, then scale and shift it.

    Args:
        axis: axis, or axes, to normalize over.
        epsilon: added to the variance.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer: of the offset.
        gamma_initializer: of the scale.
        beta_regularizer: penalty on the offset.
        gamma_regularizer: penalty on the scale.
        beta_constraint: applied to the offset after each step.
        gamma_constraint: applied to the scale after each step.
        rms_scaling: whether the inputs are divided by the root of their mean square only, and multiplied by `gamma`.

    Variables:
        gamma: sizes of the axes, ones; with `scale`.
        beta: sizes of the axes, zeros; with `center`.

    Input: float `[batch, ...]`. Output: the shape of the input.

    Raises:
        ShapeError: if the size of an axis is unknown when it is built, or another one later.

    Example:
        >>> LayerNormalization(epsilon=0)(np.array([[1.0, 3.0]])).numpy()
        array([[-1.,  1.]], dtype=float32)

    Source: Ba et al. 2016, "Layer normalization".
    """

    supports_masking = True

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        rms_scaling: bool = False,
        **kwargs: Any,
    ):
        arguments = dict(locals())
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else [axis]
        self.epsilon = epsilon
        self.center = center and not rms_scaling
        self.scale = scale
        store_vector_arguments(self, arguments, "beta", "gamma")
        self.rms_scaling = rms_scaling

    def build(self, input_shape: Any) -> None:
        """Create scale and offset for the sizes of the axes."""
        shape = standardize_shape(input_shape)
        axes = sorted(axes_of(self, self.axis, shape))
        sizes = known_sizes(self, shape, axes)
        self.gamma = add_vector(self, "gamma", sizes) if self.scale or self.rms_scaling else None
        self.beta = add_vector(self, "beta", sizes) if self.center else None
        self.input_spec = InputSpec(ndim=len(shape), axes=dict(zip(axes, sizes, strict=True)))
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Normalize the inputs."""
        axes = sorted(axes_of(self, self.axis, inputs.shape))
        if self.rms_scaling:
            return ops.rms_normalization(inputs, self.gamma, axis=axes, epsilon=self.epsilon)
        return ops.layer_normalization(inputs, self.gamma, self.beta, axis=axes, epsilon=self.epsilon)


class RMSNormalization(Layer):
    """Divide every sample by the root of the mean of its squares over some axes, then scale it.

    Args:
        axis: axis, or axes, to normalize over.
        epsilon: added to the mean of the squares.

    Variables:
        scale: sizes of the axes, ones.

    Input: float `[batch, ...]`. Output: the shape of the input.

    Raises:
        ShapeError: if the size of an axis is unknown when it is built, or another one later.

    Example:
        >>> RMSNormalization(epsilon=0)(np.array([[3.0, -3.0]])).numpy()
        array([[ 1., -1.]], dtype=float32)

    Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization".
    """

    supports_masking = True

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any):
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else [axis]
        self.epsilon = epsilon

    def build(self, input_shape: Any) -> None:
        """Create the scale for the sizes of the axes."""
        shape = standardize_shape(input_shape)
        axes = sorted(axes_of(self, self.axis, shape))
        sizes = known_sizes(self, shape, axes)
        self.scale = self.add_weight(name="scale", shape=sizes, initializer="ones")
        self.input_spec = InputSpec(ndim=len(shape), axes=dict(zip(axes, sizes, strict=True)))
        self.built = True

    def call(self, inputs: Any) -> Any:
        """Normalize the inputs."""
        axes = sorted(axes_of(self, self.axis, inputs.shape))
        return ops.rms_normalization(inputs, self.scale, axis=axes, epsilon=self.epsilon)


class GroupNormalization(Layer):
    """Give every group of channels of a sample mean 0 and variance 1, then scale and shift the channels.

    Args:
        groups: their number, which divides that of the channels; -1 for as many groups as channels.
        axis: of the channels.
        epsilon: added to the variance.
        center: whether `beta` is added.
        scale: whether `gamma` is multiplied.
        beta_initializer: of the offset.
        gamma_initializer: of the scale.
        beta_regularizer: penalty on the offset.
        gamma_regularizer: penalty on the scale.
        beta_constraint: applied to the offset after each step.
        gamma_constraint: applied to the scale after each step.

    Variables:
        gamma: `[channels]`, ones; with `scale`.
        beta: `[channels]`, zeros; with `center`.

    Input: float `[batch, ...]`, of rank 2 at least. Output: the shape of the input.

    Raises:
        ConfigError: if the number of groups is no positive integer or -1, or the axis is the batch's.
        ShapeError: if the number of channels is unknown when it is built, or not divisible.

    Example:
        >>> GroupNormalization(groups=2)(np.ones((2, 5, 4))).shape
        (2, 5, 4)

    Source: Wu and He 2018, "Group normalization".
    """

    supports_masking = True

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ):
        arguments = dict(locals())
        super().__init__(**kwargs)
        if not isinstance(groups, int) or (groups < 1 and groups != -1):
            raise ConfigError(f"GroupNormalization cannot make {groups!r} groups.", fix="groups=8, for example")
        if not isinstance(axis, int) or axis == 0:
            raise ConfigError(f"GroupNormalization cannot have its channels on axis {axis!r}.", fix="axis=-1")
        self.groups = groups
        self.axis = axis
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        store_vector_arguments(self, arguments, "beta", "gamma")
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Any) -> None:
        """Create scale and offset for the number of channels."""
        shape = standardize_shape(input_shape)
        axes = axes_of(self, self.axis, shape)
        (channels,) = known_sizes(self, shape, axes)
        if channels % self._groups(channels):
            raise ShapeError(
                f"{self._description} cannot divide {channels} channels into {self.groups} groups.",
                fix="choose a number of groups that divides the number of channels",
            )
        self.gamma = add_vector(self, "gamma", (channels,)) if self.scale else None
        self.beta = add_vector(self, "beta", (channels,)) if self.center else None
        self.input_spec = InputSpec(ndim=len(shape), axes={axes[0]: channels})
        self._channels = channels
        self.built = True

    def _groups(self, channels: int) -> int:
        return channels if self.groups == -1 else self.groups

    def call(self, inputs: Any) -> Any:
        """Normalize the inputs."""
        shape, rank = ops.shape(inputs), len(inputs.shape)
        axis = self.axis % rank
        channels = self._channels
        groups = self._groups(channels)
        grouped = ops.reshape(inputs, (*shape[:axis], groups, channels // groups, *shape[axis + 1 :]))
        axes = [each for each in range(1, rank + 1) if each != axis]
        normalized = ops.reshape(ops.layer_normalization(grouped, axis=axes, epsilon=self.epsilon), shape)
        broadcast = tuple(-1 if each == axis else 1 for each in range(rank))
        if self.gamma is not None:
            normalized = ops.multiply(normalized, ops.reshape(self.gamma, broadcast))
        return normalized if self.beta is None else ops.add(normalized, ops.reshape(self.beta, broadcast))


class UnitNormalization(Layer):
    """Divide vectors by their length.

    Args:
        axis: axis, or axes, along which the vectors lie.

    Variables: none.

    Input: float, any shape. Output: the shape of the input.

    Raises:
        ConfigError: if `axis` is neither an int nor a list of ints.

    Example:
        >>> UnitNormalization()(np.array([[3.0, 4.0]])).numpy()
        array([[0.6, 0.8]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, axis: Any = -1, **kwargs: Any):
        super().__init__(**kwargs)
        axes = axis if isinstance(axis, (list, tuple)) else [axis]
        if not axes or not all(isinstance(each, int) for each in axes):
            raise ConfigError(f"UnitNormalization cannot normalize along axis {axis!r}.", fix="axis=-1")
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis

    def call(self, inputs: Any) -> Any:
        """Normalize the inputs."""
        return ops.normalize(inputs, axis=axes_of(self, self.axis, inputs.shape), order=2, epsilon=1e-6)
