"""Planning of memory: every large intermediate value of a program gets a place in one arena, for as long as it lives.

Floor 7. A value lives from the step that makes it to the last one that needs it, or needs a view of it. Element-wise
steps write over an argument that nothing needs any more. What leaves the program (its outputs, new values of Variables,
and whatever they are views of) is never in the arena, for the arena is written to again by the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

import numpy as np

from .memory import Use, bytes_in, use_of
from .program import Program, Step, Value

__all__ = ["ALIGNMENT", "SMALLEST", "Place", "Plan", "plan_of"]

SMALLEST = 1 << 12
"""Number of bytes from which on memory is planned: below, NumPy keeps freed memory itself and is as fast."""
ALIGNMENT = 64
"""Places begin at multiples of this: the width of a cache line and of the widest registers."""


class Place:
    """Memory for one value, or for several that are written over one another.

    Attributes:
        first: number of the step that needs it first.
        last: number of the last step that needs it; the number of all steps for what leaves the program.
        size: in bytes.
        is_given: whether the step that needs it first can be told to write there.
        offset: in the arena, -1 outside of it.
    """

    __slots__ = ("first", "is_given", "last", "offset", "size")

    def __init__(self, first: int, last: int, size: int, is_given: bool = True):
        self.first, self.last, self.size, self.is_given = first, last, size, is_given
        self.offset = -1

    def __repr__(self) -> str:
        return f"<Place of {self.size} bytes at {self.offset}, steps {self.first} to {self.last}>"


class Plan:
    """Where a program keeps its values.

    Attributes:
        uses: how each step uses memory.
        places: of the large values.
        work: what a step may scribble on, by its number.
        lives: number of the last step that needs the memory of a value.
        size: of the arena in bytes.
        peak: the most bytes that a run needs at a time, beside what is handed in: the arena, and what is outside of it.
    """

    __slots__ = ("lives", "peak", "places", "size", "uses", "work")

    def __init__(
        self, uses: Sequence[Use], places: Mapping[Value, Place], work: Mapping[int, Place], lives: Mapping[Value, int]
    ):
        self.uses, self.places, self.work, self.lives = uses, places, work, lives
        end = len(uses)
        everything = {id(place): place for place in (*places.values(), *work.values())}.values()
        self.size = _arrange([place for place in everything if place.is_given and place.last < end])
        self.peak = self.size + _peak([place for place in everything if place.offset < 0], end)

    def is_in_arena(self, value: Value) -> bool:
        """Say whether a value is kept in the arena."""
        return value in self.places and self.places[value].offset >= 0


def plan_of(program: Program) -> Plan:
    """Plan the memory of a program.

    Example:
        >>> program = hybrid.jit(lambda x: hybrid.ops.exp(x) @ hybrid.ops.exp(-x)).lower(np.ones((32, 32))).after
        >>> plan = plan_of(program)
        >>> plan.size, plan.peak, [place.offset for place in plan.places.values()]
        (16384, 24576, [0, 8192, 8192, -1])
    """
    uses = [use_of(step) for step in program.steps]
    shown, lives = _lives_of(program, uses)
    places: dict[Value, Place] = {}
    work: dict[int, Place] = {}
    own: set[Value] = set()
    for number, (step, use) in enumerate(zip(program.steps, uses, strict=True)):
        taken: set[Value] = set()
        for index, value in enumerate(step.outputs):
            size = bytes_in(value)
            if size < SMALLEST or not use.makes or not value.spec.shape:
                continue
            places[value] = Place(number, number, size, use.writes)
            for argument in [step.arguments[place] for place in use.over[index]] if use.over else ():
                fits = type(argument) is Value and argument.spec == value.spec and argument in own
                if fits and argument not in taken and _is_let_go(argument, step, number, shown, lives):
                    places[value] = places[argument]
                    taken.add(argument)
                    break
            places[value].last = lives[value]
            if not use.shows:
                own.add(value)
        if use.work:
            work[number] = Place(number, number, use.work)
    return Plan(uses, places, work, lives)


def _lives_of(program: Program, uses: Sequence[Use]) -> tuple[dict[Value, tuple[Value, ...]], dict[Value, int]]:
    """Return whose memory each value may show, its own first, and the last step that needs the memory of each."""
    shown: dict[Value, tuple[Value, ...]] = {}
    lives: dict[Value, int] = {}
    end = len(program.steps)
    for number, (step, use) in enumerate(zip(program.steps, uses, strict=True)):
        roots: dict[Value, None] = {}
        for argument in step.arguments:
            for root in shown.get(argument, ()) if type(argument) is Value else ():
                lives[root] = max(lives[root], end if use.keeps else number)
                roots[root] = None
        for value in step.outputs:
            shown[value] = (value, *roots) if use.shows else (value,)
            lives[value] = number
    for result in program.results:
        for root in shown.get(result, ()) if type(result) is Value else ():
            lives[root] = end
    return shown, lives


def _is_let_go(
    argument: Value, step: Step, number: int, shown: Mapping[Value, tuple[Value, ...]], lives: Mapping[Value, int]
) -> bool:
    """Say whether nothing needs the memory of an argument after a step, nor sees it in another form in this step."""
    others = [other for other in step.arguments if type(other) is Value and other is not argument]
    return lives[argument] == number and all(argument not in shown.get(other, ()) for other in others)


def _arrange(places: Sequence[Place]) -> int:
    """Give places offsets such that none shares memory with another that is needed at the same time.

    The largest first, each into the smallest gap that it fits (Pisarchyk & Lee 2020, "Efficient Memory Management for
    Deep Neural Net Inference").

    Returns:
        the size of the arena.
    """
    count = len(places)
    first, last, start, stop = np.zeros((4, count), np.int64)
    for number, place in enumerate(sorted(places, key=lambda place: (-place.size, place.first))):
        size = -(-place.size // ALIGNMENT) * ALIGNMENT
        others = np.flatnonzero((first[:number] <= place.last) & (last[:number] >= place.first))
        others = others[np.argsort(start[others], kind="stable")]
        # Where a gap begins: at the bottom, and above each of the others and all that are below it.
        edges = np.concatenate([[0], np.maximum.accumulate(stop[others])])
        gaps = start[others] - edges[:-1]
        fitting = np.flatnonzero(gaps >= size)
        chosen = edges[fitting[np.argmin(gaps[fitting])]] if fitting.size else edges[-1]
        place.offset = int(chosen)
        first[number], last[number], start[number], stop[number] = place.first, place.last, chosen, chosen + size
    return int(stop.max(initial=0))


def _peak(places: Iterable[Place], end: int) -> int:
    """Return the most bytes in use at a time."""
    change = [0] * (end + 2)
    for place in places:
        change[place.first] += place.size
        change[place.last + 1] -= place.size
    return max(accumulate(change))
