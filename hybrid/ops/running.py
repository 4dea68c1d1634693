"""Products and running totals.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.primitive import Primitive, spec_like
from ..core.spec import TensorSpec, normalize_axes, normalize_axis, reduce_shape
from ..typing import TensorLike
from .arithmetic import multiply
from .conversion import cast, convert_to_tensor
from .definition import as_number, as_summable, floats, public
from .reduction import restore_axes
from .shaping import reshape

__all__ = ["cumprod", "cumsum", "prod"]


def _running(ufunc: Any) -> Any:
    def compute(x: Any, axis: int, reverse: bool) -> Any:
        if not reverse:
            return ufunc.accumulate(x, axis, x.dtype)
        return np.flip(ufunc.accumulate(np.flip(x, axis), axis, x.dtype), axis)

    return compute


def _running_samples(rng: np.random.Generator) -> list[Any]:
    return [((floats(rng, 3, 4),), {"axis": axis, "reverse": bool(axis)}) for axis in (0, 1)] + [
        ((floats(rng, 0, 2),), {"axis": 0, "reverse": False})
    ]


CUMSUM = Primitive(
    "cumsum",
    _running(np.add),
    spec_like,
    [lambda g, y, x, axis, reverse: apply(CUMSUM, g, axis=axis, reverse=not reverse)],
    samples=_running_samples,
)


def _compute_shift(x: Any, axis: int, reverse: bool, fill: float) -> Any:
    result = np.full_like(x, fill)
    if x.shape[axis]:
        before, ahead = (slice(None),) * axis, (slice(1, None), slice(None, -1))
        target, source = ahead[::-1] if reverse else ahead
        result[(*before, target)] = x[(*before, source)]
    return result


def _compute_recurrence(x: Any, factor: Any, axis: int, reverse: bool) -> Any:
    result = np.empty_like(x)
    rows, inputs, factors = (np.moveaxis(each, axis, 0) for each in (result, x, factor))
    state = np.zeros_like(inputs[0]) if len(inputs) else None
    for index in range(len(inputs))[:: -1 if reverse else 1]:
        state = inputs[index] + factors[index] * state
        rows[index] = state
    return result


# y[i] = x[i-1], the first place filled with a constant; the other way round in reverse.
SHIFT = Primitive(
    "shift",
    _compute_shift,
    lambda x, axis, reverse, fill: x,
    [lambda g, y, x, axis, reverse, fill: apply(SHIFT, g, axis=axis, reverse=not reverse, fill=0.0)],
    samples=lambda rng: [((floats(rng, 3, 2),), {"axis": 0, "reverse": r, "fill": 1.0}) for r in (False, True)],
)
# y[i] = x[i] + factor[i] * y[i-1]; the derivative is such a recurrence again, the other way round.
RECURRENCE = Primitive(
    "linear_recurrence",
    _compute_recurrence,
    lambda x, factor, axis, reverse: x,
    [
        lambda g, y, x, factor, axis, reverse: _recurrence_cotangent(g, factor, axis, reverse),
        lambda g, y, x, factor, axis, reverse: multiply(
            _recurrence_cotangent(g, factor, axis, reverse), _shift(y, axis, reverse, 0.0)
        ),
    ],
    samples=lambda rng: [((floats(rng, 3, 2), floats(rng, 3, 2)), {"axis": 0, "reverse": r}) for r in (False, True)],
)


def _shift(x: Any, axis: int, reverse: bool, fill: float) -> Any:
    return apply(SHIFT, x, axis=axis, reverse=reverse, fill=fill)


def _recurrence_cotangent(g: Any, factor: Any, axis: int, reverse: bool) -> Any:
    return apply(RECURRENCE, g, _shift(factor, axis, not reverse, 0.0), axis=axis, reverse=not reverse)


def _product_before(x: Any, axis: int, reverse: bool) -> Any:
    """Return for each place the product of all elements before it, exact also where some are zero."""
    return _shift(apply(CUMPROD, x, axis=axis, reverse=reverse), axis, reverse, 1.0)


CUMPROD = Primitive(
    "cumprod",
    _running(np.multiply),
    spec_like,
    [
        lambda g, y, x, axis, reverse: multiply(
            _recurrence_cotangent(g, x, axis, reverse), _product_before(x, axis, reverse)
        )
    ],
    samples=_running_samples,
)
PROD = Primitive(
    "prod",
    lambda x, axis, keepdims: np.asarray(np.prod(x, axis, x.dtype, keepdims=keepdims)),
    lambda x, axis, keepdims: TensorSpec.of(reduce_shape(x.shape, (axis,), keepdims), x.dtype),
    [
        lambda g, y, x, axis, keepdims: multiply(
            restore_axes(g, x, (axis,), keepdims),
            multiply(_product_before(x, axis, False), _product_before(x, axis, True)),
        )
    ],
    samples=lambda rng: [
        ((floats(rng, 2, 3),), {"axis": 1, "keepdims": False}),
        ((floats(rng, 2, 3),), {"axis": 0, "keepdims": True}),
        ((np.array([[0.0, 0.5], [0.7, 0.0]]),), {"axis": 1, "keepdims": False}),
    ],
)


@public()
def cumsum(x: TensorLike, axis: int | None = None, dtype: Any = None) -> Any:
    """Return running totals.

    Args:
        x: tensor of any shape; bools are counted as int32.
        axis: along which axis; of the flat tensor by default.
        dtype: to compute in, that of `x` by default.

    Example:
        >>> cumsum([1, 2, 3]).numpy()
        array([1, 3, 6], dtype=int32)
    """
    return _run_along(CUMSUM, x, axis, dtype)


@public()
def cumprod(x: TensorLike, axis: int | None = None, dtype: Any = None) -> Any:
    """Return running products; arguments as in `cumsum`.

    Example:
        >>> cumprod([1, 2, 3]).numpy()
        array([1, 2, 6], dtype=int32)
    """
    return _run_along(CUMPROD, x, axis, dtype)


def _run_along(primitive: Primitive, x: Any, axis: int | None, dtype: Any) -> Any:
    x = as_number(x) if dtype is None else cast(x, dtype)
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    return apply(primitive, x, axis=normalize_axis(axis, len(shape_of(x))), reverse=False)


@public(reduces=np.multiply)
def prod(x: TensorLike, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """Multiply elements.

    Args:
        x: tensor of any shape; bools and integers of less than 32 bits are multiplied as int32 or uint32.
        axis: along which axes, all by default.
        keepdims: whether reduced axes stay, with size 1.
        dtype: to compute in, that of `x` by default.

    Example:
        >>> prod([[1, 2], [3, 4]], axis=1).numpy()
        array([ 2, 12], dtype=int32)
    """
    x = as_summable(x) if dtype is None else cast(x, dtype)
    for each in reversed(normalize_axes(axis, len(shape_of(x)))):
        x = apply(PROD, x, axis=each, keepdims=bool(keepdims))
    return convert_to_tensor(x)
