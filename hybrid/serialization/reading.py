"""Objects made of plain data. Nothing is imported or executed: names are looked up in the registry.

Floor 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from .. import registry
from ..errors import HybridError, LoadError
from ..naming import nearest
from .session import PLAIN, Description, Kept, Session, shared_again

__all__ = ["deserialize", "deserialize_keras_object", "is_serialized_object", "refusing_nonsense"]

_DEEPEST = 200


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
    if type(config) in PLAIN:
        return config
    with registry.custom_object_scope(custom_objects or {}), shared_again(config) as session:
        if session.depth:
            return deserialize(config, session)
        with refusing_nonsense():
            return deserialize(config, session)


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


def deserialize(data: Any, session: Session) -> Any:
    if isinstance(data, PLAIN):
        return data
    session.depth += 1
    try:
        if session.depth > _DEEPEST:
            raise LoadError(
                f"The data is nested more than {_DEEPEST} levels deep.", fix="this file is not to be trusted"
            )
        if isinstance(data, (list, tuple)):
            return [deserialize(item, session) for item in data]
        if is_serialized_object(data):
            return _deserialize_object(data, session)
        if isinstance(data, Mapping):
            return {key: deserialize(value, session) for key, value in data.items()}
    finally:
        session.depth -= 1
    return data.value if isinstance(data, Kept) else data


def _deserialize_object(data: Mapping[str, Any], session: Session) -> Any:
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
        instance = deserialize(data["recorded"], session)
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
        instance = _record_of(cls, {key: deserialize(value, session) for key, value in config.items()})
    else:
        instance = cls.from_config(dict(config))
    changed = data.get("changed")
    if isinstance(changed, Mapping) and hasattr(instance, "take_changes") and not registry.builtin_name(cls):
        instance.take_changes(deserialize(changed, session))
    build_config = data.get("build_config")
    if build_config and hasattr(instance, "build_from_config"):
        instance.build_from_config(build_config)
    if isinstance(shared, int):
        session.read[key] = data, instance
    return instance


def _first_description(data: Mapping[str, Any], session: Session) -> tuple[Mapping[str, Any], Any]:
    """Return the description of an object that occurs several times, and what tells it from others.

    What never left memory knows its first description. Numbers tell objects apart within one document only, and a
    configuration that a constructor writes and reads while it is read is another document.
    """
    if isinstance(data, Description):
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


def _read_numpy(config: Any, session: Session) -> np.ndarray[Any, Any]:
    array = np.array(config["value"], dtype=np.dtype(str(config["dtype"])))
    return array.reshape(config["shape"]) if "shape" in config else array


_READERS = {
    "__tuple__": lambda config, session: tuple(deserialize(item, session) for item in config["value"]),
    "__numpy__": _read_numpy,
    "__tensor__": _read_numpy,
    "__dict__": lambda config, session: {
        deserialize(key, session): deserialize(value, session) for key, value in config["value"]
    },
    "__set__": lambda config, session: set(deserialize(config["value"], session)),
    "__frozenset__": lambda config, session: frozenset(deserialize(config["value"], session)),
    "__path__": lambda config, session: Path(str(config["value"])),
    "__ellipsis__": lambda config, session: Ellipsis,
    "__slice__": lambda config, session: slice(*(deserialize(item, session) for item in config["value"])),
}


def _record_of(cls: Any, values: Mapping[str, Any]) -> Any:
    if not issubclass(cls, Enum):
        return cls(**values)
    return cls[values["name"]] if "name" in values else cls(values["value"])
