"""`keras.backend`, as far as code for Keras 3 still calls it: others' names under one roof. Floor 11."""

from __future__ import annotations

from ..config import epsilon, floatx, image_data_format, set_epsilon, set_floatx, set_image_data_format
from ..core.door import is_symbolic as is_keras_tensor
from .session import clear_session

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "image_data_format",
    "is_keras_tensor",
    "set_epsilon",
    "set_floatx",
    "set_image_data_format",
]


def backend() -> str:
    """Return what does the arithmetic.

    Example:
        >>> backend()
        'numpy'
    """
    return "numpy"
