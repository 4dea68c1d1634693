"""The bases of the pooling layers.

Floor 8. Windows of 1, 2 and 3 spatial axes, and of everything.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ...config import standardize_data_format
from ...ops.windows import per_axis, standardize_padding
from ..base.input_spec import InputSpec
from ..base.layer import Layer

__all__: list[str] = []


class Pooling(Layer):
    """Slide a window; subclasses say over how many axes, and what is done in it."""

    _rank = 0

    def __init__(
        self, pool_size: Any, strides: Any = None, padding: str = "valid", data_format: str | None = None, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.pool_size = per_axis(pool_size, self._rank, "pool_size")
        self.strides = self.pool_size if strides is None else per_axis(strides, self._rank, "strides")
        self.padding = standardize_padding(padding)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def _options(self) -> dict[str, Any]:
        return {"strides": self.strides, "padding": self.padding, "data_format": self.data_format}


class MaxPooling(Pooling):
    """The greatest element of each window."""

    def call(self, inputs: Any) -> Any:
        """Pool the inputs."""
        return ops.max_pool(inputs, self.pool_size, **self._options())


class AveragePooling(Pooling):
    """The mean of each window."""

    def call(self, inputs: Any) -> Any:
        """Pool the inputs."""
        return ops.average_pool(inputs, self.pool_size, **self._options())


class GlobalPooling(Layer):
    """One value of all places; subclasses say over how many axes, and which value."""

    _rank = 0

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def _axes(self) -> tuple[int, ...]:
        first = 1 if self.data_format == "channels_last" else 2
        return tuple(range(first, first + self._rank))


class GlobalMaxPooling(GlobalPooling):
    """The greatest element."""

    def call(self, inputs: Any) -> Any:
        """Pool the inputs."""
        return ops.max(inputs, axis=self._axes(), keepdims=self.keepdims)


class GlobalAveragePooling(GlobalPooling):
    """The mean."""

    def call(self, inputs: Any) -> Any:
        """Pool the inputs."""
        return ops.mean(inputs, axis=self._axes(), keepdims=self.keepdims)
