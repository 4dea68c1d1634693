"""Nodes: one recorded call each.

Floor 4. A node points to its arguments and to nothing else, so that a graph dies with its last handle, by reference
count.
"""

from __future__ import annotations

import itertools
from typing import Any

from ..typing import Structure
from .primitive import Operation
from .source import SourceLine
from .spec import TensorSpec
from .tensor import SymbolicTensor

# Only the order counts: draws and updates are done again in the order in which they were recorded.
_SERIALS = itertools.count()


class Node:
    """One recorded call; immutable by convention.

    Attributes:
        operation: what was called.
        arguments: flat tuple of symbolic tensors, Variables, Tensors and Python numbers.
        params: static keyword parameters.
        specs: specs of the flat outputs.
        structure: skeleton of the outputs, `None` for a single tensor.
        place: the user's file and line.
        token: identifies the trace it was recorded in, `None` outside of traces.
        serial: grows from node to node in the order of recording.
    """

    __slots__ = ("__weakref__", "arguments", "operation", "params", "place", "serial", "specs", "structure", "token")

    def __init__(
        self,
        operation: Operation,
        arguments: tuple[Any, ...],
        params: dict[str, Any],
        specs: tuple[TensorSpec, ...],
        *,
        structure: Structure = None,
        place: SourceLine | None = None,
        token: object = None,
    ):
        self.operation = operation
        self.arguments = arguments
        self.params = params
        self.specs = specs
        self.structure = structure
        self.place = place
        self.token = token
        self.serial = next(_SERIALS)

    @property
    def outputs(self) -> tuple[SymbolicTensor, ...]:
        """Handles of the outputs, made anew: the node does not hold them; `None` where a composite returns `None`."""
        return tuple(None if spec is None else SymbolicTensor(self, index) for index, spec in enumerate(self.specs))

    def __repr__(self) -> str:
        return f"<Node {self.operation.name} -> {', '.join(map(repr, self.specs))}>"


class Placeholder(Operation):
    """The operation of an input node: it computes nothing, its value is handed in."""

    is_placeholder = True

    def __init__(self, name: str = "input"):
        self.name = name

    def __repr__(self) -> str:
        return f"<placeholder {self.name}>"


def placeholder(spec: TensorSpec, *, operation: Operation | None = None, token: object = None) -> SymbolicTensor:
    """Make a symbolic tensor that stands for an input of the given spec."""
    return SymbolicTensor(Node(operation or Placeholder(spec.name or "input"), (), {}, (spec,), token=token))
