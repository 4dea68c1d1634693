"""Cloning graphs: each node is copied, or called again where something changes, with clones of what it calls.

Floor 10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import tree
from ..core.door import apply
from ..core.graph import Key, key_of
from ..core.node import Node
from ..core.tape import CompositeGradient
from ..core.trace import recording
from ..core.variable import Variable
from ..layers.base.layer import Layer
from ..layers.base.recorded import MaskOf
from ..random import SeedGenerator
from .functional_graph import FunctionalGraph
from .model import Functional, Model
from .operation_config import GradientCall, arguments_of, positions_inside
from .sequential import Sequential

__all__ = ["GraphCloner", "is_plain_graph", "is_plain_sequential"]


class GraphCloner:
    """Makes the graphs of a clone.

    Args:
        root: the graph whose inputs are given and whose layers `call` calls.
        starts: symbolic tensors for the inputs of `root`.
        call: `(layer, *args, **kwargs) -> outputs`, how the layers of a graph are called.
        everywhere: whether `call` also calls the layers of nested graphs.

    Attributes:
        pending: graphs and the empty ones that will be their clones, inner ones first.
        symbols: the symbolic tensors of the clones by the keys of their originals.
    """

    def __init__(
        self,
        root: FunctionalGraph | None = None,
        starts: Sequence[Any] | None = None,
        call: Callable[..., Any] | None = None,
        everywhere: bool = False,
    ):
        self.root = root
        self.starts = starts
        self.call = call
        self.everywhere = everywhere
        self.pending: list[tuple[FunctionalGraph, FunctionalGraph]] = []
        self.symbols: dict[Key, Any] = {}

    @property
    def changes_calls(self) -> bool:
        """Whether layers are called on other inputs, or in another way, than in the original."""
        return self.starts is not None or self.call is not None

    def owns_its_layers(self, layer: Any) -> bool:
        """Say whether a layer owns others as a graph or a stack does, not in attributes of a user's choice."""
        return is_plain_sequential(layer) or is_plain_graph(layer)

    def fill_all(self, cloner: Any) -> None:
        """Fill the pending graphs."""
        for graph, twin in self.pending:
            self._fill(graph, twin, cloner)

    def _fill(self, graph: FunctionalGraph, twin: FunctionalGraph, cloner: Any) -> None:
        known = self.symbols
        given = self.starts if graph is self.root else None
        if given is not None:
            known.update({key_of(tensor): start for tensor, start in zip(graph.graph.inputs, given, strict=True)})
        for tensor in sorted(graph.graph.inputs, key=lambda tensor: tensor.node.serial):
            if key_of(tensor) not in known:
                known[key_of(tensor)] = cloner.copy(tensor.node.operation, "").make_tensor()
        call = self.call if graph is self.root or self.everywhere else None
        for node in (*graph.graph.nodes, *graph.for_training(True).graph.nodes):
            if (id(node), 0) in known:
                continue
            arguments = [self._argument(item, cloner) for item in node.arguments]
            changes = self.changes_calls or cloner.replace is not None
            if changes or not isinstance(node.operation, Layer):
                operation = self._operation(node.operation, cloner)
                with recording():
                    result = self._call(node, operation, arguments, cloner, call)
                flat = [result] if node.structure is None else tree.flatten(result)
            else:
                flat = self._copy(node, arguments, cloner)
            known.update({(id(node), index): value for index, value in enumerate(flat)})
        ends = graph.ends(
            lambda tensor: known[key_of(tensor)],
            lambda variable: cloner.copy(variable, variable.path),
            lambda node: known[(id(node), 0)].node,
        )
        twin.__init__(**ends)  # type: ignore[misc]

    def _copy(self, node: Node, arguments: list[Any], cloner: Any) -> list[Any]:
        """Return the outputs of a call like another's: the layer does not run, so nothing is built that was not."""
        layer: Any = cloner.copy(node.operation, node.operation.name)
        twin = Node(
            layer,
            tuple(arguments),
            node.params,
            node.specs,
            structure=node.structure,
            place=node.place,
            token=node.token,
        )
        outputs = list(twin.outputs)
        layer.recorded(twin, outputs)
        return outputs

    def _operation(self, operation: Any, cloner: Any) -> Any:
        if isinstance(operation, MaskOf):
            return operation.of(cloner.copy(operation.operation, operation.name))
        if isinstance(getattr(operation, "generator", None), SeedGenerator):
            return cloner.copy(operation.generator, operation.generator.name).draw_of(operation.primitive)
        return cloner.copy(operation, operation.path) if isinstance(operation, Layer) else operation

    def _argument(self, item: Any, cloner: Any) -> Any:
        if isinstance(item, Variable):
            return cloner.copy(item, item.path)
        return self.symbols[key_of(item)] if hasattr(item, "node") else item

    def _call(self, node: Node, operation: Any, arguments: list[Any], cloner: Any, call: Any) -> Any:
        if isinstance(operation, CompositeGradient) and isinstance(operation.operation, Layer):
            args, _ = arguments_of(operation, arguments, node.params)
            layer = cloner.copy(operation.operation, operation.name)
            return GradientCall(layer, operation.wanted, positions_inside(operation))(*args)
        if not isinstance(operation, Layer):
            return apply(operation, *arguments, **node.params)
        args, kwargs = node.params["call"].fill(arguments)
        return operation(*args, **kwargs) if call is None else call(operation, *args, **kwargs)


def is_plain_sequential(model: Any) -> bool:
    """Say whether a model is described by its stack of layers."""
    return isinstance(model, Sequential) and type(model).__init__ is Sequential.__init__


def is_plain_graph(model: Any) -> bool:
    """Say whether a model is described by its graph."""
    return isinstance(model, Functional) and type(model).__init__ is Model.__init__
