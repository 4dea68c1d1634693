"""Taking back what happened to a layer: attributes, weights, seeds and what was built, of it and of all below.

Floor 8. For those who try something out on a layer, by calling it on placeholders or on data, and must leave it as it
was, whatever comes of it. One thread at a time: it would take back what others did.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ... import tree
from ...core.context import RECORDING
from ...core.tensor import SymbolicTensor
from ...errors import PlaceholderError
from ...random.seed_generator import note_global_generator
from .tracking import owned_by, walk

__all__ = ["BOOKKEEPING", "Snapshot", "as_before", "built_or_as_before", "keeping_no_placeholders", "unchanged"]

_CONTAINERS = (list, dict, set, deque)
BOOKKEEPING = frozenset(
    ("_name", "_auto_named", "_parent", "_nodes", "_recordings", "_admitted", "_usual_calls", "is_opaque", "built")
)
"""Attributes of a layer that are not the user's: what is known of it rather than what it is."""


class Snapshot:
    """What layers look like: their attributes, the contents of their lists, dicts and sets, and their Variables.

    Values of Variables are never changed in place, so nothing is copied but references.

    Args:
        layer: it and all layers below are noted.
    """

    def __init__(self, layer: Any):
        self._states: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._contents: dict[int, tuple[Any, Any]] = {}
        self._take_back_draws = note_global_generator()
        self.add(layer)

    def add(self, layer: Any) -> None:
        """Note a layer that is not below those that are noted already; one that is known stays as it was noted."""
        for part in walk(layer):
            if id(part) in self._states:
                continue
            owned = owned_by(part)
            seeds = [seed.state for seed in owned.seeds]
            measured = [variable for metric in owned.metrics for variable in metric.variables]
            for each in (part, *owned.variables, *owned.seeds, *owned.metrics, *seeds, *measured):
                self._note(each)

    def _note(self, thing: Any) -> None:
        if id(thing) not in self._states:
            self._states[id(thing)] = thing, dict(vars(thing))
            for container, contents in _contents_of(vars(thing).values()):
                self._contents.setdefault(id(container), (container, contents))

    def restore(self) -> None:
        """Make everything what it was when it was noted."""
        for container, contents in self._contents.values():
            _restore_contents(container, contents)
        for thing, attributes in self._states.values():
            state = vars(thing)
            state.clear()
            state.update(attributes)
        self._take_back_draws()


@contextmanager
def as_before(layer: Any) -> Iterator[Snapshot]:
    """Undo, after a block, everything that happened to a layer and to those below, also when the block fails.

    Args:
        layer: any layer.

    Yields:
        the snapshot, to which further layers can be added.
    """
    with RECORDING:
        snapshot = Snapshot(layer)
        try:
            yield snapshot
        finally:
            snapshot.restore()


@contextmanager
def built_or_as_before(layer: Any) -> Iterator[None]:
    """Let a block build a layer that is not built yet, but undo everything if the block fails.

    Args:
        layer: any layer; if it and all below are built, nothing is noted and nothing undone.
    """
    with RECORDING:
        snapshot = None if all(part.built for part in walk(layer)) else Snapshot(layer)
        try:
            yield
        except Exception:
            if snapshot is not None:
                snapshot.restore()
            raise


@contextmanager
def unchanged(layer: Any) -> Iterator[None]:
    """Undo, after a block, what `call` did to the attributes of a layer and of those below; building them stays."""
    with RECORDING:
        before = [(part, part.built, dict(vars(part))) for part in walk(layer)]
        kept = [attributes.items() for _, was_built, attributes in before if was_built]
        contents = _contents_of(value for items in kept for name, value in items if name not in BOOKKEEPING)
        try:
            yield
        finally:
            for part, was_built, attributes in before:
                _restore_attributes(part, attributes, keeps_new=not was_built)
            for container, items in contents:
                _restore_contents(container, items)


@contextmanager
def keeping_no_placeholders(layer: Any) -> Iterator[None]:
    """Undo, after a block, what `call` did to attributes, and refuse it if it stored placeholders there.

    Raises:
        PlaceholderError: names the attribute: whoever reads it later expects a value.
    """
    with unchanged(layer):
        known = {id(leaf) for part in walk(layer) for value in vars(part).values() for leaf in _symbols(value)}
        yield
        for part in walk(layer):
            for name, value in vars(part).items():
                if name not in BOOKKEEPING and any(id(leaf) not in known for leaf in _symbols(value)):
                    raise PlaceholderError(
                        f"The call of {part._description} stores a tensor in the attribute '{name}'.",
                        why="while a program is recorded it has no value, so the attribute would not have one either",
                        fix="return the tensor, or leave it: the model runs operation by operation",
                    )


def _symbols(value: Any) -> list[Any]:
    if not isinstance(value, (SymbolicTensor, list, tuple, dict)):
        return []
    return [leaf for leaf in tree.flatten(value) if isinstance(leaf, SymbolicTensor)]


def _restore_attributes(layer: Any, before: dict[str, Any], *, keeps_new: bool) -> None:
    state = vars(layer)
    for name in list(state):
        if name in BOOKKEEPING or (keeps_new and not _is_symbolic(state[name])):
            continue
        if name in before:
            state[name] = before[name]
        else:
            del state[name]


def _is_symbolic(value: Any) -> bool:
    return any(isinstance(leaf, SymbolicTensor) for leaf in tree.flatten(value))


# -- contents ---------------------------------------------------------------------------------------------------------


def _contents_of(values: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Copy the lists, dicts, sets and deques among some values, and those inside them."""
    found: dict[int, tuple[Any, Any]] = {}
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, _CONTAINERS) and id(value) not in found:
            found[id(value)] = value, value.copy()
            waiting.extend(value.values() if isinstance(value, dict) else value)
        elif isinstance(value, tuple):
            waiting.extend(value)
    return list(found.values())


def _restore_contents(container: Any, contents: Any) -> None:
    if not _holds_the_same(container, contents):
        container.clear()
        container.extend(contents) if hasattr(container, "extend") else container.update(contents)


def _holds_the_same(container: Any, contents: Any) -> bool:
    """Say whether two containers hold the same objects; == on tensors would be element-wise."""
    if len(container) != len(contents):
        return False
    if isinstance(container, dict):
        pairs = zip(container.items(), contents.items(), strict=True)
        return all(a is c and b is d for (a, b), (c, d) in pairs)
    if isinstance(container, set):
        return set(map(id, container)) == set(map(id, contents))
    return all(map(operator.is_, container, contents))
