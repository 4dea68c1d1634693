"""Process-wide defaults: float type, fuzz factor, image layout.

Floor 2: knows nothing of tensors. These three are the only mutable settings of the package.
"""

from __future__ import annotations

from .errors import ConfigError

__all__ = [
    "epsilon",
    "floatx",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
    "standardize_data_format",
]

_FLOATS = ("float16", "float32", "float64")
_FORMATS = ("channels_last", "channels_first")
_settings: dict[str, object] = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}


def _choose(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ConfigError(f"Unknown {name}: {value!r}.", fix=f"use one of {', '.join(map(repr, allowed))}")
    _settings[name] = value


def floatx() -> str:
    """Return the default float type, as a string.

    Example:
        >>> floatx()
        'float32'
    """
    return _settings["floatx"]  # type: ignore[return-value]


def set_floatx(value: str) -> None:
    """Set the default float type.

    Args:
        value: `"float16"`, `"float32"` or `"float64"`.

    Raises:
        ConfigError: for any other value.
    """
    _choose("floatx", str(value), _FLOATS)


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms finite.

    Example:
        >>> epsilon()
        1e-07
    """
    return _settings["epsilon"]  # type: ignore[return-value]


def set_epsilon(value: float) -> None:
    """Set the small number that keeps divisions and logarithms finite."""
    _settings["epsilon"] = float(value)


def settings() -> tuple[object, ...]:
    """Return all settings: what was recorded under others may hold no longer.

    Example:
        >>> settings()
        ('float32', 1e-07, 'channels_last')
    """
    return tuple(_settings.values())


def image_data_format() -> str:
    """Return the default image layout, `"channels_last"` or `"channels_first"`.

    Example:
        >>> image_data_format()
        'channels_last'
    """
    return _settings["image_data_format"]  # type: ignore[return-value]


def set_image_data_format(data_format: str) -> None:
    """Set the default image layout.

    Args:
        data_format: `"channels_last"` or `"channels_first"`.

    Raises:
        ConfigError: for any other value.
    """
    _choose("image_data_format", str(data_format), _FORMATS)


def standardize_data_format(data_format: str | None) -> str:
    """Return a valid image layout: the given one, or the default for None.

    Raises:
        ConfigError: if it is neither `"channels_last"` nor `"channels_first"`.

    Example:
        >>> standardize_data_format(None)
        'channels_last'
    """
    if data_format is None:
        return image_data_format()
    if data_format not in _FORMATS:
        raise ConfigError(f"Unknown data_format: {data_format!r}.", fix=f"use one of {', '.join(map(repr, _FORMATS))}")
    return data_format
