"""What the laws are checked on: a layer, its inputs, and how outputs are compared.

Floor 11.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import config, tree
from ..core.node import placeholder
from ..core.spec import TensorSpec
from ..core.tensor import SymbolicTensor
from ..layers import Input, Layer

__all__ = ["LayerCase"]


class LayerCase:
    """A layer and a call of it.

    Args:
        make: function without arguments that returns a new layer.
        args: positional arguments of the call: arrays, and lists or dicts of them.
        kwargs: keyword arguments of the call that are no tensors.
        seed: of the values of the weights.
    """

    def __init__(self, make: Callable[[], Layer], *args: Any, seed: int = 0, **kwargs: Any):
        self.make = make
        self.args = args
        self.kwargs = kwargs
        self.seed = seed

    def layer(self) -> Layer:
        """Return a new layer, built, whose weights differ from each other and from their initial values."""
        layer = self.make()
        layer(*self.placeholders(), **self.kwargs)
        rng = np.random.default_rng(self.seed)
        layer.set_weights(
            [value + rng.uniform(0.02, 0.3, value.shape).astype(value.dtype) for value in layer.get_weights()]
        )
        return layer

    def arrays(self, dtype: str | None = None, batch: int | None = None) -> tuple[Any, ...]:
        """Return the arguments; floats in a dtype, the default one if not given; repeated up to another batch size."""

        def converted(array: Any) -> Any:
            array = np.asarray(array)
            if array.dtype.kind == "f":
                array = array.astype(dtype or config.floatx())
            return array if batch is None else np.resize(array, (batch, *array.shape[1:]))

        return tuple(tree.map_structure(converted, list(self.args)))

    def placeholders(self, known: Callable[[int], bool] = bool) -> list[Any]:
        """Return placeholders for the arguments.

        Args:
            known: function of an axis to whether its size is known; all but the batch by default.
        """
        return self._symbolic(lambda shape: tuple(size if known(axis) else None for axis, size in enumerate(shape)))

    def inputs(self) -> list[Any]:
        """Return inputs of a functional model for the arguments."""
        return tree.map_structure(lambda array: Input(np.shape(array)[1:], dtype=_dtype(array)), list(self.args))

    def _symbolic(self, shape_of: Callable[[tuple[int, ...]], tuple[int | None, ...]]) -> list[Any]:
        def make(array: Any) -> SymbolicTensor:
            return placeholder(TensorSpec(shape_of(np.shape(array)), _dtype(array)))

        return tree.map_structure(make, list(self.args))


def _dtype(array: Any) -> str:
    own = np.asarray(array).dtype
    return config.floatx() if own.kind == "f" else own.name


def arrays_of(outputs: Any) -> list[np.ndarray[Any, Any]]:
    """Return the arrays of a structure of tensors."""
    return [np.asarray(leaf) for leaf in tree.flatten(outputs) if leaf is not None]


def check_equal(what: str, expected: Any, actual: Any) -> None:
    """Raise unless two structures of tensors are equal, bit for bit.

    Raises:
        AssertionError: says where they differ.
    """
    first, second = arrays_of(expected), arrays_of(actual)
    assert len(first) == len(second), f"{what}: {len(second)} outputs instead of {len(first)}"
    for place, (one, other) in enumerate(zip(first, second, strict=True)):
        assert one.shape == other.shape, f"{what}, output {place}: shape {other.shape} instead of {one.shape}"
        assert one.dtype == other.dtype, f"{what}, output {place}: dtype {other.dtype} instead of {one.dtype}"
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), f"{what}, output {place}: other values"
