"""Layers that combine inputs element by element, and their functional forms.

Floor 8.
"""

from __future__ import annotations

import functools
from typing import Any

from ... import ops
from .merge import Merge

__all__ = [
    "Add",
    "Average",
    "Maximum",
    "Minimum",
    "Multiply",
    "Subtract",
    "add",
    "average",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]


class Add(Merge):
    """Add inputs.

    Variables: none.

    Input: list of at least two tensors whose shapes broadcast. Output: their common shape.

    Raises:
        StructureError: if the input is no list.
        ShapeError: if the shapes do not fit.

    Example:
        >>> Add()([np.ones((1, 2)), np.ones((1, 2))]).numpy()
        array([[2., 2.]], dtype=float32)
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(ops.add, inputs)


class Subtract(Merge):
    """Subtract the second input from the first.

    Variables: none.

    Input: list of two tensors whose shapes broadcast. Output: their common shape.

    Raises:
        StructureError: if the input is no list of two.
        ShapeError: if the shapes do not fit.

    Example:
        >>> Subtract()([np.ones((1, 2)), np.ones((1, 2))]).numpy()
        array([[0., 0.]], dtype=float32)
    """

    _most_inputs = 2

    def _merge(self, inputs: list[Any]) -> Any:
        return ops.subtract(inputs[0], inputs[1])


class Multiply(Merge):
    """Multiply inputs.

    Variables: none.

    Input: list of at least two tensors whose shapes broadcast. Output: their common shape.

    Raises:
        StructureError: if the input is no list.
        ShapeError: if the shapes do not fit.

    Example:
        >>> Multiply()([np.full((1, 2), 3.0), np.full((1, 2), 2.0)]).numpy()
        array([[6., 6.]], dtype=float32)
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(ops.multiply, inputs)


class Average(Merge):
    """Take the mean of inputs.

    Variables: none.

    Input: list of at least two tensors whose shapes broadcast. Output: their common shape.

    Raises:
        StructureError: if the input is no list.
        ShapeError: if the shapes do not fit.

    Example:
        >>> Average()([np.ones((1, 2)), np.full((1, 2), 2.0)]).numpy()
        array([[1.5, 1.5]], dtype=float32)
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return ops.divide(functools.reduce(ops.add, inputs), len(inputs))


class Maximum(Merge):
    """Take the greatest of inputs, element by element.

    Variables: none.

    Input: list of at least two tensors whose shapes broadcast. Output: their common shape.

    Raises:
        StructureError: if the input is no list.
        ShapeError: if the shapes do not fit.

    Example:
        >>> Maximum()([np.array([1.0, 4.0]), np.array([3.0, 2.0])]).numpy()
        array([3., 4.], dtype=float32)
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(ops.maximum, inputs)


class Minimum(Merge):
    """Take the least of inputs, element by element.

    Variables: none.

    Input: list of at least two tensors whose shapes broadcast. Output: their common shape.

    Raises:
        StructureError: if the input is no list.
        ShapeError: if the shapes do not fit.

    Example:
        >>> Minimum()([np.array([1.0, 4.0]), np.array([3.0, 2.0])]).numpy()
        array([1., 2.], dtype=float32)
    """

    def _merge(self, inputs: list[Any]) -> Any:
        return functools.reduce(ops.minimum, inputs)


def add(inputs: Any, **kwargs: Any) -> Any:
    """Add inputs; `kwargs` are arguments of `Add`.

    Example:
        >>> add([np.array([1.0]), np.array([2.0])]).numpy()
        array([3.], dtype=float32)
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """Subtract the second input from the first; `kwargs` are arguments of `Subtract`.

    Example:
        >>> subtract([np.array([1.0]), np.array([2.0])]).numpy()
        array([-1.], dtype=float32)
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """Multiply inputs; `kwargs` are arguments of `Multiply`.

    Example:
        >>> multiply([np.array([3.0]), np.array([2.0])]).numpy()
        array([6.], dtype=float32)
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """Take the mean of inputs; `kwargs` are arguments of `Average`.

    Example:
        >>> average([np.array([3.0]), np.array([2.0])]).numpy()
        array([2.5], dtype=float32)
    """
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """Take the greatest of inputs; `kwargs` are arguments of `Maximum`.

    Example:
        >>> maximum([np.array([3.0]), np.array([2.0])]).numpy()
        array([3.], dtype=float32)
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """Take the least of inputs; `kwargs` are arguments of `Minimum`.

    Example:
        >>> minimum([np.array([3.0]), np.array([2.0])]).numpy()
        array([2.], dtype=float32)
    """
    return Minimum(**kwargs)(inputs)
