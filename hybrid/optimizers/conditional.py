"""State that changes under a condition, also where the condition is symbolic. Floor 8."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import ops
from ..core.context import SCOPE, scope
from ..core.door import is_symbolic
from ..core.state import StateScope

__all__ = ["when"]


def when(condition: Any, do: Callable[[], None]) -> None:
    """Call a function if a condition holds.

    Under a symbolic condition it is recorded, and each Variable it assigns to takes the new value or keeps its own.
    That computes in vain where the condition is false; a branch would have to be opened by whoever compiles the step.

    Args:
        condition: rank 0 bool tensor.
        do: changes Variables.
    """
    if not is_symbolic(condition):
        if bool(condition):
            do()
        return
    inner = StateScope(SCOPE.get().state or ())
    before = {id(variable): value for variable, value in inner}
    with scope(state=inner):
        do()
    for variable, value in inner:
        if before.get(id(variable)) is not value:
            variable.assign(ops.where(condition, value, variable))
