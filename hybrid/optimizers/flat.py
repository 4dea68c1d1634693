"""Small variables that are updated alike, as one vector: one pass of the rule serves them all.

Floor 8. On arrays of a few thousand elements NumPy spends its time on calls, not on numbers, so a rule that runs once
for four variables costs a quarter. Variables keep their own values, which are views of the vector; nothing is ever
changed in place. Where somebody assigned to one of them since, the vector is put together anew.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from ..core.tensor import Tensor, wrap
from ..core.variable import Variable

__all__ = ["Group", "group"]

LARGEST_PACKED = 1 << 16
"""Number of elements from which on a variable is a group of its own: there copying costs more than calls."""

Array = np.ndarray[Any, Any]
_TENSOR_OF = operator.attrgetter("_tensor")


class Column:
    """Variables of one kind (the weights, or one of their slots) as one vector.

    Args:
        variables: of one dtype, in the order of the vector.
    """

    __slots__ = ("_flat", "_parts", "_places", "_shapes", "variables")

    def __init__(self, variables: Sequence[Variable]):
        self.variables = list(variables)
        self._flat: Array | None = None
        self._parts: list[Tensor] = []
        ends = list(accumulate(variable.size for variable in variables))
        self._places = list(map(slice, [0, *ends], ends))
        self._shapes = [variable.shape for variable in variables]

    def read(self) -> Array:
        """Return the values as a vector; of a single variable, as they are."""
        variables = self.variables
        if len(variables) == 1:
            return variables[0]._tensor._value
        if self._flat is not None:
            if all(map(operator.is_, map(_TENSOR_OF, variables), self._parts)):
                return self._flat
        return np.concatenate([variable._tensor._value.reshape(-1) for variable in variables])

    def write(self, flat: Array) -> None:
        """Give every variable its part of a fresh vector."""
        variables = self.variables
        if len(variables) == 1:
            variables[0]._set_array(flat)
            return
        arrays = map(np.ndarray.reshape, map(flat.__getitem__, self._places), self._shapes)
        self._flat, self._parts = flat, [wrap(array, None, True) for array in arrays]
        for variable, part in zip(variables, self._parts, strict=True):
            variable._tensor = part


class Group:
    """Variables that are updated by one pass of a rule.

    Args:
        positions: where their gradients stand in the list that is handed in.
        variables: the variables.
        slots: for every slot, its Variables.
        decays: whether weight decay holds for them.
    """

    __slots__ = ("decays", "dtype", "positions", "slots", "values")

    def __init__(
        self, positions: list[int], variables: Sequence[Variable], slots: Sequence[Sequence[Variable]], decays: bool
    ):
        self.positions = positions
        self.decays = decays
        self.dtype = variables[0].dtype
        self.values = Column(variables)
        self.slots = [Column(column) for column in slots]

    def gradient(self, gradients: Sequence[Array]) -> Array:
        """Return the gradients of this group's variables as a vector of their dtype."""
        if len(self.positions) == 1:
            flat = gradients[self.positions[0]]
        else:
            flat = np.concatenate([gradients[position].reshape(-1) for position in self.positions])
        return flat if flat.dtype == self.dtype else flat.astype(self.dtype)


def group(
    variables: Sequence[Variable],
    slots_of: Callable[[Variable], Sequence[Variable]],
    decays: Callable[[Variable], bool],
) -> list[Group]:
    """Divide variables into groups of equal dtype and equal treatment; large ones stay alone."""
    members: dict[Any, list[int]] = {}
    for position, variable in enumerate(variables):
        alone = position if variable.size > LARGEST_PACKED else None
        members.setdefault((variable.dtype, decays(variable), alone), []).append(position)
    groups = []
    for (_, is_decaying, _), positions in members.items():
        mine = [variables[position] for position in positions]
        slots = list(zip(*(slots_of(variable) for variable in mine), strict=True))
        groups.append(Group(positions, mine, slots, is_decaying))
    return groups
