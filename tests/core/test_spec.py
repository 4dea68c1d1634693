"""Shape arithmetic agrees with NumPy, and says nothing of unknown sizes that could be false."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid import TensorSpec
from hybrid.core.spec import broadcast_shapes, normalize_axes, reduce_shape, standardize_shape
from hybrid.errors import DTypeError, ShapeError

_SHAPES = st.lists(st.integers(0, 3), max_size=4).map(tuple)


@given(_SHAPES, _SHAPES)
def test_broadcasting_agrees_with_numpy(first: Any, second: Any) -> None:
    try:
        expected = np.broadcast_shapes(first, second)
    except ValueError:
        with pytest.raises(ShapeError, match="cannot be broadcast"):
            broadcast_shapes(first, second)
    else:
        assert broadcast_shapes(first, second) == expected


@given(_SHAPES, _SHAPES, st.data())
def test_broadcasting_unknown_sizes_promises_what_is_true(first: Any, second: Any, data: Any) -> None:
    try:
        expected = np.broadcast_shapes(first, second)
    except ValueError:
        return
    hidden = [tuple(data.draw(st.sampled_from([size, None])) for size in shape) for shape in (first, second)]
    promised = broadcast_shapes(*hidden)
    assert len(promised) == len(expected)
    assert all(mine is None or mine == real for mine, real in zip(promised, expected, strict=True))


@given(_SHAPES, st.data())
def test_reduced_shape_agrees_with_numpy(shape: Any, data: Any) -> None:
    axes = tuple(data.draw(st.sets(st.integers(0, max(len(shape) - 1, 0)), max_size=len(shape))))
    keepdims = data.draw(st.booleans())
    assert reduce_shape(shape, axes, keepdims) == np.sum(np.zeros(shape), axis=axes, keepdims=keepdims).shape


@pytest.mark.parametrize("axes", [2, -3, (0, 2), (0, 0), (1, -1)])
def test_wrong_axes_are_refused(axes: Any) -> None:
    with pytest.raises(ShapeError, match="out of range|named twice"):
        normalize_axes(axes, 2)


@pytest.mark.parametrize("shape", ["ab", (-1, 2), (2, "x"), 1.5])
def test_what_is_no_shape_is_refused(shape: Any) -> None:
    with pytest.raises(ShapeError):
        standardize_shape(shape)


def test_spec_accepts_what_is_at_least_as_specific() -> None:
    assert TensorSpec((None, 3)).accepts(TensorSpec((2, 3)))
    assert not TensorSpec((2, 3)).accepts(TensorSpec((None, 3)))
    assert not TensorSpec((None, 3)).accepts(TensorSpec((2, 3), "float64"))


def test_config_round_trip() -> None:
    spec = TensorSpec((None, 3), "int8", name="x")
    assert TensorSpec.from_config(spec.get_config()) == spec
    assert TensorSpec.from_config(spec.get_config()).name == "x"


@pytest.mark.parametrize("dtype", ["complex64", "str", object, "float128x"])
def test_dtype_that_cannot_be_computed_with_is_refused(dtype: Any) -> None:
    with pytest.raises(DTypeError, match="Unsupported dtype"):
        TensorSpec((), dtype)
