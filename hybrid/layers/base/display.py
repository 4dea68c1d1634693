"""What a layer shows in a notebook: where it stands, how it was made, and its weights.

Floor 8.
"""

from __future__ import annotations

from typing import Any

from ...errors import HybridError
from ...markup import Markup, element, table

__all__ = ["layer_html"]

# What stands elsewhere in the picture already.
_SAID = {"name", "trainable", "dtype"}
_LONGEST = 60


def layer_html(layer: Any) -> Markup:
    """Return what a notebook shows for a layer.

    Example:
        >>> html = layer_html(hybrid.layers.Dense(2, activation="relu", name="head"))
        >>> "Dense" in html, "units=2, activation=&#x27;relu&#x27;" in html
        (True, True)
    """
    state = layer.dtype + ("" if layer.trainable else ", not trainable") + ("" if layer.built else ", not built yet")
    parts: list[Any] = [element("div", element("b", layer.path), f" {type(layer).__name__}, {state}")]
    options = _options(layer)
    if options:
        parts.append(element("div", options, style="opacity:0.8"))
    if layer.weights:
        parts.append(_weights(layer))
    return element("div", *parts, style="font-size:13px")


def _options(layer: Any) -> str:
    """Write the arguments of the constructor, as far as they are plain and not left at nothing."""
    try:
        config = layer.get_config()
    except (HybridError, NotImplementedError):
        return ""
    shown = {key: _plain(value) for key, value in config.items() if key not in _SAID}
    return ", ".join(f"{key}={text}" for key, text in shown.items() if text)


def _plain(value: Any) -> str:
    """Write a value of a configuration; an object by its class, and nothing where it is nothing or long."""
    if isinstance(value, dict) and "class_name" in value:
        value = value["class_name"]
    text = "" if value is None else repr(value)
    return text if len(text) <= _LONGEST else ""


def _weights(layer: Any) -> Markup:
    prefix = f"{layer.path}/"
    rows: list[list[Any]] = [
        [w.path.removeprefix(prefix), str(w.spec), f"{w.size:,}", "yes" if w.trainable else "no"] for w in layer.weights
    ]
    return table(["Weight", "Type", "Parameters", "Trainable"], rows, right=(2,))
