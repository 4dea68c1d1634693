"""What is no number counts for nothing, and gets no gradient."""

from __future__ import annotations

import numpy as np
import pytest

from hybrid import GradientTape, Tensor, ops

NOTHING = np.array([[np.nan, np.nan], [1.0, np.nan]])


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (ops.nansum, [0.0, 1.0]),
        (ops.nanprod, [1.0, 1.0]),
        (ops.nanmean, [np.nan, 1.0]),
        (ops.nanmax, [np.nan, 1.0]),
        (ops.nanmin, [np.nan, 1.0]),
        (ops.nanvar, [np.nan, 0.0]),
        (ops.nanstd, [np.nan, 0.0]),
    ],
)
def test_slice_without_numbers_warns_of_nothing(op: object, expected: list[float]) -> None:
    np.testing.assert_array_equal(op(NOTHING, axis=1), expected)  # type: ignore[operator]


def test_numpys_functions_are_ours() -> None:
    assert isinstance(np.nanmean(Tensor(NOTHING)), Tensor)


@pytest.mark.parametrize("op", [ops.nansum, ops.nanmean, ops.nanmax, ops.nanmin, ops.nanprod])
def test_gradient_passes_over_what_is_missing(op: object) -> None:
    x = Tensor(np.array([3.0, np.nan, 3.0]))
    with GradientTape() as tape:
        tape.watch(x)
        y = op(x)  # type: ignore[operator]
    slope = tape.gradient(y, x).numpy()
    assert slope[1] == 0 and slope[0] == slope[2] > 0
