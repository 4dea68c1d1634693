"""Control flow as a node: operations that hold the functions they call as graphs.

Floor 5. What is common to branches and loops. A function is recorded once and closed: what it touches outside
(placeholders, Variables) becomes arguments of the node, so that its graph is pure, a tape sees every dependence, and a
trace can put other values in the place of Variables. Run on concrete values, a node replays its graphs step by step
through the door, where tapes see it; its derivative is written in control flow again.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .. import tree
from ..core.context import SCOPE, scope
from ..core.door import apply, convert, is_symbolic, record
from ..core.graph import Graph, key_of
from ..core.node import Node
from ..core.primitive import PRIMITIVES, Composite
from ..core.source import user_line
from ..core.spec import TensorSpec
from ..core.tape import Tape, filled_like, identity_of, reverse
from ..core.tensor import SymbolicTensor, Tensor
from ..core.trace import TracedFunction, trace
from ..core.variable import Variable
from ..errors import DTypeError, FrozenValueError, ShapeError, StructureError
from ..typing import Structure

__all__: list[str] = []

CONTROL_FLOW: dict[str, type[ControlFlow]] = {}
"""Control-flow operations by name, for what rebuilds them from data."""


class ControlFlow(Composite):
    """An operation that calls graphs: a branch or a loop.

    Inside a trace it is recorded as a node when a value that it needs is symbolic, and run otherwise.

    Args:
        graphs: closed graphs of the functions.
        updates: positions, among the arguments, of the Variables that the functions assign; their new values are the
            last outputs.
    """

    def __init__(self, graphs: Iterable[Graph], updates: tuple[int, ...] = ()):
        self.graphs = tuple(graphs)
        self.updates = updates

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        CONTROL_FLOW[cls.name] = cls

    def get_config(self) -> dict[str, Any]:
        """Return what the operation is made of besides its graphs, as plain data."""
        return {"updates": list(self.updates)}

    @classmethod
    def from_config(cls, config: dict[str, Any], graphs: Iterable[Graph]) -> ControlFlow:
        """Make an operation of its graphs and what `get_config` returned."""
        return cls(graphs, **{**config, "updates": tuple(config["updates"])})

    def execute(self, *arguments: Any) -> list[Any]:
        """Compute the flat outputs from concrete arguments."""
        raise NotImplementedError

    def run(self, *arguments: Any, **params: Any) -> list[Any]:
        """Run on concrete arguments, record on symbolic ones; then assign what the functions assigned."""
        if SCOPE.get().trace is not None and any(map(is_symbolic, arguments)):
            outputs = record(self._without_updates(), *arguments)
        else:
            outputs = [settle(output) for output in self.execute(*arguments)]
        first = len(outputs) - len(self.updates)
        for position, value in zip(self.updates, outputs[first:], strict=True):
            if type(arguments[position]) is Variable:
                arguments[position].assign(value)
        return outputs

    def _without_updates(self) -> ControlFlow:
        """Return the same without assignments: a trace holds them itself, so its node must not do them again."""
        if not self.updates:
            return self
        pure = copy.copy(self)
        pure.updates = ()
        return pure

    def __deepcopy__(self, memo: dict[int, Any]) -> ControlFlow:
        twin = copy.copy(self)
        memo[id(self)] = twin
        twin.graphs = tuple(_copy_of(graph, memo) for graph in self.graphs)
        return twin

    def __repr__(self) -> str:
        return f"<{self.name}>"


def _copy_of(graph: Graph, memo: dict[int, Any]) -> Graph:
    """Copy a closed graph node by node: symbolic tensors are handles, which a deep copy leaves as they are."""
    nodes: dict[int, Node] = {}

    def twin(value: Any) -> Any:
        if isinstance(value, SymbolicTensor):
            return SymbolicTensor(nodes[id(value.node)], value.index)
        return copy.deepcopy(value, memo)

    for node in (*(tensor.node for tensor in graph.inputs), *graph.nodes):
        nodes[id(node)] = Node(
            copy.deepcopy(node.operation, memo),
            tuple(map(twin, node.arguments)),
            node.params,
            node.specs,
            structure=node.structure,
            place=node.place,
            token=node.token,
        )
    return Graph([twin(tensor) for tensor in graph.inputs], [twin(output) for output in graph.outputs])


def settle(value: Any) -> Any:
    """Return what a graph gave as a tensor: an argument that it passed on may be a Variable or an array."""
    kind = type(value)
    return value if kind is Tensor or kind is SymbolicTensor else apply(PRIMITIVES["read"], value)


def settle_leaves(structure: Structure) -> Structure:
    """Return a structure with tensors for numbers, arrays and Variables; `None` stays."""
    if type(structure) is Tensor:
        return structure
    return tree.map_structure(lambda leaf: None if leaf is None else _as_value(leaf), structure)


def _as_value(leaf: Any) -> Any:
    kind = type(leaf)
    return leaf if kind is Tensor or kind is SymbolicTensor else settle(leaf) if kind is Variable else convert(leaf)


def has_symbolic(structure: Structure) -> bool:
    """Say whether a leaf is symbolic: a placeholder, or a Variable inside a trace."""
    return any(is_symbolic(leaf) for leaf in tree.flatten(structure))


def is_live(value: Any) -> bool:
    """Say whether a concrete value is a Variable's, or was computed from one: a graph must not freeze it."""
    return type(value) is Variable or (type(value) is Tensor and value._live)


