"""`hybrid.jit`: which program a call needs, and when a function simply runs instead.

Floor 7. A program is made for every signature that is met, of the function called once on placeholders. Whatever cannot
be recorded runs operation by operation, as it would without all this.
"""

from __future__ import annotations

import functools
import gc
import operator
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from .. import config, tree
from ..core.context import CALL, CHANGES, RECORDING, SCOPE, Scope, scope
from ..core.door import convert, is_tensor
from ..core.source import failing_line, source_text
from ..core.tensor import wrap
from ..core.variable import Variable
from ..core.witness import Witness
from ..errors import ConfigError, HybridError
from ..typing import Structure
from .lowering import Leaf, Lowered, lower
from .passes import optimized
from .patience import PATIENCE, Patience
from .program import Program
from .signature import NotConcreteError, Signature, divide, filled, leaves_of, owners_of, specs_of
from .source import Executable

__all__ = ["Inspection", "Jit", "Programs", "jit"]

LARGEST_CACHE = 32
"""Number of programs that are kept for a function."""
Reach = Callable[[], Iterable[Any]]
"""Returns the composites whose attributes a function may read."""

_NO_SCOPE = Scope()
_TRAINABLE = operator.attrgetter("trainable")


class Entry:
    """What is known of a signature.

    Attributes:
        executable: its program, `None` where the function cannot be recorded.
        structure: of what the function returns, with a `Leaf` for every tensor that is computed.
        touched: Variables that the function read or assigned.
        flags: which of them were trainable.
        called: `id`s of the composites that it called.
        changes: of attributes, that had been counted when the function was recorded.
        runs: how often the program was run.
    """

    __slots__ = ("called", "changes", "executable", "flags", "runs", "structure", "touched")

    def __init__(
        self,
        executable: Executable | None,
        structure: Structure = None,
        touched: tuple[Variable, ...] = (),
        called: Iterable[int] = (),
    ):
        self.executable = executable
        self.called = frozenset(called)
        self.runs = 0
        self.structure = structure
        self.touched = touched
        self.flags = list(map(_TRAINABLE, touched))
        self.changes = CHANGES.count

    def still_holds(self, reach: Reach | None) -> bool:
        """Say whether Variables and layers are as they were when the function was recorded, if it could be.

        Args:
            reach: the composites whose attributes matter, beside those that were called; all there are by default.
        """
        if self.executable is None:
            return True
        if list(map(_TRAINABLE, self.touched)) != self.flags:
            return False
        now = CHANGES.count
        if self.changes == now:
            return True
        if reach is None or CHANGES.concern({*self.called, *map(id, reach())}, self.changes):
            return False
        self.changes = now
        return True

    def outputs(self, arrays: Sequence[Any]) -> Structure:
        """Put computed arrays, as tensors, where the function returned them."""
        is_live = bool(self.touched)

        def settle(leaf: Any) -> Any:
            if type(leaf) is not Leaf:
                return leaf
            mask = None if leaf.mask is None else wrap(arrays[leaf.mask])
            return wrap(arrays[leaf.index], mask, is_live)

        return settle(self.structure) if type(self.structure) is Leaf else tree.map_structure(settle, self.structure)


