"""What the normalizations share: axes and their sizes, scales and offsets.

Floor 8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import constraints, initializers, regularizers
from ...core.variable import Variable
from ...errors import ShapeError
from ..base.layer import Layer

__all__: list[str] = []


def store_vector_arguments(layer: Any, arguments: dict[str, Any], *names: str) -> None:
    """Store `<name>_initializer`, `<name>_regularizer` and `<name>_constraint` under their own names."""
    for name in names:
        for kind, get in (("initializer", initializers), ("regularizer", regularizers), ("constraint", constraints)):
            setattr(layer, f"{name}_{kind}", get.get(arguments[f"{name}_{kind}"]))


def add_vector(layer: Any, name: str, sizes: Sequence[int]) -> Variable:
    """Create a weight with the initializer, regularizer and constraint of its name."""
    variable: Variable = layer.add_weight(
        name=name,
        shape=tuple(sizes),
        initializer=getattr(layer, f"{name}_initializer"),
        regularizer=getattr(layer, f"{name}_regularizer"),
        constraint=getattr(layer, f"{name}_constraint"),
    )
    return variable


def axes_of(layer: Layer, axis: Any, shape: Sequence[Any]) -> tuple[int, ...]:
    """Return axes counted from the front.

    Raises:
        ShapeError: if the inputs have no such axis.
    """
    rank = len(shape)
    axes = tuple(axis) if isinstance(axis, (list, tuple)) else (axis,)
    wrong = [each for each in axes if not -rank <= each < rank]
    if wrong:
        raise ShapeError(
            f"{layer._description} received an input of shape {list(shape)} but works along axis {wrong[0]}.",
            why=f"the input has {rank} axes",
            fix="pass an input of higher rank, or choose another axis",
        )
    return tuple(each % rank for each in axes)


def known_sizes(layer: Layer, shape: Sequence[Any], axes: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of axes.

    Raises:
        ShapeError: if one is not known.
    """
    sizes = tuple(shape[axis] for axis in axes)
    if None in sizes:
        raise ShapeError(
            f"{layer._description} cannot be built for inputs of shape {list(shape)}.",
            why=f"its weights need the sizes of the axes {list(axes)}",
            fix="give these sizes in Input(...)",
        )
    return sizes
