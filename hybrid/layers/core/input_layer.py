"""Inputs of functional models.

Floor 8.
"""

from __future__ import annotations

import weakref
from typing import Any

from ...core.node import Node
from ...core.spec import TensorSpec, standardize_shape
from ...core.tensor import SymbolicTensor
from ...errors import ConfigError
from ..base.layer import Layer

__all__ = ["Input", "InputLayer"]


class InputLayer(Layer):
    """The place where data enter a functional model.

    Args:
        shape: of one sample.
        batch_size: if it is fixed.
        dtype: of the data; the default float if not given.
        sparse: accepted for Keras's sake; must be false.
        batch_shape: the whole shape, instead of `shape` and `batch_size`.
        input_tensor: accepted for Keras's sake; not supported.
        optional: whether `None` may be passed.
        name: of the input.

    Raises:
        ConfigError: if both or neither of `shape` and `batch_shape` are given.

    Example:
        >>> InputLayer(shape=(3,)).output.shape
        (None, 3)
    """

    is_placeholder = True
    _untracked = Layer._untracked | {"_begun"}

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(name=name, dtype=dtype, **kwargs)
        if sparse or input_tensor is not None:
            raise ConfigError("Sparse inputs and input_tensor are not supported.", fix="use Input(shape=...)")
        if (shape is None) == (batch_shape is None):
            raise ConfigError(
                "Input needs a shape." if shape is None else "Input takes either shape or batch_shape, not both.",
                fix="Input(shape=(8, 8)) for samples of shape 8 by 8",
            )
        if batch_shape is not None and batch_size is not None:
            raise ConfigError("Input takes either batch_size or batch_shape, not both.", fix="leave out batch_size")
        self.batch_shape = standardize_shape(batch_shape) if shape is None else (batch_size, *standardize_shape(shape))
        self.optional = optional
        self.built = True

    def make_tensor(self) -> SymbolicTensor:
        """Return a new placeholder that this layer stands for."""
        node = Node(self, (), {}, (TensorSpec(self.batch_shape, self.dtype, self.name),))
        self.recorded(node, ())
        return SymbolicTensor(node)

    @property
    def output(self) -> SymbolicTensor:
        """The placeholder, made at the first look and again when nobody holds it any more."""
        nodes = self._inbound_nodes
        return SymbolicTensor(nodes[0]) if nodes else self.make_tensor()

    def begins(self, owner: Any) -> None:
        """Note a model whose graph starts here; several may share an input."""
        known = [reference for reference in self.__dict__.get("_begun", ()) if reference() is not None]
        if all(reference() is not owner for reference in known):
            self.__dict__["_begun"] = [*known, weakref.ref(owner)]

    @property
    def owners(self) -> list[Any]:
        """The models whose graphs start here and that are still alive."""
        owners = [reference() for reference in self.__dict__.get("_begun", ())]
        return [owner for owner in owners if owner is not None]

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        state.pop("_begun", None)
        return state

    @property
    def input(self) -> SymbolicTensor:
        """The placeholder."""
        return self.output

    def call(self) -> Any:
        """Raise: an input computes nothing."""
        raise ConfigError("An InputLayer cannot be called.", fix="use hybrid.Input(...) to make a placeholder")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain data."""
        return {
            "batch_shape": list(self.batch_shape),
            "dtype": self.dtype,
            "name": self.name,
            "optional": self.optional,
        }


def Input(  # noqa: N802
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> SymbolicTensor:
    """Make a placeholder: the start of a functional model.

    Args:
        shape: of one sample, `None` for sizes that vary.
        batch_size: number of samples, if it is fixed.
        dtype: of the data; the default float if not given.
        sparse: accepted for Keras's sake; must be false.
        batch_shape: the whole shape, instead of `shape` and `batch_size`.
        name: of the input.
        tensor: accepted for Keras's sake; not supported.
        optional: whether `None` may be passed.

    Returns:
        symbolic tensor.

    Example:
        >>> Input((28, 28), name="image")
        <SymbolicTensor float32 [None, 28, 28], made by image>
    """
    layer = InputLayer(
        shape=shape,
        batch_size=batch_size,
        dtype=dtype,
        sparse=sparse,
        batch_shape=batch_shape,
        name=name,
        input_tensor=tensor,
        optional=optional,
    )
    return layer.make_tensor()