def union(groups: Iterable[Iterable[Any]]) -> list[Any]:
    """List symbolic tensors and Variables of several lists, each once."""
    found: dict[Any, Any] = {}
    for group in groups:
        for value in group:
            found.setdefault(key_of(value), value)
    return list(found.values())


def position_of(value: Any, values: Sequence[Any]) -> int:
    """Return where a symbolic tensor or Variable stands in a list."""
    return [key_of(other) for other in values].index(key_of(value))


def refuse_frozen(name: str, functions: Sequence[TracedFunction], arguments: Iterable[Any]) -> None:
    """Raise if a function that is being recorded closes over a value computed from a Variable outside of a layer."""
    if SCOPE.get().trace is not None or not any(map(is_symbolic, arguments)):
        return
    for constant in _constants([function.graph for function in functions]):
        if constant._live:
            raise FrozenValueError(
                f"A function given to ops.{name} would freeze a value that was computed from a Variable.",
                where=f"{user_line()}; the value is {constant.spec}",
                why="it was computed outside of the graph, so later changes of the Variable would not reach the model",
                fix="compute it inside the function, use the Variable itself there, or freeze it with .numpy()",
            )


def _constants(graphs: list[Graph]) -> Iterable[Tensor]:
    stack = list(graphs)
    while stack:
        graph = stack.pop()
        yield from (output for output in graph.outputs if type(output) is Tensor)
        for node in graph.nodes:
            stack.extend(getattr(node.operation, "graphs", ()))
            yield from (argument for argument in node.arguments if type(argument) is Tensor)


def infer_graph(graph: Graph, specs: Sequence[Any]) -> list[TensorSpec]:
    """Return the specs of a closed graph's outputs for specs of its inputs, by replaying it on placeholders."""
    if all(own.spec == spec for own, spec in zip(graph.inputs, specs, strict=True)):
        return [output.spec for output in graph.outputs]
    with trace(inherits=False) as current:
        return [settle(output).spec for output in graph.replay([current.placeholder(spec) for spec in specs])]


def merge_specs(first: TensorSpec, second: TensorSpec) -> TensorSpec | None:
    """Return the spec that both obey: sizes that agree stay known; `None` if they contradict each other."""
    if first == second:
        return first
    if first.dtype != second.dtype or len(first.shape) != len(second.shape):
        return None
    pairs = list(zip(first.shape, second.shape, strict=True))
    if any(a is not None and b is not None and a != b for a, b in pairs):
        return None
    return TensorSpec.of(tuple(a if a == b else None for a, b in pairs), first.dtype)


def merge_all(
    first: Sequence[TensorSpec], second: Sequence[TensorSpec], fail: Callable[[int], Exception]
) -> list[TensorSpec]:
    """Merge specs in step; raise what `fail(position)` returns where they contradict each other."""
    merged = []
    for position, (a, b) in enumerate(zip(first, second, strict=True)):
        spec = merge_specs(a, b)
        if spec is None:
            raise fail(position)
        merged.append(spec)
    return merged


def same_skeleton(first: Structure, second: Structure) -> bool:
    """Say whether two skeletons have the same containers and `None` at the same places."""
    try:
        tree.assert_same_structure(first, second)
    except StructureError:
        return False
    return [leaf is None for leaf in tree.flatten(first)] == [leaf is None for leaf in tree.flatten(second)]


def leaf_name(skeleton: Structure, position: int) -> str:
    """Return the path of a leaf, for messages."""
    paths = [path for path, leaf in tree.flatten_with_path(skeleton) if leaf is not None]
    return f" '{'/'.join(map(str, paths[position]))}'" if position < len(paths) and paths[position] else ""


def contradiction(what: str, first: TensorSpec, second: TensorSpec, *, why: str, fix: str) -> Exception:
    """Return the error for two specs that should agree: DTypeError if the dtypes differ, ShapeError otherwise."""
    kind = DTypeError if first.dtype != second.dtype else ShapeError
    return kind(f"{what}: {first} against {second}.", where=str(user_line()), why=why, fix=fix)


def gradient_graph(graph: Graph, wanted: Sequence[int]) -> Graph:
    """Return the graph of a closed graph's derivative.

    Args:
        graph: a closed graph.
        wanted: positions of the inputs whose cotangents are wanted.

    Returns:
        graph from the inputs and the cotangents of the float outputs to the cotangents of the wanted inputs.
    """
    with trace(inherits=False) as current:
        inputs = [current.placeholder(tensor.spec) for tensor in graph.inputs]
        tape = Tape(watch_accessed_variables=False)
        for position in wanted:
            tape.watch(inputs[position])
        with scope(tapes=(tape,)):
            outputs = graph.replay(inputs)
        floats = [output for output in outputs if output.dtype.kind == "f"]
        cotangents = [current.placeholder(output.spec) for output in floats]
        seeds: dict[Any, Any] = {}
        for output, cotangent in zip(floats, cotangents, strict=True):
            identity = identity_of(output)
            seeds[identity] = seeds[identity] + cotangent if identity in seeds else cotangent
        sources = [inputs[position] for position in wanted]
        found = reverse(tape.entries, seeds, map(identity_of, sources))
        results = [found.get(identity_of(source)) for source in sources]
        filled = [filled_like(s, 0) if r is None else r for s, r in zip(sources, results, strict=True)]
    return Graph([*inputs, *cotangents], filled)
