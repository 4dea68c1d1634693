"""What a layer will return: specs of outputs for specs of inputs.

Floor 8. A mixin of `Layer`. A layer is called on placeholders under a trace; one whose `call` needs values may state
its output instead, and is opaque from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import tree
from ...core.context import call_scope
from ...core.door import spec_with_mask
from ...core.spec import TensorSpec
from ...core.trace import trace
from ...errors import PlaceholderError
from ...typing import Structure
from .call import CallTemplate
from .described import as_spec, placeholder_of, shapes_to_placeholders, specs_of_shapes

__all__ = ["Inferred"]


class Inferred:
    """What a layer knows of its outputs before it computes."""

    is_opaque: bool
    _dtype: Any
    _call_losses: list[tuple[Any, Any]]

    def run(self, *leaves: Any, call: CallTemplate) -> Any:
        """Run `call` inside the scopes it may look at."""
        raise NotImplementedError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer."""
        raise NotImplementedError

    def _states_output(self) -> bool:
        cls = type(self)
        return (
            cls.compute_output_spec is not Inferred.compute_output_spec
            or cls.compute_output_shape is not Inferred.compute_output_shape
        )

    def infer(self, *specs: TensorSpec, call: CallTemplate) -> Structure:
        """Return the specs of the outputs, found by calling the layer on placeholders under a trace."""
        if not self.is_opaque:
            try:
                return self._infer_by_tracing(specs, call)
            except PlaceholderError:
                if not self._states_output():
                    raise
                self.__dict__["is_opaque"] = True
        return self._stated_output(specs, call)

    def _infer_by_tracing(self, specs: Sequence[TensorSpec], call: CallTemplate) -> Structure:
        kept = self._call_losses
        with trace() as current, call_scope(losses=[]):
            leaves = [current.placeholder(spec, spec.mask) for spec in specs]
            outputs = self.run(*leaves, call=call)
            inferred = tree.map_structure(spec_with_mask, outputs)
        self.__dict__["_call_losses"] = kept
        return inferred

    def _stated_output(self, specs: Sequence[TensorSpec], call: CallTemplate) -> Structure:
        with trace() as current:
            args, kwargs = call.fill([current.placeholder(spec) for spec in specs])
            if type(self).compute_output_spec is not Inferred.compute_output_spec:
                return tree.map_structure(as_spec, self.compute_output_spec(*args, **kwargs))
        shapes = [tree.map_structure(lambda item: tuple(item.shape), arg) for arg in args]
        return specs_of_shapes(self.compute_output_shape(*shapes), self._dtype)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Structure:
        """Return what a call would return, as symbolic tensors, without computing anything.

        Args:
            *args: symbolic tensors, or anything with a shape and a dtype.
            **kwargs: likewise.
        """
        args, kwargs = tree.map_structure(placeholder_of, [args, kwargs])
        return self(*args, **kwargs)

    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Structure:
        """Return the shape of the output for the shapes of the inputs.

        Args:
            *args: shapes; structures of them for nested inputs.
            **kwargs: likewise, as `<argument>_shape`.
        """
        named = {key.removesuffix("_shape"): value for key, value in kwargs.items()}
        inputs = [shapes_to_placeholders(shape, self._dtype) for shape in args]
        options = {key: shapes_to_placeholders(shape, self._dtype) for key, shape in named.items()}
        return tree.map_structure(lambda output: tuple(output.shape), self(*inputs, **options))
