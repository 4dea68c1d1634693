"""Values that stand in for those of Variables: the functional view of state.

Floor 4. Inside a `StateScope`, reading a Variable gives the value that stands in for it, and assigning to it changes
the scope only. A trace collects its updates in one, `stateless_call` hands values in by one, programs carry their state
in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .variable import Variable


class StateScope:
    """A mapping from Variables to the values that stand in for theirs; use it with `context.scope(state=...)`.

    Args:
        pairs: initial (Variable, value) pairs.
    """

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[Variable, Any]] = ()):
        # Keyed by identity: == on Variables is element-wise.
        self._values: dict[int, tuple[Variable, Any]] = {id(variable): (variable, value) for variable, value in pairs}

    def get(self, variable: Variable) -> Any:
        """Return the value that stands in for a Variable's, `None` if there is none."""
        pair = self._values.get(id(variable))
        return None if pair is None else pair[1]

    def set(self, variable: Variable, value: Any) -> None:
        """Let a value stand in for a Variable's."""
        self._values[id(variable)] = (variable, value)

    def __iter__(self) -> Iterator[tuple[Variable, Any]]:
        return iter(self._values.values())

    def __len__(self) -> int:
        return len(self._values)
