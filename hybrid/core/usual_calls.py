"""Calls that something of ours has had often: run as one operation instead of going through all its parts again.

Floor 4. A call may be condensed if nothing but its tensors and some Variables decides what it does, and nothing but one
tensor comes of it: it assigns nothing, draws nothing and runs none of the user's code. Whoever owns a memory of calls
sees to that. A change of an attribute that is counted in `CHANGES` makes what was condensed void.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from .. import config
from ..errors import UnsupportedOpError
from .condensed import Condensed
from .context import CHANGES, RECORDING, SCOPE
from .door import apply
from .tensor import Tensor
from .variable import Variable

__all__ = ["NotWorthItError", "PlainCall", "UsualCalls"]

OFTEN = 20
"""Number of calls alike after which a call is condensed: that costs as much as these. Twice as many after each time."""
LARGEST_MEMORY = 8
"""Number of kinds of calls that are remembered."""


class PlainCall(NamedTuple):
    """A call as a function of tensors that depends on nothing but its arguments.

    Attributes:
        function: of the tensors of the call and of the values of the Variables.
        variables: that the call reads.
        composites: `id`s of all whose attributes matter.
    """

    function: Callable[..., Any]
    variables: Sequence[Variable] = ()
    composites: Sequence[int] = ()


Prepare = Callable[[Sequence[Tensor], Any], PlainCall]
"""Returns what the tensors and the option of a call come down to; raises if they come to more than a tensor."""


class NotWorthItError(Exception):
    """None of the calls can ever be condensed with profit."""


class _Kind:
    """Calls that are alike.

    Attributes:
        condensed: what runs them; `None` if nothing does.
        variables: its further arguments.
        shared: positions of tensors that are used several times.
        composites: `id`s of those whose attributes matter.
        changes: of attributes, that had been counted at the latest of these calls.
    """

    __slots__ = ("changes", "composites", "condensed", "count", "needed", "shared", "variables")

    def __init__(self) -> None:
        self.condensed: Condensed | None = None
        self.variables: Sequence[Variable] = ()
        self.shared: list[int] = []
        self.composites: Sequence[int] = ()
        self.changes = CHANGES.count
        self.count = 0
        self.needed = OFTEN

    def is_due(self) -> bool:
        """Count a call; say whether there have been enough to condense the next, since attributes changed."""
        if self.changes != CHANGES.count:
            if self.condensed is None or CHANGES.concern(self.composites, self.changes):
                self.count, self.condensed, self.variables = 0, None, ()
            self.changes = CHANGES.count
        if self.condensed is not None:
            return False
        self.count += 1
        if self.count < self.needed:
            return False
        self.count, self.needed = 0, 2 * self.needed
        return True

    def condense(self, name: str, tensors: Sequence[Tensor], option: Any, prepare: Prepare) -> None:
        """Make one operation of such calls.

        Raises:
            UnsupportedOpError: or what else `prepare` raises, if that cannot be done.
        """
        function, variables, composites = prepare(tensors, option)
        condensed = Condensed(
            name, function, [*(tensor.spec for tensor in tensors), *(variable.spec for variable in variables)]
        )
        if condensed.size < 2:
            raise NotWorthItError
        if any(uses > 1 for uses in condensed.uses[len(tensors) :]):
            raise UnsupportedOpError("Cotangents would be added up in another order: inside before outside.")
        self.shared = [place for place in range(len(tensors)) if condensed.uses[place] > 1]
        self.condensed, self.variables, self.composites = condensed, variables, composites

    def fits(self, tensors: Sequence[Tensor], tapes: Iterable[Any]) -> bool:
        """Say whether the cotangents of shared tensors, too, would be added up in the same order."""
        shared = [id(tensors[place]) for place in self.shared]
        return all(tape.tracked.isdisjoint(shared) for tape in tapes)


class UsualCalls:
    """What a layer or loss remembers of its calls. A copy remembers nothing.

    Args:
        name: of the layer or loss.
    """

    __slots__ = ("_is_off", "_kinds", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._kinds: dict[Any, _Kind] = {}
        self._is_off = False

    def __reduce__(self) -> tuple[Any, ...]:
        return UsualCalls, (self.name,)

    def run(self, tensors: Sequence[Any], option: Any, prepare: Prepare) -> Any:
        """Return the output of a call, `None` if it must be run as it is written.

        Args:
            tensors: its arguments.
            option: what else decides what it does.
            prepare: as in `Prepare`; its errors mean that such calls cannot be condensed.
        """
        tapes, recorder, state, witness = SCOPE.get()
        if self._is_off or recorder is not None or state is not None or witness is not None:
            return None
        key: Any = option, config.settings()
        for tensor in tensors:
            if type(tensor) is not Tensor or tensor.mask is not None:
                return None
            value = tensor._value
            key = *key, value.shape, value.dtype
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _Kind()
            if len(self._kinds) > LARGEST_MEMORY:
                self._kinds.pop(list(self._kinds)[0], None)  # another thread may do the same
        if kind.condensed is None or kind.changes != CHANGES.count:
            if kind.is_due():
                self._condense(kind, tensors, option, prepare)
        if kind.condensed is None or (kind.shared and not kind.fits(tensors, tapes)):
            return None
        try:
            return apply(kind.condensed, *tensors, *kind.variables, kept=[] if tapes else None)
        except Exception:
            return None  # run as it is written, the call knows what to say of the mistake

    def _condense(self, kind: _Kind, tensors: Sequence[Tensor], option: Any, prepare: Prepare) -> None:
        try:
            with RECORDING:
                kind.condense(self.name, tensors, option, prepare)
        except NotWorthItError:
            self._is_off = True
        except Exception:
            kind.condensed = None  # whatever it is that cannot be recorded runs as it is written
