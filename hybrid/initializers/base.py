"""What every initializer is: a described function from a shape to values.

Floor 6.
"""

from __future__ import annotations

from typing import Any

from ..configurable import Configurable
from ..typing import DTypeLike

__all__ = ["Initializer"]


class Initializer(Configurable):
    """Base of initializers. Subclasses define `__call__(shape, dtype=None)`.

    Example:
        >>> class Halves(Initializer):
        ...     def __call__(self, shape, dtype=None):
        ...         return np.full(shape, 0.5)
        >>> hybrid.Variable(Halves(), shape=(2,)).numpy()
        array([0.5, 0.5], dtype=float32)
    """

    def __call__(self, shape: Any, dtype: DTypeLike = None) -> Any:
        """Return initial values of a shape and dtype."""
        raise NotImplementedError(f"{type(self).__name__} must define __call__(self, shape, dtype=None)")

    def clone(self) -> Initializer:
        """Return an equal initializer."""
        return type(self).from_config(self.get_config())
