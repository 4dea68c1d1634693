"""Continuous distributions.

Floor 5. Entries first, then the public functions. Values are drawn in the precision that is asked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import is_tensor
from ..core.dtypes import standardize_dtype
from ..core.operators import OPERATORS
from ..core.primitive import Primitive
from ..core.random import generator_of
from ..core.spec import TensorSpec, broadcast_shapes
from ..errors import ConfigError, DTypeError, ShapeError
from ..ops.shaping import join_shape, split_shape
from ..typing import DTypeLike
from .seed_generator import draw, tensor_or_number

__all__ = ["beta", "gamma", "normal", "truncated_normal", "uniform"]

_KEY = np.array([1, 0], "uint32")
_FLOAT32, _FLOAT64 = np.dtype("float32"), np.dtype("float64")


def infer_draw(state: Any, *sizes: Any, shape: Any, dtype: Any, **_: Any) -> TensorSpec:
    """Infer for draws of a shape."""
    return TensorSpec.of(shape, dtype)


def draw_samples(**params: Any) -> Any:
    """Make a `samples` function of a draw: a known shape, a symbolic size, an empty shape."""
    dtype = params.pop("dtype", _FLOAT64)
    shapes: list[Any] = [((), (2, 3)), ((2,), (None, 3)), ((), ()), ((), (0, 2))]
    return lambda rng: [((_KEY, *sizes), {"shape": s, "dtype": dtype, **params}) for sizes, s in shapes]


def _native(dtype: Any) -> Any:
    return dtype if dtype in (_FLOAT32, _FLOAT64) else _FLOAT32


def _compute_normal(state: Any, *sizes: Any, shape: Any, dtype: Any, mean: float, stddev: float) -> Any:
    values = generator_of(state).standard_normal(join_shape(shape, sizes), _native(dtype))
    return _scaled(values, mean, stddev, dtype)


def _scaled(values: Any, shift: float, scale: float, dtype: Any) -> Any:
    values = np.asarray(values)
    if scale != 1.0:
        values *= scale
    if shift != 0.0:
        values += shift
    return values.astype(dtype, copy=False)


def _compute_truncated(state: Any, *sizes: Any, shape: Any, dtype: Any, mean: float, stddev: float) -> Any:
    generator, native = generator_of(state), _native(dtype)
    values = np.asarray(generator.standard_normal(join_shape(shape, sizes), native))
    outside = np.abs(values) > 2
    while outside.any():
        values[outside] = generator.standard_normal(int(outside.sum()), native)
        outside = np.abs(values) > 2
    return _scaled(values, mean, stddev, dtype)


def _compute_uniform(state: Any, *sizes: Any, shape: Any, dtype: Any, minval: float, maxval: float) -> Any:
    values = generator_of(state).random(join_shape(shape, sizes), _native(dtype))
    values = _scaled(values, minval, maxval - minval, dtype)
    if minval < maxval and (minval, maxval) != (0.0, 1.0):
        # Rounding may reach the upper bound, which is not included (but never from 0 to 1).
        np.minimum(values, np.nextafter(values.dtype.type(maxval), values.dtype.type(minval)), out=values)
    return values


def infer_parameters(state: Any, *arguments: Any, count: int, shape: Any, dtype: Any) -> TensorSpec:
    """Infer for draws whose parameters are tensors that broadcast to the shape."""
    for parameter in arguments[:count]:
        own = getattr(parameter, "shape", ())
        if len(own) > len(shape) or len(broadcast_shapes(own, shape)) != len(shape):
            raise ShapeError(f"A parameter of shape {list(own)} cannot be broadcast to {list(shape)}.")
        if any(a not in (None, 1) and b == 1 for a, b in zip(own[::-1], shape[::-1], strict=False)):
            raise ShapeError(f"A parameter of shape {list(own)} cannot be broadcast to {list(shape)}.")
    return TensorSpec.of(shape, dtype)


def _compute_gamma(state: Any, alpha: Any, *sizes: Any, count: int, shape: Any, dtype: Any) -> Any:
    sizes_now = join_shape(shape, sizes)
    if not np.all(np.asarray(alpha) > 0):
        raise ConfigError("alpha of a gamma distribution must be greater than zero everywhere.")
    native = _native(dtype)
    return np.asarray(generator_of(state).standard_gamma(alpha, sizes_now, native)).astype(dtype, copy=False)


def _compute_beta(state: Any, alpha: Any, beta: Any, *sizes: Any, count: int, shape: Any, dtype: Any) -> Any:
    if not (np.all(np.asarray(alpha) > 0) and np.all(np.asarray(beta) > 0)):
        raise ConfigError("alpha and beta of a beta distribution must be greater than zero everywhere.")
    return np.asarray(generator_of(state).beta(alpha, beta, join_shape(shape, sizes))).astype(dtype, copy=False)


NORMAL = Primitive("random_normal", _compute_normal, infer_draw, samples=draw_samples(mean=1.0, stddev=2.0))
TRUNCATED = Primitive(
    "random_truncated_normal", _compute_truncated, infer_draw, samples=draw_samples(mean=1.0, stddev=2.0)
)
UNIFORM = Primitive("random_uniform", _compute_uniform, infer_draw, samples=draw_samples(minval=-1.0, maxval=2.0))
GAMMA = Primitive(
    "random_gamma",
    _compute_gamma,
    infer_parameters,
    samples=lambda rng: [((_KEY, np.array([1.0, 2.0]), 3), {"count": 1, "shape": (None, 2), "dtype": _FLOAT64})],
)
BETA = Primitive(
    "random_beta",
    _compute_beta,
    infer_parameters,
    samples=lambda rng: [((_KEY, np.array([1.0, 2.0]), 3.0, 3), {"count": 2, "shape": (None, 2), "dtype": _FLOAT64})],
)


def float_or_refuse(name: str, dtype: DTypeLike) -> Any:
    """Return a float dtype, the default one for `None`.

    Raises:
        DTypeError: if it is no float.
    """
    standard = standardize_dtype(dtype)
    if standard.kind != "f":
        raise DTypeError(
            f"random.{name} draws floats and cannot return {standard}.", fix="use random.randint for integers, or cast"
        )
    return standard


def draw_with_parameters(primitive: Primitive, seed: Any, parameters: list[Any], shape: Any, dtype: Any) -> Any:
    """Draw with parameters that are numbers or tensors."""
    template, sizes = split_shape(shape)
    prepared = [tensor_or_number(parameter) for parameter in parameters]
    return draw(primitive, seed, *prepared, *sizes, count=len(prepared), shape=template, dtype=dtype)


def _any_arrays(*values: Any) -> bool:
    return any(is_tensor(value) or isinstance(value, np.ndarray) for value in values)


def check_spread(name: str, mean: Any, stddev: Any) -> None:
    """Raise if nothing can be drawn with these parameters of a normal distribution.

    Raises:
        ConfigError: if they are wrong numbers.
    """
    if not _any_arrays(mean, stddev) and not (stddev >= 0 and np.isfinite(mean)):
        raise ConfigError(f"random.{name} received mean={mean!r}, stddev={stddev!r}.", why="stddev must be ≥ 0")


def check_bounds(minval: Any, maxval: Any) -> None:
    """Raise if nothing can be drawn between these bounds.

    Raises:
        ConfigError: if they are numbers in the wrong order, or not finite.
    """
    if not _any_arrays(minval, maxval) and not (np.isfinite(minval) and np.isfinite(maxval) and minval <= maxval):
        raise ConfigError(
            f"random.uniform received minval={minval!r} and maxval={maxval!r}.",
            why="both must be finite, and minval not greater than maxval",
            fix="exchange the bounds" if minval > maxval else "pass numbers",
        )


def _located(primitive: Primitive, name: str, shape: Any, shift: Any, scale: Any, dtype: Any, seed: Any) -> Any:
    """Draw from a family of shift and scale; tensors among these are applied to a standard draw."""
    standard = float_or_refuse(name, dtype)
    template, sizes = split_shape(shape)
    if not _any_arrays(shift, scale):
        check_spread(name, shift, scale)
        options = {"mean": float(shift), "stddev": float(scale)}
        return draw(primitive, seed, *sizes, shape=template, dtype=standard, **options)
    values = draw(primitive, seed, *sizes, shape=template, dtype=standard, mean=0.0, stddev=1.0)
    return OPERATORS["cast"](OPERATORS["add"](OPERATORS["multiply"](values, scale), shift), standard)


def normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: DTypeLike = None, seed: Any = None) -> Any:
    """Draw from a normal distribution.

    Args:
        shape: sizes; symbolic ones are welcome.
        mean: of the distribution.
        stddev: its standard deviation, ≥ 0.
        dtype: a float type; the default float if not given.
        seed: int (the same values at each call), `SeedGenerator`, or `None` for the global generator.

    Returns:
        tensor of the shape.

    Raises:
        DTypeError: if the dtype is no float.
        ConfigError: if `stddev` is negative.

    Example:
        >>> normal((2, 3), seed=1).shape
        (2, 3)
    """
    return _located(NORMAL, "normal", shape, mean, stddev, dtype, seed)


def truncated_normal(shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: DTypeLike = None, seed: Any = None) -> Any:
    """Draw from a normal distribution; what is more than two standard deviations from the mean is drawn again.

    Args:
        shape: sizes; symbolic ones are welcome.
        mean: of the normal distribution.
        stddev: its standard deviation before truncation, ≥ 0.
        dtype: a float type; the default float if not given.
        seed: as in `normal`.

    Example:
        >>> bool(np.all(np.abs(truncated_normal(1000, seed=1).numpy()) <= 2))
        True
    """
    return _located(TRUNCATED, "truncated_normal", shape, mean, stddev, dtype, seed)


def uniform(shape: Any, minval: Any = 0.0, maxval: Any = 1.0, dtype: DTypeLike = None, seed: Any = None) -> Any:
    """Draw evenly between two bounds, the upper one not included.

    Args:
        shape: sizes; symbolic ones are welcome.
        minval: lower bound.
        maxval: upper bound, not less than the lower.
        dtype: a float type; the default float if not given.
        seed: as in `normal`.

    Raises:
        DTypeError: if the dtype is no float.
        ConfigError: if the bounds are in the wrong order or not finite.

    Example:
        >>> uniform((2,), 5, 6, seed=1).numpy().astype(int)
        array([5, 5])
    """
    standard = float_or_refuse("uniform", dtype)
    template, sizes = split_shape(shape)
    if is_tensor(minval) or is_tensor(maxval):
        unit = draw(UNIFORM, seed, *sizes, shape=template, dtype=standard, minval=0.0, maxval=1.0)
        width = OPERATORS["subtract"](maxval, minval)
        return OPERATORS["cast"](OPERATORS["add"](OPERATORS["multiply"](unit, width), minval), standard)
    check_bounds(minval, maxval)
    bounds = {"minval": float(minval), "maxval": float(maxval)}
    return draw(UNIFORM, seed, *sizes, shape=template, dtype=standard, **bounds)


def gamma(shape: Any, alpha: Any, dtype: DTypeLike = None, seed: Any = None) -> Any:
    """Draw from a gamma distribution of scale 1.

    Args:
        shape: sizes; symbolic ones are welcome.
        alpha: > 0, number or tensor that broadcasts to the shape.
        dtype: a float type; the default float if not given.
        seed: as in `normal`.

    Raises:
        ConfigError: if `alpha` is not greater than zero.

    Example:
        >>> gamma((2,), 3.0, seed=1).shape
        (2,)
    """
    return draw_with_parameters(GAMMA, seed, [alpha], shape, float_or_refuse("gamma", dtype))


def beta(shape: Any, alpha: Any, beta: Any, dtype: DTypeLike = None, seed: Any = None) -> Any:
    """Draw from a beta distribution.

    Args:
        shape: sizes; symbolic ones are welcome.
        alpha: > 0, number or tensor that broadcasts to the shape.
        beta: as `alpha`.
        dtype: a float type; the default float if not given.
        seed: as in `normal`.

    Raises:
        ConfigError: if a parameter is not greater than zero.

    Example:
        >>> beta((2,), 1.0, 2.0, seed=1).shape
        (2,)
    """
    return draw_with_parameters(BETA, seed, [alpha, beta], shape, float_or_refuse("beta", dtype))
