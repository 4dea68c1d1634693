"""Where batches come from: arrays, sequences of batches, iterables.

Floor 9. A source gives the batches of an epoch by the number of that epoch. For arrays and sequences the order depends
on the seed and that number alone, never on what was drawn before, so a training that is taken up again sees the same
batches.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import tree
from ..errors import ConfigError, DataError
from ..typing import Structure
from .arrays import count_samples, to_arrays

__all__ = ["ArraySource", "Batch", "SequenceSource", "Source", "StreamSource", "pack_batch", "unpack_batch"]

Batch = tuple[Any, Any, Any]
"""Inputs, targets and sample weights of a batch; the last two may be `None`."""


def unpack_batch(data: Any) -> Batch:
    """Divide a batch into inputs, targets and sample weights.

    Args:
        data: `x`, `(x,)`, `(x, y)` or `(x, y, sample_weight)`.

    Raises:
        DataError: for a tuple of more than three parts.

    Example:
        >>> unpack_batch((1, 2))
        (1, 2, None)
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise DataError(
            f"A batch has {len(data)} parts.",
            why="a tuple is taken as (x, y, sample_weight)",
            fix="yield (x, y) or (x, y, sample_weight); put several inputs into one list or dict: ([a, b], y)",
        )
    return (*data, *(None,) * (3 - len(data)))


