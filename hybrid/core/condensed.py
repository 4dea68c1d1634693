"""A function of tensors as one operation: its primitives, run on arrays one after the other.

Floor 4. Between two primitives the door, the tape and Python's own calls cost as much as small arrays do. A condensed
function has neither: it is recorded once for the shapes of its arguments, and its derivative with it. What it computes
is, bit for bit, what its primitives compute when they are called one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..errors import UnsupportedOpError
from .context import SCOPE, Scope, scope
from .door import apply
from .graph import Graph, Key, key_of
from .node import Node
from .primitive import Composite, Operation
from .spec import TensorSpec
from .tape import CompositeGradient, Tape, identity_of, reverse
from .tensor import SymbolicTensor, Tensor, wrap
from .trace import leaves_of, trace

__all__ = ["Condensed"]

Array = np.ndarray[Any, Any]
_Backward = Callable[..., tuple[Any, ...]]
_NO_SCOPE = Scope()


class Condensed(Operation):
    """A function of tensors as one operation, for fixed shapes.

    Args:
        name: for messages.
        function: takes as many tensors as there are specs and returns one. It calls primitives only, and depends on
            nothing but its arguments.
        specs: of the arguments, all sizes known.

    Attributes:
        uses: how often its primitives take each argument.
        size: number of primitives.

    Raises:
        UnsupportedOpError: if the function calls a composite that cannot be inlined, or its output has a mask.

    Example:
        >>> both = Condensed("both", lambda x: hybrid.ops.exp(hybrid.ops.tanh(x)), [TensorSpec((2,), "float64")])
        >>> both(np.zeros(2)).numpy()
        array([1., 1.])
    """

    def __init__(self, name: str, function: Callable[..., Any], specs: Sequence[TensorSpec]):
        self.name = name
        self._function = function
        self._specs = list(specs)
        whole = self._record([index for index, spec in enumerate(specs) if spec.dtype.kind == "f"])
        nodes, output = whole.forward.nodes, whole.forward.outputs[0]
        self._spec: TensorSpec = output.spec
        self._kept = whole.crossing
        taken = [key_of(each) for node in nodes for each in node.arguments if type(each) is SymbolicTensor]
        self.uses = [taken.count(key_of(tensor)) for tensor in whole.inputs]
        self.size = len(nodes)
        self._forward = _compiled(nodes, whole.inputs, [output])
        self._forward_and_keep = _compiled(nodes, whole.inputs, [output, *whole.tensors(self._kept)])
        self._backward: dict[tuple[int, ...], _Backward | None] = {}

    def _record(self, wanted: Sequence[int]) -> _Recording:
        """Record the function and its derivative by some of its arguments."""
        with trace(inherits=False, hides_values=True) as current:
            inputs = [current.placeholder(spec) for spec in self._specs]
            tape = Tape(watch_accessed_variables=False)
            for index in wanted:
                tape.watch(inputs[index])
            with scope(tapes=(tape,)):
                output = self._function(*inputs)
            if type(output) is not SymbolicTensor or output.mask is not None:
                raise UnsupportedOpError(f"'{self.name}' cannot be condensed: it returns {output!r}.")
            upstream = current.placeholder(output.spec)
            sources = [identity_of(inputs[index]) for index in wanted]
            found = reverse(tape.entries, {identity_of(output): upstream}, sources)
        recording = _Recording(inputs, output, upstream, [found.get(identity) for identity in sources])
        for node in recording.nodes:
            if node.operation.is_composite:
                raise UnsupportedOpError(f"'{self.name}' cannot be condensed: it calls '{node.operation.name}'.")
        return recording

    def __call__(self, *arguments: Any) -> Any:
        """Call the function on tensors, Variables or arrays of the shapes and dtypes it was recorded for."""
        return apply(self, *arguments, kept=[] if SCOPE.get().tapes else None)

    def compute(self, *arrays: Array, kept: list[Array] | None) -> Array:
        """Return the output; what the derivative needs is put into a list, if there is one."""
        if kept is None:
            return self._forward(*arrays)[0]
        output, *kept[:] = self._forward_and_keep(*arrays)
        return output

    def infer(self, *specs: Any, kept: Any) -> TensorSpec:
        """Return the spec of the output."""
        return self._spec

    def pull_back(
        self,
        cotangents: Sequence[Any],
        outputs: Sequence[Any],
        arguments: Sequence[Any],
        params: dict[str, Any],
        wanted: Sequence[int],
    ) -> list[Any]:
        """Return the cotangents of the wanted arguments, in one go where nobody watches."""
        (upstream,) = cotangents
        if SCOPE.get() == _NO_SCOPE and type(upstream) is Tensor and upstream._value.dtype is self._spec.dtype:
            sought = tuple(wanted)
            backward = self._backward[sought] if sought in self._backward else self._backward_for(sought)
            if backward is not None:
                arrays = [argument._value if type(argument) is Tensor else argument for argument in arguments]
                slopes = backward(*arrays, upstream._value, *params["kept"])
                return [None if slope is None else wrap(slope) for slope in slopes]
        gradient = CompositeGradient(_Plain(self.name, self._function), len(arguments), tuple(wanted), (), {})
        return list(apply(gradient, *arguments, upstream))

    def _backward_for(self, wanted: tuple[int, ...]) -> _Backward | None:
        recording = self._record(wanted)
        backward = None
        if set(recording.crossing) <= set(self._kept):
            given = [*recording.inputs, recording.upstream, *recording.tensors(self._kept)]
            backward = _compiled(Graph(given, leaves_of(recording.slopes)).nodes, given, recording.slopes)
        self._backward[wanted] = backward
        return backward


class _Recording:
    """A function and its derivative as one graph.

    Attributes:
        inputs: placeholders of the arguments.
        upstream: placeholder of the cotangent of the output.
        slopes: cotangents of the wanted arguments, `None` where there is none.
        forward: what the function does.
        nodes: that and what its derivative does.
        crossing: what the derivative needs of what the function computes on its way: (node, output), by position.
    """

    def __init__(self, inputs: list[Any], output: Any, upstream: Any, slopes: list[Any]):
        self.inputs, self.upstream, self.slopes = inputs, upstream, slopes
        self.forward = Graph(inputs, [output])
        self.nodes = Graph([*inputs, upstream], [output, *leaves_of(slopes)]).nodes
        position = {id(node): index for index, node in enumerate(self.forward.nodes)}
        later = [argument for node in self.nodes if id(node) not in position for argument in node.arguments]
        needed = [each for each in (*later, *slopes) if type(each) is SymbolicTensor and id(each.node) in position]
        self.crossing = list(dict.fromkeys((position[id(tensor.node)], tensor.index) for tensor in needed))

    def tensors(self, places: Sequence[tuple[int, int]]) -> list[SymbolicTensor]:
        """Return what the function computes at some places of its own."""
        return [SymbolicTensor(self.forward.nodes[position], index) for position, index in places]


class _Plain(Composite):
    """The function that was condensed, for derivatives that are themselves watched or recorded."""

    def __init__(self, name: str, function: Callable[..., Any]):
        self.name = name
        self.function = function

    def run(self, *arguments: Any, **params: Any) -> Any:
        """Call the function."""
        return self.function(*arguments)


def _compiled(
    nodes: Sequence[Node], inputs: Sequence[SymbolicTensor], outputs: Sequence[Any]
) -> Callable[..., tuple[Array, ...]]:
    """Return a function of arrays that does what some nodes do, written as straight-line Python."""
    names: dict[Key, str] = {key_of(tensor): f"a{index}" for index, tensor in enumerate(inputs)}
    bound: dict[str, Any] = {"Array": np.ndarray, "asarray": np.asarray}
    last: dict[str, int] = {}

    def name_of(value: Any, position: int) -> str:
        if value is None:
            return "None"
        if type(value) is SymbolicTensor:
            name = names[key_of(value)]
        else:
            name = f"c{len(bound)}"
            bound[name] = value._value if type(value) is Tensor else value
        last[name] = position
        return name

    steps: list[tuple[str, list[str]]] = []
    for position, node in enumerate(nodes):
        arguments = [name_of(argument, position) for argument in node.arguments]
        compute = node.operation.compute  # type: ignore[attr-defined]
        bound[f"f{position}"] = partial(compute, **node.params) if node.params else compute
        results = [f"t{position}_{index}" for index in range(len(node.specs))]
        names.update({(id(node), index): result for index, result in enumerate(results)})
        targets = ", ".join(results) + ("," if node.structure is not None else "")
        steps.append((f"{targets} = f{position}({', '.join(arguments)})", results))
    returned = [name_of(output, len(nodes)) for output in outputs]
    lines = [f"def run({', '.join(names[key_of(tensor)] for tensor in inputs)}):"]
    for position, (line, results) in enumerate(steps):
        lines.append(f"    {line}")
        # As the door does: NumPy returns scalars from full reductions.
        lines += [f"    if type({name}) is not Array: {name} = asarray({name})" for name in results]
        over = [name for name in last if last[name] == position and name[0] == "t"]
        lines += [f"    del {', '.join(over)}"] if over else []
    lines.append(f"    return {', '.join(returned)},")
    exec(compile("\n".join(lines), "<condensed>", "exec"), bound)  # noqa: S102 - our own text
    run: Callable[..., tuple[Array, ...]] = bound.pop("run")  # its own globals would keep it alive
    return run
