"""What summaries and pictures write for layers, operations, shapes and calls.

Floor 10.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..core.node import Node

__all__ = ["call_numbers", "count_parameters", "display_width", "format_shape", "kind_of", "nodes_of"]


def kind_of(operation: Any) -> str:
    """Return the class of a layer, or the name of an operation written like one: `Dense`, `ExpandDims`."""
    if getattr(operation, "_is_layer", False):
        return str(operation.kind)
    if operation.is_composite:
        return type(operation).__name__
    return str(operation.name.title().replace("_", ""))


def nodes_of(graph: Any) -> list[Node]:
    """List the nodes of a graph, each once: those that the outputs need, and the inputs that nothing needs."""
    nodes = (*graph.all_nodes, *(tensor.node for tensor in graph.inputs))
    return list({id(node): node for node in nodes}.values())


def call_numbers(nodes: Iterable[Node]) -> dict[int, int]:
    """Number the calls of every layer from 0, by identity of nodes."""
    counts: dict[int, int] = {}
    numbers: dict[int, int] = {}
    for node in nodes:
        if node.operation.is_composite:
            numbers[id(node)] = counts.get(id(node.operation), 0)
            counts[id(node.operation)] = numbers[id(node)] + 1
    return numbers


def count_parameters(variables: Iterable[Any]) -> int:
    """Return the number of elements of all Variables."""
    return sum(int(np.prod(variable.shape)) for variable in variables)


def format_shape(shape: Sequence[int | None]) -> str:
    """Write a shape as Python does.

    Example:
        >>> format_shape((None, 3)), format_shape((None,))
        ('(None, 3)', '(None,)')
    """
    inner = ", ".join(str(size) for size in shape)
    return f"({inner}{',' if len(shape) == 1 else ''})"


def display_width(text: str) -> int:
    """Return the number of terminal columns a text takes: wide characters take two, combining ones none.

    Example:
        >>> display_width("ab"), display_width("層")
        (2, 2)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
