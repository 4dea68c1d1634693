"""From the arguments of `fit`, `evaluate` and `predict` to sources of batches.

Floor 9.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import tree
from ..core.door import is_tensor
from ..errors import ConfigError, DataError
from ..typing import Structure
from .arrays import to_arrays
from .checks import check_arrays, check_values
from .class_weights import check_class_weight, with_class_weight
from .data import ArraySource, Batch, SequenceSource, Source, StreamSource, cut

__all__ = ["Feed", "is_array_data", "make_source", "split_off"]


class Feed:
    """How data is to be cut into batches.

    Args:
        batch_size: for arrays.
        steps: batches of an epoch, or `None`.
        class_weight: by class number, or `None`.
        checks: whether values are checked.
        prefix: put before the names of arrays in messages.
    """

    def __init__(
        self,
        *,
        batch_size: int | None = None,
        steps: int | None = None,
        class_weight: Any = None,
        checks: bool = True,
        prefix: str = "",
    ):
        for name, value in (("steps", steps), ("batch_size", batch_size)):
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1):
                raise ConfigError(f"{name} is {value!r}.", fix="pass a positive whole number, or leave it out")
        if class_weight is not None:
            check_class_weight(class_weight)
        self.batch_size = batch_size
        self.steps = steps
        self.class_weight = class_weight
        self.checks = checks
        self.prefix = prefix

    def convert(self, batch: Batch) -> Batch:
        """Check arrays and apply class weights; for whole data and for single batches alike."""
        x, y, sample_weight = batch
        check_arrays(x, y, sample_weight, prefix=self.prefix)
        if self.checks:
            check_values(x, y, sample_weight, prefix=self.prefix)
        if self.class_weight is not None:
            sample_weight = with_class_weight(y, sample_weight, self.class_weight)
        return x, y, sample_weight


def is_array_data(x: Any) -> bool:
    """Say whether `x` is arrays, rather than something that gives batches."""
    if x is None or is_tensor(x) or isinstance(x, (np.ndarray, dict, str, int, float)):
        return True
    if isinstance(x, (list, tuple)):
        return not _is_list_of_batches(x)
    return hasattr(x, "__array__") or hasattr(x, "detach")


def _is_list_of_batches(x: Any) -> bool:
    """A list of tuples of arrays holds batches; lists and tuples of arrays or numbers are inputs."""
    return (
        bool(x)
        and isinstance(x, list)
        and all(isinstance(item, tuple) and len(item) in (2, 3) for item in x)
        and all(hasattr(leaf, "shape") for leaf in tree.flatten(x[0]))
    )


def make_source(x: Any, y: Any, sample_weight: Any, feed: Feed) -> Source:
    """Return the source of batches that the arguments mean.

    Args:
        x: arrays, or an object that gives batches.
        y: arrays, or `None`.
        sample_weight: arrays, or `None`.
        feed: how to cut them.

    Raises:
        DataError: if data is missing, empty, contradictory, or not finite.
    """
    if is_array_data(x):
        arrays = (
            to_arrays(x, f"{feed.prefix}x"),
            to_arrays(y, f"{feed.prefix}y"),
            to_arrays(sample_weight, f"{feed.prefix}sample_weight"),
        )
        return ArraySource(*feed.convert(arrays), batch_size=feed.batch_size, steps=feed.steps)
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise DataError(
                f"{feed.prefix}{name} was given, but {feed.prefix}x ({type(x).__name__}) gives batches by itself.",
                fix=f"let the batches be (x, y, sample_weight), and leave {name} out",
            )
    return _batch_source(x, feed, feed.convert)


def _batch_source(x: Any, feed: Feed, convert: Callable[[Batch], Batch]) -> Source:
    if hasattr(x, "__getitem__") and hasattr(x, "__len__") and not isinstance(x, (list, tuple)):
        return SequenceSource(x, shuffle_seed=None, steps=feed.steps, convert=convert)
    if not hasattr(x, "__iter__") and not hasattr(x, "__next__"):
        raise DataError(
            f"{feed.prefix}x is of type {type(x).__name__}, which holds no data that can be trained on.",
            fix="pass an array, a dict or list of arrays, a generator, or an iterable of batches (x, y)",
        )
    return StreamSource(x, steps=feed.steps, convert=convert)


def split_off(
    x: Structure, y: Structure, sample_weight: Structure, fraction: float
) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """Divide arrays into training and validation data: the last samples, before any shuffling.

    Args:
        x: arrays.
        y: arrays.
        sample_weight: arrays, or `None`.
        fraction: between 0 and 1, of the samples to validate on.

    Raises:
        ConfigError: if the fraction is not between 0 and 1.
        DataError: if the data is no arrays, or if nothing would be left for one of the two.
    """
    if not isinstance(fraction, (int, float)) or not 0 < fraction < 1:
        raise ConfigError(f"validation_split is {fraction!r}.", fix="pass a fraction between 0 and 1, as 0.2")
    if not is_array_data(x):
        raise DataError(
            f"validation_split needs arrays, but x is of type {type(x).__name__}.",
            why="batches that come one after another cannot be divided beforehand",
            fix="pass validation_data=... instead",
        )
    arrays = (to_arrays(x, "x"), to_arrays(y, "y"), to_arrays(sample_weight, "sample_weight"))
    check_arrays(*arrays)
    count = next(len(leaf) for leaf in tree.flatten(arrays[0]) if leaf is not None)
    border = math.floor(count * (1 - fraction))
    if border in (0, count):
        raise DataError(
            f"validation_split={fraction} of {count} samples leaves none to "
            f"{'train' if border == 0 else 'validate'} on.",
            fix="use more samples, or another fraction",
        )
    train, validation = ([cut(each, where) for each in arrays] for where in (slice(border), slice(border, None)))
    return tuple(train), tuple(validation)
