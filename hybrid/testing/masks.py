"""Masks of layers: the same in every style.

Floor 11.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops, tree
from ..layers import Layer
from ..models import Model
from .cases import LayerCase, check_equal

__all__ = ["check_masks"]


class _Marked(Layer):
    """Lets an input carry a mask along its second axis, made of its values; the last sample is whole."""

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        rank = len(inputs.shape)
        values = inputs if rank == 2 else ops.sum(ops.cast(inputs, "float32"), axis=tuple(range(2, rank)))
        return ops.greater(values, ops.mean(ops.cast(values, "float32"), axis=1, keepdims=True))


def check_masks(case: LayerCase) -> None:
    """Masked inputs give the same outputs and the same masks in eager calls and in a functional model.

    Raises:
        AssertionError: if not.
    """
    flat = tree.flatten(list(case.args))
    if any(np.ndim(array) < 3 for array in flat):
        return
    layer, arrays, inputs = case.layer(), case.arrays(), case.inputs()
    marks = [_Marked() for _ in flat]

    def call(args: Any) -> Any:
        leaves = [mark(leaf) for mark, leaf in zip(marks, tree.flatten(list(args)), strict=True)]
        return layer(*tree.unflatten(list(args), leaves), **case.kwargs)

    expected = call(arrays)
    model = Model(tree.flatten(inputs), call(inputs))
    values = tree.flatten(list(arrays))
    actual = model(values if len(values) > 1 else values[0])
    check_equal("masked", expected, actual)
    for one, other in zip(tree.flatten(expected), tree.flatten(actual), strict=True):
        own, its = getattr(one, "mask", None), getattr(other, "mask", None)
        assert (own is None) == (its is None), f"mask {its} instead of {own}"
        check_equal("mask", own, its)
