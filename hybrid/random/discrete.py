"""Discrete distributions.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import shape_of
from ..core.dtypes import INT32, standardize_dtype
from ..core.primitive import Primitive
from ..core.random import generator_of
from ..core.spec import TensorSpec
from ..errors import ConfigError, DataError, DTypeError, ShapeError
from ..ops.definition import as_float
from ..ops.shaping import join_shape, split_shape
from ..typing import DTypeLike, TensorLike
from .continuous import draw_samples, draw_with_parameters, float_or_refuse, infer_draw, infer_parameters
from .seed_generator import draw

__all__ = ["binomial", "categorical", "randint"]

_KEY = np.array([1, 0], "uint32")


def _compute_randint(state: Any, *sizes: Any, shape: Any, dtype: Any, minval: int, maxval: int) -> Any:
    size = join_shape(shape, sizes)
    if minval == maxval:
        return np.full(size, minval, dtype)
    return np.asarray(generator_of(state).integers(minval, maxval, size, np.int64)).astype(dtype, copy=False)


def _compute_binomial(
    state: Any, counts: Any, probabilities: Any, *sizes: Any, count: int, shape: Any, dtype: Any
) -> Any:
    p, n = np.asarray(probabilities), np.asarray(counts)
    if not np.all((p >= 0) & (p <= 1)) or not np.all(n >= 0):
        raise ConfigError("random.binomial needs counts ≥ 0 and probabilities between 0 and 1.")
    values = generator_of(state).binomial(n.astype(np.int64), p, join_shape(shape, sizes))
    return np.asarray(values).astype(dtype, copy=False)


def _compute_categorical(state: Any, logits: Any, *, samples: int, dtype: Any) -> Any:
    if np.isnan(logits).any():
        raise DataError("random.categorical received NaN among its logits.", fix="look for where they come from")
    batch, classes = logits.shape
    highest = logits.max(axis=1, keepdims=True)
    if not np.isfinite(highest).all():
        raise DataError("random.categorical received a row in which no class can be drawn, or one infinitely likely.")
    weights = np.exp(logits.astype(np.float64) - highest)
    edges = np.cumsum(weights, axis=1)
    # One search for all rows: the edges of row r lie between r and r + 1.
    rows = np.arange(batch)[:, None]
    edges = edges / edges[:, -1:] + rows
    values = generator_of(state).random((batch, samples)) + rows
    found = np.searchsorted(edges.reshape(-1), values.reshape(-1), side="right").reshape(batch, samples)
    # Rounding may step over the last class that can be drawn.
    last = classes - 1 - np.argmax(weights[:, ::-1] > 0, axis=1)[:, None]
    return np.minimum(found - rows * classes, last).astype(dtype)


RANDINT = Primitive(
    "random_randint", _compute_randint, infer_draw, samples=draw_samples(dtype=INT32, minval=-2, maxval=5)
)
BINOMIAL = Primitive(
    "random_binomial",
    _compute_binomial,
    infer_parameters,
    samples=lambda rng: [
        ((_KEY, 10, np.array([0.1, 0.5]), 3), {"count": 2, "shape": (None, 2), "dtype": np.dtype("float64")})
    ],
)
CATEGORICAL = Primitive(
    "random_categorical",
    _compute_categorical,
    lambda state, logits, *, samples, dtype: TensorSpec.of((logits.shape[0], samples), dtype),
    samples=lambda rng: [((_KEY, rng.normal(size=(n, 4))), {"samples": 3, "dtype": INT32}) for n in (2, 0)],
)


def randint(shape: Any, minval: int, maxval: int, dtype: DTypeLike = "int32", seed: Any = None) -> Any:
    """Draw integers evenly between two bounds, the upper one not included.

    Args:
        shape: sizes; symbolic ones are welcome.
        minval: lower bound.
        maxval: upper bound; one value only if it equals the lower.
        dtype: an integer type.
        seed: int (the same values at each call), `SeedGenerator`, or `None` for the global generator.

    Raises:
        DTypeError: if the dtype is no integer.
        ConfigError: if the bounds are in the wrong order.

    Example:
        >>> values = randint((100,), 0, 3, seed=1).numpy()
        >>> int(values.min()), int(values.max())
        (0, 2)
    """
    standard = standardize_dtype(dtype)
    if standard.kind not in "iu":
        raise DTypeError(
            f"random.randint draws integers and cannot return {standard}.", fix="use random.uniform for floats"
        )
    low, high = int(minval), int(maxval)
    if low > high:
        raise ConfigError(
            f"random.randint received minval={low}, which is greater than maxval={high}.", fix="exchange the bounds"
        )
    limits = np.iinfo(standard)
    if low < limits.min or high - 1 > limits.max:
        raise ConfigError(f"{standard} cannot hold all integers from {low} to {high - 1}.", fix="choose a wider dtype")
    template, sizes = split_shape(shape)
    return draw(RANDINT, seed, *sizes, shape=template, dtype=standard, minval=low, maxval=high)


def binomial(shape: Any, counts: Any, probabilities: Any, dtype: DTypeLike = None, seed: Any = None) -> Any:
    """Draw from a binomial distribution: how many of some trials succeed.

    Args:
        shape: sizes; symbolic ones are welcome.
        counts: numbers of trials, number or tensor that broadcasts to the shape.
        probabilities: of success, as `counts`.
        dtype: a float type; the default float if not given.
        seed: as in `randint`.

    Raises:
        ConfigError: if a count is negative or a probability not between 0 and 1.

    Example:
        >>> binomial((2,), 5, 1.0, seed=1).numpy()
        array([5., 5.], dtype=float32)
    """
    standard = float_or_refuse("binomial", dtype)
    return draw_with_parameters(BINOMIAL, seed, [counts, probabilities], shape, standard)


def categorical(logits: TensorLike, num_samples: int, dtype: DTypeLike = "int32", seed: Any = None) -> Any:
    """Draw classes with given log-probabilities.

    Args:
        logits: float `[batch, classes]`, unnormalised log-probabilities.
        num_samples: how many classes to draw for every row.
        dtype: an integer type.
        seed: as in `randint`.

    Returns:
        integers `[batch, num_samples]`.

    Raises:
        ShapeError: if `logits` is not of rank 2, or there are no classes.
        DTypeError: if the dtype is no integer.
        DataError: if a logit is NaN.

    Example:
        >>> categorical(np.log([[0.5, 0.5, 1e-9]]), 50, seed=1).numpy().max()
        np.int32(1)
    """
    logits = as_float(logits)
    shape = shape_of(logits)
    if len(shape) != 2 or shape[1] == 0:
        raise ShapeError(
            f"random.categorical needs logits of shape [batch, classes], not {list(shape)}.",
            fix="use logits[None] for one distribution",
        )
    standard = standardize_dtype(dtype)
    if standard.kind not in "iu":
        raise DTypeError(f"random.categorical draws integers and cannot return {standard}.", fix="use int32")
    if int(num_samples) < 0:
        raise ConfigError(f"num_samples must not be negative, but is {num_samples}.")
    return draw(CATEGORICAL, seed, logits, samples=int(num_samples), dtype=standard)
