"""Variables: state that a layer owns.

Floor 4. A Variable is a tensor whose value can be assigned. Its value is never changed in place: an assignment puts a
new array in the place of the old, so that a tape that has seen the old one stays right.
"""

from __future__ import annotations

import copy
import math
import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import PlaceholderError, ShapeError, WeightMismatchError
from ..typing import DTypeLike
from .context import SCOPE, outside
from .display import values_html
from .dtypes import standardize_dtype
from .operators import OPERATORS, Operators
from .replaced import array_of, freed
from .source import user_line
from .spec import TensorSpec, standardize_shape
from .tensor import SymbolicTensor, Tensor, wrap

__all__ = ["Variable"]


class Variable(Operators):
    """State that can be read like a tensor and assigned: a weight, a counter, an optimizer slot, a seed.

    Args:
        initializer: the initial value, or a function `(shape, dtype) -> value`.
        shape: needed with a function.
        dtype: of the value; that of `initializer` by default, the default float for a function.
        trainable: whether tapes watch it and optimizers change it.
        autocast: accepted for Keras's sake.
        aggregation: accepted for Keras's sake.
        name: local name; the last part of `path`.
        regularizer: function of the value to a penalty, added to the loss.
        constraint: function of the value to a legal value, applied after each optimizer step.

    Raises:
        ShapeError: if the initial value does not have the shape.

    Example:
        >>> v = Variable(np.zeros(2), name="v")
        >>> v.assign_add([1.0, 2.0]).numpy()
        array([1., 2.])
    """

    mask = None
    # Gives the present value where somebody else keeps it: a `Column`.
    _held: Callable[[], Tensor] | None = None
    # A lock that programs share which assign it; of this process alone, never copied.
    _turn: Any = None

    def __init__(
        self,
        initializer: Any,
        shape: Any = None,
        dtype: DTypeLike = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        name: str | None = None,
        *,
        regularizer: Callable[..., Any] | None = None,
        constraint: Callable[..., Any] | None = None,
    ):
        self.name = name or "variable"
        self.trainable = bool(trainable)
        # Whether freezing and unfreezing its layer concerns it: moving statistics are never trained.
        self.born_trainable = bool(trainable)
        self.autocast = autocast
        self.aggregation = aggregation
        self.regularizer = regularizer
        self.constraint = constraint
        self.initializer = initializer if callable(initializer) else None
        self._owner: weakref.ref[Any] | None = None
        self._later = _later(initializer, shape, dtype, self.name)
        if self._later is None:
            array = _initial_array(initializer, shape, dtype, self.name)
            self._tensor = wrap(array, None, True)
            self.spec = TensorSpec.of(array.shape, array.dtype)
        else:
            self.spec = TensorSpec.of(standardize_shape(shape), standardize_dtype(dtype))

    # Hidden from type checkers, for which it would mean that a Variable has any attribute. Found by Python only where
    # there is no value yet, so that reading one costs nothing more than before.
    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Draw the initial value when it is first read: what is loaded or assigned before that is never drawn.

            A value that is held elsewhere is asked for at every read, and not kept: the next one may be another.
            """
            if name != "_tensor":
                raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
            held, later = self._held, self._later
            if held is not None:
                return held()
            if later is not None:
                with outside():
                    value = wrap(later().numpy(), None, True)
                # Another thread may have drawn the same, or assigned something else, meanwhile.
                self.__dict__.setdefault("_tensor", value)
                self._later = None
            return self.__dict__["_tensor"]

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the axes."""
        return self.spec.shape  # type: ignore[return-value]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the elements."""
        return self.spec.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.spec.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def path(self) -> str:
        """Path of the owner and local name, as `model/dense/kernel`."""
        owner = self._owner() if self._owner is not None else None
        return f"{owner.path}/{self.name}" if owner is not None else self.name

    def _own(self, owner: Any) -> None:
        if self._owner is None or self._owner() is None:
            self._owner = weakref.ref(owner)

    @property
    def value(self) -> Any:
        """The current value as a tensor (inside a trace: what stands for it)."""
        return OPERATORS["read"](self)

    def current(self) -> Any:
        """Return the value in the present state scope without recording or watching anything."""
        state = SCOPE.get().state
        standing_in = state.get(self) if state is not None else None
        return self._tensor if standing_in is None else standing_in

    def assign(self, value: Any) -> Any:
        """Replace the value.

        Args:
            value: tensor or array of the same shape; cast to the dtype of the variable.

        Returns:
            the new value as a tensor.

        Raises:
            WeightMismatchError: if the shapes differ; the variable keeps its value.
            PlaceholderError: if the value is symbolic and no trace is active.
        """
        scope = SCOPE.get()
        symbolic = type(value) is SymbolicTensor
        if symbolic and scope.state is None:
            raise PlaceholderError(
                f"Variable '{self.path}' cannot be assigned a symbolic tensor.",
                where=str(user_line()),
                why="while a functional model is being put together there is no value to assign",
                fix="assign in the call of a layer, and call that layer on the symbolic tensor",
            )
        if type(value) is Variable:
            value = value.value
        if not symbolic and not isinstance(value, (Tensor, SymbolicTensor)):
            value = np.asarray(value)
        self._check(tuple(value.shape))
        if isinstance(value, (Tensor, SymbolicTensor)) and value.dtype != self.spec.dtype:
            value = OPERATORS["cast"](value, self.spec.dtype)
        if scope.state is not None:
            new = value if isinstance(value, (Tensor, SymbolicTensor)) else wrap(np.array(value, self.spec.dtype))
            scope.state.set(self, new)
            return new
        array = value._value if type(value) is Tensor else value
        new = wrap(np.array(array, dtype=self.spec.dtype), None, True)
        self._set_tensor(new)
        return new

    def _set_array(self, array: np.ndarray[Any, Any]) -> None:
        """Take an array of the right shape and dtype, without a copy; for callers that hand over a fresh one."""
        self._tensor = wrap(array, None, True)
        self._later = self._held = None

    def _set_tensor(self, tensor: Tensor) -> None:
        self._tensor = tensor
        self._later = self._held = None

    def _exchange(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any] | None:
        """Take an array as `_set_array` does; return the one that it replaces if nobody can see that any more."""
        box = [self._tensor]
        self._set_tensor(wrap(array, None, True))
        return freed(array_of(box))

    def _check(self, shape: tuple[Any, ...]) -> None:
        mine = self.spec.shape
        fits = len(shape) == len(mine) and all(a is None or a == b for a, b in zip(shape, mine, strict=True))
        if not fits:
            raise WeightMismatchError(
                f"Variable '{self.path}' has shape {list(mine)} and cannot take a value of shape {list(shape)}.",
                where=str(user_line()),
                why="a variable keeps its shape for life",
                fix=f"assign a value of shape {list(mine)}",
            )

    def assign_add(self, value: Any) -> Any:
        """Add to the value; as `assign(self + value)`."""
        return self.assign(OPERATORS["add"](self, value))

    def assign_sub(self, value: Any) -> Any:
        """Subtract from the value; as `assign(self - value)`."""
        return self.assign(OPERATORS["subtract"](self, value))

    def numpy(self) -> np.ndarray[Any, Any]:
        """Return a copy of the values as an array.

        Raises:
            PlaceholderError: inside a trace, where the value is symbolic.
        """
        return np.array(self._known().numpy())

    def item(self) -> Any:
        """Return the only element as a Python number."""
        return self._known().item()

    def tolist(self) -> Any:
        """Return the values as nested lists of Python numbers."""
        return self._known().tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return np.asarray(self.numpy(), dtype=dtype)

    def _known(self) -> Any:
        """Return what stands for the value where an array is made of it: symbolic where a trace hides values."""
        trace = SCOPE.get().trace
        return self.value if trace is not None and trace.hides_values else self.current()

    def _number(self) -> Any:
        """Return what stands for the value where a Python number is made of it, which no tape can follow."""
        return self.current() if SCOPE.get().trace is None else self.value

    def __bool__(self) -> bool:
        return bool(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __float__(self) -> float:
        return float(self._number())

    def __index__(self) -> int:
        return self._number().__index__()  # type: ignore[no-any-return]

    def __len__(self) -> int:
        return len(self._tensor)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value)

    def __repr__(self) -> str:
        return f"<Variable {self.path}, {self.spec}{'' if self.trainable else ', not trainable'}>"

    def _repr_html_(self) -> str:
        facts = f"{self.path}, {self.spec}{'' if self.trainable else ', not trainable'}"
        now = self.current()
        return values_html("Variable", facts, now.numpy() if type(now) is Tensor else None)

    def __getstate__(self) -> dict[str, Any]:
        # The owner finds its variables again by itself; a weak reference cannot be pickled.
        mine = {"_tensor": self._tensor, "_later": None, "_held": None, "_owner": None, "_turn": None}
        return {**self.__dict__, **mine}

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        twin = type(self).__new__(type(self))
        memo[id(self)] = twin
        twin.__dict__.update(self.__getstate__())
        twin._tensor = wrap(self._tensor._value.copy(), None, True)
        twin.regularizer = copy.deepcopy(self.regularizer, memo)
        twin.constraint = copy.deepcopy(self.constraint, memo)
        return twin


