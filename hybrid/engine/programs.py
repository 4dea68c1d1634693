"""`hybrid.jit`: which program a call needs, and when a function simply runs instead.

Floor 7. A program is made for every signature that is met, of the function called once on placeholders. Whatever cannot
be recorded runs operation by operation, as it would without all this.
"""

from __future__ import annotations

import functools
import operator
import types
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from .. import config, tree
from ..core.context import CALL, CHANGES, RECORDING, SCOPE, Scope
from ..core.door import convert, is_tensor
from ..core.source import failing_line, source_text
from ..core.tensor import wrap
from ..core.variable import Variable
from ..errors import HybridError
from ..typing import Structure
from .lowering import Leaf, Lowered, lower
from .passes import optimized
from .program import Program
from .signature import NotConcreteError, Signature, divide, filled, leaves_of, specs_of
from .source import Executable

__all__ = ["Inspection", "Jit", "Programs", "jit"]

LARGEST_CACHE = 32
"""Number of programs that are kept for a function."""
PATIENCE = 8
"""Number of signatures that are traced when first met; later ones must be met again before tracing them pays."""
_MEETINGS = 3

_NO_SCOPE = Scope()
_TRAINABLE = operator.attrgetter("trainable")


class Entry:
    """What is known of a signature.

    Attributes:
        executable: its program, `None` where the function cannot be recorded.
        structure: of what the function returns, with a `Leaf` for every tensor that is computed.
        touched: Variables that the function read or assigned.
        flags: which of them were trainable.
        changes: of attributes, that had been counted when the function was recorded.
    """

    __slots__ = ("changes", "executable", "flags", "structure", "touched")

    def __init__(self, executable: Executable | None, structure: Structure = None, touched: tuple[Variable, ...] = ()):
        self.executable = executable
        self.structure = structure
        self.touched = touched
        self.flags = list(map(_TRAINABLE, touched))
        self.changes = CHANGES.count

    def still_holds(self) -> bool:
        """Say whether Variables and layers are as they were when the function was recorded, if it could be."""
        if self.executable is None:
            return True
        return self.changes == CHANGES.count and list(map(_TRAINABLE, self.touched)) == self.flags

    def outputs(self, arrays: list[Any]) -> Structure:
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
        self._met: dict[Signature, int] = {}
        self._traced = 0
        self._stale: dict[Signature, int] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def call(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], around: Any = nullcontext
    ) -> Any:
        """Return what a function returns, by its program where there is one.

        Args:
            function: always the same one.
            args: its positional arguments.
            kwargs: its keyword arguments.
            around: returns a context in which the function is recorded; what it raises keeps it from being a program.
        """
        if SCOPE.get() != _NO_SCOPE:
            return _simply(function, args, kwargs)
        try:
            key, arrays = divide(args, kwargs)
        except NotConcreteError:
            return _simply(function, args, kwargs)
        key = (CALL.get().training, config.floatx(), *key)
        entry = self._entries.get(key)
        if entry is None or not entry.still_holds():
            entry = self._entry_for(key, function, args, kwargs, around)
        if entry is None or entry.executable is None:
            return _simply(function, args, kwargs)
        executable = entry.executable
        with executable.turn:
            try:
                outputs, updates = executable.run(arrays)
            except Exception as error:
                return self._explained(error, entry, function, args, kwargs)
            executable.commit(updates, arrays)
        return entry.outputs(outputs)

    def _entry_for(
        self, key: Signature, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], around: Any
    ) -> Entry | None:
        """Record a function for a signature; `None` where that does not pay yet."""
        with RECORDING:
            entry = self._entries.get(key)
            if entry is not None and entry.still_holds():  # another thread recorded it meanwhile
                return entry
            if self._traced >= PATIENCE and entry is None:
                met = self._met[key] = self._met.get(key, 0) + 1
                if len(self._met) > 16 * LARGEST_CACHE:
                    self._met.clear()
                if met < _MEETINGS:
                    return None
            if entry is not None:
                stale = self._stale[key] = self._stale.get(key, 0) + 1
                if stale > PATIENCE:
                    return None
            try:
                with around():
                    lowered = _lowered(function, args, kwargs)
                executable = Executable(optimized(lowered.program), CALL.get().training)
            except Exception as error:
                entry = Entry(None)
                if self.warns:
                    warnings.warn(_message_of_failure(self.name, error), stacklevel=4)
            else:
                entry = Entry(executable, lowered.structure, tuple(lowered.touched))
            self._keep(key, entry)
        return entry

    def _keep(self, key: Signature, entry: Entry) -> None:
        self._entries.pop(key, None)
        self._entries[key] = entry
        self._traced += 1
        if len(self._entries) > LARGEST_CACHE:
            del self._entries[next(iter(self._entries))]
        if self._traced == PATIENCE and self.warns and entry.executable is not None:
            warnings.warn(_message_of_retracing(self.name, list(self._entries)), stacklevel=4)

    def _explained(self, error: Exception, entry: Entry, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Call a function whose program failed: nothing has been assigned, and it knows what to say of its mistake."""
        result = _simply(function, args, kwargs)
        entry.executable = None
        if self.warns:
            warnings.warn(_message_of_failure(self.name, error), stacklevel=4)
        return result


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


def _message_of_retracing(name: str, keys: list[Signature]) -> str:
    varied: list[str] = []
    newest = keys[-1]
    for position, part in enumerate(newest):
        others = {repr(key[position]) for key in keys if len(key) > position} - {repr(part)}
        if others:
            varied.append(f"{part!r} after {', '.join(sorted(others)[:3])}")
    return (
        f"'{name}' was recorded {PATIENCE} times, for as many kinds of arguments.\n"
        f"  where: {'; '.join(varied) or 'their structures differ'}\n"
        "  why:   a program is made for fixed shapes and fixed Python values, and making one takes longer than a call\n"
        "  fix:   pass numbers that vary as arrays, and pad arrays to a few lengths"
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

    What Python does besides (printing, counting, appending to lists) happens once, while the function is recorded. What
    needs a value (`if x > 0`, `float(x)`) cannot be recorded: then the function runs operation by operation, and a
    warning shows the line. Inside a tape, another program or a model under construction it is simply called.

    Threads may call it at once. A program sees the values that Variables have at one moment, and programs that assign
    the same Variable run one after the other; eager calls promise neither.

    A program gives what the function gives to rounding, but for denormal numbers (below 1e-38, in float64 1e-308): they
    count as zero while it runs, on Linux and macOS, since processors take up to fifty times as long over them.

    Args:
        function: of arrays, tensors and static arguments, to a structure of tensors.

    Returns:
        function of the same arguments. Its `lower(...)` shows the program.

    Example:
        >>> count = hybrid.Variable(0.0)
        >>> @hybrid.jit
        ... def scaled(x, factor):
        ...     count.assign_add(1.0)
        ...     return x * factor
        >>> scaled(np.ones(2), 3.0).numpy(), float(count)
        (array([3., 3.]), 1.0)
    """
    return Jit(function)
