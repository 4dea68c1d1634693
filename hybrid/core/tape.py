"""Tapes: the record that turns a run into derivatives.

Floor 4. A tape notes an entry per primitive that ran (or was recorded) on something it tracks. One `reverse` walks
entries backwards; since derivative rules are written in ops, what it does can itself be noted, recorded and traced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


class Entry(NamedTuple):
    """One operation that ran, with what its derivative needs.

    Attributes:
        operation: what ran.
        arguments: what it was called with.
        params: its static parameters.
        outputs: flat tuple of what came out.
        tracked: (index, identity) of the arguments through which derivatives flow.
        results: identities of the outputs.
    """

    operation: Any
    arguments: tuple[Any, ...]
    params: dict[str, Any]
    outputs: tuple[Any, ...]
    tracked: list[tuple[int, Identity]]
    results: list[Identity]


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
        # Identities of the values that each Variable had while it was read.
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

    def _watch_variable(self, variable: Variable) -> None:
        if id(variable) not in self._reads:
            self._reads[id(variable)] = [id(variable)]
            self.watched_variables.append(variable)
            self.tracked.add(id(variable))

    def read(self, variable: Variable, value: Any) -> None:
        """Note that a Variable was read and had this value."""
        reads = self._reads.get(id(variable))
        if reads is None:
            if not (variable.trainable and self.watch_accessed_variables):
                return
            self._watch_variable(variable)
            reads = self._reads[id(variable)]
        identity = identity_of(value)
        if identity not in self.tracked:
            self.tracked.add(identity)
            self._alive.append(value)
            reads.append(identity)

    def note(
        self, operation: Any, arguments: tuple[Any, ...], params: dict[str, Any], outputs: tuple[Any, ...]
    ) -> None:
        """Note an operation if it touched something that is tracked."""
        if not operation.differentiable:
            return
        known = self.tracked
        tracked = []
        for index, argument in enumerate(arguments):
            kind = type(argument)
            if kind is Tensor or kind is Variable:
                identity: Identity = id(argument)
            elif kind is SymbolicTensor:
                identity = (id(argument.node), argument.index)
            else:
                continue
            if identity in known and argument.dtype.kind == "f":
                tracked.append((index, identity))
        if not tracked:
            return
        results = [identity_of(output) for output in outputs]
        for output, identity in zip(outputs, results, strict=True):
            if output.dtype.kind == "f":
                known.add(identity)
        self.entries.append(Entry(operation, arguments, params, outputs, tracked, results))

    def identities(self, source: Any) -> list[Identity]:
        """List the identities under which a source was seen: a Variable may have had several values."""
        if isinstance(source, Variable):
            return self._reads.get(id(source), [id(source)])
        return [identity_of(source)]


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
    useful = _useful(entries, relevant)
    found = dict(cotangents)
    for entry, wanted, inner in reversed(useful):
        incoming = [found.get(identity) for identity in entry.results]
        missing = [cotangent is None for cotangent in incoming]
        if all(missing):
            continue
        indices = [index for index, _ in wanted]
        identities = [identity for _, identity in wanted]
        if any(missing):
            incoming = _filled(entry, incoming)
        operation = entry.operation
        if operation.is_composite and not hasattr(operation, "pull_back"):
            identities.extend(map(id, inner))
            pulled = _pull_back_composite(entry, incoming, indices, inner)
        else:
            pulled = operation.pull_back(incoming, entry.outputs, entry.arguments, entry.params, indices)
        for identity, cotangent in zip(identities, pulled, strict=True):
            if cotangent is not None:
                known = found.get(identity)
                found[identity] = cotangent if known is None else OPERATORS["add"](known, cotangent)
    return found


def _useful(entries: Sequence[Entry], relevant: set[Identity]) -> list[tuple[Entry, list[Any], list[Variable]]]:
    """List the entries that the relevant values influence, with what is wanted of each; their outputs are relevant too.

    Returns:
        entry, (index, identity) of the arguments and Variables inside it whose cotangents are wanted, for each.
    """
    sources = frozenset(relevant)
    useful = []
    for entry in entries:
        wanted = [pair for pair in entry.tracked if pair[1] in relevant]
        inner = [variable for variable in _variables_inside(entry) if id(variable) in sources]
        if wanted or inner:
            useful.append((entry, wanted, inner))
            relevant.update(
                identity
                for identity, output in zip(entry.results, entry.outputs, strict=True)
                if output.dtype.kind == "f"
            )
    return useful


def _filled(entry: Entry, incoming: list[Any]) -> list[Any]:
    return [
        filled_like(output, 0) if cotangent is None else cotangent
        for cotangent, output in zip(incoming, entry.outputs, strict=True)
    ]


def filled_like(output: Any, value: int) -> Any:
    """Return a constant in the shape of a target: symbolic for a symbolic one, so that it stays live."""
    if type(output) is not SymbolicTensor:
        return wrap(np.full(output.shape, value, output.dtype))
    return apply(PRIMITIVES["filled_like"], output, value=value, dtype=output.dtype)


def _variables_inside(entry: Entry) -> Sequence[Variable]:
    """List the Variables that a composite uses without naming them as arguments."""
    return getattr(entry.operation, "variables", ()) if entry.operation.is_composite else ()


def _pull_back_composite(entry: Entry, cotangents: list[Any], wanted: list[int], inner: list[Variable]) -> Any:
    operation = CompositeGradient(entry.operation, len(entry.arguments), tuple(wanted), tuple(inner), entry.params)
    return apply(operation, *entry.arguments, *cotangents)


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
            total if (total := total_cotangent(found, group)) is not None else OPERATORS["zeros_like"](source)
            for group, source in zip(identities, sources, strict=True)
        ]


def total_cotangent(found: dict[Identity, Any], identities: Iterable[Identity]) -> Any:
    """Add up the cotangents of one source over the identities it was seen under; `None` if there are none."""
    total = None
    for identity in identities:
        cotangent = found.get(identity)
        if cotangent is not None:
            total = cotangent if total is None else OPERATORS["add"](total, cotangent)
    return total
