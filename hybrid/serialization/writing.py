"""Objects as plain data.

Floor 3.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np

from .. import registry
from ..errors import SerializationError
from .session import FURTHER, PLAIN, Description, Kept, Session, shared_objects

__all__ = ["serialize", "serialize_keras_object"]


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
    if type(obj) in PLAIN:
        return obj
    with shared_objects() as session:
        return serialize(obj, session)


def serialize(obj: Any, session: Session) -> Any:
    try:
        return _as_data(obj, session)
    except SerializationError:
        if session.keeps and not hasattr(obj, "get_config") and not isinstance(obj, (list, tuple, Mapping)):
            return Kept(obj)
        raise


def _as_data(obj: Any, session: Session) -> Any:
    if type(obj) in PLAIN or isinstance(obj, (Description, Kept)):
        return obj
    if registry.is_record(type(obj)) or (hasattr(obj, "get_config") and not isinstance(obj, type)):
        return _serialize_instance(obj, session)
    if isinstance(obj, PLAIN):
        return obj
    if isinstance(obj, list):
        return [serialize(item, session) for item in obj]
    if isinstance(obj, tuple):
        return _tagged("__tuple__", value=[serialize(item, session) for item in obj])
    if isinstance(obj, Mapping) and all(isinstance(key, str) for key in obj):
        return {str(key): serialize(value, session) for key, value in obj.items()}
    if isinstance(obj, Mapping):
        wrong = [key for key in obj if not isinstance(key, (*PLAIN, tuple, np.generic, Enum))]
        if wrong:
            raise SerializationError(
                f"A dict with the key {wrong[0]!r} cannot be written as data.", fix="use strings as keys"
            )
        # JSON would turn the keys into strings.
        return _tagged("__dict__", value=[[serialize(each, session) for each in item] for item in obj.items()])
    if isinstance(obj, (set, frozenset)):
        # In an order that does not depend on the hashes of this process.
        return _tagged(f"__{type(obj).__name__}__", value=[serialize(item, session) for item in sorted(obj, key=repr)])
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
        return _tagged("__slice__", value=[serialize(v, session) for v in (obj.start, obj.stop, obj.step)])
    if isinstance(obj, type) or inspect.isroutine(obj):
        return _serialize_function(obj)
    if not isinstance(obj, np.ndarray) and hasattr(obj, "__array__") and hasattr(obj, "numpy"):
        return serialize(obj.numpy(), session)
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


def _serialize_instance(obj: Any, session: Session) -> dict[str, Any]:
    if id(obj) in session.written:
        _, first = session.written[id(obj)]
        if "shared_object_id" not in first:
            session.count += 1
            first["shared_object_id"] = session.count
        # The configuration stands where the object is met first: what is shared costs space once, however often.
        reference = Description(
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
    data = Description(
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
    data["config"] = {str(key): serialize(value, session) for key, value in config.items()}
    if known is None:
        _describe_what_was_dropped(data)
        further = FURTHER.get()
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


def _describe_what_was_dropped(data: Description) -> None:
    """Give references their configuration if the description that they refer to is not in `data`.

    A `get_config` may serialize an object twice and drop the first description, as
    `{**super().get_config(), "inner": serialize_keras_object(self.inner)}` does.
    """
    described: set[int] = set()
    references: list[Description] = []
    stack: list[Any] = [data]
    while stack:
        item = stack.pop()
        if isinstance(item, Description):
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
