"""Traces: scopes in which Variables are symbolic and assignments are collected instead of done.

Floor 4. Inferring a shape, looking inside a layer and compiling a step are one act: calling it again on placeholders
under a trace. Composites are inlined, so a trace of anything is a flat graph of primitives; or they are kept whole, so
that a trace of a layer's `call` is the graph a reader of it would draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple

from .. import tree
from ..typing import Structure
from .context import CALL, SCOPE, scope
from .door import convert, is_tensor
from .graph import Graph, key_of
from .node import Node, placeholder
from .spec import TensorSpec
from .state import StateScope
from .tensor import SymbolicTensor
from .variable import Variable

__all__ = ["Owner", "Trace", "TracedFunction", "belonging", "recording", "trace", "trace_function"]


class Owner(NamedTuple):
    """What a call belongs to that was recorded.

    Attributes:
        whole: the layers whose `call` was running, outermost first; or the name of a part that is no layer.
        is_backward: whether it is part of the derivative of what belongs there.
    """

    whole: tuple[Any, ...] | str = ()
    is_backward: bool = False


class Trace:
    """What a trace collects.

    Attributes:
        token: marks the nodes that were recorded in this trace.
        updates: the values that Variables were assigned, as symbolic tensors.
        keeps_composites: whether composites are recorded whole instead of being inlined.
        remembers: whether layers remember the calls that are recorded here as theirs.
        subject: the composite whose inside is recorded, if it is one's.
        nodes: what was recorded so far, in order, where composites are kept.
        at_end: functions to be called when the trace is over: what it must not leave behind is let go.
        hides_values: whether Variables refuse to tell the values they have now: a program must not hold them.
        owners: what was recorded for a program belongs to these.
        part: what is recorded now belongs to this, where no more layers are around it than the number beside it.
    """

    __slots__ = (
        "at_end",
        "hides_values",
        "keeps_composites",
        "nodes",
        "owners",
        "part",
        "remembers",
        "subject",
        "token",
        "updates",
    )

    def __init__(
        self,
        inherits: bool = True,
        *,
        keeps_composites: bool = False,
        remembers: bool = True,
        subject: Any = None,
        hides_values: bool = False,
    ) -> None:
        self.token = object()
        self.hides_values = hides_values
        self.at_end: list[Callable[[], None]] = []
        self.keeps_composites = keeps_composites
        self.remembers = remembers
        self.subject = subject
        self.nodes: list[Node] = []
        self.owners: dict[Node, Owner] = {}
        self.part: tuple[int, Owner] | None = None
        outer = SCOPE.get().state
        self.updates = StateScope(outer if outer is not None and inherits else ())

    def keeps(self, operation: Any) -> bool:
        """Say whether a composite is recorded whole.

        One that owns a Variable that was assigned is not: what is assigned changes at the end of a replay, so a whole
        call would read the value from before.
        """
        if not self.keeps_composites:
            return False
        if not len(self.updates) or operation.is_opaque:
            return True
        return all(self.updates.get(variable) is None for variable in getattr(operation, "variables", ()))

    def note(self, node: Node) -> None:
        """Note what was recorded."""
        if self.keeps_composites:
            self.nodes.append(node)
        if self.hides_values:
            layers, part = CALL.get().layers, self.part
            if hasattr(node.operation, "path"):  # a layer that nobody can look into
                layers = (*layers, node.operation)
            self.owners[node] = Owner(layers) if part is None or len(layers) > part[0] else part[1]

    def derivative_of(self, outputs: Sequence[Any]) -> tuple[int, Owner] | None:
        """Return what the derivative of a recorded call belongs to, as `part`."""
        for output in outputs:
            owner = self.owners.get(output.node) if type(output) is SymbolicTensor else None
            if owner is not None:
                return len(CALL.get().layers), Owner(owner.whole, True)
        return None

    def placeholder(self, spec: TensorSpec, mask: TensorSpec | None = None) -> SymbolicTensor:
        """Make an input of the trace, with a symbolic mask if one is described."""
        tensor = placeholder(spec, token=self.token)
        if mask is not None:
            tensor.mask = placeholder(mask, token=self.token)
        return tensor


@contextmanager
def trace(*, tapes: tuple[Any, ...] = (), inherits: bool = True, hides_values: bool = False) -> Iterator[Trace]:
    """Record everything in a block: Variables are symbolic, assignments are collected.

    Args:
        tapes: outer tapes that see what is recorded; none by default.
        inherits: whether the values that stand in for Variables outside stand in for them here too.
        hides_values: whether Variables refuse to tell the values they have now.
    """
    current = Trace(inherits, hides_values=hides_values)
    try:
        with scope(trace=current, state=current.updates, tapes=tapes):
            yield current
    finally:
        for finish in current.at_end:
            finish()


@contextmanager
def recording(*, remembers: bool = True, subject: Any = None) -> Iterator[Trace]:
    """Record everything in a block with composites kept whole: Variables are symbolic, assignments are collected.

    Args:
        remembers: whether layers remember the calls as theirs.
        subject: the composite whose `run` is recorded.
    """
    current = Trace(False, keeps_composites=True, remembers=remembers, subject=subject)
    with scope(trace=current, state=current.updates, tapes=()):
        yield current


def belonging(name: str) -> AbstractContextManager[None]:
    """Let what is recorded in a block, but for the calls of layers, belong to a part with a name.

    Args:
        name: such as "optimizer".
    """
    current = SCOPE.get().trace
    return _NOT_RECORDED if current is None else _part_of(current, name)


_NOT_RECORDED = nullcontext()


@contextmanager
def _part_of(current: Trace, name: str) -> Iterator[None]:
    before, current.part = current.part, (len(CALL.get().layers), Owner(name))
    try:
        yield
    finally:
        current.part = before


class TracedFunction:
    """A function as a graph.

    Attributes:
        graph: its inputs are the flat arguments; its flat outputs are those of the function that are not `None`. Its
            captures are the outer symbolic tensors and the Variables that the function closes over.
        structure: skeleton of what the function returns, in which `None` stays `None`.
        updates: (Variable, value) pairs of the assignments it made.
    """

    def __init__(self, graph: Graph, structure: Structure, updates: list[tuple[Variable, Any]]):
        self.graph = graph
        self.structure = structure
        self.updates = updates

    @property
    def output_specs(self) -> list[TensorSpec]:
        """Specs of the flat outputs."""
        return [output.spec for output in self.graph.outputs]

    def replay(self, arguments: Sequence[Any], captured: Sequence[Any] = ()) -> Structure:
        """Call the graph on other arguments; the result has the structure of the function's."""
        return fill(self.structure, self.graph.replay(arguments, captured))

    def closed(self, captures: Sequence[Any], updated: Sequence[Variable] = ()) -> Graph:
        """Return the function as a graph that touches nothing outside.

        Args:
            captures: what it may close over: its own captures and any others.
            updated: Variables, among the captures, whose new values are wanted as last outputs; the old value where the
                function does not assign one.

        Returns:
            graph whose inputs are the flat arguments and the captures.
        """
        new = {id(variable): value for variable, value in self.updates}
        outputs = [*self.graph.outputs, *(new.get(id(variable), variable) for variable in updated)]
        whole = Graph([*self.graph.inputs, *captures], outputs)
        with trace(inherits=False) as current:
            inputs = [current.placeholder(tensor.spec) for tensor in whole.inputs]
            return Graph(inputs, whole.replay(inputs))


