"""Objects as plain data and back.

Floor 3. One pair of functions writes and reads everything that a configuration can hold. Reading is data, not code:
names are looked up in the registry, nothing is imported or executed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from . import registry
from .errors import HybridError, LoadError, SerializationError
from .naming import nearest

__all__ = ["deserialize_keras_object", "serialize_keras_object"]

_PLAIN = (str, bool, int, float, type(None))
_DEEPEST = 200


class _Description(dict[str, Any]):
    """The data that describes one object. Told apart from a user's dict: it is plain already and must not be copied.

    Attributes:
        number: how many objects had been met before this one.
        first: where this only refers to an object that was met before, that object's description.
    """

    __slots__ = ("first", "number")
    number: int
    first: dict[str, Any] | None


class _Session:
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
        self.written: dict[int, tuple[Any, _Description]] = {}
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
_writing: ContextVar[_Session | None] = ContextVar("hybrid_writing", default=None)
_reading: ContextVar[_Session | None] = ContextVar("hybrid_reading", default=None)


@contextmanager
def shared_objects() -> Iterator[_Session]:
    """Let an object that is met twice in a block be written once."""
    session = _writing.get()
    if session is not None:
        yield session
        return
    with _opened(_writing, _Session()) as session:
        yield session


@contextmanager
def shared_again(data: Any) -> Iterator[_Session]:
    """Let an object that was met twice when it was written be one object again when it is read in a block.

    Args:
        data: what will be read.
    """
    session = _reading.get()
    if session is not None:
        yield session
        return
    with _opened(_reading, _Session(data)) as session:
        yield session


@contextmanager
def _opened(variable: ContextVar[_Session | None], session: _Session) -> Iterator[_Session]:
    token = variable.set(session)
    try:
        yield session
    finally:
        variable.reset(token)


# What else is said of an object whose class is not ours, for readers that do not know the class.
_further: ContextVar[Callable[[Any], Mapping[str, Any]] | None] = ContextVar("hybrid_further", default=None)


@contextmanager
def describing_further(describe: Callable[[Any], Mapping[str, Any]] | None) -> Iterator[None]:
    """Let descriptions written in a block say more; nothing more for `None`.

    Args:
        describe: returns what is added to the description of an object whose class is not ours: `recorded`, another
            description of the object in terms of our own classes, or `not_recorded`, why there is none; and `changed`,
            attributes that the constructor does not make, for the object's `take_changes`.
    """
    token = _further.set(describe)
    try:
        yield
    finally:
        _further.reset(token)


@contextmanager
def writing_apart() -> Iterator[None]:
    """Let what is written in a block neither refer to what was written before, nor be referred to."""
    with describing_further(None), _opened(_writing, _Session()):
        yield


class _Kept:
    """Holds what is no data in a description that stays in memory."""

    def __init__(self, value: Any):
        self.value = value


def copy_by_config(obj: Any) -> Any:
    """Make an object of another's configuration; what is no data, as an unregistered function, both have in common."""
    with describing_further(None), _opened(_writing, _Session(keeps=True)) as session:
        data = _serialize(obj, session)
    with _opened(_reading, _Session(data, keeps=True)) as session:
        return _deserialize(data, session)


# -- writing --------------------------------------------------------------------------------------------------------


def serialize_keras_object(obj: Any) -> Any:
    """Return an object as plain data that JSON can hold.

    Args:
        obj: number, string, `None`, array, dtype, path, list, tuple, dict, set, a registered function, a dataclass,
            named tuple or member of an Enum, or an object with `get_config`.

    Returns:
        plain data, from which `deserialize_keras_object` makes an equal object. An object that occurs twice is marked
        with a `shared_object_id` and will be one object again.

    Raises:
        SerializationError: for an object that has no such form, such as a function that was not registered.

    Example:
        >>> serialize_keras_object({"a": (1, 2)})
        {'a': {'class_name': '__tuple__', 'config': {'value': [1, 2]}}}
    """
    if type(obj) in _PLAIN:
        return obj
    with shared_objects() as session:
        return _serialize(obj, session)


def _serialize(obj: Any, session: _Session) -> Any:
    try:
        return _as_data(obj, session)
    except SerializationError:
        if session.keeps and not hasattr(obj, "get_config") and not isinstance(obj, (list, tuple, Mapping)):
            return _Kept(obj)
        raise


