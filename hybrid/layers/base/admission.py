"""What the tensors of a call must be like: cast to the layer's dtype, checked, and the layer built for them.

Floor 8. A call that looks like the one before it is let in without all this.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ... import tree
from ...core.context import RECORDING, outside
from ...core.door import apply, is_tensor
from ...core.primitive import PRIMITIVES
from ...core.tensor import Tensor
from ...core.usual_calls import PlainCall, UsualCalls
from ...core.witness import present_witness
from ...registry import is_builtin
from .call import CallSignature, CallTemplate
from .described import map_shapes, parameters
from .input_spec import check_inputs
from .rollback import built_or_as_before
from .usual import function_of_call

__all__ = ["Admission"]


class Admission:
    """How a layer lets a call in, and what it remembers of the calls it has had."""

    # Shape, dtype and input spec of the last call that was admitted, if that was on one tensor as it came.
    _admitted: Any = None
    _usual_calls: UsualCalls | None = None

    built: bool
    autocast: bool
    input_spec: Any
    _call_signature: CallSignature
    _dtype: Any

    @property
    def _description(self) -> str:
        raise NotImplementedError

    def build(self, input_shape: Any) -> None:
        """Create the weights."""
        raise NotImplementedError

    def _remember_calls(self) -> None:
        """Begin to remember calls: a new layer, and a copy, has had none."""
        self.__dict__["_admitted"] = None
        self.__dict__["_usual_calls"] = UsualCalls(type(self).__name__) if is_builtin(type(self)) else None

    def _admit(self, leaves: list[Any], template: CallTemplate) -> list[Any]:
        """Return the tensors of a call in the dtype of the layer; check them, and build the layer for them once."""
        is_usual = template.plain and not self._is_foreign(leaves[0])
        leaves = self._cast(leaves)
        if self.input_spec is not None:
            first = leaves[0] if template.single else next(iter(_arguments(template, leaves)), None)
            check_inputs(self.input_spec, first, self)
        if not self.built:
            with RECORDING:  # another thread may be building it
                self._build_once(template, leaves)
        if "_usual_calls" not in self.__dict__:
            self._remember_calls()
        self.__dict__["_admitted"] = (leaves[0].shape, leaves[0].dtype, self.input_spec) if is_usual else None
        return leaves

    def _build_once(self, template: CallTemplate, leaves: Sequence[Any]) -> None:
        if self.built:
            return
        witness = present_witness()
        if witness is not None:
            witness.builds(self)
        args, kwargs = template.fill(leaves)
        self._call_signature.check(self._description, args, kwargs)
        shapes = {
            name: tree.map_structure(lambda item: tuple(item.shape), value)
            for name, value in self._call_signature.by_name(args, kwargs).items()
            if value is not None and all(map(is_tensor, tree.flatten(value))) and tree.flatten(value)
        }
        with outside():
            self._build_for(shapes)
        self.__dict__["built"] = True

    def _build_for(self, shapes: dict[str, Any]) -> None:
        """Build the layer: one of ours for any size of batch, so that nothing tells which one the first call had.

        What needs to know that size, as a stateful layer does, or weights along the first axis, is told it.
        """
        of_any_batch = {name: map_shapes(_of_any_batch, shape) for name, shape in shapes.items()}
        if is_builtin(type(self)) and of_any_batch != shapes:
            with suppress(Exception), built_or_as_before(self):
                self._call_build(of_any_batch)
                return
        self._call_build(shapes)

    def _call_build(self, shapes: dict[str, Any]) -> None:
        wanted = parameters(type(self).build)
        named = {name: shapes[name.removesuffix("_shape")] for name in wanted if name.removesuffix("_shape") in shapes}
        if len(wanted) == 1 and not (named and len(shapes) > 1):
            self.build(next(iter(shapes.values()), None))
        elif named:
            self.build(**named)
        else:
            self.build(*list(shapes.values())[: max(len(wanted), 0)])

    def _is_foreign(self, leaf: Any) -> bool:
        return bool(leaf.dtype.kind == "f" and leaf.dtype != self._dtype)

    def _cast(self, leaves: list[Any]) -> list[Any]:
        if not self.autocast or not any(map(self._is_foreign, leaves)):
            return leaves
        cast, wanted = PRIMITIVES["cast"], self._dtype
        return [apply(cast, leaf, dtype=wanted) if self._is_foreign(leaf) else leaf for leaf in leaves]

    def _as_function(self, tensors: Sequence[Tensor], training: Any) -> PlainCall:
        return function_of_call(self, tensors, training)


def _of_any_batch(shape: tuple[Any, ...]) -> tuple[Any, ...]:
    return (None, *shape[1:]) if shape else shape


def _arguments(template: CallTemplate, leaves: Sequence[Any]) -> list[Any]:
    """Return the arguments of a call, positional ones first."""
    args, kwargs = template.fill(leaves)
    return [*args, *kwargs.values()]
