"""Walks over nested lists, tuples and dicts, without the help of any framework."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .specification import Array, Graph, Make, Node


def replace(value: Any, change: Callable[[str, Any], Any], path: str = "") -> Any:
    """A copy of the structure in which every leaf is `change(path, leaf)`; paths look like `0/mask`."""
    if isinstance(value, dict):
        return {key: replace(item, change, f"{path}/{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(replace(item, change, f"{path}/{index}") for index, item in enumerate(value))
    return change(path, value)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves in order with their paths; dicts go by sorted key, and None is no leaf."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from leaves(value[key], f"{path}/{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}/{index}")
    elif value is not None:
        yield path, value


def array_leaves(value: Any) -> list[tuple[str, Array]]:
    """The array specifications in a structure."""
    return [(path, leaf) for path, leaf in leaves(value) if isinstance(leaf, Array)]


def made_objects(value: Any) -> Iterator[Make]:
    """Every `Make` in a case, at any depth."""
    if isinstance(value, Make):
        yield value
        yield from made_objects(value.arguments)
        yield from made_objects(value.keywords)
    elif isinstance(value, dict):
        for item in value.values():
            yield from made_objects(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from made_objects(item)
    elif isinstance(value, Node):
        yield from made_objects([value.layer, value.keywords])
    elif isinstance(value, Graph):
        yield from made_objects(value.nodes)
    elif hasattr(value, "__dataclass_fields__"):
        yield from made_objects([getattr(value, name) for name in value.__dataclass_fields__])
