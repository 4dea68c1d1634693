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

__all__ = ["Witness", "present_witness"]


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
        """Return what stands for the outputs of an operation that failed, or raise the error."""
        raise error

    def call_fails(self, error: Exception, composite: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Return what stands for the outputs of a call that failed, or raise the error."""
        raise error


def present_witness() -> Witness | None:
    """Return the witness of the scope."""
    return SCOPE.get().witness
