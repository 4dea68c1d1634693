"""Bits of integers.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply
from ..core.primitive import Primitive, spec_like
from ..errors import DTypeError
from ..typing import TensorLike
from .definition import as_tensor, elementwise, promote, promote_numbers, public

__all__ = [
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "left_shift",
    "right_shift",
]


def as_integers(x: Any) -> Any:
    """Return a tensor of integers or bools.

    Raises:
        DTypeError: if it has another dtype.
    """
    x = as_tensor(x)
    if x.dtype.kind not in "biu":
        raise DTypeError(
            f"A tensor of dtype {x.dtype} has no bits to work on.", fix="cast it to an integer type or bool"
        )
    return x


def _integer_samples(rng: np.random.Generator) -> list[Any]:
    pairs = (((2, 3), (3,)), ((), (2,)), ((0, 2), (2,)))
    return [((rng.integers(0, 5, a), rng.integers(0, 5, b)), {}) for a, b in pairs]


def _bitwise(function: Any) -> Primitive:
    return elementwise(function.__name__, function, None, samples=_integer_samples)


BITWISE_AND, BITWISE_OR, BITWISE_XOR = _bitwise(np.bitwise_and), _bitwise(np.bitwise_or), _bitwise(np.bitwise_xor)
LEFT_SHIFT, RIGHT_SHIFT = _bitwise(np.left_shift), _bitwise(np.right_shift)
BITWISE_NOT = elementwise(
    "bitwise_not",
    np.bitwise_not,
    None,
    infer=spec_like,
    samples=lambda rng: [((rng.integers(0, 5, (2, 3)),), {}), ((rng.integers(0, 2, 3) > 0,), {})],
)


def _pair(x1: Any, x2: Any) -> tuple[Any, Any]:
    return promote(*(x if type(x) in (int, bool) else as_integers(x) for x in (x1, x2)))


@public(ufunc=np.bitwise_not)
def bitwise_not(x: TensorLike) -> Any:
    """Flip every bit; bools are negated.

    Example:
        >>> bitwise_not([0, 5]).numpy()
        array([-1, -6], dtype=int32)
    """
    return apply(BITWISE_NOT, as_integers(x))


def _shift_pair(x1: Any, x2: Any) -> tuple[Any, Any]:
    return promote_numbers(*_pair(x1, x2))


@public()
def bitwise_invert(x: TensorLike) -> Any:
    """Flip every bit; another name of `bitwise_not`.

    Example:
        >>> bitwise_invert([True, False]).numpy()
        array([False,  True])
    """
    return bitwise_not(x)


@public(ufunc=np.bitwise_and)
def bitwise_and(x: TensorLike, y: TensorLike) -> Any:
    """Return the bits that are set in both integers.

    Example:
        >>> bitwise_and([5, 3], 6).numpy()
        array([4, 2], dtype=int32)
    """
    return apply(BITWISE_AND, *_pair(x, y))


@public(ufunc=np.bitwise_or)
def bitwise_or(x: TensorLike, y: TensorLike) -> Any:
    """Return the bits that are set in either integer.

    Example:
        >>> bitwise_or([5, 3], 8).numpy()
        array([13, 11], dtype=int32)
    """
    return apply(BITWISE_OR, *_pair(x, y))


@public(ufunc=np.bitwise_xor)
def bitwise_xor(x: TensorLike, y: TensorLike) -> Any:
    """Return the bits that are set in exactly one of two integers.

    Example:
        >>> bitwise_xor([5, 3], 1).numpy()
        array([4, 2], dtype=int32)
    """
    return apply(BITWISE_XOR, *_pair(x, y))


@public()
def left_shift(x: TensorLike, y: TensorLike) -> Any:
    """Shift the bits of the first integers to the left.

    Example:
        >>> left_shift([1, 3], 2).numpy()
        array([ 4, 12], dtype=int32)
    """
    return apply(LEFT_SHIFT, *_shift_pair(x, y))


@public()
def right_shift(x: TensorLike, y: TensorLike) -> Any:
    """Shift the bits of the first integers to the right.

    Example:
        >>> right_shift([8, 3], 1).numpy()
        array([4, 1], dtype=int32)
    """
    return apply(RIGHT_SHIFT, *_shift_pair(x, y))


@public(ufunc=np.left_shift)
def bitwise_left_shift(x: TensorLike, y: TensorLike) -> Any:
    """Shift the bits of the first integers to the left; another name of `left_shift`.

    Example:
        >>> bitwise_left_shift([1, 3], 2).numpy()
        array([ 4, 12], dtype=int32)
    """
    return apply(LEFT_SHIFT, *_shift_pair(x, y))


@public(ufunc=np.right_shift)
def bitwise_right_shift(x: TensorLike, y: TensorLike) -> Any:
    """Shift the bits of the first integers to the right; another name of `right_shift`.

    Example:
        >>> bitwise_right_shift([8, 3], 1).numpy()
        array([4, 1], dtype=int32)
    """
    return apply(RIGHT_SHIFT, *_shift_pair(x, y))
