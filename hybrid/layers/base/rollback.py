"""Taking back what happened to a layer: attributes, weights, seeds and what was built, of it and of all below.

Floor 8. For those who try something out on a layer, by calling it on placeholders or on data, and must leave it as it
was, whatever comes of it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ... import tree
from ...core.tensor import SymbolicTensor
from ...random.seed_generator import note_global_generator
from .tracking import owned_by, walk

__all__ = ["BOOKKEEPING", "Snapshot", "as_before", "built_or_as_before", "unchanged"]

BOOKKEEPING = frozenset(("_name", "_auto_named", "_parent", "_nodes", "_recordings", "is_opaque", "built"))
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
            self._note_contents(vars(thing).values())

    def _note_contents(self, values: Any) -> None:
        for value in values:
            if isinstance(value, (list, dict, set)) and id(value) not in self._contents:
                self._contents[id(value)] = value, value.copy()
                self._note_contents(value.values() if isinstance(value, dict) else value)
            elif isinstance(value, tuple):
                self._note_contents(value)

    def restore(self) -> None:
        """Make everything what it was when it was noted."""
        for container, contents in self._contents.values():
            if not _holds_the_same(container, contents):
                container.clear()
                container.extend(contents) if isinstance(container, list) else container.update(contents)
        for thing, attributes in self._states.values():
            state = vars(thing)
            state.clear()
            state.update(attributes)
        self._take_back_draws()


def _holds_the_same(container: Any, contents: Any) -> bool:
    """Say whether two lists, dicts or sets hold the same objects; == on tensors would be element-wise."""
    if len(container) != len(contents):
        return False
    if isinstance(container, dict):
        pairs = zip(container.items(), contents.items(), strict=True)
        return all(a is c and b is d for (a, b), (c, d) in pairs)
    if isinstance(container, set):
        return set(map(id, container)) == set(map(id, contents))
    return all(map(operator.is_, container, contents))


@contextmanager
def as_before(layer: Any) -> Iterator[Snapshot]:
    """Undo, after a block, everything that happened to a layer and to those below, also when the block fails.

    Args:
        layer: any layer.

    Yields:
        the snapshot, to which further layers can be added.
    """
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
    before = [(part, part.built, _attributes_of(part)) for part in walk(layer)]
    try:
        yield
    finally:
        for part, was_built, attributes in before:
            _restore_attributes(part, attributes, keeps_new=not was_built)


def _attributes_of(layer: Any) -> dict[str, tuple[Any, Any]]:
    """Return the attributes of a layer, with the contents of those that are lists or dicts."""
    return {
        name: (value, value.copy() if isinstance(value, (list, dict, set)) else None)
        for name, value in vars(layer).items()
        if name not in BOOKKEEPING
    }


def _restore_attributes(layer: Any, before: dict[str, tuple[Any, Any]], *, keeps_new: bool) -> None:
    state = vars(layer)
    for name in list(state):
        if name in BOOKKEEPING or (keeps_new and not _is_symbolic(state[name])):
            continue
        if name not in before:
            del state[name]
            continue
        value, contents = before[name]
        state[name] = value
        if contents is None:
            continue
        if isinstance(value, list) and (len(value) != len(contents) or any(map(_differ, value, contents))):
            value[:] = contents
        elif isinstance(value, (dict, set)) and len(value) != len(contents):
            value.clear()
            value.update(contents)


def _differ(a: Any, b: Any) -> bool:
    return a is not b


def _is_symbolic(value: Any) -> bool:
    return any(isinstance(leaf, SymbolicTensor) for leaf in tree.flatten(value))
