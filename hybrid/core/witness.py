"""Who is told what happens while something is recorded, and may answer in the place of what failed.

Floor 4. A trace is asked for its outputs; a witness learns what happened on the way: which composites were called,
what was created and built, what went wrong. It must not know of layers: it is told of them as composites.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .context import SCOPE

if TYPE_CHECKING:
    from .node import Node

__all__ = ["UNANSWERED", "Witness", "present_witness"]

UNANSWERED = object()
"""What a witness returns for a failure that it has no answer to.

If it raised the error again, its frame would hold the error and be held by it: a cycle that keeps the model alive.
"""


class Witness:
    """Sees what happens in a scope; use it with `context.scope(witness=...)`. This one lets everything pass."""

    def creates(self, composite: Any) -> None:
        """Learn that a composite is being made."""

    def builds(self, composite: Any) -> None:
        """Learn that a composite is about to make its weights."""

    def calls(self, composite: Any) -> None:
        """Learn that a composite is called."""

    def notes(self, node: Node) -> None:
        """Learn of a recorded call."""

    def operation_fails(self, error: Exception, operation: Any, arguments: Sequence[Any]) -> Any:
        """Return what stands for the outputs of an operation that failed, or `UNANSWERED`."""
        return UNANSWERED

    def call_fails(self, error: Exception, composite: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Return what stands for the outputs of a call that failed, or `UNANSWERED`."""
        return UNANSWERED


def present_witness() -> Witness | None:
    """Return the witness of the scope."""
    return SCOPE.get().witness
