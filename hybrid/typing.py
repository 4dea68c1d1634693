"""Names for the kinds of values that cross public functions. Floor 1."""

from __future__ import annotations

from typing import Any, TypeAlias

Shape: TypeAlias = tuple[int | None, ...]
"""A shape in which `None` stands for a size that is not known yet."""

TensorLike: TypeAlias = Any
"""Tensor, SymbolicTensor, Variable, NumPy array, number, or nested list of numbers."""

DTypeLike: TypeAlias = Any
"""A dtype, or the name of one."""

Structure: TypeAlias = Any
"""A leaf, or lists, tuples and dicts of structures."""