def _later(initializer: Any, shape: Any, dtype: DTypeLike, name: str) -> Callable[[], Any] | None:
    """Return what will draw the initial value, where the initializer can say that now; not inside a trace."""
    if shape is None or SCOPE.get().trace is not None or not hasattr(initializer, "later"):
        return None
    drawn: Callable[[], Any] | None = initializer.later(_known_shape(shape, name), standardize_dtype(dtype).name)
    return drawn


def _known_shape(shape: Any, name: str) -> tuple[int, ...]:
    wanted = standardize_shape(shape)
    if None in wanted:
        raise ShapeError(
            f"Variable '{name}' cannot have the shape {list(wanted)}.",
            why="the sizes of a variable must be known when it is made",
            fix="give the size of this axis in Input(...) or in the argument that it comes from",
        )
    return wanted  # type: ignore[return-value]


def _initial_array(initializer: Any, shape: Any, dtype: DTypeLike, name: str) -> np.ndarray[Any, Any]:
    if callable(initializer) and not isinstance(initializer, (Tensor, Variable)):
        if shape is None:
            raise ShapeError(f"Variable '{name}' has an initializer function but no shape.", fix="pass shape=...")
        initializer = initializer(_known_shape(shape, name), dtype=standardize_dtype(dtype).name)
        dtype = standardize_dtype(dtype)
    sizes = None if shape is None else standardize_shape(shape)
    standard = None if dtype is None else standardize_dtype(dtype)
    value = initializer.numpy() if isinstance(initializer, (Tensor, Variable)) else initializer
    if standard is None:
        given = value.dtype if isinstance(value, (np.ndarray, np.generic)) else None
        standard = standardize_dtype(given) if given is not None else _default_dtype(value)
    array = np.array(value, dtype=standard)
    if sizes is not None and array.shape != sizes:
        raise ShapeError(
            f"The initial value of variable '{name}' has shape {list(array.shape)}, not {list(sizes)}.",
            fix="give a value of the shape, or leave out shape",
        )
    return array


def _default_dtype(value: Any) -> np.dtype[Any]:
    kind = np.asarray(value).dtype.kind
    return standardize_dtype({"b": "bool", "i": "int32", "u": "int32"}.get(kind))
