"""Layers that rearrange elements and keep their number: `Flatten`, `Reshape`, `Permute`, and `RepeatVector`.

Floor 8. The batch stays what it is.
"""

from __future__ import annotations

import math
from typing import Any

from ... import ops
from ...config import standardize_data_format
from ...errors import ConfigError, ShapeError
from ..base.input_spec import InputSpec
from ..base.layer import Layer

__all__ = ["Flatten", "Permute", "RepeatVector", "Reshape"]


class Flatten(Layer):
    """Put all elements of a sample in a row.

    Args:
        data_format: `"channels_last"` or `"channels_first"`: the order of the elements is always that of channels_last.
            That of `hybrid.config` by default.

    Variables: none.

    Input: `[batch, ...]`. Output: `[batch, elements]`.

    Example:
        >>> Flatten()(np.ones((2, 3, 4))).shape
        (2, 12)
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """Reshape the inputs."""
        rank = len(inputs.shape)
        if self.data_format == "channels_first" and rank > 2:
            inputs = ops.transpose(inputs, (0, *range(2, rank), 1))
        sizes = inputs.shape
        if None in sizes:
            sizes = ops.shape(inputs)
        return ops.reshape(inputs, (sizes[0], math.prod(sizes[1:])))


class Reshape(Layer):
    """Give samples another shape.

    Args:
        target_shape: sizes without the batch; one of them may be -1: as many as are left.

    Variables: none.

    Input: `[batch, ...]`. Output: `[batch, *target_shape]`.

    Raises:
        ConfigError: if more than one size is -1.
        ShapeError: if a sample has another number of elements.

    Example:
        >>> Reshape((-1, 2))(np.ones((2, 6))).shape
        (2, 3, 2)
    """

    def __init__(self, target_shape: Any, **kwargs: Any):
        super().__init__(**kwargs)
        target_shape = (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        if sum(size == -1 for size in target_shape) > 1 or any(size is None or size < -1 for size in target_shape):
            raise ConfigError(
                f"Reshape cannot make the shape {target_shape}.",
                fix="give sizes ≥ 0; one of them may be -1: it is computed from the others",
            )
        self.target_shape = target_shape
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs: Any) -> Any:
        """Reshape the inputs."""
        sizes = list(inputs.shape[1:])
        target = list(self.target_shape)
        if None not in sizes:
            rest, known = math.prod(sizes), math.prod(size for size in target if size != -1)
            if (rest != known) if -1 not in target else (known == 0 or rest % known != 0):
                raise ShapeError(
                    f"{self._description} cannot make samples of shape {sizes} into {target}.",
                    why=f"a sample has {rest} elements",
                    fix="choose a target_shape with as many, or let one size be -1",
                )
            target = [rest // known if size == -1 else size for size in target]
        return ops.reshape(inputs, (ops.shape(inputs)[0], *target))


class Permute(Layer):
    """Put the axes of a sample in another order.

    Args:
        dims: for every axis of the output the axis of the input, counted from 1: the batch is axis 0 and stays.

    Variables: none.

    Input: `[batch, ...]`. Output: the same axes in another order.

    Raises:
        ConfigError: if `dims` does not name every axis once.
        ShapeError: if the input has another rank.

    Example:
        >>> Permute((2, 1))(np.ones((2, 3, 4))).shape
        (2, 4, 3)
    """

    def __init__(self, dims: Any, **kwargs: Any):
        super().__init__(**kwargs)
        dims = tuple(dims)
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ConfigError(
                f"Permute received dims={dims}, which is no order of axes.",
                why="every axis from 1 on must be named once; the batch is axis 0 and stays",
                fix=f"use the numbers 1 to {len(dims)}",
            )
        self.dims = dims
        self.input_spec = InputSpec(ndim=len(dims) + 1)

    def call(self, inputs: Any) -> Any:
        """Transpose the inputs."""
        return ops.transpose(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """Repeat a vector along a new axis.

    Args:
        n: how often.

    Variables: none.

    Input: `[batch, features]`. Output: `[batch, n, features]`.

    Raises:
        ConfigError: if `n` is no positive integer.

    Example:
        >>> RepeatVector(3)(np.ones((2, 4))).shape
        (2, 3, 4)
    """

    def __init__(self, n: int, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(n, int) or n < 1:
            raise ConfigError(f"RepeatVector needs a positive integer, not {n!r}.", fix="RepeatVector(3)")
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs: Any) -> Any:
        """Repeat the inputs."""
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)
