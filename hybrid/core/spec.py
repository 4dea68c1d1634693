"""Specs: shape and dtype of a tensor, without its values, and the arithmetic on them.

Floor 4, the lowest part of the core: knows neither tensors nor operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..typing import DTypeLike, Shape
from .dtypes import standardize_dtype

__all__ = [
    "TensorSpec",
    "broadcast_shapes",
    "normalize_axes",
    "normalize_axis",
    "reduce_shape",
    "same_size",
    "size_of",
    "standardize_shape",
]


def standardize_shape(shape: Any) -> Shape:
    """Return a shape as a tuple of non-negative ints and `None`.

    Raises:
        ShapeError: if it is something else.

    Example:
        >>> standardize_shape([None, 3]), standardize_shape(5)
        ((None, 3), (5,))
    """
    if isinstance(shape, (int, np.integer)):
        shape = (shape,)
    try:
        sizes = tuple(None if size is None else int(size) for size in shape)
    except (TypeError, ValueError):
        raise ShapeError(f"Not a shape: {shape!r}.", fix="use a tuple of ints, with None for unknown sizes") from None
    if any(size is not None and size < 0 for size in sizes):
        raise ShapeError(f"Negative size in shape {sizes}.", fix="use None for a size that is not known")
    return sizes


class TensorSpec:
    """Shape and dtype of a tensor, without its values.

    Args:
        shape: sizes of the axes, `None` where a size is not known yet.
        dtype: a dtype or its name; the default float for `None`.
        name: of the argument it describes, if any.

    Attributes:
        mask: spec of the mask that the tensor carries, `None` if it carries none; not compared.

    Example:
        >>> TensorSpec((None, 3), "float32")
        float32 [None, 3]
        >>> TensorSpec((None, 3)) == TensorSpec((None, 3))
        True
    """

    __slots__ = ("dtype", "mask", "name", "shape")

    def __init__(self, shape: Iterable[int | None] | int, dtype: DTypeLike = None, name: str | None = None):
        self.shape: Shape = standardize_shape(shape)
        self.dtype: np.dtype[Any] = standardize_dtype(dtype)
        self.name = name
        self.mask: TensorSpec | None = None

    @classmethod
    def of(cls, shape: Shape, dtype: np.dtype[Any]) -> TensorSpec:
        """Make a spec of a shape and dtype that are known to be in standard form; skips the checks."""
        spec = cls.__new__(cls)
        spec.shape, spec.dtype, spec.name, spec.mask = shape, dtype, None, None
        return spec

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int | None:
        """Number of elements, `None` if it is not known."""
        return size_of(self.shape)

    def with_mask(self, mask: TensorSpec | None) -> TensorSpec:
        """Return the spec of the same tensor with a mask."""
        spec = TensorSpec.of(self.shape, self.dtype)
        spec.name, spec.mask = self.name, mask
        return spec

    def accepts(self, other: TensorSpec) -> bool:
        """Say whether every tensor of the other spec also has this one."""
        return (
            self.dtype == other.dtype
            and len(self.shape) == len(other.shape)
            and all(mine is None or mine == theirs for mine, theirs in zip(self.shape, other.shape, strict=True))
        )

    def get_config(self) -> dict[str, Any]:
        """Return shape and dtype as plain data."""
        return {"shape": list(self.shape), "dtype": self.dtype.name, "name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> TensorSpec:
        """Make a spec of what `get_config` returned."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorSpec) and self.shape == other.shape and self.dtype == other.dtype

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))

    def __repr__(self) -> str:
        return f"{self.dtype.name} [{', '.join(map(str, self.shape))}]"


def size_of(shape: Shape) -> int | None:
    """Return the number of elements, `None` if it is not known.

    Example:
        >>> size_of((2, 3)), size_of((None, 3)), size_of((None, 0)), size_of(())
        (6, None, 0, 1)
    """
    total: int | None = 1
    for size in shape:
        if size == 0:
            return 0
        total = None if size is None or total is None else total * size
    return total


def same_size(first: int | None, second: int | None) -> bool:
    """Say whether two sizes can be equal: an unknown size can be any.

    Example:
        >>> same_size(None, 3), same_size(2, 3)
        (True, False)
    """
    return first is None or second is None or first == second


def broadcast_shapes(*shapes: Shape) -> Shape:
    """Return the shape that arrays of these shapes broadcast to, by NumPy's rules; unknown sizes stay unknown.

    Raises:
        ShapeError: if they cannot be broadcast.

    Example:
        >>> broadcast_shapes((None, 1), (3,)), broadcast_shapes((None, 2), (1, 2))
        ((None, 3), (None, 2))
    """
    first = shapes[0]
    if all(shape == first for shape in shapes[1:]):
        return first
    rank = max(len(shape) for shape in shapes)
    result: list[int | None] = []
    for axis in range(-rank, 0):
        sizes = {shape[axis] for shape in shapes if len(shape) >= -axis} - {1}
        known = sizes - {None}
        if len(known) > 1:
            listed = " and ".join(str(list(shape)) for shape in shapes)
            raise ShapeError(
                f"Shapes {listed} cannot be broadcast together.",
                why=f"axis {axis} has sizes {sorted(known)}; sizes must be equal or 1",  # type: ignore[type-var]
                fix="reshape one of them, or use expand_dims to put its axes where they belong",
            )
        result.append(known.pop() if known else (None if sizes else 1))
    return tuple(result)


def normalize_axis(axis: int, rank: int) -> int:
    """Return a non-negative axis.

    Raises:
        ShapeError: if the axis is out of range.

    Example:
        >>> normalize_axis(-1, 3)
        2
    """
    if not -rank <= axis < rank:
        raise ShapeError(
            f"Axis {axis} is out of range for a tensor of rank {rank}.",
            fix=f"use an axis between {-rank} and {rank - 1}" if rank else "a scalar has no axes",
        )
    return axis + rank if axis < 0 else axis


def normalize_axes(axes: int | Sequence[int] | None, rank: int) -> tuple[int, ...]:
    """Return sorted non-negative axes; all of them for `None`.

    Raises:
        ShapeError: if an axis is out of range or named twice.

    Example:
        >>> normalize_axes(None, 2), normalize_axes(-1, 2), normalize_axes((1, 0), 2)
        ((0, 1), (1,), (0, 1))
    """
    if axes is None:
        return tuple(range(rank))
    if isinstance(axes, (int, np.integer)):
        return (normalize_axis(int(axes), rank),)
    result = tuple(sorted(normalize_axis(int(axis), rank) for axis in axes))
    if len(set(result)) != len(result):
        raise ShapeError(f"An axis is named twice in {tuple(axes)}.", fix="name every axis once")
    return result


def reduce_shape(shape: Shape, axes: tuple[int, ...], keepdims: bool) -> Shape:
    """Return the shape that is left when axes are reduced.

    Example:
        >>> reduce_shape((2, None, 4), (1,), True), reduce_shape((2, None, 4), (0, 2), False)
        ((2, 1, 4), (None,))
    """
    if keepdims:
        return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)
