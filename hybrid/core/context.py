"""Scopes: what surrounds the code that is running (tapes, a trace, values of Variables, the enclosing call).

Floor 4. Scopes live in context variables: they are independent per thread, nest, and are restored when an exception
passes. The door reads one object, so that a call with no scope open costs one look.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
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
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0


CHANGES = Changes()


class Noticed:
    """A mixin: assigning another value to a public attribute that was set before is counted in `CHANGES`."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name[0] != "_" and name != "built" and self.__dict__.get(name, value) is not value:
            CHANGES.count += 1
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