class Programs:
    """The programs of one function, by signature.

    Args:
        name: of the function, for messages.
        warns: whether it says so where a function cannot be recorded, or is recorded again and again.
    """

    def __init__(self, name: str, *, warns: bool = True):
        self.name = name
        self.warns = warns
        self._entries: dict[Signature, Entry] = {}
        self._patience = Patience()
        self._has_warned_of_changes = False

    def __len__(self) -> int:
        return len(self._entries)

    def call(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        around: Any = nullcontext,
        reach: Reach | None = None,
    ) -> Any:
        """Return what a function returns, by its program where there is one.

        Args:
            function: always the same one.
            args: its positional arguments.
            kwargs: its keyword arguments.
            around: returns a context in which the function is recorded; what it raises keeps it from being a program.
            reach: returns the composites whose attributes the function may read; it may read all by default.
        """
        if SCOPE.get() != _NO_SCOPE:
            return _simply(function, args, kwargs)
        try:
            key, arrays = divide(args, kwargs)
        except NotConcreteError:
            return _simply(function, args, kwargs)
        key = (CALL.get().training, config.floatx(), *key)
        entry = self._entries.get(key)
        if entry is None or not entry.still_holds(reach):
            entry = self._entry_for(key, function, args, kwargs, around, reach)
        if entry is None or entry.executable is None:
            return _simply(function, args, kwargs)
        executable = entry.executable
        with executable.turn:
            try:
                outputs, updates = executable.run(arrays)
            except Exception as error:
                return self._explained(error, entry, function, args, kwargs)
            executable.commit(updates, arrays)
        entry.runs += 1
        return entry.outputs(outputs)

    def _entry_for(
        self,
        key: Signature,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        around: Any,
        reach: Reach | None,
    ) -> Entry | None:
        """Record a function for a signature; `None` where that does not pay yet."""
        with RECORDING:
            entry = self._entries.get(key)
            if entry is None:
                if not self._patience.has_for_new(key):
                    return None
            elif entry.still_holds(reach):  # another thread recorded it meanwhile
                return entry
            elif not self._patience.has_for_stale(key, entry.runs):
                self._warn_of_changes()
                return None
            called = _Called()
            try:
                with _uncollected():
                    with around(), scope(witness=called):
                        lowered = _lowered(function, args, kwargs)
                    executable = Executable(optimized(lowered.program), CALL.get().training)
            except Exception as error:
                entry = Entry(None)
                if self.warns:
                    warnings.warn(_message_of_failure(self.name, error), stacklevel=4)
            else:
                entry = Entry(executable, lowered.structure, tuple(lowered.touched), called.found)
            self._keep(key, entry)
            if self._patience.recorded == PATIENCE and self.warns and entry.executable is not None:
                owners = ["training", "floatx", *owners_of(function, args, kwargs)]
                warnings.warn(_message_of_retracing(self.name, list(self._entries), owners), stacklevel=4)
        return entry

    def _keep(self, key: Signature, entry: Entry) -> None:
        self._entries.pop(key, None)
        self._entries[key] = entry
        self._patience.recorded += 1
        if len(self._entries) > LARGEST_CACHE:
            del self._entries[next(iter(self._entries))]

    def _warn_of_changes(self) -> None:
        """Say, once, that a function is not recorded any more because attributes change all the time."""
        if not self._has_warned_of_changes:
            self._has_warned_of_changes = True
            warnings.warn(_message_of_changes(self.name, CHANGES.latest), stacklevel=5)

    def _explained(self, error: Exception, entry: Entry, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call a function whose program failed: it knows what to say of its mistake. If it raises, nothing changes."""
        before = [(variable, variable._tensor) for variable in entry.touched]
        try:
            result = _simply(function, args, kwargs)
        except Exception:
            for variable, tensor in before:
                variable._set_tensor(tensor)
            raise
        entry.executable = None
        if self.warns:
            warnings.warn(_message_of_failure(self.name, error), stacklevel=4)
        return result


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from looking for garbage: graphs have no cycles, and it would look at every node again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Called(Witness):
    """Notes which composites are called."""

    def __init__(self) -> None:
        self.found: set[int] = set()

    def calls(self, composite: Any) -> None:
        """Note a composite."""
        self.found.add(id(composite))


def _simply(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a function with tensors for arrays, as a program returns tensors for them."""
    tensors = [convert(value) if not is_tensor(value) else value for value in leaves_of(args, kwargs)]
    args, kwargs = filled(args, kwargs, tensors)
    return function(*args, **kwargs)


def _lowered(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Lowered:
    return lower(function, specs_of(args, kwargs), lambda leaves: filled(args, kwargs, leaves))


def _message_of_failure(name: str, error: Exception) -> str:
    lines = str(error).splitlines()
    text = "\n  ".join(lines) if isinstance(error, HybridError) else f"{type(error).__name__}: {error}"
    place = failing_line(error)
    where = "" if place is None or "where:" in text else f"\n    where: {place}: {source_text(place)}"
    return (
        f"'{name}' runs operation by operation: it could not be made a program.\n  {text}{where}\n"
        "  It gives the same results, only slower."
    )


def _message_of_retracing(name: str, keys: list[Signature], owners: list[str]) -> str:
    varied: dict[str, str] = {}
    newest = keys[-1]
    for position, (part, owner) in enumerate(zip(newest, owners, strict=True)):
        others = {repr(key[position]) for key in keys if len(key) == len(newest)} - {repr(part)}
        if others:
            varied.setdefault(owner, f"{owner} is {part!r} after {', '.join(sorted(others)[:3])}")
    return (
        f"'{name}' was recorded {PATIENCE} times, for as many kinds of arguments.\n"
        f"  where: {'; '.join(varied.values()) or 'their structures differ'}\n"
        "  why:   a program is made for fixed shapes and fixed Python values, and making one takes longer than a call\n"
        "  fix:   pass numbers that vary as arrays, and pad arrays to a few lengths"
    )


def _message_of_changes(name: str, latest: str) -> str:
    return (
        f"'{name}' runs operation by operation while attributes that it may read change all the time.\n"
        f"  where: the last one is {latest}\n"
        "  why:   a program is recorded with the values that attributes have, and recording takes longer than a call\n"
        "  fix:   keep what changes in a Variable, or in an object that is no layer, optimizer or loss"
    )


class Inspection:
    """A function as a program, before and after the passes.

    Attributes:
        before: the program as it was recorded.
        after: the program that is run.
        source: the Python code of the latter.
        peak_memory: the most bytes that a run of it needs at a time, beside its arguments and the Variables.
    """

    def __init__(self, before: Program, after: Program, executable: Executable):
        self.before = before
        self.after = after
        self.source = executable.source
        self.peak_memory = executable.peak_memory
        self._executable = executable

    def summary(self) -> str:
        """Return what the program that is run costs: steps, operations, bytes and peak memory."""
        return self._executable.summary()

    def __str__(self) -> str:
        return f"before the passes\n{self.before}\n\nafter the passes\n{self.after}"


class Jit:
    """A function that runs as a program. Made by `jit`.

    Args:
        function: to be recorded and run.
    """

    def __init__(self, function: Callable[..., Any]):
        functools.update_wrapper(self, function)
        self.function = function
        self.programs = Programs(getattr(function, "__qualname__", type(function).__name__))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function, by its program for these arguments."""
        return self.programs.call(self.function, args, kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def lower(self, *args: Any, **kwargs: Any) -> Inspection:
        """Return the program for some arguments, before and after the passes, without running it.

        Args:
            *args: arrays, or `TensorSpec`s in their places; other arguments as they are.
            **kwargs: likewise.

        Raises:
            PlaceholderError: or what else keeps the function from being recorded.

        Example:
            >>> lowered = hybrid.jit(lambda x: (x + 1.0) * (x + 1.0)).lower(hybrid.TensorSpec((2,), "float32"))
            >>> len(lowered.before.steps), len(lowered.after.steps)
            (3, 2)
        """
        before = _lowered(self.function, args, kwargs).program
        after = optimized(before)
        return Inspection(before, after, Executable(after, CALL.get().training))

    def __repr__(self) -> str:
        return f"<jit of {self.programs.name}, {len(self.programs)} programs>"


def jit(function: Callable[..., Any]) -> Jit:
    """Make a function run as a program: recorded once for each kind of arguments, then executed as one.

    Arrays and tensors among the arguments, also nested ones, may have other values at every call; a program is made for
    their shapes and dtypes, and for the values of all other arguments. Variables are read when the program starts and
    assigned when it ends. Tapes, optimizers, metrics and models may be used inside.

    Python runs while the function is recorded, and only then. What it does (printing, counting, appending to lists)
    happens once. What it reads (globals, lists, dicts, arrays, attributes of objects) is taken as it is at that moment,
    and later changes are not seen: what changes has to be an argument or a Variable. Only attributes of layers,
    optimizers and losses are watched: after one was assigned, the function is recorded again.

    What needs a value (`if x > 0`, `float(x)`) cannot be recorded: then the function runs operation by operation, and a
    warning shows the line. So does a model whose `call` needs values, if it has weights. Inside a tape, another program
    or a model under construction the function is simply called. If a call raises an error, no Variable has changed.

    Threads may call it at once. A program sees the values that Variables have at one moment, and programs that assign
    the same Variable run one after the other; eager calls promise neither.

    A program gives what the function gives to rounding, but for denormal numbers (below 1e-38, in float64 1e-308): they
    count as zero while it runs, on Linux and macOS, since processors take up to fifty times as long over them.

    Args:
        function: of arrays, tensors and static arguments, to a structure of tensors.

    Returns:
        function of the same arguments. Its `lower(...)` shows the program.

    Raises:
        ConfigError: if it is no function.

    Example:
        >>> count = hybrid.Variable(0.0)
        >>> @hybrid.jit
        ... def scaled(x, factor):
        ...     count.assign_add(1.0)
        ...     return x * factor
        >>> scaled(np.ones(2), 3.0).numpy(), float(count)
        (array([3., 3.]), 1.0)
    """
    if not callable(function):
        raise ConfigError(f"jit was given {function!r}.", why="it is no function", fix="use @hybrid.jit above a def")
    return Jit(function)
