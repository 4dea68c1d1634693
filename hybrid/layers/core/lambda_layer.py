"""A function as a layer.

Floor 8.
"""

from __future__ import annotations

import inspect
from typing import Any

from ...errors import ConfigError
from ..base.layer import Layer

__all__ = ["Lambda"]


class Lambda(Layer):
    """Call a function.

    Its body must be made of operations that record. A function that needs values (one that calls what is not supported,
    say) must state its `output_shape`; it then runs eagerly wherever the layer is used. A model with it can be saved if
    the function is registered.

    Args:
        function: takes the inputs, and `mask` and `training` if it has parameters of these names.
        output_shape: sizes of the output without the batch, or a function of the shape of the input to the whole shape.
        mask: the mask of the output, or a function `(inputs, mask)` to it; none by default.
        arguments: dict of further keyword arguments.

    Variables: none.

    Input: anything the function takes. Output: what it returns.

    Raises:
        ConfigError: if `function` cannot be called.

    Example:
        >>> Lambda(lambda x: x**2)(np.array([2.0, 3.0])).numpy()
        array([4., 9.], dtype=float32)
    """

    supports_masking = True

    def __init__(self, function: Any, output_shape: Any = None, mask: Any = None, arguments: Any = None, **kwargs: Any):
        super().__init__(**kwargs)
        if not callable(function):
            raise ConfigError(f"Lambda needs a function, not {function!r}.", fix="Lambda(lambda x: x**2)")
        self.function = function
        self.arguments = dict(arguments or {})
        self._stated_shape = output_shape
        self.mask = mask
        self._takes = [name for name in ("mask", "training") if name in inspect.signature(function).parameters]

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        """Call the function."""
        given = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{name: given[name] for name in self._takes})

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the stated mask."""
        return self.mask(inputs, previous_mask) if callable(self.mask) else self.mask

    def _states_output(self) -> bool:
        return self._stated_shape is not None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the stated shape, or what the function says when it is called on a placeholder."""
        if self._stated_shape is None:
            return super().compute_output_shape(input_shape)
        if callable(self._stated_shape):
            return self._stated_shape(input_shape)
        first = input_shape if not input_shape or not isinstance(input_shape[0], (tuple, list)) else input_shape[0]
        return (first[0], *self._stated_shape)
