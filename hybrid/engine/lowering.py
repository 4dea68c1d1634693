"""Lowering: a function is called once on placeholders of known shapes, and what it recorded becomes a program.

Floor 7. Composites are inlined by the trace, so that what is left are primitives, and composites that cannot be
inlined: loops, branches and functions with their own derivative. Those run as one step, if they have no Variables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .. import tree
from ..core.context import call_scope
from ..core.door import is_tensor
from ..core.graph import Graph, key_of
from ..core.node import Node
from ..core.spec import TensorSpec
from ..core.tensor import SymbolicTensor, Tensor
from ..core.trace import Owner, trace
from ..core.variable import Variable
from ..errors import UnsupportedOpError
from ..typing import Structure
from .program import Origin, Program, Step, Value

__all__ = ["Leaf", "Lowered", "lower"]

_NOBODY = Owner()


class Leaf:
    """Where an output stands among the outputs of a program.

    Args:
        index: of the output.
        mask: index of its mask, `None` if it has none.
    """

    __slots__ = ("index", "mask")

    def __init__(self, index: int, mask: int | None = None):
        self.index = index
        self.mask = mask


class Lowered:
    """A function as a program.

    Attributes:
        program: what it computes.
        structure: what it returns, with a `Leaf` in the place of every tensor that is computed.
        touched: the Variables it reads or assigns.
    """

    __slots__ = ("program", "structure", "touched")

    def __init__(self, program: Program, structure: Structure, touched: list[Variable]):
        self.program = program
        self.structure = structure
        self.touched = touched


def lower(
    function: Callable[..., Any], specs: Sequence[TensorSpec], arrange: Callable[[list[Any]], tuple[Any, Any]]
) -> Lowered:
    """Record a function and return it as a program. Nothing outside changes.

    Args:
        function: to be called.
        specs: of its tensor arguments, all sizes known; a spec may carry the spec of a mask, which becomes the
            argument after it.
        arrange: makes positional and keyword arguments of the placeholders.

    Raises:
        UnsupportedOpError: if it calls a composite that cannot become a step.
        PlaceholderError: or whatever else the function raises when it is recorded.
    """
    with trace(inherits=False, hides_values=True) as current, call_scope(losses=None):
        leaves = [current.placeholder(spec, spec.mask) for spec in specs]
        args, kwargs = arrange(leaves)
        result = function(*args, **kwargs)
    inputs = [each for leaf in leaves for each in (leaf, leaf.mask) if each is not None]
    outputs: list[Any] = []
    structure = tree.map_structure(lambda leaf: _place(leaf, outputs), result)
    updates = list(current.updates)
    graph = Graph(inputs, [*outputs, *(value for _, value in updates)], captures=True, token=current.token)
    return _lowered(graph, len(outputs), updates, structure, current.owners)


def _place(leaf: Any, outputs: list[Any]) -> Any:
    """Note an output that is a tensor, and return what stands for it; anything else stays."""
    if type(leaf) is not SymbolicTensor and type(leaf) is not Tensor:
        return leaf
    outputs.append(leaf)
    place = Leaf(len(outputs) - 1)
    if leaf.mask is not None:
        outputs.append(leaf.mask)
        place.mask = len(outputs) - 1
    return place


def _lowered(
    graph: Graph,
    count: int,
    updates: list[tuple[Variable, Any]],
    structure: Structure,
    owners: Mapping[Node, Owner],
) -> Lowered:
    known: dict[Any, Value] = {key_of(tensor): Value(tensor.spec) for tensor in graph.inputs}
    state: list[tuple[Variable, Value]] = []
    for capture in graph.captures:
        if type(capture) is not Variable:
            raise UnsupportedOpError(
                "A symbolic tensor from outside cannot be used in a program.",
                where=f"the tensor is {capture.spec}",
                why="a program is called with values, and this one was never handed in",
                fix="pass it as an argument",
            )
        known[key_of(capture)] = value = Value(capture.spec)
        state.append((capture, value))

    constants: dict[int, Any] = {}

    def now(argument: Any) -> Any:
        kind = type(argument)
        if kind is SymbolicTensor or kind is Variable:
            return known[key_of(argument)]
        return _kept(argument._value if kind is Tensor else argument, constants)

    steps: list[Step] = []
    paths: dict[int, str] = {}
    for node in graph.nodes:
        if node.operation.is_composite:
            _check_runs_alone(node.operation, node.arguments)
        owner = owners.get(node, _NOBODY)
        path = paths.get(id(owner.whole)) or paths.setdefault(id(owner.whole), _path_of(owner))
        origin = Origin(node.place, path, owner.is_backward)
        step = Step.of_node(node, [now(argument) for argument in node.arguments], origin)
        steps.append(step)
        known.update({(id(node), index): value for index, value in enumerate(step.outputs)})
    results = [now(output) for output in graph.outputs]
    assigned = [(variable, value) for (variable, _), value in zip(updates, results[count:], strict=True)]
    inputs = [known[key_of(tensor)] for tensor in graph.inputs]
    touched = {id(variable): variable for variable, _ in (*state, *updates)}
    return Lowered(Program(inputs, state, steps, results[:count], assigned), structure, list(touched.values()))


def _path_of(owner: Owner) -> str:
    if isinstance(owner.whole, str):
        return owner.whole
    return owner.whole[-1].path if owner.whole else ""


def _kept(constant: Any, known: dict[int, Any]) -> Any:
    """Return a constant as it is now: an array whose owner may write to it later is copied, once."""
    if not isinstance(constant, np.ndarray) or not constant.flags.writeable:
        return constant
    if id(constant) not in known:
        known[id(constant)] = constant, constant.copy()  # the first keeps its place from being taken
    return known[id(constant)][1]


def _check_runs_alone(operation: Any, arguments: Sequence[Any]) -> None:
    """Raise if a composite does more than compute outputs from its arguments."""
    inner = getattr(operation, "operation", operation)
    has_state = any(getattr(each, "variables", None) for each in (operation, inner))
    has_masks = any(is_tensor(argument) and argument.mask is not None for argument in arguments)
    if has_state or has_masks or getattr(operation, "inner", None):
        raise UnsupportedOpError(
            f"'{operation.name}' cannot be a step of a program.",
            why="it needs values, and has Variables or masks that a program could not keep in step",
            fix="write its call with operations that can be recorded",
        )
