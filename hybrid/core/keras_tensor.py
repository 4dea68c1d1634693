"""`KerasTensor`: the name under which Keras code knows placeholders, and makes them of a shape and a dtype.

Floor 4. Knows nothing but placeholders.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .node import placeholder
from .spec import TensorSpec
from .tensor import SymbolicTensor

__all__ = ["KerasTensor"]


class _AsSymbolicTensor(type):
    """Makes `isinstance` and `issubclass` answer what they answer for `SymbolicTensor`."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, SymbolicTensor)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, SymbolicTensor)


class KerasTensor(metaclass=_AsSymbolicTensor):
    """Another name of `SymbolicTensor`, which makes one of a shape and a dtype.

    A `compute_output_spec` that is written for Keras returns such tensors.

    Args:
        shape: sizes of the axes, `None` where a size is not known.
        dtype: type of the elements.
        name: of the tensor.

    Returns:
        a `SymbolicTensor` that no operation made.

    Example:
        >>> tensor = hybrid.KerasTensor((None, 3), dtype="int32")
        >>> tensor.shape, str(tensor.dtype), isinstance(hybrid.Input((3,)), hybrid.KerasTensor)
        ((None, 3), 'int32', True)
    """

    def __new__(cls, shape: Iterable[int | None], dtype: Any = "float32", name: str | None = None) -> Any:
        return placeholder(TensorSpec(shape, dtype, name))
