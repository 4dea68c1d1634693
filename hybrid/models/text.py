"""Models as JSON text.

Floor 10.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import LoadError
from ..registry import custom_object_scope
from ..saving.structure import restore_structure
from ..serialization import deserialize_keras_object
from .model import Model

__all__ = ["model_from_config", "model_from_json"]


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Make a model of what `Model.to_json` returned, with newly initialized weights.

    Args:
        json_string: the text.
        custom_objects: classes and functions by name, for those that are not registered.

    Raises:
        LoadError: if the text is no JSON, or names classes that are not known.

    Example:
        >>> model = hybrid.Sequential([hybrid.Input((3,)), hybrid.layers.Dense(2)])
        >>> model_from_json(model.to_json()).count_params()
        8
    """
    try:
        data = json.loads(json_string)
    except (json.JSONDecodeError, RecursionError) as error:
        raise LoadError(f"This is no JSON: {error}.", fix="pass the text that model.to_json() returned") from None
    return model_from_config(data, custom_objects)


def model_from_config(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Make a model of a configuration with class name, as `serialize_keras_object(model)` returns it.

    Args:
        config: plain data.
        custom_objects: classes and functions by name, for those that are not registered.
    """
    with custom_object_scope(custom_objects or {}):
        model = deserialize_keras_object(config)
        if isinstance(model, Model):
            restore_structure(model, config.get("structure", {}))
    return model
