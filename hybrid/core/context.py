"""Scopes: what surrounds the code that is running (tapes, a trace, values of Variables, the enclosing call).

Floor 4. Scopes live in context variables: they are independent per thread, nest, and are restored when an exception
passes. The door reads one object, so that a call with no scope open costs one look.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from .state import StateScope
    from .tape import Tape
    from .trace import Trace
    from .witness import Witness


class Scope(NamedTuple):
    """What the door must know of its surroundings.

    The door unpacks it: the order of the fields is known there.

    Attributes:
        tapes: active tapes, outermost first.
        trace: the active trace, in which Variables are symbolic.
        state: values that stand in for those of Variables, and receive their assignments.
        witness: is told what happens, and may answer for what fails.
    """

    tapes: tuple[Tape, ...] = ()
    trace: Trace | None = None
    state: StateScope | None = None
    witness: Witness | None = None


class CallScope(NamedTuple):
    """What a layer's `call` inherits from the call it sits in.

    Attributes:
        training: whether the enclosing call trains, `None` where nobody said.
        layers: the layers whose `call` is running, outermost first.
        losses: (layer, loss) pairs that `add_loss` collects during the outermost call.
    """

    training: bool | None = None
    layers: tuple[Any, ...] = ()
    losses: list[tuple[Any, Any]] | None = None


class Changes:
    """Counts the changes of attributes that what was recorded before may depend on.

    Attributes:
        count: of all changes in this process.
        latest: class and name of the attribute that changed last.
    """

    __slots__ = ("_anywhere", "_by_composite", "count", "latest")

    def __init__(self) -> None:
        self.count = 0
        self.latest = ""
        self._anywhere = 0
        self._by_composite: dict[int, int] = {}

    def note(self, thing: Any, name: str) -> None:
        """Count a change that may matter to everybody.

        Args:
            thing: whose attribute it is.
            name: of the attribute.
        """
        self.count += 1
        self._anywhere = self.count
        self.latest = f"{type(thing).__name__}.{name}"

    def note_composite(self, composite: Any, name: str) -> None:
        """Count a change that matters to those only who know a composite."""
        if len(self._by_composite) > _COMPOSITES_REMEMBERED:
            self._by_composite.clear()
            self._anywhere = self.count
        self.count += 1
        self._by_composite[id(composite)] = self.count
        self.latest = f"{type(composite).__name__}.{name}"

    def concern(self, known: Iterable[int], since: int) -> bool:
        """Say whether something changed, after a certain count, that matters to those who know some composites.

        Args:
            known: their `id`s. One that was given to another composite since is a false alarm, no more.
            since: the count.
        """
        return self._anywhere > since or any(self._by_composite.get(each, 0) > since for each in known)


_COMPOSITES_REMEMBERED = 4096
CHANGES = Changes()
_NUMBERS = frozenset((int, float, bool, str, type(None)))


def is_other(old: Any, new: Any) -> bool:
    """Say whether a new value of an attribute is another one: equal numbers and strings are the same."""
    return old is not new and not (type(old) is type(new) and type(old) in _NUMBERS and old == new)


class Noticed:
    """A mixin: assigning another value to a public attribute that was set before is counted in `CHANGES`."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] != "_" and name != "built" and is_other(self.__dict__.get(name, value), value):
            CHANGES.note(self, name)
        object.__setattr__(self, name, value)


RECORDING = threading.RLock()
"""Held by a thread that builds layers or records a function: both change attributes, and may take that back."""

SCOPE: ContextVar[Scope] = ContextVar("hybrid_scope", default=Scope())
CALL: ContextVar[CallScope] = ContextVar("hybrid_call", default=CallScope())


@contextmanager
def scope(**changes: Any) -> Iterator[None]:
    """Change some fields of the scope for the duration of a block."""
    token = SCOPE.set(SCOPE.get()._replace(**changes))
    try:
        yield
    finally:
        SCOPE.reset(token)


@contextmanager
def outside() -> Iterator[None]:
    """Leave every tape, trace and state scope for the duration of a block: what is computed there is concrete.

    Only a witness stays: it is to see everything that happens.
    """
    token = SCOPE.set(Scope(witness=SCOPE.get().witness))
    try:
        yield
    finally:
        SCOPE.reset(token)


@contextmanager
def call_scope(**changes: Any) -> Iterator[None]:
    """Change some fields of the enclosing call for the duration of a block."""
    token = CALL.set(CALL.get()._replace(**changes))
    try:
        yield
    finally:
        CALL.reset(token)
