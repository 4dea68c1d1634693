"""Gradients and the variables they belong to: matched, checked, and those without a gradient left out.

Floor 8. Everything that can be wrong with them is found here, before an optimizer changes anything.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..core.door import convert, is_tensor
from ..core.tensor import Tensor
from ..core.variable import Variable
from ..errors import GradientError, ShapeError, StructureError

__all__ = ["pair", "split_pairs"]


def pair(gradients: Iterable[Any], variables: Sequence[Variable]) -> tuple[list[Any], list[Variable]]:
    """Return the gradients that exist and their variables.

    Args:
        gradients: array, tensor or `None` for every variable.
        variables: in the same order.

    Returns:
        gradients as arrays or tensors, and variables.

    Raises:
        StructureError: if their numbers differ.
        GradientError: if there is no gradient at all.
        ShapeError: if a gradient does not have the shape of its variable.
    """
    given = list(gradients)
    if len(given) != len(variables):
        raise StructureError(
            f"{len(given)} gradients were given for {len(variables)} variables.",
            why="each gradient changes the variable at the same place of the list",
            fix="pass one gradient for every variable, None where there is none",
        )
    for index, (gradient, variable) in enumerate(zip(given, variables, strict=True)):
        if type(gradient) is Tensor and gradient._value.shape == variable.spec.shape:
            continue  # as nearly always
        if gradient is None:
            return pair(*_without_missing(given, variables))
        if type(gradient) is not np.ndarray and not is_tensor(gradient):
            given[index] = gradient = convert(gradient)
        if gradient.shape != variable.spec.shape and not _may_fit(gradient.shape, variable.shape):
            raise ShapeError(
                f"The gradient of '{variable.path}' has shape {list(gradient.shape)}.",
                where=f"the variable has shape {list(variable.shape)}",
                why="a gradient has an element for every element of its variable",
                fix="check the order of the gradients and the variables",
            )
    return given, list(variables)


def _may_fit(shape: Sequence[Any], wanted: Sequence[int]) -> bool:
    return len(shape) == len(wanted) and all(a is None or a == b for a, b in zip(shape, wanted, strict=True))


def _without_missing(gradients: list[Any], variables: Sequence[Variable]) -> tuple[list[Any], list[Variable]]:
    present = [(g, v) for g, v in zip(gradients, variables, strict=True) if g is not None]
    missing = [v.path for g, v in zip(gradients, variables, strict=True) if g is None]
    if not present:
        raise GradientError(
            "There is no gradient for any variable.",
            where=f"the variables are {', '.join(missing)}",
            why="the loss depends on none of them",
            fix="compute the loss from the output of the model, inside the block of the GradientTape",
        )
    rest = "it, and it stays as it is" if len(missing) == 1 else "them, and they stay as they are"
    warnings.warn(
        f"There is no gradient for {', '.join(map(repr, missing))}: the loss does not depend on {rest}.",
        stacklevel=4,
    )
    return [gradient for gradient, _ in present], [variable for _, variable in present]


def split_pairs(grads_and_vars: Iterable[Any]) -> tuple[list[Any], list[Variable]]:
    """Return the gradients and the variables of `(gradient, variable)` pairs.

    Raises:
        StructureError: if an element is no such pair.
    """
    gradients, variables = [], []
    for element in grads_and_vars:
        if not isinstance(element, (tuple, list)) or len(element) != 2 or not isinstance(element[1], Variable):
            raise StructureError(
                f"apply_gradients takes (gradient, Variable) pairs, not {element!r}.",
                fix="optimizer.apply_gradients(zip(gradients, variables))",
            )
        gradients.append(element[0])
        variables.append(element[1])
    return gradients, variables
