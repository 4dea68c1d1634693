"""What users hand in as data, made into structures of arrays.

Floor 9. Knows nothing of models: arrays, tensors, nested lists of numbers and whatever speaks `__array__` become NumPy
arrays; lists, tuples and dicts of those keep their form.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import tree
from ..core.tensor import Tensor, wrap
from ..core.variable import Variable
from ..errors import DataError
from ..typing import Structure

__all__ = ["as_tensors", "count_samples", "to_arrays"]

_NUMBERS = (bool, int, float, np.generic)


def to_arrays(data: Structure, name: str) -> Structure:
    """Return a structure of arrays for what was given as `x`, `y` or `sample_weight`.

    Args:
        data: array, tensor, nested list of numbers, or a list, tuple or dict of them; `None` stays `None`.
        name: of the argument, for messages.

    Returns:
        structure of arrays.

    Raises:
        DataError: if something is no array and cannot be made one.

    Example:
        >>> to_arrays({"a": [[1, 2], [3, 4]]}, "x")["a"].shape
        (2, 2)
    """
    if type(data) is np.ndarray:
        return _checked(data, name)
    if isinstance(data, (list, tuple)) and _holds_numbers(data):
        return _from_numbers(data, name)
    if isinstance(data, dict):
        return type(data)((key, to_arrays(value, f"{name}[{key!r}]")) for key, value in data.items())
    if isinstance(data, (list, tuple)):
        children = [to_arrays(value, f"{name}[{index}]") for index, value in enumerate(data)]
        return tuple(children) if isinstance(data, tuple) else children
    return None if data is None else _checked(_leaf(data, name), name)


def _holds_numbers(data: Any) -> bool:
    """Say whether a list is an array written out: numbers, strings, or lists of them, all the way down."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (*_NUMBERS, str)) and not isinstance(data, np.ndarray)


def _from_numbers(data: Any, name: str) -> np.ndarray[Any, Any]:
    try:
        return _checked(np.array(data), name)
    except ValueError as error:
        raise DataError(
            f"{name} is a list that does not form an array: {error}.",
            why="all rows must have the same length",
            fix="pad the rows to one length (and mask the padding), or pass arrays",
        ) from None


def _leaf(data: Any, name: str) -> np.ndarray[Any, Any]:
    if isinstance(data, (Tensor, Variable)):
        return data.numpy()
    if hasattr(data, "__array__"):
        return np.asarray(data)
    if hasattr(data, "detach"):
        return np.asarray(data.detach())
    if isinstance(data, (int, float)):
        return _checked(np.asarray(data), name)
    raise DataError(
        f"{name} is of type {type(data).__name__}, which holds no data that can be trained on.",
        fix="pass an array, a (nested) list of numbers, a dict or list of arrays, or an iterable of batches as x alone",
    )


def _checked(array: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    if array.dtype == object:
        raise DataError(
            f"{name} is an array of dtype object.",
            why="it holds Python objects, as rows of different lengths or mixed types do",
            fix="make it a numeric array: np.asarray(rows, dtype='float32'), or pad rows to one length",
        )
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"{name} is an array of dtype {array.dtype}, which holds no numbers that can be trained on.",
            fix="turn text into numbers first, as np.unique(labels, return_inverse=True)[1] does for class names",
        )
    if array.ndim == 0:
        raise DataError(
            f"{name} is a single number.",
            why="the first axis of every array counts the samples",
            fix=f"pass an array with one entry per sample, as np.array([{array}])",
        )
    return array


def count_samples(data: Structure) -> int | None:
    """Return the number of samples of a structure of arrays, by its first leaf; `None` if it has none."""
    for leaf in tree.flatten(data):
        if leaf is not None:
            return int(leaf.shape[0])
    return None


def as_tensors(data: Structure, dtype: np.dtype[Any]) -> Structure:
    """Return a structure of tensors for a structure of arrays; floats get the given dtype, other values keep theirs."""
    if type(data) is np.ndarray:
        return wrap(data if data.dtype is dtype or data.dtype.kind != "f" else data.astype(dtype, copy=False))
    if data is None or type(data) is Tensor:
        return data
    if isinstance(data, (list, tuple, dict)):
        return tree.map_structure(lambda leaf: as_tensors(leaf, dtype), data)
    return as_tensors(_leaf(data, "data"), dtype)
