"""Small Variables of one kind as one vector: one array operation then serves them all.

Floor 4. On arrays of a few thousand elements NumPy spends its time on calls, not on numbers. Variables keep their own
values, which are views of the vector (made at once, or when they are asked for); nothing is ever changed in place.
Where somebody assigned to one of them since, the vector is put together anew.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from .replaced import freed
from .tensor import Tensor, wrap
from .variable import Variable

__all__ = ["Column", "packed", "unpacked"]

Array = np.ndarray[Any, Any]
_TENSOR_OF = operator.attrgetter("_tensor")
_HELD_OF = operator.attrgetter("_held")


def packed(arrays: Sequence[Array]) -> Array:
    """Return arrays as one vector.

    Example:
        >>> packed([np.ones((1, 2)), np.zeros(1)])
        array([1., 1., 0.])
    """
    return np.concatenate([array.reshape(-1) for array in arrays])


def unpacked(flat: Array, shapes: Sequence[tuple[int, ...]], places: Sequence[slice]) -> list[Array]:
    """Return the parts of a vector, as views in their shapes."""
    return list(map(np.ndarray.reshape, map(flat.__getitem__, places), shapes))


def places_of(sizes: Sequence[int]) -> list[slice]:
    """Return where arrays of these sizes stand in their vector."""
    ends = list(accumulate(sizes))
    return list(map(slice, [0, *ends], ends))


class _Part:
    """The part of a vector that is the value of a Variable; cut out when somebody asks for it.

    Args:
        cell: holds the vector of the moment.
        place: where the part stands.
        shape: of the Variable.
    """

    __slots__ = ("cell", "place", "shape")

    def __init__(self, cell: list[Array], place: slice, shape: tuple[int, ...]):
        self.cell = cell
        self.place = place
        self.shape = shape

    def __call__(self) -> Tensor:
        return wrap(self.cell[0][self.place].reshape(self.shape), None, True)


class Column:
    """Variables of one kind (the weights, or one of their slots) as one vector.

    Args:
        variables: of one dtype, in the order of the vector.
    """

    __slots__ = ("_cell", "_known", "_parts", "_places", "_shapes", "variables")

    def __init__(self, variables: Sequence[Variable]):
        self.variables = list(variables)
        # One object: a thread that reads it while another one writes sees a vector and parts that belong together.
        self._known: tuple[Array, list[Tensor]] | None = None
        self._places = places_of([variable.size for variable in variables])
        self._shapes = [variable.shape for variable in variables]
        self._cell: list[Array] = []
        self._parts = [_Part(self._cell, *where) for where in zip(self._places, self._shapes, strict=True)]

    def read(self) -> Array:
        """Return the values as a vector; of a single variable, as they are."""
        variables = self.variables
        if len(variables) == 1:
            return variables[0]._tensor._value
        if self._cell and all(map(operator.is_, map(_HELD_OF, variables), self._parts)):
            return self._cell[0]
        known = self._known
        if known is not None and all(map(operator.is_, map(_TENSOR_OF, variables), known[1])):
            return known[0]
        return packed([variable._tensor._value for variable in variables])

    def write(self, flat: Array) -> Array | None:
        """Give every variable its part of a fresh vector.

        Returns:
            the vector that this one replaces, if nobody can see it or a part of it any more.
        """
        variables = self.variables
        if len(variables) == 1:
            return variables[0]._exchange(flat)
        box = [None if self._known is None else self._known[0]]
        parts: list[Tensor] = []
        for variable, array in zip(variables, unpacked(flat, self._shapes, self._places), strict=True):
            variable._tensor = part = wrap(array, None, True)
            variable._held = None
            parts.append(part)
        self._known = flat, parts
        return freed(box)

    def hold(self, flat: Array) -> Array | None:
        """Give every variable its part of a fresh vector when it is read: for what hardly anybody reads one by one.

        Returns:
            the vector that this one replaces, as `write` does.
        """
        variables = self.variables
        if len(variables) == 1:
            return variables[0]._exchange(flat)
        box: list[Any] = self._cell[:] or [None]
        self._cell[:] = (flat,)
        self._known = None
        for variable, part in zip(variables, self._parts, strict=True):
            if variable._held is not part:
                variable._held = part
                variable.__dict__.pop("_tensor", None)
        return freed(box)
