"""Order: sort, search, flip, roll.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import INT32
from ..core.primitive import Primitive, spec_like
from ..core.spec import TensorSpec, normalize_axes, normalize_axis
from ..errors import ConfigError, ShapeError
from ..typing import TensorLike
from .conversion import convert_to_tensor
from .definition import as_tensor, floats, promote, public
from .indexing import getitem
from .selection import take_along_axis
from .shaping import reshape, reshape_like, swapaxes

__all__ = ["argsort", "digitize", "flip", "roll", "rot90", "searchsorted", "sort"]

ARGSORT = Primitive(
    "argsort",
    # Stable, so that equal elements keep their order and results do not depend on the platform.
    lambda x, axis: np.argsort(x, axis, kind="stable").astype(INT32),
    lambda x, axis: TensorSpec.of(x.shape, INT32),
    samples=lambda rng: [((floats(rng, 3, 4),), {"axis": 0}), ((floats(rng, 0, 2),), {"axis": 1})],
)
SEARCHSORTED = Primitive(
    "searchsorted",
    lambda sequence, values, side: np.asarray(np.searchsorted(sequence, values, side), INT32),
    lambda sequence, values, side: TensorSpec.of(values.shape, INT32),
    samples=lambda rng: [((np.sort(floats(rng, 5)), floats(rng, 2, 3)), {"side": "left"})],
)
ROLL: Primitive = Primitive(
    "roll",
    lambda x, shift, axes: np.roll(x, shift, axes),
    spec_like,
    [lambda g, y, x, shift, axes: apply(ROLL, g, shift=tuple(-each for each in shift), axes=axes)],
    samples=lambda rng: [((floats(rng, 3, 4),), {"shift": (1, -2), "axes": (0, 1)})],
)


@public()
def argsort(x: TensorLike, axis: int | None = -1) -> Any:
    """Return the indices that sort a tensor; equal elements keep their order.

    Args:
        x: tensor of any shape.
        axis: along which to sort; `None` sorts the flat tensor.

    Returns:
        int32 tensor.

    Example:
        >>> argsort([3.0, 1.0, 2.0]).numpy()
        array([1, 2, 0], dtype=int32)
    """
    x, axis = _flat_if_none(as_tensor(x), axis)
    return apply(ARGSORT, x, axis=normalize_axis(axis, len(shape_of(x))))


def _flat_if_none(x: Any, axis: int | None) -> tuple[Any, int]:
    return (reshape(x, (-1,)), 0) if axis is None or not shape_of(x) else (x, axis)


@public()
def sort(x: TensorLike, axis: int | None = -1) -> Any:
    """Return a sorted copy; arguments as in `argsort`.

    Example:
        >>> sort([3.0, 1.0, 2.0]).numpy()
        array([1., 2., 3.], dtype=float32)
    """
    x, axis = _flat_if_none(as_tensor(x), axis)
    return take_along_axis(x, argsort(x, axis), axis)


@public()
def searchsorted(sorted_sequence: TensorLike, values: TensorLike, side: str = "left") -> Any:
    """Return where values belong in a sorted vector.

    Args:
        sorted_sequence: vector in ascending order.
        values: tensor of any shape.
        side: whether a value that is there already belongs to the `"left"` or `"right"` of it.

    Returns:
        int32 tensor of the shape of `values`.

    Raises:
        ShapeError: if the sequence is no vector.
        ConfigError: for another side.

    Example:
        >>> searchsorted([1.0, 2.0, 3.0], [2.0, 9.0]).numpy()
        array([1, 3], dtype=int32)
    """
    if side not in ("left", "right"):
        raise ConfigError(f"Unknown side: {side!r}.", fix="use 'left' or 'right'")
    sequence, values = promote(as_tensor(sorted_sequence), as_tensor(values))
    if len(shape_of(sequence)) != 1:
        raise ShapeError(f"searchsorted needs a vector to search in, not shape {list(shape_of(sequence))}.")
    return apply(SEARCHSORTED, sequence, values, side=side)


@public()
def digitize(x: TensorLike, bins: TensorLike) -> Any:
    """Return into which of the bins each element falls.

    Args:
        x: tensor of any shape.
        bins: their edges in ascending order; bin i holds what is at least edge i - 1 and less than edge i.

    Returns:
        int32 tensor of the shape of `x`.

    Example:
        >>> digitize([0.5, 1.0, 7.0], [0.0, 1.0, 2.0]).numpy()
        array([1, 2, 3], dtype=int32)
    """
    return searchsorted(bins, x, side="right")


@public()
def flip(x: TensorLike, axis: int | Sequence[int] | None = None) -> Any:
    """Reverse the order along axes.

    Args:
        x: tensor of any shape.
        axis: along which axes, all by default.

    Example:
        >>> flip([1, 2, 3]).numpy()
        array([3, 2, 1], dtype=int32)
    """
    x = as_tensor(x)
    rank = len(shape_of(x))
    axes = normalize_axes(axis, rank)
    return getitem(x, tuple(slice(None, None, -1 if i in axes else None) for i in range(rank)))


@public()
def roll(x: TensorLike, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Any:
    """Shift elements along axes; what leaves at one end enters at the other.

    Args:
        x: tensor of any shape.
        shift: by how many places, one for every axis or one for all.
        axis: along which axes; the flat tensor by default.

    Raises:
        ShapeError: if there are not as many shifts as axes.

    Example:
        >>> roll([1, 2, 3], 1).numpy()
        array([3, 1, 2], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        return reshape_like(roll(reshape(x, (-1,)), shift, 0), x)
    named = (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
    axes = tuple(normalize_axis(int(each), len(shape_of(x))) for each in named)
    shifts = (int(shift),) * len(axes) if isinstance(shift, (int, np.integer)) else tuple(int(each) for each in shift)
    if len(shifts) != len(axes):
        raise ShapeError("roll needs one shift for every axis.", why=f"received shift {shift} and axis {axis}")
    return apply(ROLL, x, shift=shifts, axes=axes)


@public()
def rot90(array: TensorLike, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Turn a tensor by right angles in the plane of two axes.

    Args:
        array: tensor of rank 2 or more.
        k: how many right angles, from the first axis towards the second.
        axes: the two axes.

    Raises:
        ShapeError: if the two axes are the same.

    Example:
        >>> rot90([[1, 2], [3, 4]]).numpy()
        array([[2, 4],
               [1, 3]], dtype=int32)
    """
    x = as_tensor(array)
    rank = len(shape_of(x))
    first, second = (normalize_axis(axis, rank) for axis in axes)
    if first == second:
        raise ShapeError("rot90 needs two different axes.", why=f"received {axes}")
    turns = k % 4
    if turns == 2:
        return flip(x, (first, second))
    if turns == 1:
        return swapaxes(flip(x, second), first, second)
    return flip(swapaxes(x, first, second), second) if turns == 3 else convert_to_tensor(x)
