"""Classes whose instances are described by the arguments they were made with.

Floor 3. The arguments are captured when an instance is made, so that configuration, copy and round trip need no code in
a subclass. Knows how objects are written and read, not what the classes are.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from . import registry
from .errors import ConfigError
from .naming import nearest
from .serialization import deserialize_keras_object, serialize_keras_object, shared_again, shared_objects

__all__ = ["Configurable"]

Instance = TypeVar("Instance", bound="Configurable")


@lru_cache(maxsize=4096)
def constructor_signature(cls: Any) -> inspect.Signature:
    """Return the signature of a class's constructor, `self` left out."""
    if cls.__init__ is object.__init__:
        return inspect.Signature()
    signature = inspect.signature(cls.__init__)
    return signature.replace(parameters=list(signature.parameters.values())[1:])


class Configurable:
    """Base of classes whose instances are described by the arguments they were made with.

    The arguments are captured, so `get_config` needs no code in a subclass. Our own classes store every argument under
    its own name; for them the attribute counts, so a change after construction is seen.
    """

    _arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = super().__new__(cls)
        memo: dict[int, Any] = {}
        kept = tuple([_as_of_now(v, memo) for v in args]), {name: _as_of_now(v, memo) for name, v in kwargs.items()}
        object.__setattr__(instance, "_arguments", kept)
        return instance

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if registry.is_builtin(cls) and not cls.__name__.startswith("_"):
            registry.register_builtin(cls)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain data.

        Raises:
            SerializationError: if an argument has no such form.
        """
        with shared_objects():
            return {name: serialize_config_value(self, name, value) for name, value in captured_arguments(self).items()}

    @classmethod
    def from_config(cls: type[Instance], config: dict[str, Any]) -> Instance:
        """Make an instance of what `get_config` returned.

        Raises:
            ConfigError: if the configuration names an argument that the constructor does not have.
        """
        return construct(cls, config)


def _as_of_now(value: Any, memo: dict[int, Any]) -> Any:
    """Return an argument that does not change when its owner changes a list, dict or dataclass later on.

    Args:
        value: the argument.
        memo: the copies of dataclasses by identity: one that is passed twice stays one.
    """
    kind = type(value)
    if kind in (list, tuple, set):
        return kind([_as_of_now(item, memo) for item in value])
    if kind is dict:
        return {key: _as_of_now(item, memo) for key, item in value.items()}
    if not hasattr(kind, "__dataclass_fields__") or hasattr(kind, "get_config"):
        return value
    if id(value) not in memo:
        twin = memo[id(value)] = copy.copy(value)
        for field in dataclasses.fields(value):
            if hasattr(value, field.name):
                object.__setattr__(twin, field.name, _as_of_now(getattr(value, field.name), memo))
    return memo[id(value)]


def captured_arguments(instance: Configurable) -> dict[str, Any]:
    """Return the arguments an instance was made with, by name; `*args` as a tuple, `**kwargs` spread out."""
    args, kwargs = instance._arguments
    cls: Any = type(instance)
    signature = constructor_signature(cls)
    bound = signature.bind(*args, **kwargs)
    if registry.is_builtin(type(instance)):
        bound.apply_defaults()
    result: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        kind = signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            result.update(value)
        else:
            result[name] = value
    return result


def serialize_config_value(instance: Any, name: str, value: Any) -> Any:
    """Return an argument as plain data; the attribute of the same name counts where our own class declares it."""
    cls: Any = type(instance)
    if _declared_by_us(cls, name):
        value = getattr(instance, name, value)
        known = None if isinstance(value, type) else registry.builtin_name(value)
        if known is not None and known[0] != registry.OPS:
            # As in Keras: our functions (activations, losses) stand under their plain name.
            return known[1]
        # Our constructors take any sequence for sizes and axes; as in Keras, JSON shows a list.
        value = _sizes_as_lists(value)
    return serialize_keras_object(value)


def _sizes_as_lists(value: Any) -> Any:
    if isinstance(value, tuple) and all(item is None or isinstance(item, (int, tuple)) for item in value):
        return [_sizes_as_lists(item) for item in value]
    return value


@lru_cache(maxsize=4096)
def _declared_by_us(cls: Any, name: str) -> bool:
    for owner in cls.__mro__:
        if "__init__" in vars(owner) and name in constructor_signature(owner).parameters:
            return registry.is_builtin(owner)
    return False


def construct(cls: Any, config: Mapping[str, Any]) -> Any:
    """Call a constructor with a configuration: nested objects are made first, unknown names are refused.

    Raises:
        ConfigError: names the unknown argument and the nearest valid ones.
    """
    with shared_again(config):
        values = {name: deserialize_keras_object(value) for name, value in config.items()}
    signature = constructor_signature(cls)
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    if inspect.Parameter.VAR_KEYWORD not in kinds:
        for name in values:
            if name not in signature.parameters:
                close = nearest(name, signature.parameters)
                raise ConfigError(
                    f"{cls.__name__} has no argument '{name}'.",
                    why=f"its arguments are: {', '.join(signature.parameters) or 'none'}",
                    fix=f"did you mean {' or '.join(close)}?" if close else f"leave '{name}' out",
                )
    positional: tuple[Any, ...] = tuple(
        values.pop(p.name)
        for p in signature.parameters.values()
        if p.kind is inspect.Parameter.POSITIONAL_ONLY and p.name in values
    )
    variadic = [p.name for p in signature.parameters.values() if p.kind is inspect.Parameter.VAR_POSITIONAL]
    if variadic and variadic[0] in values:
        rest = tuple(values.pop(variadic[0]))
        leading = [p.name for p in signature.parameters.values() if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        positional = (*positional, *(values.pop(name) for name in leading if name in values), *rest)
    return cls(*positional, **values)
