"""Which options an optimizer takes, and what is wrong with those that it does not. Floor 8."""

from __future__ import annotations

from typing import Any

from ..errors import ConfigError

__all__ = ["check_accumulation", "check_averaging", "check_clipping", "check_range"]


def check_clipping(clipnorm: Any, clipvalue: Any, global_clipnorm: Any) -> None:
    """Raise if gradients would be clipped in two ways, or to nothing."""
    options = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
    given = {name: value for name, value in options.items() if value is not None}
    if len(given) > 1:
        raise ConfigError(
            "Only one of clipnorm, clipvalue and global_clipnorm can be set.",
            where="received " + ", ".join(f"{name}={value!r}" for name, value in given.items()),
            fix="keep one of them",
        )
    for name, value in given.items():
        if not value > 0:
            raise ConfigError(f"{name} must be positive, not {value!r}.", fix=f"leave {name} out to clip nothing")


def check_averaging(use_ema: bool, ema_momentum: float, ema_overwrite_frequency: int | None) -> None:
    """Raise if a moving average of the variables cannot be formed, or would never be used."""
    if not use_ema:
        return
    check_range("ema_momentum", ema_momentum, 0, 1)
    if ema_overwrite_frequency is not None and not _is_count(ema_overwrite_frequency, least=1):
        raise ConfigError(
            f"ema_overwrite_frequency must be a number of steps, not {ema_overwrite_frequency!r}.",
            fix="use an int of 1 or more, or None to use the average only when training ends",
        )


def check_accumulation(gradient_accumulation_steps: int | None) -> None:
    """Raise unless gradients are accumulated over two steps or more, or not at all."""
    if gradient_accumulation_steps is not None and not _is_count(gradient_accumulation_steps, least=2):
        raise ConfigError(
            f"gradient_accumulation_steps must be an int of 2 or more, not {gradient_accumulation_steps!r}.",
            fix="use None to apply the gradients of every step",
        )


def check_range(name: str, value: Any, low: float, high: float) -> None:
    """Raise unless `low <= value <= high`."""
    if not isinstance(value, (int, float)) or not low <= value <= high:
        raise ConfigError(f"{name} must lie between {low} and {high}, not at {value!r}.")


def _is_count(value: Any, *, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
