"""Small variables that are updated alike, as one vector: one pass of the rule serves them all.

Floor 8. On arrays of a few thousand elements NumPy spends its time on calls, not on numbers, so a rule that runs once
for four variables costs a quarter. Variables keep their own values, which are views of the vector; nothing is ever
changed in place. Where somebody assigned to one of them since, the vector is put together anew.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..core.column import Column
from ..core.variable import Variable
from ..ops.packing import pack, unpack

__all__ = ["Group", "group"]

LARGEST_PACKED = 1 << 16
"""Number of elements from which on a variable is a group of its own: there copying costs more than calls."""

Array = np.ndarray[Any, Any]


class RecordableColumn(Column):
    """A column whose reading and writing can also be recorded."""

    __slots__ = ()

    def recorded(self) -> Any:
        """Return the values as a symbolic vector; of a single variable, as they are."""
        values = [variable.value for variable in self.variables]
        return values[0] if len(values) == 1 else pack(values)

    def record(self, flat: Any) -> None:
        """Assign every variable its part of a symbolic vector."""
        variables = self.variables
        parts = [flat] if len(variables) == 1 else unpack(flat, variables)
        for variable, part in zip(variables, parts, strict=True):
            variable.assign(part)


class Group:
    """Variables that are updated by one pass of a rule.

    Args:
        positions: where their gradients stand in the list that is handed in.
        variables: the variables.
        slots: for every slot, its Variables.
        decays: whether weight decay holds for them.
    """

    __slots__ = ("_mine", "decays", "dtype", "positions", "slots", "values")

    def __init__(
        self, positions: list[int], variables: Sequence[Variable], slots: Sequence[Sequence[Variable]], decays: bool
    ):
        self.positions = positions
        self._mine = operator.itemgetter(*positions)
        self.decays = decays
        self.dtype = variables[0].dtype
        self.values = RecordableColumn(variables)
        self.slots = [RecordableColumn(column) for column in slots]

    def gradient(self, gradients: Sequence[Array]) -> Array:
        """Return the gradients of this group's variables as a vector of their dtype."""
        if len(self.positions) == 1:
            flat = gradients[self.positions[0]]
        else:
            flat = np.concatenate(self._mine(gradients), None)
        return flat if flat.dtype == self.dtype else flat.astype(self.dtype)

    def recorded_gradient(self, gradients: Sequence[Any]) -> Any:
        """Return symbolic gradients of this group's variables as `gradient` does arrays."""
        mine = [ops.cast(gradients[position], self.dtype) for position in self.positions]
        return mine[0] if len(mine) == 1 else pack(mine)


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