def trace_function(function: Callable[..., Any], specs: Sequence[TensorSpec]) -> TracedFunction:
    """Record a function of flat tensors.

    Args:
        function: takes as many tensors as there are specs, returns a structure of tensors and `None`.
        specs: of the arguments.

    Returns:
        the function as a graph; what it closes over are its captures. Nothing outside changes.
    """
    with trace(inherits=False) as current:
        inputs = [current.placeholder(spec) for spec in specs]
        result = function(*inputs)
    leaves = [leaf for leaf in tree.flatten(result) if leaf is not None]
    outputs = [leaf if is_tensor(leaf) else convert(leaf) for leaf in leaves]
    updates = list(current.updates)
    whole = Graph(inputs, [*outputs, *(value for _, value in updates)], captures=True, token=current.token)
    graph = Graph(inputs, outputs, captures=True, token=current.token)
    known = {key_of(capture) for capture in graph.captures}
    graph.captures.extend(capture for capture in whole.captures if key_of(capture) not in known)
    return TracedFunction(graph, skeleton_of(result), updates)


def skeleton_of(structure: Structure) -> Structure:
    """Return the skeleton of a structure, in which `None` is no leaf but stays `None`."""
    return tree.map_structure(lambda leaf: None if leaf is None else tree.LEAF, structure)


def fill(skeleton: Structure, leaves: Iterable[Any]) -> Structure:
    """Put leaves into a skeleton that `skeleton_of` returned."""
    given = iter(leaves)
    return tree.map_structure(lambda leaf: None if leaf is None else next(given), skeleton)


def leaves_of(structure: Structure) -> list[Any]:
    """List the leaves of a structure that are not `None`."""
    return [leaf for leaf in tree.flatten(structure) if leaf is not None]
