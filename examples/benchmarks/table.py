"""The figures as tables: of plain text for the terminal, or of Markdown for the README."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

Rows = dict[str, dict[str, dict[str, Any]]]
"""Figures by row and side."""


class Goal(NamedTuple):
    """What a row is called, and how many times our time the fastest Keras backend must take."""

    label: str
    times: float | None = None


GOALS = {
    "mlp": Goal("MLP 784-128-10, batch 32: `fit` step", 1.2),
    "cnn": Goal("CNN 28×28, batch 128: `fit` step", 1.0),
    "lstm": Goal("LSTM(64) over (32, 80, 32): `fit` step", 1.2),
    "encoder": Goal("Transformer encoder block (32, 64, 128): `fit` step", 1.0),
    "residual": Goal("ResNet block (32, 16, 16, 64): `fit` step", 0.9),
    "predict": Goal("`predict` of one sample, small model", 10),
    "call": Goal("calling a small model on one sample", 5),
    "import": Goal("`import`"),
    "first batch": Goal("`import` to first trained batch", 5),
    "build": Goal("InceptionResNetV2, first time in the process: build", 15),
    "build, weights read": Goal("build, weights read"),
    "clone": Goal("clone", 15),
    "clone, weights read": Goal("clone, weights read"),
    "save": Goal("save", 15),
    "load": Goal("load, weights read", 15),
    "summary": Goal("summary"),
    "to_json": Goal("configuration as JSON"),
    "build, again": Goal("the same again: build"),
    "build, weights read, again": Goal("build, weights read, again"),
    "clone, again": Goal("clone, again"),
    "clone, weights read, again": Goal("clone, weights read, again"),
    "save, again": Goal("save, again"),
    "load, again": Goal("load, weights read, again"),
    "summary, again": Goal("summary, again"),
    "to_json, again": Goal("configuration as JSON, again"),
}

Table = list[list[str]]


def duration(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def fastest_keras(row: dict[str, dict[str, Any]]) -> str | None:
    """Return the fastest side that is a Keras backend, if one counts."""
    sides = [side for side in row if side.startswith("keras") and "problem" not in row[side]]
    return min(sides, key=lambda side: row[side]["seconds"], default=None)


def ratios(rows: Rows) -> dict[str, dict[str, Any]]:
    """Return for each row the fastest Keras backend's time by ours, the goal, and whether it is reached."""
    found: dict[str, dict[str, Any]] = {}
    for name, row in rows.items():
        peer, goal = fastest_keras(row), GOALS[name].times
        if peer is None or "problem" in row["hybrid"]:
            continue
        ratio = row[peer]["seconds"] / row["hybrid"]["seconds"]
        found[name] = {
            "fastest": peer,
            "ratio": ratio,
            "goal": goal,
            "reached": None if goal is None else ratio >= goal,
        }
    return found


def times(rows: Rows) -> Table:
    """One line for each row: our time, then the others' with their time by ours."""

    def cell(side: str, row: dict[str, dict[str, Any]]) -> str:
        figures, ours = row.get(side, {}), row["hybrid"].get("seconds")
        if "seconds" not in figures:
            return str(figures.get("problem", ""))
        shown = duration(figures["seconds"])
        return shown if side == "hybrid" or ours is None else f"{shown} ({factor(figures['seconds'] / ours)})"

    sides, summary = _sides(rows), ratios(rows)
    table = [["", *sides, "fastest Keras", "goal", "reached"]]
    for name, row in rows.items():
        goal, found = GOALS[name].times, summary.get(name)
        verdict = [factor(found["ratio"]) if found else "", f"≥ {goal:g}×" if goal else ""]
        verdict.append(_YES_OR_NO[found["reached"]] if found else "")
        table.append([GOALS[name].label, *(cell(side, row) for side in sides), *verdict])
    return table


def factor(ratio: float) -> str:
    return f"{ratio:.0f}×" if ratio >= 10 else f"{ratio:.2g}×"


_YES_OR_NO = {True: "yes", False: "no", None: ""}


def values(rows: Rows, title: str, cell: Callable[[dict[str, Any]], str]) -> Table:
    """One line for each row that has what the cell shows, for each side."""
    sides = _sides(rows)
    table = [[title, *sides]]
    for name, row in rows.items():
        cells = [cell(row.get(side, {})) for side in sides]
        if any(cells):
            table.append([GOALS[name].label, *cells])
    return table


def memory(rows: Rows) -> Table:
    name = "memory growth (MB)"

    def cell(figures: dict[str, Any]) -> str:
        return f"{figures[name]:.0f} ({figures['memory (MB)']:.0f})" if name in figures else ""

    rows = {label: row for label, row in rows.items() if any(name in figures for figures in row.values())}
    table = values(rows, "memory in MB that training adds (peak of the process)", cell)
    for line, row in zip(table, [None, *rows.values()], strict=True):
        line.append("at most that of the fastest Keras" if row is None else _YES_OR_NO[_is_modest(row, name)])
    return table


def _is_modest(row: dict[str, dict[str, Any]], name: str) -> bool | None:
    peer = fastest_keras(row)
    return None if peer is None else row["hybrid"][name] <= row[peer][name]


def first_steps(rows: Rows) -> Table:
    def cell(figures: dict[str, Any]) -> str:
        return duration(figures["first step (s)"]) if "first step (s)" in figures else ""

    return values(rows, "first step in the process", cell)


def differences(rows: Rows) -> Table:
    def cell(figures: dict[str, Any]) -> str:
        name = "difference of losses"
        return f"{figures[name]:.0e}" if name in figures else ""

    return values(rows, "largest relative difference of losses from ours", cell)


def _sides(rows: Rows) -> list[str]:
    return list(dict.fromkeys(side for row in rows.values() for side in row))


def text(table: Table, *, markdown: bool) -> str:
    """Lay out a table; the first line is its head."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]
    if markdown:
        lines = [f"| {' | '.join(line)} |" for line in table]
        lines.insert(1, "|" + " --- |" * len(table[0]))
    return "\n".join(lines)


def own(name: str, figures: dict[str, float]) -> Table:
    """Two lines for figures of ours alone."""
    shown = duration if name.endswith("(s)") else "{:.1f}".format
    return [[name.removesuffix(" (s)"), *map(str, figures)], ["hybrid", *(shown(value) for value in figures.values())]]


def show(report: dict[str, Any], *, markdown: bool) -> str:
    """Return a report as tables."""
    parts = [part(report["rows"]) for part in (times, memory, first_steps, differences)]
    parts += [own(name, figures) for name, figures in report["own"].items()]
    return "\n\n".join(text(part, markdown=markdown) for part in parts if len(part) > 1)
