"""Profiles: where the time of a program goes, by the layer that steps come from, and by primitive.

Floor 7. The program is written as always, with a look at the clock after every step, and run as often as it takes. What
it computes is dropped: Variables keep their values.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

from ..core.context import CALL, RECORDING
from .blocks import Chain
from .costs import bytes_of, flops_of, readable
from .lowering import lower
from .memory import Use
from .passes import optimized
from .planning import Plan
from .program import Program, Step
from .signature import divide, filled, specs_of
from .source import Executable
from .writing import Writer

__all__ = ["Profile", "Row", "profile"]

LONGEST = 0.5
"""Seconds after which no further run is begun."""
FEWEST, MOST = 5, 200
LEAST_SHARE = 0.005
"""Part of the time from which on a row is printed."""
BETWEEN = "between steps"
"""What is left of a run: the code around the steps."""


class Row(NamedTuple):
    """One line of a profile.

    Attributes:
        name: path of a layer, another part ("loss", "metrics", "optimizer"), or name of a primitive.
        share: of the time of a run, between 0 and 1.
        seconds: in a run, all calls together.
        backward: those of them that are spent on derivatives.
        calls: number of steps.
        flops: floating-point operations in a run, as far as they are known.
        bytes: that are read and written in a run.
    """

    name: str
    share: float
    seconds: float
    backward: float
    calls: int
    flops: int
    bytes: int


class Profile:
    """Where the time of a run goes. Print it to see it as tables.

    Attributes:
        title: what was run.
        seconds: of one run without looking at the clock in between: the median of all.
        peak_memory: in bytes, beside arguments and Variables.
        layers: rows by layer, the largest first.
        primitives: rows by primitive, the largest first.
    """

    def __init__(self, title: str, seconds: float, peak_memory: int, layers: list[Row], primitives: list[Row]):
        self.title = title
        self.seconds = seconds
        self.peak_memory = peak_memory
        self.layers = layers
        self.primitives = primitives

    @property
    def flops(self) -> int:
        """Floating-point operations of one run, as far as they are known."""
        return sum(row.flops for row in self.layers)

    def __str__(self) -> str:
        rate = readable(self.flops / self.seconds, "FLOP/s") if self.seconds else "-"
        memory = readable(self.peak_memory, "B")
        head = f"{self.title}: {_milliseconds(self.seconds)}, {rate}, peak memory {memory}"
        return "\n\n".join([head, _table("layer", self.layers), _table("primitive", self.primitives)])

    def __repr__(self) -> str:
        return f"<Profile of {self.title}, {_milliseconds(self.seconds)}>"


def profile(
    function: Callable[..., Any], args: tuple[Any, ...], title: str, around: Callable[[], Any] = nullcontext
) -> Profile:
    """Record a function, run it as a program, and say where its time goes. Variables keep their values.

    Args:
        function: that can be recorded.
        args: its arguments.
        title: of the profile.
        around: returns a context in which the function is recorded.

    Raises:
        PlaceholderError: or what else keeps the function from being recorded.

    Example:
        >>> found = profile(lambda x: hybrid.ops.tanh(x @ x), (np.ones((64, 64)),), "a product")
        >>> sorted(row.name for row in found.primitives)
        ['between steps', 'matmul', 'tanh']
    """
    with RECORDING, around():
        lowered = lower(function, specs_of(args, {}), lambda leaves: filled(args, {}, leaves))
    program, training = optimized(lowered.program), CALL.get().training
    plain, timed = _Apart(program, training), _Timed(program, training)
    _, arrays = divide(args, {})
    plain.seconds(arrays)
    timed.seconds(arrays)
    wholes: list[float] = []
    runs: list[list[float]] = []
    end = time.perf_counter() + LONGEST
    while len(runs) < FEWEST or (time.perf_counter() < end and len(runs) < MOST):
        wholes.append(plain.seconds(arrays))
        runs.append(timed.measured(arrays))
    parts = timed.parts([_median(each) for each in zip(*runs, strict=True)])
    rows = [_rows(parts, key) for key in (lambda part: part.layer, lambda part: part.primitive)]
    return Profile(title, _median(wholes), plain.peak_memory, *rows)


class _Apart(Executable):
    """A program whose runs assign nothing: each begins from the values that Variables had at the first."""

    def __init__(self, program: Program, training: bool | None):
        super().__init__(program, training)
        self._kept: list[Any] | None = None

    def _values(self) -> list[Any]:
        if self._kept is None:
            self._kept = super()._values()
        return self._kept

    def seconds(self, arrays: Sequence[Any]) -> float:
        """Run once and return how long it took."""
        begin = time.perf_counter()
        _, values = self.run(arrays)
        seconds = time.perf_counter() - begin
        for value, index in zip(values, self._replacing, strict=False):
            if index is not None:
                self._arenas.keep(index, value)  # as if another value had been put in its place
        return seconds


class _Timed(_Apart):
    """A program that looks at the clock after every step."""

    def __init__(self, program: Program, training: bool | None):
        self._ticks: list[float] = []
        super().__init__(program, training)
        self._cost = _cost_of_looking()

    def _writer(self, program: Program, plan: Plan, training: bool | None, assigned: Iterable[Any]) -> Writer:
        self._steps, self._uses = program.steps, plan.uses
        return _TimedWriter(program, plan, training, assigned, self._ticks)

    def measured(self, arrays: Sequence[Any]) -> list[float]:
        """Run once and return the seconds that each step took, and those between them."""
        self._ticks.clear()
        whole = self.seconds(arrays)
        steps = [max(0.0, b - a - self._cost) for a, b in zip(self._ticks, self._ticks[1:], strict=False)]
        return [*steps, max(0.0, whole - sum(steps) - self._cost * len(self._ticks))]

    def parts(self, times: Sequence[float]) -> list[_Part]:
        """Return what rows are made of, given what `measured` returns."""
        rest = _Part(BETWEEN, BETWEEN, times[-1], False, 0, 0, 0)
        found = map(_parts_of, self._steps, self._uses, times)
        return [*(part for parts in found for part in parts), rest]


class _TimedWriter(Writer):
    """Writes a look at the clock before the first step and after every one."""

    def __init__(self, program: Program, plan: Plan, training: Any, assigned: Iterable[Any], ticks: list[float]):
        super().__init__(program, plan, training, assigned)
        self._look = f"{self.bind('note', ticks.append)}({self.bind('clock', time.perf_counter)}())"

    def call(self, step: Step, number: int) -> str:
        written = f"{super().call(step, number)}; {self._look}"
        return f"{self._look}; {written}" if number == 0 else written


def _median(times: Sequence[float]) -> float:
    return sorted(times)[len(times) // 2]


def _cost_of_looking() -> float:
    ticks: list[float] = []
    note, clock = ticks.append, time.perf_counter
    for _ in range(101):
        note(clock())
    return _median([b - a for a, b in zip(ticks, ticks[1:], strict=False)])


class _Part(NamedTuple):
    """What a row is made of: a step, or a member of a chain with its part of the time."""

    layer: str
    primitive: str
    seconds: float
    is_backward: bool
    calls: int
    flops: int
    bytes: int


def _parts_of(step: Step, use: Use, seconds: float) -> list[_Part]:
    """Return the parts of a step. Those of a chain run as one: each counts for as much of its time and bytes."""
    chain = step.operation
    members = chain.members if isinstance(chain, Chain) else [step]
    count = len(members)
    moved = bytes_of(step) // count if use.makes else 0  # a view moves nothing
    return [
        _Part(
            member.place.path or "-",
            step.operation.name,
            seconds / count,
            member.place.is_backward,
            number == 0,
            flops_of(member) or 0 if use.makes else 0,
            moved,
        )
        for number, member in enumerate(members)
    ]


def _rows(parts: Iterable[_Part], key: Callable[[_Part], str]) -> list[Row]:
    """Add up parts that have the same name; the largest come first, then what is between the steps."""
    groups: dict[str, list[_Part]] = {}
    for part in parts:
        groups.setdefault(key(part), []).append(part)
    total = sum(part.seconds for group in groups.values() for part in group) or 1.0
    rows = [
        Row(
            name,
            sum(part.seconds for part in group) / total,
            sum(part.seconds for part in group),
            sum(part.seconds for part in group if part.is_backward),
            sum(part.calls for part in group),
            sum(part.flops for part in group),
            sum(part.bytes for part in group),
        )
        for name, group in groups.items()
    ]
    return sorted(rows, key=lambda row: (row.name == BETWEEN, -row.seconds))


def _table(name: str, rows: Sequence[Row]) -> str:
    rows = _shortened(rows)
    width = max(len(name), *(len(row.name) for row in rows))
    lines = [
        f"{name:<{width}} {'share':>7} {'time':>10} {'backward':>10} {'calls':>6} {'GFLOP/s':>9} {'GB/s':>7}",
    ]
    for row in rows:
        backward = _milliseconds(row.backward) if row.backward else ""
        flops = f"{row.flops / row.seconds / 1e9:.1f}" if row.flops and row.seconds else ""
        moved = f"{row.bytes / row.seconds / 1e9:.1f}" if row.bytes and row.seconds else ""
        lines.append(
            f"{row.name:<{width}} {row.share:>7.1%} {_milliseconds(row.seconds):>10} {backward:>10}"
            f" {row.calls or '':>6} {flops:>9} {moved:>7}"
        )
    return "\n".join(line.rstrip() for line in lines)


def _shortened(rows: Sequence[Row]) -> list[Row]:
    """Put the rows that hardly count together in one, if there are several."""
    shown = [row for row in rows if row.share >= LEAST_SHARE or row.name == BETWEEN]
    small = [row for row in rows if row not in shown]
    if len(small) < 2:
        return list(rows)
    sums = (sum(each) for each in list(zip(*small, strict=True))[1:])
    return [*shown[:-1], Row(f"{len(small)} others", *sums), shown[-1]]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3f} ms"
