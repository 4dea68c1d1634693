"""Layers that pad, crop and enlarge along the axes of space or time.

Floor 8. One base says where the spatial axes are; each rank is a line.
"""

from __future__ import annotations

from typing import Any

from ... import ops
from ...config import standardize_data_format
from ...core.door import shape_of
from ...errors import ConfigError, ShapeError
from ...ops.image import resample
from ..base.input_spec import InputSpec
from ..base.layer import Layer

__all__ = [
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
]


def pairs_of(name: str, value: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """Return (before, after) for every spatial axis of an int, an int per axis, or a pair per axis.

    Raises:
        ConfigError: for anything else.
    """
    if isinstance(value, int):
        return ((value, value),) * rank
    entries = list(value)
    if rank == 1 and len(entries) == 2 and all(isinstance(entry, int) for entry in entries):
        entries = [entries]
    pairs = tuple((entry, entry) if isinstance(entry, int) else tuple(entry) for entry in entries)
    if len(pairs) != rank or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise ConfigError(
            f"{name} needs one number, or a pair (before, after) for each of {rank} axes, not {value!r}.",
            fix="use ((1, 1), (2, 2)) for two axes",
        )
    return pairs


class _Borders(Layer):
    """Base of layers that work on `rank` spatial axes between batch and channels."""

    rank = 0

    def __init__(self, data_format: str | None = None, **kwargs: Any):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self.rank + 2)

    @property
    def _first(self) -> int:
        return 1 if self.data_format == "channels_last" else 2


class _ZeroPadding(_Borders):
    """Adds zeros around the spatial axes."""

    padding: Any

    def _pad(self, inputs: Any) -> Any:
        widths = [(0, 0)] * len(shape_of(inputs))
        widths[self._first : self._first + self.rank] = list(pairs_of(type(self).__name__, self.padding, self.rank))
        return ops.pad(inputs, tuple(widths))

    def call(self, inputs: Any) -> Any:
        """Pad."""
        return self._pad(inputs)