def _as_data(obj: Any, session: _Session) -> Any:
    if type(obj) in _PLAIN or isinstance(obj, (_Description, _Kept)):
        return obj
    if registry.is_record(type(obj)) or (hasattr(obj, "get_config") and not isinstance(obj, type)):
        return _serialize_instance(obj, session)
    if isinstance(obj, _PLAIN):
        return obj
    if isinstance(obj, list):
        return [_serialize(item, session) for item in obj]
    if isinstance(obj, tuple):
        return _tagged("__tuple__", value=[_serialize(item, session) for item in obj])
    if isinstance(obj, Mapping) and all(isinstance(key, str) for key in obj):
        return {str(key): _serialize(value, session) for key, value in obj.items()}
    if isinstance(obj, Mapping):
        wrong = [key for key in obj if not isinstance(key, (*_PLAIN, tuple, np.generic, Enum))]
        if wrong:
            raise SerializationError(
                f"A dict with the key {wrong[0]!r} cannot be written as data.", fix="use strings as keys"
            )
        # JSON would turn the keys into strings.
        return _tagged("__dict__", value=[[_serialize(each, session) for each in item] for item in obj.items()])
    if isinstance(obj, (set, frozenset)):
        # In an order that does not depend on the hashes of this process.
        return _tagged(f"__{type(obj).__name__}__", value=[_serialize(item, session) for item in sorted(obj, key=repr)])
    if isinstance(obj, PurePath):
        return _tagged("__path__", value=obj.as_posix())
    if isinstance(obj, np.dtype):
        return obj.name
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, np.ndarray) and obj.dtype.kind in "biufU":
        return _tagged(
            "__numpy__",
            value=obj.tolist(),
            dtype=obj.dtype.str if obj.dtype.kind == "U" else obj.dtype.name,
            shape=list(obj.shape),
        )
    if obj is Ellipsis:
        return _tagged("__ellipsis__")
    if isinstance(obj, slice):
        return _tagged("__slice__", value=[_serialize(v, session) for v in (obj.start, obj.stop, obj.step)])
    if isinstance(obj, type) or inspect.isroutine(obj):
        return _serialize_function(obj)
    if not isinstance(obj, np.ndarray) and hasattr(obj, "__array__") and hasattr(obj, "numpy"):
        return _serialize(obj.numpy(), session)
    raise SerializationError(
        f"An object of type '{type(obj).__name__}' cannot be written as data.",
        why="a configuration holds numbers, strings, lists, tuples, dicts, sets, paths, arrays of numbers or strings, "
        "dataclasses, named tuples, Enums and objects with get_config",
        fix=f"give {type(obj).__name__} a get_config method and register it, or pass plain values instead",
    )


