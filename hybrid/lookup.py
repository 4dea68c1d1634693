"""What a user may write for an activation, an initializer, a loss …: a name, a configuration, a class, the thing.

Floor 3. One function answers for all kinds; the `get`, `serialize` and `deserialize` of a package say which kind they
are. What this package defines comes first, so built-in names cannot be shadowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import registry
from .errors import ConfigError, LoadError
from .naming import nearest, snake_case
from .serialization import deserialize_keras_object, serialize_keras_object

__all__ = ["describe", "resolve"]

_indices: dict[str, tuple[int, dict[str, Any]]] = {}


def resolve(
    identifier: Any,
    *,
    kind: str,
    module: str,
    aliases: Mapping[str, str] | None = None,
    custom_objects: Mapping[str, Any] | None = None,
    accepts: Callable[[Any], bool] = callable,
) -> Any:
    """Return what an identifier stands for.

    Args:
        identifier: `None`; the name of a class or function; a configuration; a class; or an object, which is returned.
        kind: what is looked for, in words; used in messages.
        module: the public module whose names are valid, as `"hybrid.losses"`. A class is also known by its name in
            snake case and in lower case.
        aliases: further names -> registered names.
        custom_objects: the user's own classes and functions by name; looked at after the built-in ones.
        accepts: says whether an object is of the kind.

    Returns:
        `None` for `None`; a function; or an instance (classes are made without arguments).

    Raises:
        ConfigError: names the nearest valid names.

    Example:
        >>> initializer = resolve("HeNormal", kind="initializer", module="hybrid.initializers")
        >>> type(initializer).__name__
        'HeNormal'
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        found = _named(identifier, kind, module, aliases or {}, custom_objects or {})
    elif isinstance(identifier, Mapping):
        found = _configured(identifier, kind, module, aliases or {}, custom_objects or {})
    else:
        found = identifier
    if isinstance(found, type):
        found = found()
    if not accepts(found):
        raise ConfigError(
            f"Not {_article(kind)} {kind}: {identifier!r}.",
            why=f"it is of type {type(found).__name__}",
            fix=f"pass the name of {_article(kind)} {kind}, its configuration, or the object itself",
        )
    return found


def describe(thing: Any, *, module: str) -> Any:
    """Return plain data that `resolve` understands: the plain name of a function of ours, else a configuration.

    Raises:
        SerializationError: for a function that was not registered.

    Example:
        >>> describe(hybrid.activations.relu, module="hybrid.activations")
        'relu'
    """
    known = None if isinstance(thing, type) else registry.builtin_name(thing)
    if known is not None and known[0] == module:
        return known[1]
    return serialize_keras_object(thing)


def names_of(module: str) -> dict[str, Any]:
    """Return every built-in name of a public module and what it stands for.

    Example:
        >>> names_of("hybrid.initializers")["he_normal"].__name__
        'HeNormal'
    """
    things = registry.builtins_of(module)
    size, index = _indices.get(module, (-1, {}))
    if size != len(things):
        # Exact names win over derived ones: "hinge" is the function, "Hinge" the class.
        index = {}
        classes = {name: thing for name, thing in things.items() if isinstance(thing, type)}
        for spelling in (str.lower, snake_case, str):
            index.update({spelling(name): thing for name, thing in classes.items()})
        index.update(things)
        _indices[module] = (len(things), index)
    return index


def _named(name: str, kind: str, module: str, aliases: Mapping[str, str], custom_objects: Mapping[str, Any]) -> Any:
    # An alias may stand in the way of a function: "binary_accuracy" is the metric, not the function it averages.
    index = names_of(module)
    found = index.get(aliases.get(name, name))
    if found is None:
        found = registry.get_registered_object(name, custom_objects)
    if found is None:
        found = _registered_under_any_package(name)
    if found is None:
        close = nearest(name, [*index, *aliases, *custom_objects, *registry.get_custom_objects()])
        listed = close or sorted(known for known in index if known.islower())
        raise ConfigError(
            f"Unknown {kind}: {name!r}.",
            why=f"it is neither {_article(kind)} {kind} of hybrid's nor registered"
            if close
            else f"known are: {', '.join(listed)}",
            fix=f"did you mean {' or '.join(map(repr, close))}?"
            if close
            else f"use one of these, pass the {kind} itself, or register yours with "
            "@hybrid.saving.register_keras_serializable()",
        )
    return found


def _registered_under_any_package(name: str) -> Any:
    found = [thing for full, thing in registry.get_custom_objects().items() if full.rpartition(">")[2] == name]
    return found[0] if len(found) == 1 else None


def _configured(
    config: Mapping[str, Any], kind: str, module: str, aliases: Mapping[str, str], custom_objects: Mapping[str, Any]
) -> Any:
    name = config.get("class_name")
    if not isinstance(name, str) or "config" not in config:
        raise ConfigError(
            f"Not the configuration of {_article(kind)} {kind}: {dict(config)!r}.",
            why="a configuration is a dict with the keys 'class_name' and 'config'",
            fix=f"pass what `serialize` of {_article(kind)} {kind} returned",
        )
    if name in ("function", "type") and isinstance(config["config"], str):
        return _named(config.get("registered_name") or config["config"], kind, module, aliases, custom_objects)
    known: Any = names_of(module).get(aliases.get(name, name))
    if known is not None and not config.get("registered_name") and not config.get("module"):
        # Keras's older form, which does not say of which module a class is; its names may be in snake case.
        return known.from_config(dict(config["config"] or {})) if hasattr(known, "from_config") else known
    try:
        return deserialize_keras_object(dict(config), custom_objects)
    except LoadError as error:
        raise ConfigError(
            f"Unknown {kind}: {name!r}.", where="named in a configuration", fix="register it, or pass custom_objects"
        ) from error


def _article(kind: str) -> str:
    return "an" if kind[0] in "aeiou" else "a"
