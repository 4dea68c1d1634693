"""Arithmetic, comparison and logic: what Python's operators do, element by element.

Floor 5. The exemplary file of its floor: entries side by side in tables, then the public functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply
from ..core.primitive import Primitive
from ..typing import TensorLike
from .definition import (
    as_tensor,
    binary_samples,
    elementwise,
    infer_broadcast_bool,
    infer_broadcast_float,
    promote,
    promote_float,
    public,
    unary_samples,
    unbroadcast,
)

__all__ = [
    "add",
    "divide",
    "equal",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "multiply",
    "negative",
    "not_equal",
    "subtract",
    "true_divide",
]

ADD = elementwise(
    "add",
    np.add,
    [lambda g, y, a, b: unbroadcast(g, a), lambda g, y, a, b: unbroadcast(g, b)],
    samples=binary_samples(),
)
SUBTRACT = elementwise(
    "subtract",
    np.subtract,
    [lambda g, y, a, b: unbroadcast(g, a), lambda g, y, a, b: unbroadcast(negative(g), b)],
    samples=binary_samples(),
)
MULTIPLY = elementwise(
    "multiply",
    np.multiply,
    [lambda g, y, a, b: unbroadcast(multiply(g, b), a), lambda g, y, a, b: unbroadcast(multiply(g, a), b)],
    samples=binary_samples(),
)
DIVIDE = elementwise(
    "divide",
    np.divide,
    [
        lambda g, y, a, b: unbroadcast(divide(g, b), a),
        lambda g, y, a, b: unbroadcast(negative(divide(multiply(g, y), b)), b),
    ],
    infer=infer_broadcast_float,
    samples=binary_samples(),
)
NEGATIVE = elementwise("negative", np.negative, [lambda g, y, x: negative(g)], samples=unary_samples())


def _comparison(name: str, compute: Any) -> Primitive:
    return elementwise(name, compute, None, infer=infer_broadcast_bool, samples=binary_samples())


EQUAL, NOT_EQUAL = _comparison("equal", np.equal), _comparison("not_equal", np.not_equal)
LESS, LESS_EQUAL = _comparison("less", np.less), _comparison("less_equal", np.less_equal)
GREATER, GREATER_EQUAL = _comparison("greater", np.greater), _comparison("greater_equal", np.greater_equal)
LOGICAL_AND, LOGICAL_OR = _comparison("logical_and", np.logical_and), _comparison("logical_or", np.logical_or)
LOGICAL_XOR = _comparison("logical_xor", np.logical_xor)
LOGICAL_NOT = elementwise("logical_not", np.logical_not, None, infer=infer_broadcast_bool, samples=unary_samples())


@public(ufunc=np.add)
def add(x1: TensorLike, x2: TensorLike) -> Any:
    """Add two tensors element by element.

    Args:
        x1: tensor of any shape and dtype.
        x2: tensor whose shape can be broadcast with that of `x1`.

    Returns:
        tensor of the broadcast shape and the promoted dtype.

    Raises:
        ShapeError: if the shapes cannot be broadcast.

    Example:
        >>> add([1.0, 2.0], 1.0).numpy()
        array([2., 3.], dtype=float32)
    """
    x1, x2 = promote(x1, x2)
    return apply(ADD, x1, x2)


@public(ufunc=np.subtract)
def subtract(x1: TensorLike, x2: TensorLike) -> Any:
    """Subtract the second tensor from the first, element by element; shapes and dtypes as in `add`.

    Example:
        >>> subtract([1, 2], 1).numpy()
        array([0, 1], dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    return apply(SUBTRACT, x1, x2)


@public(ufunc=np.multiply)
def multiply(x1: TensorLike, x2: TensorLike) -> Any:
    """Multiply two tensors element by element; shapes and dtypes as in `add`.

    Example:
        >>> multiply([1.0, 2.0], 3).numpy()
        array([3., 6.], dtype=float32)
    """
    x1, x2 = promote(x1, x2)
    return apply(MULTIPLY, x1, x2)


@public(ufunc=np.divide)
def divide(x1: TensorLike, x2: TensorLike) -> Any:
    """Divide the first tensor by the second, element by element; the result is a float.

    Example:
        >>> divide([1, 2], 4).numpy()
        array([0.25, 0.5 ], dtype=float32)
    """
    return apply(DIVIDE, *promote_float(x1, x2))


@public()
def true_divide(x1: TensorLike, x2: TensorLike) -> Any:
    """Divide the first tensor by the second; another name of `divide`.

    Example:
        >>> true_divide(1.0, 2.0).numpy()
        array(0.5, dtype=float32)
    """
    return divide(x1, x2)


@public(ufunc=np.negative)
def negative(x: TensorLike) -> Any:
    """Return a tensor with its signs changed.

    Example:
        >>> negative([1.0, -2.0]).numpy()
        array([-1.,  2.], dtype=float32)
    """
    return apply(NEGATIVE, as_tensor(x))


@public(ufunc=np.equal)
def equal(x1: TensorLike, x2: TensorLike) -> Any:
    """Say element by element whether two tensors are equal.

    Example:
        >>> equal([1, 2], 2).numpy()
        array([False,  True])
    """
    return apply(EQUAL, *promote(x1, x2))


@public(ufunc=np.not_equal)
def not_equal(x1: TensorLike, x2: TensorLike) -> Any:
    """Say element by element whether two tensors differ.

    Example:
        >>> not_equal([1, 2], 2).numpy()
        array([ True, False])
    """
    return apply(NOT_EQUAL, *promote(x1, x2))


@public(ufunc=np.less)
def less(x1: TensorLike, x2: TensorLike) -> Any:
    """Say element by element whether the first tensor is less than the second.

    Example:
        >>> less([1, 2], 2).numpy()
        array([ True, False])
    """
    return apply(LESS, *promote(x1, x2))


@public(ufunc=np.less_equal)
def less_equal(x1: TensorLike, x2: TensorLike) -> Any:
    """Say element by element whether the first tensor is at most the second.

    Example:
        >>> less_equal([1, 3], 2).numpy()
        array([ True, False])
    """
    return apply(LESS_EQUAL, *promote(x1, x2))


@public(ufunc=np.greater)
def greater(x1: TensorLike, x2: TensorLike) -> Any:
    """Say element by element whether the first tensor is greater than the second.

    Example:
        >>> greater([1, 3], 2).numpy()
        array([False,  True])
    """
    return apply(GREATER, *promote(x1, x2))


@public(ufunc=np.greater_equal)
def greater_equal(x1: TensorLike, x2: TensorLike) -> Any:
    """Say element by element whether the first tensor is at least the second.

    Example:
        >>> greater_equal([1, 2], 2).numpy()
        array([False,  True])
    """
    return apply(GREATER_EQUAL, *promote(x1, x2))


@public(ufunc=np.logical_and)
def logical_and(x1: TensorLike, x2: TensorLike) -> Any:
    """Say element by element whether both are true.

    Example:
        >>> logical_and([True, True], [True, False]).numpy()
        array([ True, False])
    """
    return apply(LOGICAL_AND, as_tensor(x1), as_tensor(x2))


@public(ufunc=np.logical_or)
def logical_or(x1: TensorLike, x2: TensorLike) -> Any:
    """Say element by element whether either is true.

    Example:
        >>> logical_or([True, False], [False, False]).numpy()
        array([ True, False])
    """
    return apply(LOGICAL_OR, as_tensor(x1), as_tensor(x2))


@public(ufunc=np.logical_xor)
def logical_xor(x1: TensorLike, x2: TensorLike) -> Any:
    """Say element by element whether exactly one is true.

    Example:
        >>> logical_xor([True, True], [True, False]).numpy()
        array([False,  True])
    """
    return apply(LOGICAL_XOR, as_tensor(x1), as_tensor(x2))


@public(ufunc=np.logical_not)
def logical_not(x: TensorLike) -> Any:
    """Say element by element whether it is false.

    Example:
        >>> logical_not([True, False]).numpy()
        array([False,  True])
    """
    return apply(LOGICAL_NOT, as_tensor(x))
