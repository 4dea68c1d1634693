"""Tapes: the record that turns a run into derivatives.

Floor 4. A tape notes an entry per primitive that ran (or was recorded) on something it tracks. One `reverse` walks
entries backwards; since derivative rules are written in ops, what it does can itself be noted, recorded and traced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from .. import tree
from .context import SCOPE, scope
from .door import apply
from .operators import OPERATORS
from .primitive import PRIMITIVES, Composite
from .spec import TensorSpec
from .tensor import SymbolicTensor, Tensor, wrap
from .variable import Variable

__all__ = ["Entry", "Tape", "identity_of", "reverse"]

Identity = Any
_new_tuple = tuple.__new__  # what NamedTuples are made by, without the call of a Python function


class Entry(NamedTuple):
    """One operation that ran, with what its derivative needs.

    Attributes:
        operation: what ran.
        arguments: as they were.
        params: static parameters.
        outputs: flat.
        argument_ids: what identifies each argument, `None` for what cannot be differentiated.
        output_ids: what identifies each output, `NO_FLOAT` for those that are none.
    """

    operation: Any
    arguments: Sequence[Any]
    params: dict[str, Any]
    outputs: Sequence[Any]
    argument_ids: Sequence[Identity]
    output_ids: Sequence[Identity]


# In the place of an identity: nothing flows back to such an output. No argument has it, so it may stand in any set.
NO_FLOAT = object()


def identity_of(value: Any) -> Identity:
    """Return what identifies a value on a tape; `None` for what cannot be differentiated."""
    kind = type(value)
    if kind is Tensor or kind is Variable:
        return id(value)
    if kind is SymbolicTensor:
        return id(value.node), value.index
    return None


class Tape:
    """Notes what is computed from the values it tracks."""

    def __init__(self, *, watch_accessed_variables: bool = True):
        self.entries: list[Entry] = []
        self.tracked: set[Identity] = set()
        self.watch_accessed_variables = watch_accessed_variables
        self.watched_variables: list[Variable] = []
        # Identities of every watched Variable and of the values that it had while it was read, by its own.
        self._reads: dict[int, list[Identity]] = {}
        # Keeps tracked values alive: an identity must not be given to another object.
        self._alive: list[Any] = []

    def watch(self, value: Any) -> None:
        """Track a tensor, or every value that a Variable has from now on."""
        if isinstance(value, Variable):
            self._watch_variable(value)
            return
        self.tracked.add(identity_of(value))
        self._alive.append(value)

    def _watch_variable(self, variable: Variable) -> list[Identity]:
        own = id(variable)
        seen = self._reads.get(own)
        if seen is None:
            seen = self._reads[own] = [own]
            self.tracked.add(own)
            self.watched_variables.append(variable)
        return seen

    def read(self, variable: Variable, value: Any) -> None:
        """Note that a Variable was read and had this value."""
        own = id(variable)
        seen = self._reads.get(own)
        if seen is None:
            if not (self.watch_accessed_variables and variable.trainable and variable.spec.dtype.kind == "f"):
                return
            # `_watch_variable`, written out: this is a good part of what a small step costs.
            seen = self._reads[own] = [own]
            self.tracked.add(own)
            self.watched_variables.append(variable)
        identity = id(value) if type(value) is Tensor else identity_of(value)
        if identity not in self.tracked:
            self.tracked.add(identity)
            self._alive.append(value)
            seen.append(identity)

    def note(self, operation: Any, arguments: Sequence[Any], params: dict[str, Any], outputs: Sequence[Any]) -> None:
        """Note an operation, recorded or run, if it touched something that is tracked."""
        if not operation.differentiable:
            return
        tracked = self.tracked
        argument_ids = [identity_of(argument) for argument in arguments]
        if tracked.isdisjoint(argument_ids) and not (operation.is_composite and self._reads_inside(operation)):
            return
        output_ids = [identity_of(output) if output.dtype.kind == "f" else NO_FLOAT for output in outputs]
        tracked.update(output_ids)
        self.entries.append(Entry(operation, arguments, params, outputs, argument_ids, output_ids))

    def note_run(
        self,
        operation: Any,
        arguments: Sequence[Any],
        read: Sequence[tuple[int, Variable, Tensor]],
        params: dict[str, Any],
        outputs: Sequence[Tensor],
    ) -> None:
        """Note a primitive that ran, as `note`. Every eager call under a tape pays for this.

        Args:
            operation: the primitive.
            arguments: Tensors, Variables, arrays and numbers.
            read: position, Variable and value of each Variable among the arguments.
            params: static parameters.
            outputs: Tensors.
        """
        if read:
            concrete = list(arguments)
            for position, variable, value in read:
                concrete[position] = value
                if id(value) not in self.tracked:
                    self.read(variable, value)
            arguments = concrete
        # What is no Tensor has an identity, too, but none that is tracked: tracked values are alive.
        argument_ids = list(map(id, arguments))
        tracked = self.tracked
        if not operation.differentiable or tracked.isdisjoint(argument_ids):
            return
        output_ids: list[Identity] = list(map(id, outputs))
        for index, output in enumerate(outputs):
            if output._value.dtype.kind != "f":
                output_ids[index] = NO_FLOAT
        tracked.update(output_ids)
        self.entries.append(_new_tuple(Entry, (operation, arguments, params, outputs, argument_ids, output_ids)))

    def _reads_inside(self, operation: Any) -> bool:
        """Watch the trainable Variables inside a composite that is recorded whole; say whether any is watched."""
        inside = getattr(operation, "variables", ())
        for variable in inside:
            if self.watch_accessed_variables and variable.trainable and variable.dtype.kind == "f":
                self._watch_variable(variable)
        return any(id(variable) in self._reads for variable in inside)

    def identities(self, source: Any) -> list[Identity]:
        """List the identities under which a tensor was seen: a Variable may have had several values, others none."""
        if isinstance(source, Variable):
            # Also one that was not read: it may be used inside a recorded layer, where the tape does not see it.
            return self._reads.get(id(source)) or [id(source)]
        identity = identity_of(source)
        return [identity] if identity in self.tracked else []


def reverse(
    entries: Sequence[Entry],
    cotangents: dict[Identity, Any],
    sources: Iterable[Identity],
) -> dict[Identity, Any]:
    """Carry cotangents backwards through entries.

    Args:
        entries: in the order in which they ran.
        cotangents: of the targets, by identity.
        sources: identities whose cotangents are wanted; what they do not influence is passed over.

    Returns:
        cotangents by identity, those of the sources among them where the targets depend on them.
    """
    relevant = set(sources)
    relevant.discard(None)
    asked = frozenset(relevant)
    useful: list[tuple[Entry, list[Variable]]] = []
    for entry in entries:
        operation, _, _, _, argument_ids, output_ids = entry
        inner = _variables_inside(entry, asked) if operation.is_composite else []
        if inner or not relevant.isdisjoint(argument_ids):
            useful.append((entry, inner))
            relevant.update(output_ids)
    found = dict(cotangents)
    recorder = SCOPE.get().trace
    part = None if recorder is None else recorder.part
    for entry, inner in reversed(useful):
        operation, arguments, params, outputs, argument_ids, output_ids = entry
        returned = operation.returned
        incoming = list(map(found.get, output_ids[:returned]))
        if len(incoming) != 1:
            incoming = _filled(outputs[:returned], incoming)
        if not incoming or incoming[0] is None:
            continue
        if recorder is not None:
            recorder.part = recorder.derivative_of(outputs)
        wanted = [index for index, identity in enumerate(argument_ids) if identity in relevant]
        identities: Iterator[Identity] = map(argument_ids.__getitem__, wanted)
        if operation.is_composite and not hasattr(operation, "pull_back"):
            pulled = _pull_back_composite(entry, incoming, wanted, inner)
        else:
            pulled = operation.pull_back(incoming, outputs, arguments, params, wanted)
        if inner:
            identities = chain(identities, map(id, inner))
        for identity, cotangent in zip(identities, pulled, strict=True):
            if cotangent is not None:
                before = found.get(identity)
                found[identity] = cotangent if before is None else OPERATORS["add"](before, cotangent)
    if recorder is not None:
        recorder.part = part
    return found


def _pull_back_composite(entry: Entry, cotangents: Sequence[Any], wanted: list[int], inner: list[Variable]) -> Any:
    gradient = CompositeGradient(entry.operation, len(entry.arguments), tuple(wanted), tuple(inner), entry.params)
    return apply(gradient, *entry.arguments, *cotangents)


def _filled(outputs: Sequence[Any], incoming: list[Any]) -> list[Any]:
    """Return the cotangents of several outputs, zeros where one is missing, unless all are."""
    if all(cotangent is None for cotangent in incoming):
        return incoming
    return [
        filled_like(output, 0) if cotangent is None else cotangent
        for cotangent, output in zip(incoming, outputs, strict=True)
    ]


def filled_like(output: Any, value: int) -> Any:
    """Return a constant in the shape of a target: symbolic for a symbolic one, so that it stays live."""
    if type(output) is not SymbolicTensor:
        like = output._value if type(output) is Tensor else output
        array = np.empty(like.shape, like.dtype)
        array.fill(value)
        return wrap(array)
    return apply(PRIMITIVES["filled_like"], output, value=value, dtype=output.dtype)


def _variables_inside(entry: Entry, asked: frozenset[Identity]) -> list[Variable]:
    """List the Variables among the sources that a composite uses without naming them as arguments."""
    return [variable for variable in getattr(entry.operation, "variables", ()) if id(variable) in asked]


class CompositeGradient(Composite):
    """The derivative of a composite: what a tape finds when the composite is called again.

    Args:
        operation: the composite.
        count: number of its arguments; cotangents of its flat outputs follow them.
        wanted: which arguments' cotangents are returned first.
        inner: Variables inside the composite whose cotangents are returned after those.
        params: parameters of the composite.
    """

    def __init__(
        self,
        operation: Composite,
        count: int,
        wanted: tuple[int, ...],
        inner: tuple[Variable, ...],
        params: dict[str, Any],
    ):
        self.name = f"gradient_of_{operation.name}"
        self.operation = operation
        self.count = count
        self.wanted = wanted
        self.inner = inner
        self.params = params

    @property
    def is_opaque(self) -> bool:  # type: ignore[override]
        """Whether the composite needs values: then its derivative does, too."""
        return bool(self.operation.is_opaque)

    def infer(self, *specs: Any, **params: Any) -> list[TensorSpec]:
        """Return the specs of the wanted arguments and Variables."""
        return [specs[index] for index in self.wanted] + [variable.spec for variable in self.inner]

    def run(self, *values: Any, **params: Any) -> list[Any]:
        """Call the composite under a tape of its own and carry the cotangents back."""
        arguments, cotangents = list(values[: self.count]), values[self.count :]
        tape = Tape()
        for index in self.wanted:
            arguments[index] = OPERATORS["read"](arguments[index])
            tape.watch(arguments[index])
        for variable in self.inner:
            tape.watch(variable)
        with scope(tapes=(*SCOPE.get().tapes, tape)):
            again = getattr(self.operation, "call_again", self.operation.run)
            outputs = tree.flatten(again(*arguments, **self.params))
        sources = [arguments[index] for index in self.wanted] + list(self.inner)
        seeds = {identity_of(o): c for o, c in zip(outputs, cotangents, strict=True)}
        identities = [tape.identities(source) for source in sources]
        found = reverse(tape.entries, seeds, [i for group in identities for i in group])
        return [
            OPERATORS["zeros_like"](source) if total is None else total
            for total, source in zip(total_cotangents(found, identities), sources, strict=True)
        ]


def total_cotangents(found: dict[Identity, Any], groups: Iterable[Iterable[Identity]]) -> list[Any]:
    """Add up the cotangents of sources over the identities each was seen under; `None` where there are none."""
    totals = []
    for identities in groups:
        total = None
        for identity in identities:
            cotangent = found.get(identity)
            if cotangent is not None:
                total = cotangent if total is None else OPERATORS["add"](total, cotangent)
        totals.append(total)
    return totals
