"""Resizing images, against plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import ops
from hybrid.core.spec import TensorSpec
from hybrid.core.trace import trace_function
from hybrid.errors import ConfigError, ShapeError
from hybrid.ops.image import resample

_IMAGES = np.random.default_rng(6).normal(size=(2, 5, 4, 3))


def _pixel(row: Any, position: float, interpolation: str) -> Any:
    """Value of a row of pixels, whose centres lie at i + 1/2, at a position."""
    if interpolation == "nearest":
        return row[min(int(position), len(row) - 1)]
    return np.apply_along_axis(lambda values: np.interp(position - 0.5, np.arange(len(values)), values), 0, row)


def _loops(images: Any, size: Any, interpolation: str) -> Any:
    for axis, length in zip((1, 2), size, strict=True):
        rows = np.moveaxis(images, axis, 0)
        positions = (np.arange(length) + 0.5) * len(rows) / length
        images = np.moveaxis(np.stack([_pixel(rows, position, interpolation) for position in positions]), 0, axis)
    return images


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
@pytest.mark.parametrize("size", [(10, 8), (3, 4), (7, 9), (1, 1), (5, 4)])
def test_resize_equals_loops(size: Any, interpolation: str) -> None:
    expected = _loops(_IMAGES, size, interpolation)
    np.testing.assert_allclose(ops.image.resize(_IMAGES, size, interpolation).numpy(), expected, atol=1e-12)
    first = np.moveaxis(_IMAGES, -1, 1)
    y = ops.image.resize(first, size, interpolation, data_format="channels_first").numpy()
    np.testing.assert_allclose(np.moveaxis(y, 1, -1), expected, atol=1e-12)
    one = ops.image.resize(_IMAGES[0], size, interpolation).numpy()
    np.testing.assert_allclose(one, expected[0], atol=1e-12)


def test_bytes_are_rounded() -> None:
    image = np.array([0, 1, 3, 10], np.uint8).reshape(1, 4, 1)
    y = ops.image.resize(image, (1, 7))
    assert y.dtype == np.uint8
    np.testing.assert_array_equal(y.numpy().ravel(), [0, 0, 1, 2, 4, 8, 10])


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_images_of_unknown_size_grow_by_a_factor(interpolation: str) -> None:
    def grow(x: Any) -> Any:
        return resample(x, (None, None), (2, 3), interpolation, "channels_last")

    recorded = trace_function(grow, [TensorSpec((None, None, 4, 3), "float64")])
    assert recorded.output_specs[0].shape == (None, None, 12, 3)
    got = recorded.replay([ops.convert_to_tensor(_IMAGES)]).numpy()
    np.testing.assert_array_equal(got, ops.image.resize(_IMAGES, (10, 12), interpolation).numpy())


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ShapeError, match="height, a width and channels"):
        ops.image.resize(np.ones((4, 4)), (2, 2))
    with pytest.raises(ConfigError, match="'bilinear' or 'nearest'"):
        ops.image.resize(_IMAGES, (2, 2), "lanczos9")
    with pytest.raises(ConfigError, match="height, width"):
        ops.image.resize(_IMAGES, (2, 0))