def pack_batch(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """Put inputs, targets and sample weights together the way a `train_step` gets them; the inverse of `unpack_batch`.

    Example:
        >>> pack_batch(1, 2)
        (1, 2)
    """
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


class Source:
    """Gives the batches of an epoch.

    Attributes:
        steps: number of batches of an epoch, `None` if it is not known.
        is_checked_whole: whether the data was there to be checked before the first step.
    """

    steps: int | None = None
    is_checked_whole = False

    def first(self) -> Batch:
        """Return the first batch without using it up."""
        raise NotImplementedError

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        """Iterate over the batches of an epoch, beginning with batch `start`."""
        raise NotImplementedError

    def end_epoch(self) -> None:
        """Learn that an epoch is over."""


class ArraySource(Source):
    """Batches cut from arrays.

    Args:
        x: structure of arrays.
        y: likewise, or `None`.
        sample_weight: likewise, or `None`.
        batch_size: number of samples of a batch; the last may be smaller.
        shuffle_seed: `None` to keep the order.
        steps: number of batches to count as an epoch; one pass over the data by default.

    Raises:
        ConfigError: for a batch size that is no positive number.
    """

    is_checked_whole = True

    def __init__(
        self,
        x: Structure,
        y: Structure = None,
        sample_weight: Structure = None,
        *,
        batch_size: int | None = None,
        shuffle_seed: int | None = None,
        steps: int | None = None,
    ):
        size = 32 if batch_size is None else batch_size
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise ConfigError(f"Not a batch size: {batch_size!r}.", fix="use a positive whole number, as batch_size=32")
        self.data = (x, y, sample_weight)
        self.samples = count_samples(x) or 0
        self.batch_size = int(size)
        self.shuffle_seed = shuffle_seed
        self._per_pass = math.ceil(self.samples / self.batch_size)
        self.steps: int = steps or self._per_pass

    def first(self) -> Batch:
        return self._cut(slice(0, self.batch_size))

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        position = epoch * self.steps + start
        end = (epoch + 1) * self.steps
        while position < end:
            number, batch = divmod(position, self._per_pass)
            stop = min(self._per_pass, batch + end - position)
            position += stop - batch
            yield from self._pass(number, batch, stop)

    def _pass(self, number: int, batch: int, stop: int) -> Iterator[Batch]:
        """Iterate over some batches of one pass over the data."""
        size = self.batch_size
        if self.shuffle_seed is None:
            for index in range(batch, stop):
                yield self._cut(slice(index * size, (index + 1) * size))
            return
        order = permutation(self.shuffle_seed, number, self.samples)
        for index in range(batch, stop):
            yield self._cut(order[index * size : (index + 1) * size])

    def _cut(self, where: Any) -> Batch:
        x, y, sample_weight = self.data
        return cut(x, where), cut(y, where), None if sample_weight is None else cut(sample_weight, where)


def permutation(seed: int, number: int, size: int) -> np.ndarray[Any, Any]:
    """Return the order of a pass over the data: a function of the seed and the number of the pass alone."""
    return np.random.default_rng((seed, number)).permutation(size)


def cut(data: Structure, where: Any) -> Structure:
    """Take samples from every array of a structure."""
    if type(data) is np.ndarray:
        return data[where]
    if data is None:
        return None
    return tree.map_structure(lambda leaf: None if leaf is None else leaf[where], data)


class SequenceSource(Source):
    """Batches that an object gives by number (`__len__`, `__getitem__`), such as a `PyDataset`.

    Args:
        sequence: the object; its `on_epoch_begin` and `on_epoch_end` are called if it has them.
        shuffle_seed: `None` to keep the order of the batches.
        steps: number of batches to count as an epoch; all of them by default.
        convert: applied to every batch.
    """

    def __init__(
        self, sequence: Any, *, shuffle_seed: int | None, steps: int | None, convert: Callable[[Batch], Batch]
    ):
        self.sequence = sequence
        self.shuffle_seed = shuffle_seed
        self._wanted = steps
        self._convert = convert
        self.steps = steps or self._length()

    def _length(self) -> int:
        length = len(self.sequence)
        if length < 1:
            raise DataError(f"{type(self.sequence).__name__} has no batches.", fix="its __len__ must be at least 1")
        return length

    def first(self) -> Batch:
        return self._get(0)

    def _get(self, index: int) -> Batch:
        return self._convert(arrays_of_batch(self.sequence[index]))

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        hook = getattr(self.sequence, "on_epoch_begin", None)
        if hook is not None:
            hook()
        length = self._length()
        steps = self.steps = self._wanted or length
        for position in range(epoch * steps + start, (epoch + 1) * steps):
            number, index = divmod(position, length)
            if self.shuffle_seed is not None:
                index = int(permutation(self.shuffle_seed, number, length)[index])
            yield self._get(index)

    def end_epoch(self) -> None:
        hook = getattr(self.sequence, "on_epoch_end", None)
        if hook is not None:
            hook()


class StreamSource(Source):
    """Batches of an iterable: a generator, a data loader, a list of tuples.

    A generator goes on from epoch to epoch. What can be iterated over again is, once it has come to its end.

    Args:
        stream: the iterable.
        steps: number of batches of an epoch; by default an epoch ends where the iterable does.
        convert: applied to every batch.
    """

    def __init__(self, stream: Any, *, steps: int | None, convert: Callable[[Batch], Batch]):
        self.stream = stream
        self.steps = steps
        self._convert = convert
        self._iterator: Iterator[Any] | None = None
        self._ahead: list[Any] = []

    def first(self) -> Batch:
        if not self._ahead:
            for data in self._open():
                self._ahead.append(data)
                break
            else:
                raise DataError(
                    "The iterable gives no batches.", fix="let it yield (x, y); a used-up generator must be made anew"
                )
        return self._convert(arrays_of_batch(self._ahead[0]))

    def _open(self) -> Iterator[Any]:
        if self._iterator is None:
            self._iterator = iter(self.stream)
        return self._iterator

    def _next_pass(self) -> Iterator[Any]:
        ahead, self._ahead = self._ahead, []
        return itertools.chain(ahead, self._open())

    def batches(self, epoch: int, start: int = 0) -> Iterator[Batch]:
        given = 0
        while self.steps is None or given < self.steps:
            before = given
            remaining = None if self.steps is None else self.steps - given
            for data in itertools.islice(self._next_pass(), remaining):
                given += 1
                if given > start:
                    yield self._convert(arrays_of_batch(data))
            if self.steps is not None and given == self.steps:
                return
            self._iterator = None
            if self.steps is None or given == before or iter(self.stream) is self.stream:
                return


def arrays_of_batch(data: Any) -> Batch:
    """Divide a batch of a user's iterable and make arrays of its parts.

    Raises:
        DataError: if the parts have different numbers of samples.
    """
    x, y, sample_weight = unpack_batch(data)
    return (
        to_arrays(x, "x of a batch"),
        to_arrays(y, "y of a batch"),
        to_arrays(sample_weight, "sample_weight of a batch"),
    )
