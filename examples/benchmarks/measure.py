"""What is measured: each function asks the sides in turn and returns the figures of the rows it is about.

Figures are medians; a side whose numbers differ from ours, or that failed, has a `problem` instead.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from processes import FOLDER, KINDS, PAUSE, Side, SideError

Figures = dict[str, Any]
"""Of one side: names and values."""
Row = dict[str, Figures]
"""One line of the table: figures by side."""

TOLERANCE = 1e-3
"""Relative difference of two losses that is put down to rounding (in float64 the curves agree to 1e-14)."""


class Plan(NamedTuple):
    """How much is measured, and with what.

    Attributes:
        pythons: for each side that is there, the Python it runs in.
        folder: for weights and other files.
        repeats: times that each side is asked.
        steps: of the training that is compared.
        warm: epochs before the first that counts.
        batches: in an epoch at most.
    """

    pythons: dict[str, str]
    folder: Path
    repeats: int = 15
    steps: int = 20
    warm: int = 3
    batches: int = 64


def difference(curve: Sequence[float], reference: Sequence[float]) -> float:
    """Return the largest relative difference of two curves of losses."""
    pairs = zip(curve, reference, strict=True)
    return max(abs(mine - theirs) / max(abs(theirs), 1e-6) for mine, theirs in pairs)


@contextmanager
def running(plan: Plan, name: str) -> Iterator[list[Side]]:
    """Start a process for each side that has the workload; ours is the first."""
    with ExitStack() as stack:
        kinds = ((side, KINDS[side].workloads) for side in plan.pythons)
        yield [
            stack.enter_context(Side(side, plan.pythons[side]))
            for side, workloads in kinds
            if workloads is None or name in workloads
        ]


def in_turn(sides: Iterable[Side], row: Row, question: Callable[[Side], Figures]) -> list[Side]:
    """Ask each side and note its figures; return the sides without a problem."""
    fine = []
    for side in sides:
        try:
            row.setdefault(side.name, {}).update(question(side))
        except SideError as error:
            row[side.name]["problem"] = f"failed: {error}"
        if "problem" not in row[side.name]:
            fine.append(side)
    return fine


def time_in_turn(sides: Iterable[Side], row: Row, repeats: int, seconds: Callable[[Side], float]) -> None:
    """Ask the sides for seconds, one after the other and again, and note the median of each."""
    times: dict[str, list[float]] = {}
    for _ in range(repeats):
        sides = in_turn(sides, row, lambda side: times.setdefault(side.name, []).append(seconds(side)) or {})
    for side, measured in times.items():
        row[side].update({"seconds": statistics.median(measured), "fastest": min(measured), "slowest": max(measured)})


def write_weights(plan: Plan, name: str) -> str:
    """Let our side draw the weights from which all begin; return the file."""
    file = str(plan.folder / f"{name}.npz")
    with Side("hybrid", plan.pythons["hybrid"]) as ours:
        ours.ask("write", name=name, file=file)
    return file


def measure_training(plan: Plan, name: str) -> dict[str, Row]:
    """A step of `fit`, with the first step, the memory, and the difference of the losses."""
    file, row, reference = write_weights(plan, name), {}, []

    def compare(side: Side) -> Figures:
        curve = side.ask("curve", name=name, file=file, steps=plan.steps)
        reference.append(curve)
        differs = difference(curve, reference[0])
        problem = {} if differs <= TOLERANCE else {"problem": f"losses differ by {differs:.0e}"}
        return {"difference of losses": differs, **problem}

    with running(plan, name) as sides:
        begin = {"name": name, "file": file, "batches": plan.batches, "warm": plan.warm}
        ready = in_turn(sides, row, lambda side: side.ask("begin", **begin))
        ready = in_turn(ready, row, compare)
        time_in_turn(ready, row, plan.repeats, lambda side: side.ask("epoch"))
    return {name: row}


def measure_calls(plan: Plan, way: str, calls: int) -> dict[str, Row]:
    """`predict`, or a call of the model, for one sample."""
    file, row, reference = write_weights(plan, "small"), {}, []

    def compare(side: Side) -> Figures:
        (outputs,) = side.ask("outputs", name="small", file=file, way=way)
        reference.append(outputs)
        differs = difference(outputs, reference[0])
        return {} if differs <= TOLERANCE else {"problem": f"outputs differ by {differs:.0e}"}

    with running(plan, "small") as sides:
        ready = in_turn(sides, row, compare)
        for side in ready:
            side.ask("call", way=way, calls=calls)
        time_in_turn(ready, row, plan.repeats, lambda side: side.ask("call", way=way, calls=calls))
    return {way: row}


def measure_start(plan: Plan) -> dict[str, Row]:
    """Import, and the time until the first batch is trained, in fresh processes."""
    rows: dict[str, Row] = {"import": {}, "first batch": {}}
    times: dict[str, list[Figures]] = {side: [] for side in plan.pythons if KINDS[side].draws}
    for number in range(plan.repeats + 1):
        for side in times:
            command = [plan.pythons[side], str(FOLDER / "serve.py"), KINDS[side].module, "--first-batch"]
            time.sleep(PAUSE)
            run = subprocess.run(command, capture_output=True, text=True, env=KINDS[side].variables())
            if number and not run.returncode:  # the first run fills the caches of files
                times[side].append(json.loads(run.stdout.splitlines()[-1]))
    for name, row in rows.items():
        for side, measured in times.items():
            seconds = [figures[name] for figures in measured]
            row[side] = {"seconds": statistics.median(seconds)} if seconds else {"problem": "failed"}
    return rows


def measure_network(plan: Plan, network: str, **options: Any) -> dict[str, Row]:
    """Build, clone, print, save and load a big network: the first time in a process, and again."""
    rows: dict[str, Row] = {}
    times: dict[tuple[str, str], list[float]] = {}
    problems: Row = {}
    reference: list[Any] = []

    def ask(side: Side) -> Figures:
        file = str(plan.folder / f"{network}.{side.name}")
        for suffix in ("", ", again"):
            answer = side.ask("network", network=network, options=options, file=file)
            reference.append(answer["shapes"])
            if answer["shapes"] != reference[0]:
                return {"problem": "the shapes of the weights differ"}
            for action, seconds in answer["seconds"].items():
                times.setdefault((action + suffix, side.name), []).append(seconds)
        return {}

    sides = [side for side in plan.pythons if KINDS[side].module == "keras_side"]
    for _ in range(plan.repeats):
        for name in sides:
            with Side(name, plan.pythons[name]) as side:
                in_turn([side], problems, ask)
    for (row, side), seconds in times.items():
        rows.setdefault(row, {})[side] = {"seconds": statistics.median(seconds)}
    for row in rows.values():
        row.update({side: figures for side, figures in problems.items() if figures})
    return rows
