"""Shapes whose sizes may be symbolic: what is known now, and what is handed in when it is.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.tensor import SymbolicTensor, Tensor
from ..errors import ShapeError


def split_shape(shape: Any) -> tuple[tuple[int | None, ...], list[Any]]:
    """Divide a shape into what is known now and the symbolic sizes, for which `None` holds the place.

    Example:
        >>> split_shape((2, -1))
        ((2, -1), [])
    """
    if isinstance(shape, (int, np.integer)) or (isinstance(shape, (SymbolicTensor, Tensor)) and not shape.shape):
        shape = (shape,)
    template: list[int | None] = []
    symbolic: list[Any] = []
    for size in shape:
        if type(size) is SymbolicTensor:
            template.append(None)
            symbolic.append(size)
        elif size is None:
            raise ShapeError(
                f"The shape {tuple(shape)} holds None.",
                why="a size must be known when values are made",
                fix="use ops.shape(x)[axis] for the size of an axis that is not known yet, or -1 to infer it",
            )
        else:
            template.append(int(size))
    return tuple(template), symbolic


def join_shape(template: tuple[int | None, ...], sizes: Sequence[Any]) -> tuple[int, ...]:
    """Put concrete sizes into the places that `split_shape` left; the inverse of it."""
    if not sizes:
        return template  # type: ignore[return-value]
    given = iter(sizes)
    return tuple(int(next(given)) if size is None else size for size in template)