class ZeroPadding1D(_ZeroPadding):
    """Adds zero steps before and after a sequence.

    Args:
        padding: an int, or (before, after).
        data_format: `"channels_last"` or `"channels_first"`.

    Example:
        >>> ZeroPadding1D((1, 2))(np.ones((2, 3, 4))).shape
        (2, 6, 4)
    """

    rank = 1

    def __init__(self, padding: Any = 1, data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        self.padding = pairs_of("ZeroPadding1D", padding, 1)[0]


class ZeroPadding2D(_ZeroPadding):
    """Adds zero rows and columns around images.

    Args:
        padding: an int, an int per axis, or ((top, bottom), (left, right)).
        data_format: `"channels_last"` or `"channels_first"`.

    Example:
        >>> ZeroPadding2D(((1, 0), (2, 2)))(np.ones((2, 3, 4, 1))).shape
        (2, 4, 8, 1)
    """

    rank = 2

    def __init__(self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        self.padding = pairs_of("ZeroPadding2D", padding, 2)


class ZeroPadding3D(_ZeroPadding):
    """Adds zeros around volumes.

    Args:
        padding: an int, an int per axis, or a pair per axis.
        data_format: `"channels_last"` or `"channels_first"`.

    Example:
        >>> ZeroPadding3D(1)(np.ones((2, 3, 4, 5, 1))).shape
        (2, 5, 6, 7, 1)
    """

    rank = 3

    def __init__(self, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        self.padding = pairs_of("ZeroPadding3D", padding, 3)


class _Cropping(_Borders):
    """Cuts off the borders of the spatial axes."""

    cropping: Any

    def call(self, inputs: Any) -> Any:
        """Crop."""
        key: list[Any] = [slice(None)] * len(shape_of(inputs))
        for place, (before, after) in enumerate(pairs_of(type(self).__name__, self.cropping, self.rank)):
            size = shape_of(inputs)[self._first + place]
            if size is not None and before + after >= size:
                raise ShapeError(
                    f"{type(self).__name__} '{self.path}' would cut {before + after} of {size} elements of axis "
                    f"{self._first + place}.",
                    where=f"the input has shape {list(shape_of(inputs))}",
                    fix="crop less",
                )
            key[self._first + place] = slice(before, -after if after else None)
        return inputs[tuple(key)]


class Cropping1D(_Cropping):
    """Cuts steps off the ends of a sequence.

    Args:
        cropping: an int, or (before, after).
        data_format: `"channels_last"` or `"channels_first"`.

    Example:
        >>> Cropping1D(1)(np.ones((2, 5, 4))).shape
        (2, 3, 4)
    """

    rank = 1

    def __init__(self, cropping: Any = (1, 1), data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        self.cropping = pairs_of("Cropping1D", cropping, 1)[0]


class Cropping2D(_Cropping):
    """Cuts rows and columns off images.

    Args:
        cropping: an int, an int per axis, or ((top, bottom), (left, right)).
        data_format: `"channels_last"` or `"channels_first"`.

    Example:
        >>> Cropping2D(((1, 0), (1, 1)))(np.ones((2, 5, 5, 1))).shape
        (2, 4, 3, 1)
    """

    rank = 2

    def __init__(self, cropping: Any = ((0, 0), (0, 0)), data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        self.cropping = pairs_of("Cropping2D", cropping, 2)


class Cropping3D(_Cropping):
    """Cuts borders off volumes.

    Args:
        cropping: an int, an int per axis, or a pair per axis.
        data_format: `"channels_last"` or `"channels_first"`.

    Example:
        >>> Cropping3D(1)(np.ones((2, 5, 5, 5, 1))).shape
        (2, 3, 3, 3, 1)
    """

    rank = 3

    def __init__(self, cropping: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        self.cropping = pairs_of("Cropping3D", cropping, 3)


def sizes_of(name: str, value: Any, rank: int) -> tuple[int, ...]:
    """Return one positive int for every axis.

    Raises:
        ConfigError: for anything else.
    """
    sizes = (value,) * rank if isinstance(value, int) else tuple(value)
    if len(sizes) != rank or any(not isinstance(size, int) or size < 1 for size in sizes):
        raise ConfigError(f"{name} needs {rank} positive ints, not {value!r}.", fix=f"{name}(2)")
    return sizes


class UpSampling1D(_Borders):
    """Repeats every step of a sequence.

    Args:
        size: how often.

    Example:
        >>> UpSampling1D(2)(np.ones((2, 3, 4))).shape
        (2, 6, 4)
    """

    rank = 1

    def __init__(self, size: int = 2, **kwargs: Any):
        super().__init__("channels_last", **kwargs)
        self.size = sizes_of("UpSampling1D", size, 1)[0]

    def call(self, inputs: Any) -> Any:
        """Repeat."""
        return ops.repeat(inputs, self.size, axis=1)


class UpSampling2D(_Borders):
    """Enlarges images by whole factors.

    Args:
        size: an int, or (rows, columns).
        data_format: `"channels_last"` or `"channels_first"`.
        interpolation: `"nearest"` or `"bilinear"`.

    Example:
        >>> UpSampling2D((2, 3))(np.ones((2, 3, 4, 1))).shape
        (2, 6, 12, 1)
    """

    rank = 2

    def __init__(
        self, size: Any = (2, 2), data_format: str | None = None, interpolation: str = "nearest", **kwargs: Any
    ):
        super().__init__(data_format, **kwargs)
        self.size = sizes_of("UpSampling2D", size, 2)
        if interpolation not in ("nearest", "bilinear"):
            raise ConfigError(
                f"UpSampling2D cannot interpolate by {interpolation!r}.", fix="use 'nearest' or 'bilinear'"
            )
        self.interpolation = interpolation

    def call(self, inputs: Any) -> Any:
        """Enlarge."""
        return resample(inputs, (None, None), self.size, self.interpolation, self.data_format)


class UpSampling3D(_Borders):
    """Enlarges volumes by repeating.

    Args:
        size: an int, or one per axis.
        data_format: `"channels_last"` or `"channels_first"`.

    Example:
        >>> UpSampling3D(2)(np.ones((2, 3, 4, 5, 1))).shape
        (2, 6, 8, 10, 1)
    """

    rank = 3

    def __init__(self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any):
        super().__init__(data_format, **kwargs)
        self.size = sizes_of("UpSampling3D", size, 3)

    def call(self, inputs: Any) -> Any:
        """Repeat along every axis."""
        for place, size in enumerate(self.size):
            inputs = ops.repeat(inputs, size, axis=self._first + place)
        return inputs
