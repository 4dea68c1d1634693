"""The calls in which a layer was recorded: `input`, `output`, and the masks of recorded outputs.

Floor 8. A layer holds the nodes it made weakly: they live as long as somebody holds a tensor of theirs.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

from ... import tree
from ...configurable import Configurable
from ...core.context import SCOPE
from ...core.door import apply
from ...core.node import Node
from ...core.primitive import Composite
from ...core.spec import TensorSpec
from ...errors import NotBuiltError
from ...serialization import serialize_keras_object

__all__ = ["MaskOf", "Recorded", "input_of", "output_of"]


class MaskOf(Configurable, Composite):
    """The mask of one output of a composite, for whoever computes with it explicitly.

    Masks travel with their tensors when a graph is replayed; this operation is needed only where a mask becomes an
    argument.

    Args:
        operation: the composite.
        index: which of its flat outputs.
        spec: of the mask.
    """

    def __init__(self, operation: Any, index: int, spec: Any):
        self.operation = operation
        self.index = index
        self.spec = TensorSpec(**spec) if isinstance(spec, dict) else spec
        self.name = f"mask_of_{operation.name}"

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain data."""
        return {
            "operation": serialize_keras_object(self.operation),
            "index": self.index,
            "spec": self.spec.get_config(),
        }

    @property
    def is_opaque(self) -> bool:  # type: ignore[override]
        """Whether the operation needs values."""
        return bool(self.operation.is_opaque)

    def of(self, operation: Any) -> MaskOf:
        """Return the same for another composite."""
        return MaskOf(operation, self.index, self.spec)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the mask of the output for these arguments of the composite."""
        leaves, template = self.operation._call_signature.divide(args, kwargs)
        return apply(self, *leaves, call=template)

    def infer(self, *specs: Any, **params: Any) -> TensorSpec:
        """Return the spec of the mask."""
        return self.spec

    def run(self, *arguments: Any, **params: Any) -> Any:
        """Call the operation again and return the mask of its output."""
        outputs = tree.flatten(self.operation.call_again(*arguments, **params))
        return outputs[self.index].mask


class Recorded:
    """What a layer knows of its recorded calls."""

    name: str
    _parent: Any

    @property
    def path(self) -> str:
        """Names from the outermost owner to this layer, joined by slashes."""
        raise NotImplementedError

    _nodes: list[Any]

    def recorded(self, node: Node, outputs: Sequence[Any]) -> None:
        """Remember a recorded call, and give its outputs the masks that they will carry."""
        trace = SCOPE.get().trace
        if trace is None or trace.remembers:
            self.remember(node)
        for index, output in enumerate(outputs):
            mask = None if output is None else node.specs[index].mask
            if mask is not None:
                output.mask = apply(MaskOf(self, index, mask), *node.arguments, **node.params)

    def remember(self, node: Node) -> None:
        """Remember a recorded call for as long as somebody holds it."""
        if len(self._nodes) >= 64 and len(self._nodes) & (len(self._nodes) - 1) == 0:
            self._nodes[:] = [reference for reference in self._nodes if reference() is not None]
        self._nodes.append(weakref.ref(node))

    def _forget(self, node: Node) -> None:
        """Forget a recorded call."""
        self._nodes[:] = [reference for reference in self._nodes if reference() is not node]

    @property
    def _inbound_nodes(self) -> list[Node]:
        """The recorded calls that are still alive, in order."""
        alive = [(reference, reference()) for reference in self._nodes]
        self._nodes[:] = [reference for reference, node in alive if node is not None]
        return [node for _, node in alive if node is not None]

    def _refresh(self) -> None:
        """Forget recordings of this layer that do not hold any more."""
        recordings = self.__dict__.get("_recordings")
        if recordings is not None:
            recordings.refresh(self)

    def _reveal(self, layer: Any) -> None:
        """Record the calls below this layer until one of the given layer is found. Models can; others do nothing."""

    def _calls(self) -> list[Node]:
        """Return the recorded calls of this layer; where there are none, the models that own it record theirs."""
        owners: list[Any] = []
        owner: Any = self
        while owner._parent is not None and (owner := owner._parent()) is not None and owner not in owners:
            owners.append(owner)
        for owner in owners:
            owner._refresh()
        for owner in owners:
            if not self._inbound_nodes:
                owner._reveal(self)
        return self._inbound_nodes

    def _only_node(self, what: str) -> Node:
        nodes = self._calls()
        if not nodes:
            raise NotBuiltError(
                f"'{self.path}' has no {what}: it was never called on a symbolic tensor that is still in use.",
                fix="call it on hybrid.Input(...), and keep the model or the tensor",
            )
        if len(nodes) > 1:
            raise NotBuiltError(
                f"'{self.path}' was called {len(nodes)} times, so '{what}' is ambiguous.",
                fix=f"say which: model.get_layer('{self.name}@0').{what}, or use the tensor that the call returned",
            )
        return nodes[0]

    @property
    def input(self) -> Any:
        """The symbolic input of the only recorded call of this layer.

        Raises:
            NotBuiltError: if there is no such call, or more than one.
        """
        return input_of(self._only_node("input"))

    @property
    def output(self) -> Any:
        """The symbolic output of the only recorded call of this layer.

        Raises:
            NotBuiltError: if there is no such call, or more than one.
        """
        return output_of(self._only_node("output"))


def input_of(node: Node) -> Any:
    """Return the symbolic input of a recorded call: the tensor if there is one only, else the first argument."""
    args, kwargs = node.params["call"].fill(node.arguments)
    leaves = [leaf for leaf in tree.flatten([args, kwargs]) if hasattr(leaf, "spec")]
    return leaves[0] if len(leaves) == 1 else args[0] if args else kwargs


def output_of(node: Node) -> Any:
    """Return the symbolic outputs of a recorded call, in their structure."""
    return node.outputs[0] if node.structure is None else tree.unflatten(node.structure, node.outputs)
