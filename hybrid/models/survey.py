"""A survey of a model: its `call` walked on placeholders, noting what is met and what goes wrong.

Floor 10. Where something fails, a survey that recovers notes it and goes on with a guess; what follows from a guess is
not reported. It changes the model as any call does: whoever takes one takes that back (`as_before`).
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from .. import errors, tree
from ..core.context import CALL, SCOPE, call_scope, outside, scope
from ..core.node import Node
from ..core.source import SourceLine, is_ours, user_line
from ..core.tensor import SymbolicTensor
from ..core.trace import trace
from ..core.variable import Variable
from ..core.witness import UNANSWERED, Witness
from ..layers.base.layer import Layer
from ..layers.base.rollback import Snapshot
from ..layers.base.tracking import walk
from ..typing import Structure
from .guessing import guess, is_certain, outputs_of_call, outputs_of_operation
from .problems import Problem
from .recording import CallSpec

__all__ = ["Pass", "Reach", "Survey", "reach"]

_KINDS: list[tuple[type[Exception], str]] = [
    (errors.ShapeError, "shape"),
    (errors.OutOfRangeError, "shape"),
    (errors.DTypeError, "dtype"),
    (errors.PlaceholderError, "value"),
    (errors.UntrackedLayerError, "untracked"),
    (errors.HybridError, "call"),
]


_NEEDS_SIZES = "it needs sizes that are not known while it is recorded; called on data, it runs"
_FOR_SIZES = "use ops.shape(x)[axis] for a size, ops.scan for a loop over an axis, or give the size in the specs"


class Reach(NamedTuple):
    """What some tensors are computed from.

    Attributes:
        nodes: recorded calls by identity.
        variables: Variables by identity.
        opaque: operations of which it is not known what they use.
    """

    nodes: dict[int, Node]
    variables: dict[int, Variable]
    opaque: list[Any]


class Pass(NamedTuple):
    """One walk through a model's call.

    Attributes:
        training: whether the call trained.
        inputs: the placeholders, flat.
        outputs: what came out, in its structure.
        losses: what layers added to the loss.
        updates: the new values of Variables.
    """

    training: bool
    inputs: list[SymbolicTensor]
    outputs: Structure
    losses: list[Any]
    updates: list[Any]

    @property
    def output_tensors(self) -> list[SymbolicTensor]:
        """The symbolic ones among the outputs."""
        return [leaf for leaf in tree.flatten(self.outputs) if isinstance(leaf, SymbolicTensor)]


class Survey(Witness):
    """What is met when a model is called on placeholders.

    Args:
        model: the model.
        call: what it is called with.
        recovers: whether it goes on after a failure; else the error is raised.
        snapshot: to which layers are added that the model does not own.

    Attributes:
        problems: what went wrong.
        passes: the walks that came to their end.
        called: layers that were called, by identity.
        created: layers that were made while `call` ran, with the path of the layer that made them and the line.
        unknown: layers whose call failed, so that it is not known what it would have used.
        is_complete: whether every walk came to its end.
        start: the line from which the survey was asked for.
    """

    def __init__(self, model: Layer, call: CallSpec, *, recovers: bool, snapshot: Snapshot):
        self.model = model
        self.call = call
        self.recovers = recovers
        self.snapshot = snapshot
        self.passes: list[Pass] = []
        self.called: dict[int, Any] = {}
        self.created: dict[int, tuple[Layer, str, SourceLine]] = {}
        self.unknown: list[Layer] = []
        self.is_complete = True
        self._problems: dict[Any, Problem] = {}
        self._makers: dict[int, tuple[Node, Layer]] = {}
        self._guessed: dict[int, Node] = {}
        # Layers in whose own call a guess was made, and those around such a call.
        self._shaken: dict[int, Any] = {}
        self._touched: dict[int, Any] = {}
        self.start = user_line()

    @property
    def problems(self) -> list[Problem]:
        """What went wrong, in the order in which it was met."""
        return list(self._problems.values())

    def walk(self, training: bool) -> None:
        """Call the model on placeholders."""
        losses: list[Any] = []
        with outside(), scope(witness=self), call_scope(training=training, layers=(), losses=losses):
            with trace(inherits=False) as current:
                inputs = [current.placeholder(spec) for spec in self.call.specs]
                args, kwargs = self.call.template.fill(inputs)
                try:
                    outputs = self.model(*args, **kwargs)
                except Exception:
                    if not self.recovers:
                        raise
                    self.is_complete = False
                    return
                added = [loss for _, loss in losses]
                updates = [value for _, value in current.updates]
        self.passes.append(Pass(training, inputs, outputs, added, updates))

    def compare(self, sized: Survey) -> None:
        """Take into account what another survey met that was given known sizes.

        What fails only where sizes are not known runs eagerly, and is no more than odd. A survey that came to its end
        is not corrected by one that did not: the sizes may be what was wrong there.

        Args:
            sized: a survey of the same call with known sizes.
        """
        is_trusted = sized.is_complete or not self.is_complete
        for key, problem in self._problems.items():
            if is_trusted and problem.is_error and key not in sized._problems:
                fix = problem.fix or _FOR_SIZES
                self._problems[key] = replace(problem, kind="value", severity="warning", why=_NEEDS_SIZES, fix=fix)
        if not self.is_complete and all(is_certain(spec) for spec in self.call.specs):
            for key, problem in sized._problems.items():
                if problem.is_error:
                    self._problems.setdefault(key, problem)

    def maker_of(self, node: Node) -> Layer:
        """Return the layer whose call recorded a node."""
        return self._makers[id(node)][1] if id(node) in self._makers else self.model

    def is_guessed(self, tensor: Any) -> bool:
        """Say whether a tensor follows from a guess, and is not certain all the same."""
        return isinstance(tensor, SymbolicTensor) and id(tensor.node) in self._guessed and not is_certain(tensor.spec)

    # -- what it is told ----------------------------------------------------------------------------------------------

    def creates(self, composite: Any) -> None:
        """Note a layer that the user's code makes while a call runs; a build, which runs outside of traces, may."""
        layers = CALL.get().layers
        if layers and SCOPE.get().trace is not None and not composite.is_placeholder and is_users(layers[-1]):
            self.created[id(composite)] = composite, layers[-1].path, user_line()

    def builds(self, composite: Any) -> None:
        """Note what a layer is like that the model does not own."""
        self.snapshot.add(composite)

    def calls(self, composite: Any) -> None:
        """Note that a layer is called."""
        self.called[id(composite)] = composite

    def notes(self, node: Node) -> None:
        """Note which layer a recorded call belongs to, and whether it follows from a guess."""
        layers = CALL.get().layers
        self._makers[id(node)] = node, layers[-1] if layers else self.model
        follows = id(node.operation) in self._touched or any(
            type(argument) is SymbolicTensor and id(argument.node) in self._guessed for argument in node.arguments
        )
        if follows and not all(map(is_certain, node.specs)):
            self._guessed[id(node)] = node

    def operation_fails(self, error: Exception, operation: Any, arguments: Sequence[Any]) -> Any:
        """Note the failure and return a guess, where it is the user's code that called the operation."""
        layers = CALL.get().layers
        layer = layers[-1] if layers else self.model
        if not self.recovers or not is_users(layer):
            return UNANSWERED
        if not any(map(self.is_guessed, arguments)):
            self._report(error, layer, operation.name)
        return self._guess(outputs_of_operation(arguments), arguments)

    def call_fails(self, error: Exception, composite: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """Note the failure and return a guess, unless it is the model's own call that failed."""
        leaves = tree.flatten([list(args), kwargs])
        is_root = composite is self.model
        if self.recovers and not self._will_be_opaque(error):
            if id(composite) not in self._shaken and not any(map(self.is_guessed, leaves)):
                self._report(error, composite)
            self.unknown.append(composite)
        if not self.recovers or is_root or self._will_be_opaque(error) or not any(map(_is_symbolic, leaves)):
            return UNANSWERED
        return self._guess(outputs_of_call(composite, args, kwargs), leaves)

    def _will_be_opaque(self, error: Exception) -> bool:
        """Say whether a layer around the present call states its output, so that it may depend on values."""
        around = [layer for layer in CALL.get().layers if layer is not self.model]
        return isinstance(error, errors.PlaceholderError) and any(layer._states_output() for layer in around)

    def _guess(self, specs: Structure, arguments: Sequence[Any]) -> Structure:
        active = SCOPE.get().trace
        result = guess(specs, arguments, None if active is None else active.token)
        node = tree.flatten(result)[0].node
        self._guessed[id(node)] = node
        # What a call does after a guess may be a consequence of it, also where no tensor says so.
        layers = CALL.get().layers
        self._shaken.update((id(layer), layer) for layer in layers[-1:])
        self._touched.update((id(layer), layer) for layer in layers)
        return result

    def _report(self, error: Exception, layer: Layer, operation: str = "") -> None:
        created = self.created.get(id(layer))
        if created is not None and isinstance(error, errors.UntrackedLayerError):
            self.add(created_in_call(*created))
            return
        found = _place_of(error)
        place = None if found == self.start else found
        key = type(error), layer.path, place, operation
        self._problems.setdefault(key, problem_of(error, layer, place))

    def add(self, problem: Problem) -> None:
        """Note a problem, once."""
        self._problems.setdefault(problem, problem)


def created_in_call(layer: Layer, path: str, place: SourceLine) -> Problem:
    """Return the problem of a layer that is made anew in each call."""
    name = type(layer).__name__
    return Problem(
        "created_in_call",
        f"{name} is created inside `call`: each call makes a new layer, with new weights.",
        path=path,
        place=place,
        why="what one call learns is gone in the next, and is neither counted nor saved",
        fix=f"create it in __init__, as self.{layer.name} = {name}(...), and call it here",
        error=errors.UntrackedLayerError,
    )


def problem_of(error: Exception, layer: Layer, place: SourceLine | None) -> Problem:
    """Return the problem that an exception stands for."""
    kind = next((kind for cls, kind in _KINDS if isinstance(error, cls)), "code")
    said = errors.HybridError(f"{type(error).__name__}: {error}") if kind == "code" else error
    return Problem(
        kind,
        getattr(said, "what", str(said)),
        path=layer.path,
        place=place,
        why=getattr(said, "why", None),
        fix=getattr(said, "fix", None),
        severity="warning" if kind == "value" else "error",
        error=type(error) if isinstance(error, errors.HybridError) else errors.HybridError,
    )


def is_users(layer: Layer) -> bool:
    """Say whether the `call` of a layer is a user's code."""
    code = getattr(layer._call_signature.function, "__code__", None)
    return code is None or not is_ours(code.co_filename)


def reach(tensors: Iterable[Any]) -> Reach:
    """Find everything that tensors are computed from."""
    found = Reach({}, {}, [])
    stack = list(tensors)
    while stack:
        current = stack.pop()
        if isinstance(current, Variable):
            found.variables[id(current)] = current
        if not isinstance(current, SymbolicTensor) or id(current.node) in found.nodes:
            continue
        found.nodes[id(current.node)] = current.node
        if current.node.operation.is_composite:
            found.opaque.append(current.node.operation)
        stack.extend(current.node.arguments)
    return found


def layers_below(layers: Iterable[Any]) -> dict[int, Any]:
    """Return layers and all that is below them, by identity."""
    return {id(part): part for layer in layers if isinstance(layer, Layer) for part in walk(layer)}


def _is_symbolic(value: Any) -> bool:
    return isinstance(value, SymbolicTensor)


def _place_of(error: Exception) -> SourceLine:
    """Return the user's line from which an error comes: one below the present call, else that of the call."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if not is_ours(frame.f_code.co_filename):
            return SourceLine(frame.f_code.co_filename, line, frame.f_code.co_name)
    return user_line()
