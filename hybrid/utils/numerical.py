"""Arrays made ready for training, before any model sees them. Floor 11."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..core.door import is_tensor
from ..errors import ConfigError, DataError, ShapeError
from ..typing import TensorLike

__all__ = ["normalize", "pad_sequences", "to_categorical"]


def to_categorical(x: TensorLike, num_classes: int | None = None) -> Any:
    """Turn class numbers into one-hot rows, as `categorical_crossentropy` takes them.

    Args:
        x: ints from 0 to `num_classes - 1`, of any shape; a last axis of size 1 is dropped.
        num_classes: number of classes; one more than the largest number in `x` where it is not given.

    Returns:
        float `[*x.shape, num_classes]`: an array of float64, as in Keras, or a tensor where a tensor was given.

    Raises:
        DataError: if `x` holds a number that is no class, or nothing to count the classes by.

    Example:
        >>> to_categorical([0, 2, 1]).tolist()
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    if is_tensor(x):
        labels = ops.cast(x, "int64")
        if len(labels.shape) > 1 and labels.shape[-1] == 1:
            labels = ops.squeeze(labels, axis=-1)
        if num_classes is None:
            num_classes = int(ops.max(labels)) + 1
        return ops.one_hot(labels, num_classes)
    labels = _class_numbers(np.asarray(x))
    if num_classes is None:
        if labels.size == 0:
            raise DataError("There are no class numbers.", fix="pass num_classes")
        num_classes = int(labels.max()) + 1
    _refuse_other_classes(labels, num_classes)
    return np.eye(num_classes)[labels]


def _class_numbers(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    labels = x.astype("int64")
    if not np.array_equal(labels, x):
        raise DataError("Class numbers are whole numbers.", fix="pass ints: np.round(x).astype('int64')")
    return labels[..., 0] if labels.ndim > 1 and labels.shape[-1] == 1 else labels


def _refuse_other_classes(labels: np.ndarray[Any, Any], num_classes: int) -> None:
    wrong = labels[(labels < 0) | (labels >= num_classes)]
    if wrong.size:
        raise DataError(
            f"x has the class number {wrong.flat[0]}, but there are {num_classes} classes: 0 to {num_classes - 1}.",
            fix="number the classes from 0, or pass a larger num_classes",
        )


def normalize(x: TensorLike, axis: int = -1, order: int = 2) -> Any:
    """Divide vectors by their length.

    Args:
        x: numbers.
        axis: along which the vectors lie.
        order: of the norm, ≥ 1.

    Returns:
        float of the shape of `x`: an array, or a tensor where a tensor was given. Vectors of zeros stay zeros.

    Raises:
        ShapeError: if `x` has no such axis.

    Example:
        >>> normalize([[3.0, 4.0]]).tolist()
        [[0.6, 0.8]]
    """
    if is_tensor(x):
        return ops.normalize(x, axis=axis, order=order)
    values = np.atleast_1d(np.asarray(x))
    if not -values.ndim <= axis < values.ndim:
        raise ShapeError(f"x has no axis {axis}: its shape is {list(values.shape)}.", fix="pass an axis that it has")
    length = np.atleast_1d(np.linalg.norm(values, order, axis))
    length[length == 0] = 1
    return values / np.expand_dims(length, axis)


def pad_sequences(
    sequences: Sequence[Sequence[Any]],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray[Any, Any]:
    """Make one array of sequences of different lengths.

    Args:
        sequences: of numbers, or of vectors of one shape.
        maxlen: length of all rows; by default that of the longest sequence.
        dtype: of the result.
        padding: `"pre"` or `"post"`: where a short sequence is filled up.
        truncating: `"pre"` or `"post"`: where a long one is cut off.
        value: to fill up with.

    Returns:
        array `[number of sequences, maxlen, ...]`.

    Raises:
        ConfigError: for another word than `"pre"` and `"post"`.

    Example:
        >>> pad_sequences([[1, 2, 3], [4]]).tolist()
        [[1, 2, 3], [0, 0, 4]]
    """
    for name, word in (("padding", padding), ("truncating", truncating)):
        if word not in ("pre", "post"):
            raise ConfigError(f"Unknown {name}: {word!r}.", fix="use 'pre' or 'post'")
    rows = [np.asarray(sequence, dtype=dtype) for sequence in sequences]
    width = max((len(row) for row in rows), default=0) if maxlen is None else maxlen
    shape = next((row.shape[1:] for row in rows if len(row)), ())
    result = np.full((len(rows), width, *shape), value, dtype=dtype)
    for target, row in zip(result, rows, strict=True):
        if len(row) and width:
            kept = row[-width:] if truncating == "pre" else row[:width]
            target[slice(-len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return result
