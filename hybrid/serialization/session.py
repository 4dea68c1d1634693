"""What one writing or reading knows: which objects were met before, and what else is said of them.

Floor 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

__all__ = [
    "FURTHER",
    "PLAIN",
    "READING",
    "WRITING",
    "Description",
    "Kept",
    "Session",
    "describing_further",
    "opened",
    "shared_again",
    "shared_objects",
    "writing_apart",
]

PLAIN = (str, bool, int, float, type(None))


class Description(dict[str, Any]):
    """The data that describes one object. Told apart from a user's dict: it is plain already and must not be copied.

    Attributes:
        number: how many objects had been met before this one.
        first: where this only refers to an object that was met before, that object's description.
    """

    __slots__ = ("first", "number")
    number: int
    first: dict[str, Any] | None


class Session:
    """What one outermost call of serialize or deserialize knows: which objects were met before.

    Args:
        data: what will be read.
        keeps: whether what cannot be written as data is kept as it is: a description that stays in memory.

    Attributes:
        written: objects with their descriptions, by identity.
        described: descriptions of objects that occur several times, by their ids.
        read: the objects made of them, with the descriptions, which must live as long as their identity counts.
    """

    def __init__(self, data: Any = None, *, keeps: bool = False) -> None:
        self.keeps = keeps
        self.written: dict[int, tuple[Any, Description]] = {}
        self.described: dict[Any, Mapping[str, Any]] = {}
        self.read: dict[Any, tuple[Any, Any]] = {}
        self.count = 0
        self.depth = 0
        self._index(data)

    def _index(self, data: Any) -> None:
        stack = [data]
        while stack:
            item = stack.pop()
            if isinstance(item, Mapping):
                shared = item.get("shared_object_id")
                if isinstance(shared, int) and item.get("config") is not None:
                    self.described[shared] = item
                stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)


# Two, since a constructor that is called while data is read may itself copy a layer by its configuration.
WRITING: ContextVar[Session | None] = ContextVar("hybrid_writing", default=None)
READING: ContextVar[Session | None] = ContextVar("hybrid_reading", default=None)


@contextmanager
def shared_objects() -> Iterator[Session]:
    """Let an object that is met twice in a block be written once."""
    session = WRITING.get()
    if session is not None:
        yield session
        return
    with opened(WRITING, Session()) as session:
        yield session


@contextmanager
def shared_again(data: Any) -> Iterator[Session]:
    """Let an object that was met twice when it was written be one object again when it is read in a block.

    Args:
        data: what will be read.
    """
    session = READING.get()
    if session is not None:
        yield session
        return
    with opened(READING, Session(data)) as session:
        yield session


@contextmanager
def opened(variable: ContextVar[Session | None], session: Session) -> Iterator[Session]:
    token = variable.set(session)
    try:
        yield session
    finally:
        variable.reset(token)


# What else is said of an object whose class is not ours, for readers that do not know the class.
FURTHER: ContextVar[Callable[[Any], Mapping[str, Any]] | None] = ContextVar("hybrid_further", default=None)


@contextmanager
def describing_further(describe: Callable[[Any], Mapping[str, Any]] | None) -> Iterator[None]:
    """Let descriptions written in a block say more; nothing more for `None`.

    Args:
        describe: returns what is added to the description of an object whose class is not ours: `recorded`, another
            description of the object in terms of our own classes, or `not_recorded`, why there is none; and `changed`,
            attributes that the constructor does not make, for the object's `take_changes`.
    """
    token = FURTHER.set(describe)
    try:
        yield
    finally:
        FURTHER.reset(token)


@contextmanager
def writing_apart() -> Iterator[None]:
    """Let what is written in a block neither refer to what was written before, nor be referred to."""
    with describing_further(None), opened(WRITING, Session()):
        yield


class Kept:
    """Holds what is no data in a description that stays in memory."""

    def __init__(self, value: Any):
        self.value = value
