"""Which names stand for which classes and functions, when data is read and written.

Floor 3. Three sources, looked up in this order: what this package defines (cannot be shadowed), what was registered
with `register_keras_serializable`, what a `CustomObjectScope` or a `custom_objects` argument names. Nothing is ever
imported by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import is_dataclass
from enum import Enum
from typing import Any, TypeVar

from .errors import ConfigError

__all__ = [
    "CustomObjectScope",
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "register_keras_serializable",
]

Registered = TypeVar("Registered")

_PACKAGE = __name__.partition(".")[0]
# What is written without its module is never an op: `ops.relu` would make `relu` ambiguous.
OPS = f"{_PACKAGE}.ops"
_builtins: dict[str, dict[str, Any]] = {}
_builtin_names: dict[int, tuple[str, str]] = {}
_loaders: list[Callable[[], None]] = []
_registered: dict[str, Any] = {}
# With the thing itself: an identity must not be given to another one.
_registered_names: dict[int, tuple[Any, str]] = {}
_scopes: ContextVar[tuple[Mapping[str, Any], ...]] = ContextVar("hybrid_custom_objects", default=())


def is_builtin(thing: Any) -> bool:
    """Say whether a class or function is defined by this package."""
    return (getattr(thing, "__module__", None) or "").partition(".")[0] == _PACKAGE


def public_module(thing: Any) -> str:
    """Return the public module of one of our classes or functions: `hybrid.layers` for whatever lies below it."""
    return ".".join(thing.__module__.split(".")[:2])


def register_builtin(thing: Registered, *, name: str | None = None) -> Registered:
    """Make a class or function of this package known by its name. Usable as a decorator."""
    key = (public_module(thing), name or thing.__name__)  # type: ignore[attr-defined]
    named = _builtins.setdefault(key[0], {})
    replaced = named.get(key[1])
    if replaced is not thing and _builtin_names.get(id(replaced)) == key:
        # The identity of what is gone is soon that of another object, which must not be taken for one of ours.
        del _builtin_names[id(replaced)]
    named[key[1]] = thing
    _builtin_names.setdefault(id(thing), key)
    return thing


def builtin_name(thing: Any) -> tuple[str, str] | None:
    """Return (public module, name) of one of our registered classes or functions."""
    return _builtin_names.get(id(thing))


def load_builtins_by(load: Callable[[], None]) -> None:
    """Say how to load everything this package defines: packages register their names when they are first used."""
    _loaders.append(load)


def builtin_named(module: str | None, name: str) -> Any:
    """Return one of our classes or functions; Keras's module names are understood. `None` if there is none."""
    parts = (module or "").split(".")
    if parts[0] not in (_PACKAGE, "keras", "tf_keras", ""):
        return None
    public = [part for part in parts[1:] if part not in ("src", "api", "_tf_keras")]
    found = _find_builtin(public, name)
    while found is None and _loaders:
        _loaders.pop()()
        found = _find_builtin(public, name)
    return found


def _find_builtin(public: list[str], name: str) -> Any:
    known = _builtins.get(f"{_PACKAGE}.{public[0]}", {}).get(name) if public else None
    return _only_builtin(name) if known is None else known


def _only_builtin(name: str) -> Any:
    homes = [things for module, things in _builtins.items() if module != OPS and name in things]
    found = {id(things[name]): things[name] for things in homes}
    return next(iter(found.values())) if len(found) == 1 else None


def builtins_of(module: str) -> dict[str, Any]:
    """Return what this package registered for one of its public modules, by name; not to be changed."""
    return _builtins.get(module, {})


def is_record(thing: Any) -> bool:
    """Say whether something is a class whose instances are their fields: a dataclass, a named tuple, an Enum."""
    if not isinstance(thing, type):
        return False
    return is_dataclass(thing) or issubclass(thing, Enum) or (issubclass(thing, tuple) and hasattr(thing, "_fields"))


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Registered], Registered]:
    """Make your class or function known by name, so that models that use it can be saved and loaded.

    A class needs `get_config`; layers have it, dataclasses, named tuples and Enums are saved as their fields without.

    Args:
        package: prefix that keeps equal names of different projects apart.
        name: the name in files; that of the class or function by default.

    Returns:
        decorator that returns its argument.

    Raises:
        ConfigError: if the name is taken, or a class cannot give its configuration.

    Example:
        >>> @register_keras_serializable(package="doc")
        ... def doubled(x):
        ...     return 2 * x
        >>> get_registered_name(doubled)
        'doc>doubled'
    """

    def register(thing: Registered) -> Registered:
        if isinstance(thing, type) and not hasattr(thing, "get_config") and not is_record(thing):
            raise ConfigError(
                f"Class '{thing.__name__}' cannot be registered: it has no get_config.",
                why="registered classes are saved as their configuration",
                fix="add a method get_config(self) that returns the constructor's arguments as a dict",
            )
        full_name = f"{package}>{name or thing.__name__}"  # type: ignore[attr-defined]
        other = _registered.get(full_name, thing)
        if other is not thing and _origin(other) != _origin(thing):
            raise ConfigError(
                f"The name '{full_name}' is taken by {'.'.join(_origin(other))}.",
                why="a name in a file must stand for one class or function",
                fix="choose another package or name in register_keras_serializable(package=..., name=...)",
            )
        _registered[full_name] = thing
        _registered_names[id(thing)] = (thing, full_name)
        return thing

    return register


def _origin(thing: Any) -> tuple[str, str]:
    """Return where something is defined: the cell of a notebook that is run again defines the same thing anew."""
    return str(getattr(thing, "__module__", None)), str(getattr(thing, "__qualname__", None))


def get_registered_name(obj: Any) -> str:
    """Return the name that a class or function was registered under, else its own name."""
    if id(obj) in _registered_names:
        return _registered_names[id(obj)][1]
    return str(getattr(obj, "__name__", None) or type(obj).__name__)


def was_registered(obj: Any) -> bool:
    """Say whether a class or function was registered by its author."""
    return id(obj) in _registered_names


def get_custom_objects() -> dict[str, Any]:
    """Return the dict of everything that was registered, by name; adding to it registers."""
    return _registered


def get_registered_object(
    name: str, custom_objects: Mapping[str, Any] | None = None, module_objects: Mapping[str, Any] | None = None
) -> Any:
    """Return the class or function that a name stands for, `None` if there is none.

    Args:
        name: as written in a file.
        custom_objects: looked at after the registered names.
        module_objects: looked at last.
    """
    for source in (_registered, *reversed(_scopes.get()), custom_objects or {}, module_objects or {}):
        if name in source:
            return source[name]
    short = name.rpartition(">")[2]
    for source in (*reversed(_scopes.get()), custom_objects or {}):
        if short in source:
            return source[short]
    return None


@contextmanager
def custom_object_scope(*objects: Mapping[str, Any]) -> Iterator[None]:
    """Make classes and functions known by name for the duration of a block.

    Args:
        *objects: dicts from names to classes and functions.

    Example:
        >>> with custom_object_scope({"halved": lambda x: x / 2}):
        ...     get_registered_object("halved")(4)
        2.0
    """
    merged: dict[str, Any] = {}
    for mapping in objects:
        merged.update(mapping)
    token = _scopes.set((*_scopes.get(), merged))
    try:
        yield
    finally:
        _scopes.reset(token)


CustomObjectScope = custom_object_scope
