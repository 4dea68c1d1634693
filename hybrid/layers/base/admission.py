"""What the tensors of a call must be like: cast to the layer's dtype, checked, and the layer built for them.

Floor 8. A call that looks like the one before it is let in without all this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...core.context import RECORDING
from ...core.door import apply
from ...core.primitive import PRIMITIVES
from ...core.tensor import Tensor
from ...core.usual_calls import UsualCalls
from ...core.variable import Variable
from ...registry import is_builtin
from .call import CallTemplate
from .input_spec import check_inputs
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
    _dtype: Any

    def _build_once(self, template: CallTemplate, leaves: Sequence[Any]) -> None:
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

    def _is_foreign(self, leaf: Any) -> bool:
        return bool(leaf.dtype.kind == "f" and leaf.dtype != self._dtype)

    def _cast(self, leaves: list[Any]) -> list[Any]:
        if not self.autocast or not any(map(self._is_foreign, leaves)):
            return leaves
        cast, wanted = PRIMITIVES["cast"], self._dtype
        return [apply(cast, leaf, dtype=wanted) if self._is_foreign(leaf) else leaf for leaf in leaves]

    def _as_function(self, tensors: Sequence[Tensor], training: Any) -> tuple[Callable[..., Any], list[Variable]]:
        return function_of_call(self, tensors, training)


def _arguments(template: CallTemplate, leaves: Sequence[Any]) -> list[Any]:
    """Return the arguments of a call, positional ones first."""
    args, kwargs = template.fill(leaves)
    return [*args, *kwargs.values()]
