"""The two tensors: `Tensor` holds values, `SymbolicTensor` stands for values that are not there yet.

Floor 4. Neither holds a graph or a gradient: a SymbolicTensor points to the node that makes it, and nothing points
back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import PlaceholderError, ShapeError
from ..typing import Shape
from .advice import instead_of
from .display import values_html
from .operators import OPERATORS, Operators
from .source import source_text, user_line
from .spec import TensorSpec, size_of

if TYPE_CHECKING:
    from .node import Node

__all__ = ["SymbolicTensor", "Tensor"]


class Tensor(Operators):
    """A concrete value: a NumPy array that can be recorded on a tape.

    It speaks NumPy: operators, methods and NumPy's own functions work on it and give Tensors again. It does not change
    in place.

    Args:
        value: what NumPy can make an array of. The array is shared, not copied.

    Attributes:
        mask: bool tensor that says which positions along the leading axes are real and which are padding, or `None`.

    Example:
        >>> t = Tensor(np.arange(3.0))
        >>> np.sum(t * 2).numpy()
        array(6.)
    """

    __slots__ = ("__weakref__", "_live", "_value", "mask")

    mask: Tensor | None

    def __init__(self, value: Any):
        if isinstance(value, Tensor):
            value = value._value
        self._value: np.ndarray[Any, Any] = np.asarray(value)
        self.mask = None
        # Whether it was computed from a Variable: then a graph must not freeze it.
        self._live = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self._value.shape  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self._value.dtype  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._value.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._value.size

    @property
    def spec(self) -> TensorSpec:
        """Shape and dtype."""
        return TensorSpec.of(self._value.shape, self._value.dtype)

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return the values as an array, which must not be changed in place."""
        return self._value

    def item(self) -> Any:
        """Return the only element as a Python number."""
        return self._value.item()

    def tolist(self) -> Any:
        """Return the values as nested lists of Python numbers."""
        return self._value.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        if dtype is not None and dtype != self._value.dtype:
            return self._value.astype(dtype)
        return self._value.copy() if copy else self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __int__(self) -> int:
        return int(self._value)

    def __float__(self) -> float:
        return float(self._value)

    def __index__(self) -> int:
        return self._value.__index__()

    def __len__(self) -> int:
        return len(self._value)

    def __iter__(self) -> Iterator[Any]:
        if not self._value.ndim:
            raise ShapeError("A tensor of rank 0 cannot be iterated over.", fix="use float(x) or int(x)")
        return (OPERATORS["getitem"](self, index) for index in range(self._value.shape[0]))

    def __format__(self, how: str) -> str:
        return format(self._value.item(), how) if how and not self._value.ndim else format(str(self), how)

    def __repr__(self) -> str:
        return f"<Tensor {self.spec}\n{self._value!r}>"

    def _repr_html_(self) -> str:
        return values_html("Tensor", str(self.spec), self._value)

    def __str__(self) -> str:
        return str(self._value)

    def __copy__(self) -> Tensor:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        return wrap(self._value.copy(), self.mask, self._live)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self._value, self.mask, self._live)


def _rebuilt(value: np.ndarray[Any, Any], mask: Tensor | None, live: bool) -> Tensor:
    """Make a Tensor of an array that pickle made: with NumPy's one object for the dtype, which is compared first."""
    return wrap(value.view(np.dtype(value.dtype.str)), mask, live)


_Array, _new = np.ndarray, Tensor.__new__


def wrap(value: Any, mask: Tensor | None = None, live: bool = False) -> Tensor:
    """Make a Tensor of an array at the least cost. NumPy returns scalars from full reductions: they become rank 0."""
    tensor = _new(Tensor)
    tensor._value = value if type(value) is _Array else np.asarray(value)
    tensor.mask = mask
    tensor._live = live
    return tensor


class SymbolicTensor(Operators):
    """A placeholder: what a recorded call will return.

    It has a spec, and computing with it records. It has no value: asking for one raises an error that names your line.

    Args:
        node: the recorded call.
        index: which of its outputs.

    Attributes:
        mask: symbolic bool tensor that says which positions along the leading axes are real, or `None`.

    Example:
        >>> x = hybrid.Input((3,))
        >>> np.tanh(x) + 1
        <SymbolicTensor float32 [None, 3], made by add>
    """

    __slots__ = ("__weakref__", "index", "mask", "node", "spec")

    mask: Any

    def __init__(self, node: Node, index: int = 0):
        self.node = node
        self.index = index
        self.spec: TensorSpec = node.specs[index]
        self.mask = None

    @property
    def shape(self) -> Shape:
        """Sizes of the axes, `None` where a size is not known yet."""
        return self.spec.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.spec.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.spec.shape)

    @property
    def size(self) -> int | None:
        """Number of elements, `None` if it is not known."""
        return size_of(self.spec.shape)

    @property
    def name(self) -> str:
        """Name of the operation that makes it."""
        return self.node.operation.name

    def _has_no_value(self, attempt: str) -> PlaceholderError:
        place = user_line()
        text = source_text(place)
        return PlaceholderError(
            f"{attempt} needs a value, but a symbolic tensor ({self.spec}) has none.",
            where=f"{place}" + (f": {text}" if text else "") + f"; the tensor is made by '{self.node.operation.name}'",
            why="the code is being recorded: it runs once for all values, so it cannot depend on one",
            fix=instead_of(attempt, text, is_single=self.spec.shape == ()),
        )

    def __bool__(self) -> bool:
        raise self._has_no_value("bool()")

    def __int__(self) -> int:
        raise self._has_no_value("int()")

    def __float__(self) -> float:
        raise self._has_no_value("float()")

    def __index__(self) -> int:
        raise self._has_no_value("Using it as an index or in range()")

    def __len__(self) -> int:
        size = self.spec.shape[0] if self.spec.shape else None
        if size is None:
            raise self._has_no_value("len()")
        return size

    def __iter__(self) -> Iterator[Any]:
        size = self.spec.shape[0] if self.spec.shape else None
        if size is None:
            raise self._has_no_value("Iterating over an axis of unknown size")
        return (OPERATORS["getitem"](self, index) for index in range(size))

    def __contains__(self, element: Any) -> bool:
        raise self._has_no_value("The operator 'in'")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        raise self._has_no_value("Making a NumPy array of it")

    def numpy(self) -> np.ndarray[Any, Any]:
        """Raise: a symbolic tensor has no values.

        Raises:
            PlaceholderError: always.
        """
        raise self._has_no_value("numpy()")

    def item(self) -> Any:
        """Raise: a symbolic tensor has no values.

        Raises:
            PlaceholderError: always.
        """
        raise self._has_no_value("item()")

    def __repr__(self) -> str:
        return f"<SymbolicTensor {self.spec}, made by {self.node.operation.name}>"

    def __copy__(self) -> SymbolicTensor:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> SymbolicTensor:
        # A handle is not state: the copy of what holds it still refers to the same recorded call.
        return self
