"""A base class for data that is given batch by batch. Floor 11."""

from __future__ import annotations

from typing import Any

__all__ = ["PyDataset"]


class PyDataset:
    """Data that gives its batches by number: derive from it and define `__len__` and `__getitem__`.

    `fit`, `evaluate` and `predict` take it as `x`, as they take any object with these two methods.

    Args:
        workers, use_multiprocessing, max_queue_size: accepted for Keras's sake; batches are made as they are needed.

    Example:
        >>> class Ramp(PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...     def __getitem__(self, index):
        ...         return np.full((2, 1), index, "float32"), np.zeros((2, 1))
        >>> model = hybrid.Sequential([hybrid.layers.Dense(1)])
        >>> model.predict(Ramp(), verbose=0).shape
        (6, 1)
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __len__(self) -> int:
        """Return the number of batches."""
        raise NotImplementedError(f"{type(self).__name__} must define __len__(self): the number of batches.")

    def __getitem__(self, index: int) -> Any:
        """Return batch `index`: `(x,)`, `(x, y)` or `(x, y, sample_weight)`."""
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index): one batch.")

    @property
    def num_batches(self) -> int:
        """The number of batches."""
        return len(self)

    def on_epoch_begin(self) -> None:
        """Called before the first batch of an epoch."""

    def on_epoch_end(self) -> None:
        """Called after the last batch of an epoch."""