def _tagged(class_name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": class_name, "config": config}


def _serialize_function(thing: Any) -> dict[str, Any]:
    kind = "type" if isinstance(thing, type) else "function"
    known = registry.builtin_name(thing)
    if known is not None:
        return {"module": known[0], "class_name": kind, "config": known[1], "registered_name": None}
    if registry.was_registered(thing):
        name = registry.get_registered_name(thing)
        return {"module": None, "class_name": kind, "config": name.rpartition(">")[2], "registered_name": name}
    own_name = getattr(thing, "__name__", str(thing))
    raise SerializationError(
        f"The {kind} '{own_name}' cannot be saved.",
        where=_place_of(thing),
        why="files hold data, not code, so a function is saved by the name it is registered under",
        fix="define it with def at module level and put @hybrid.saving.register_keras_serializable() above it",
    )


def _place_of(thing: Any) -> str | None:
    code = getattr(inspect.unwrap(thing), "__code__", None)
    return f"defined at {code.co_filename}:{code.co_firstlineno}" if code is not None else None


def _serialize_instance(obj: Any, session: _Session) -> dict[str, Any]:
    if id(obj) in session.written:
        _, first = session.written[id(obj)]
        if "shared_object_id" not in first:
            session.count += 1
            first["shared_object_id"] = session.count
        # The configuration stands where the object is met first: what is shared costs space once, however often.
        reference = _Description(
            module=first["module"],
            class_name=first["class_name"],
            config=None,
            registered_name=first["registered_name"],
            shared_object_id=first["shared_object_id"],
        )
        reference.number, reference.first = first.number, first
        return reference
    cls = type(obj)
    known = registry.builtin_name(cls)
    data = _Description(
        module=known[0] if known else None,
        class_name=cls.__name__,
        config=None,
        registered_name=None if known else registry.get_registered_name(cls),
    )
    data.number, data.first = len(session.written), None
    session.written[id(obj)] = (obj, data)
    if session.keeps:
        data["class_name"] = cls
    config = obj.get_config() if hasattr(obj, "get_config") else _fields_of(obj)
    if not isinstance(config, Mapping):
        raise SerializationError(
            f"{cls.__name__}.get_config() returned {type(config).__name__}.",
            fix="return a dict of constructor arguments",
        )
    data["config"] = {str(key): _serialize(value, session) for key, value in config.items()}
    if known is None:
        _describe_what_was_dropped(data)
        further = _further.get()
        if further is not None:
            data.update(further(obj))
    return data


def _fields_of(record: Any) -> dict[str, Any]:
    """Return what a dataclass, a named tuple or a member of an Enum is made of again."""
    cls: Any = type(record)
    if isinstance(record, Enum):
        # A combination of flags has no name of its own.
        return {"name": record.name} if record.name in cls.__members__ else {"value": record.value}
    if isinstance(record, tuple):
        return {name: getattr(record, name) for name in cls._fields}
    values = {field.name: getattr(record, field.name) for field in fields(record) if field.init}
    try:
        inspect.signature(cls).bind(**values)
    except TypeError as error:
        raise SerializationError(
            f"The dataclass '{cls.__name__}' cannot be written as data.",
            why=f"its constructor takes other arguments than its fields: {error}",
            fix="give it the methods get_config and from_config",
        ) from error
    return values


def _record_of(cls: Any, values: Mapping[str, Any]) -> Any:
    if not issubclass(cls, Enum):
        return cls(**values)
    return cls[values["name"]] if "name" in values else cls(values["value"])


def _describe_what_was_dropped(data: _Description) -> None:
    """Give references their configuration if the description that they refer to is not in `data`.

    A `get_config` may serialize an object twice and drop the first description, as
    `{**super().get_config(), "inner": serialize_keras_object(self.inner)}` does.
    """
    described: set[int] = set()
    references: list[_Description] = []
    stack: list[Any] = [data]
    while stack:
        item = stack.pop()
        if isinstance(item, _Description):
            if item.first is None:
                described.add(id(item))
            elif item["config"] is None:
                references.append(item)
        if isinstance(item, Mapping):
            stack.extend(item.values())
        elif isinstance(item, (list, tuple)):
            stack.extend(item)
    for reference in references:
        first = reference.first
        if first is not None and reference.number > data.number and id(first) not in described:
            reference["config"] = first["config"]
            described.add(id(first))


# -- reading --------------------------------------------------------------------------------------------------------


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """Make an object of what `serialize_keras_object` returned.

    Args:
        config: plain data.
        custom_objects: classes and functions by name, for those that are not registered.
        safe_mode: accepted for Keras's sake and without effect: reading never runs code.

    Returns:
        the object.

    Raises:
        LoadError: if a name is not known or the data has no meaning.

    Example:
        >>> deserialize_keras_object({"class_name": "__tuple__", "config": {"value": [1, 2]}})
        (1, 2)
    """
    if type(config) in _PLAIN:
        return config
    with registry.custom_object_scope(custom_objects or {}), shared_again(config) as session:
        if session.depth:
            return _deserialize(config, session)
        with refusing_nonsense():
            return _deserialize(config, session)


@contextmanager
def refusing_nonsense() -> Iterator[None]:
    """Turn what Python says of data without meaning into a LoadError."""
    try:
        yield
    except RecursionError:
        raise LoadError("The data is nested too deep.", fix="this file is not to be trusted") from None
    except (KeyError, IndexError, AttributeError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, HybridError):
            raise
        raise LoadError(
            f"The configuration cannot be read: {error!r}.",
            why="it was changed, or the constructor of a class takes other arguments than when it was written",
        ) from error


def is_serialized_object(data: Any) -> bool:
    """Say whether plain data describes an object rather than a dict."""
    return isinstance(data, Mapping) and "class_name" in data and "config" in data


def _deserialize(data: Any, session: _Session) -> Any:
    if isinstance(data, _PLAIN):
        return data
    session.depth += 1
    try:
        if session.depth > _DEEPEST:
            raise LoadError(
                f"The data is nested more than {_DEEPEST} levels deep.", fix="this file is not to be trusted"
            )
        if isinstance(data, (list, tuple)):
            return [_deserialize(item, session) for item in data]
        if is_serialized_object(data):
            return _deserialize_object(data, session)
        if isinstance(data, Mapping):
            return {key: _deserialize(value, session) for key, value in data.items()}
    finally:
        session.depth -= 1
    return data.value if isinstance(data, _Kept) else data


def _deserialize_object(data: Mapping[str, Any], session: _Session) -> Any:
    name, config = data["class_name"], data["config"]
    if not isinstance(name, (str, type)):
        raise LoadError(f"A name in the configuration is not a string: {name!r}.")
    if name in _READERS:
        return _READERS[name](config, session)
    shared = data.get("shared_object_id")
    if isinstance(shared, int):
        data, key = _first_description(data, session)
        if key in session.read:
            return session.read[key][1]
        config = data["config"]
    if name in ("function", "type"):
        return _lookup(data.get("module"), config, data.get("registered_name"))
    # Only a description that never left memory holds a class; files hold strings.
    cls: Any
    cls = name if isinstance(name, type) else _find(data.get("module"), name, data.get("registered_name"), data)
    if cls is None:
        if "recorded" not in data:
            raise _unknown(data.get("module"), str(name), data.get("registered_name"), data.get("not_recorded"))
        instance = _deserialize(data["recorded"], session)
        if isinstance(shared, int):
            session.read[key] = data, instance
        return instance
    is_record = registry.is_record(cls) and not hasattr(cls, "from_config")
    if not is_record and not hasattr(cls, "from_config"):
        raise LoadError(
            f"'{name}' cannot be made from a configuration.", fix="give the class a classmethod from_config"
        )
    if not isinstance(config, Mapping):
        raise LoadError(f"The configuration of '{name}' is missing.", why=f"it is {config!r} where a dict should stand")
    if is_record:
        instance = _record_of(cls, {key: _deserialize(value, session) for key, value in config.items()})
    else:
        instance = cls.from_config(dict(config))
    changed = data.get("changed")
    if isinstance(changed, Mapping) and hasattr(instance, "take_changes") and not registry.builtin_name(cls):
        instance.take_changes(_deserialize(changed, session))
    build_config = data.get("build_config")
    if build_config and hasattr(instance, "build_from_config"):
        instance.build_from_config(build_config)
    if isinstance(shared, int):
        session.read[key] = data, instance
    return instance


def _first_description(data: Mapping[str, Any], session: _Session) -> tuple[Mapping[str, Any], Any]:
    """Return the description of an object that occurs several times, and what tells it from others.

    What never left memory knows its first description. Numbers tell objects apart within one document only, and a
    configuration that a constructor writes and reads while it is read is another document.
    """
    if isinstance(data, _Description):
        first = data if data.first is None else data.first
        return (first if data["config"] is None else data), ("memory", id(first))
    shared = data["shared_object_id"]
    return session.described.get(shared, data), shared


def _lookup(module: Any, name: Any, registered_name: Any) -> Any:
    found = _find(module, name, registered_name)
    if found is None:
        raise _unknown(module, name, registered_name)
    return found


def _find(module: Any, name: Any, registered_name: Any, data: Mapping[str, Any] | None = None) -> Any:
    """Find a class or function by its names; `None` if it is neither ours nor registered."""
    for part in (name, registered_name or ""):
        if not isinstance(part, str):
            raise LoadError(f"A name in the configuration is not a string: {part!r}.")
    found = registry.builtin_named(module, name) if not registered_name or module else None
    if found is None:
        found = registry.get_registered_object(registered_name or name) or registry.get_registered_object(name)
    is_ours = data is None or not {"recorded", "not_recorded"} & data.keys()
    if found is None and not module and is_ours:
        found = registry.builtin_named(None, name)
    return found


def _unknown(module: Any, name: str, registered_name: Any, not_recorded: Any = None) -> LoadError:
    known = [key.rpartition(">")[2] for key in registry.get_custom_objects()]
    close = nearest(name, known)
    why = "it is neither part of hybrid nor registered" + (f"; did you mean {', '.join(close)}?" if close else "")
    if not_recorded is not None:
        why += f", and no graph of it could be stored: {not_recorded}"
    return LoadError(
        f"Unknown class or function '{registered_name or name}'.",
        where=f"named in a configuration, of the module '{module}'" if module else None,
        why=why,
        fix="register it with @hybrid.saving.register_keras_serializable(), "
        f"or pass custom_objects={{'{name}': {name}}}",
    )


def _read_numpy(config: Any, session: _Session) -> np.ndarray[Any, Any]:
    array = np.array(config["value"], dtype=np.dtype(str(config["dtype"])))
    return array.reshape(config["shape"]) if "shape" in config else array


_READERS = {
    "__tuple__": lambda config, session: tuple(_deserialize(item, session) for item in config["value"]),
    "__numpy__": _read_numpy,
    "__tensor__": _read_numpy,
    "__dict__": lambda config, session: {
        _deserialize(key, session): _deserialize(value, session) for key, value in config["value"]
    },
    "__set__": lambda config, session: set(_deserialize(config["value"], session)),
    "__frozenset__": lambda config, session: frozenset(_deserialize(config["value"], session)),
    "__path__": lambda config, session: Path(str(config["value"])),
    "__ellipsis__": lambda config, session: Ellipsis,
    "__slice__": lambda config, session: slice(*(_deserialize(item, session) for item in config["value"])),
}
