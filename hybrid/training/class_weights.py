"""Class weights: turned into sample weights by the targets. Floor 9."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import DataError
from ..typing import Structure

__all__ = ["check_class_weight", "with_class_weight"]


def check_class_weight(class_weight: Any) -> None:
    """Check the form of class weights.

    Raises:
        DataError: if it is no dict from class numbers to weights.
    """
    if not isinstance(class_weight, Mapping):
        raise DataError(
            f"class_weight is of type {type(class_weight).__name__}.",
            fix="pass a dict from class numbers to weights, as {0: 1.0, 1: 5.0}",
        )
    for label, weight in class_weight.items():
        if not isinstance(label, (int, np.integer)) or not isinstance(weight, (int, float, np.number)) or weight < 0:
            raise DataError(
                f"class_weight has the entry {label!r}: {weight!r}.",
                why="keys are class numbers, weights are numbers that are not negative",
                fix="pass a dict such as {0: 1.0, 1: 5.0}",
            )


def with_class_weight(y: Structure, sample_weight: Structure, class_weight: Mapping[int, float]) -> Any:
    """Return sample weights that are the given ones times those of the samples' classes; classes not named count 1.

    Args:
        y: targets of a single output: class numbers `[batch]` or `[batch, 1]`, or one-hot `[batch, classes]`.
        sample_weight: `[batch]`, or `None`.
        class_weight: weights by class number.

    Raises:
        DataError: for several outputs.

    Example:
        >>> with_class_weight(np.array([0, 1, 1]), None, {1: 3.0})
        array([1., 3., 3.], dtype=float32)
    """
    if not isinstance(y, np.ndarray):
        raise DataError(
            "class_weight needs the targets of a single output.",
            why="there are none" if y is None else f"y is a {type(y).__name__} for several outputs",
            fix="pass sample_weight instead: one array per output",
        )
    labels = y.argmax(axis=-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(y.shape[0], *y.shape[1:-1])
    known = np.array(sorted(class_weight), dtype="int64")
    table = np.array([class_weight[int(label)] for label in known], dtype="float32")
    places = np.minimum(np.searchsorted(known, labels), max(len(known) - 1, 0))
    weights = (
        np.where(known[places] == labels, table[places], np.float32(1)) if len(known) else np.ones(len(y), "float32")
    )
    if sample_weight is None:
        return weights.astype("float32")
    given = np.asarray(sample_weight)
    return weights.reshape(weights.shape + (1,) * (given.ndim - weights.ndim)) * given
