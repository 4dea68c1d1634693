"""Gradients cut to a size. The functions take arrays and tensors alike. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["clip_by_global_norm", "clip_by_norm", "clip_by_value", "global_norm"]


def clip_by_value(gradient: Any, limit: float) -> Any:
    """Bring every element between `-limit` and `limit`."""
    return np.minimum(np.maximum(gradient, -limit), limit)


def clip_by_norm(gradient: Any, limit: float) -> Any:
    """Scale a gradient whose Euclidean norm is beyond the limit down to it."""
    return gradient * limit / np.maximum(global_norm([gradient]), limit)


def global_norm(gradients: Sequence[Any]) -> Any:
    """Return the Euclidean norm of several gradients taken as one vector."""
    squares = [np.sum(np.square(gradient)) for gradient in gradients]
    total = squares[0]
    for square in squares[1:]:
        total = total + square
    return np.sqrt(total)


def clip_by_global_norm(gradients: Sequence[Any], limit: float) -> list[Any]:
    """Scale several gradients by one factor so that their common norm is at most the limit."""
    norm = np.maximum(global_norm(gradients), limit)
    return [gradient * limit / norm for gradient in gradients]
