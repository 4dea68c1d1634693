"""The table that `model.summary()` prints.

Floor 10. The rows are data (`rows_of`), the table is text made of them (`render`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..core.node import Node
from ..core.tensor import SymbolicTensor
from ..core.variable import Variable
from ..errors import ConfigError
from ..layers.base.tracking import walk
from .functional_graph import FunctionalGraph
from .labels import call_numbers, count_parameters, display_width, format_shape, kind_of, nodes_of
from .recording import graph_or_none, is_open

__all__ = ["print_summary", "rows_of"]

_NARROW = 60
"""Tables that are narrower have no column of connections: they stand below the names, and the indentation is small."""
_LEAST = 4
"""The least width of a column: two wide characters."""


class Row(NamedTuple):
    """One line of a summary."""

    depth: int
    name: str
    kind: str
    shape: str
    parameters: str
    connected_to: str
    trainable: str


def rows_of(model: Any, *, expand_nested: bool = False) -> list[Row]:
    """Describe the layers of a model, those inside layers too if wanted."""
    return _rows(model, graph_or_none(model), expand_nested, 0)


def _rows(
    owner: Any, graph: FunctionalGraph | None, expand_nested: bool, depth: int, hidden: FunctionalGraph | None = None
) -> list[Row]:
    """Describe what a layer does and has.

    Args:
        owner: the layer.
        graph: inside it, whose operations are shown.
        expand_nested: whether layers inside layers are shown.
        depth: of the rows.
        hidden: a graph inside it of which nothing is shown but the shapes of the layers.
    """
    rows: list[Row] = []
    called: set[int] = set()
    aside = {} if hidden is None else _nodes_by_operation(hidden)
    if graph is not None:
        nodes, calls = _nodes_by_operation(graph), call_numbers(graph.graph.nodes)
        for operation in graph.operations:
            if _is_input(operation) and _is_sequential(owner):
                continue
            node = nodes[id(operation)][0]
            rows.append(_graph_row(graph, calls, operation, nodes[id(operation)], depth))
            if getattr(operation, "_is_layer", False):
                called.update(map(id, walk(operation)))
                rows.extend(_nested_rows(operation, node, expand_nested, depth))
    if graph is not None and graph.when_training is not None:
        in_training, calls = _nodes_by_operation(graph.when_training), call_numbers(graph.when_training.graph.nodes)
        for layer in graph.when_training.layers:
            if id(layer) not in called and not _is_input(layer):
                rows.append(_graph_row(graph, calls, layer, in_training[id(layer)], depth))
                called.update(map(id, walk(layer)))
                rows.extend(_nested_rows(layer, in_training[id(layer)][0], expand_nested, depth))
    for layer in getattr(owner, "layers", None) or owner._layers:
        if id(layer) not in called and not (graph is not None and _is_called_inside(layer, called)):
            node = aside.get(id(layer), [None])[0]
            rows.append(_row(layer, layer.name, "?" if node is None else _format_shapes(node), "", depth))
            rows.extend(_nested_rows(layer, node, expand_nested, depth))
    return rows


def _is_called_inside(layer: Any, called: set[int]) -> bool:
    """Say whether a layer only holds layers that are called one by one, and so stand in the graph themselves."""
    inside = walk(layer)[1:]
    return bool(inside) and any(id(part) in called for part in inside)


def _nested_rows(layer: Any, node: Node | None, expand_nested: bool, depth: int) -> list[Row]:
    if not expand_nested or not layer._layers:
        return []
    graph = graph_or_none(layer, node)
    if is_open(layer):
        return _rows(layer, graph, True, depth + 1)
    return _rows(layer, None, True, depth + 1, hidden=graph)


def _is_sequential(model: Any) -> bool:
    return "_stack" in model.__dict__


def _is_input(operation: Any) -> bool:
    return bool(operation.is_placeholder)


def _nodes_by_operation(functional: Any) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for node in nodes_of(functional.graph):
        found.setdefault(id(node.operation), []).append(node)
    return found


def _graph_row(functional: Any, calls: dict[int, int], operation: Any, nodes: list[Any], depth: int) -> Row:
    if not operation.is_composite:
        node = nodes.pop(0)
        nodes.append(node)
        nodes = [node]
    sources = []
    for node in nodes:
        for argument in node.arguments:
            if isinstance(argument, SymbolicTensor):
                number = calls.get(id(argument.node), 0)
                sources.append(f"{functional.names[id(argument.node)]}[{number}][{argument.index}]")
            elif isinstance(argument, Variable):
                sources.append(argument.path)
    name = functional.names[id(nodes[0])]
    return _row(operation, name, _format_shapes(nodes[0]), ", ".join(sources) or "-", depth)


def _format_shapes(node: Node) -> str:
    """Write the shapes of the outputs of a call."""
    shapes = [format_shape(spec.shape) for spec in node.specs if spec is not None]
    return shapes[0] if len(shapes) == 1 else f"[{', '.join(shapes)}]"


def _row(operation: Any, name: str, shape: str, connected_to: str, depth: int) -> Row:
    is_layer = getattr(operation, "_is_layer", False)
    weights = operation.weights if is_layer else []
    count = count_parameters(weights)
    parameters = f"{count:,}" if not is_layer or operation.built else "0 (unbuilt)"
    trainable = "-" if not weights else "Y" if operation.trainable else "N"
    return Row(depth, name, kind_of(operation), shape, parameters, connected_to, trainable)


# -- the table --------------------------------------------------------------------------------------------------------


def print_summary(
    model: Any,
    *,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
    expand_nested: bool = False,
    show_trainable: bool = False,
    layer_range: Sequence[str] | None = None,
) -> None:
    """Print the summary of a model; arguments as in `Model.summary`."""
    rows = _in_range(rows_of(model, expand_nested=expand_nested), layer_range)
    is_narrow = line_length is not None and line_length < _NARROW
    columns = ["Layer (type)", "Output Shape", "Param #"]
    cells = [[f"{_indent(row.depth, is_narrow)}{row.name} ({row.kind})", row.shape, row.parameters] for row in rows]
    if _branches(model):
        for cell, row in zip(cells, rows, strict=True):
            if not is_narrow:
                cell.append(row.connected_to)
            elif row.connected_to not in ("", "-"):
                cell[0] += f"\n{' ' * row.depth}← {row.connected_to}"
        if not is_narrow:
            columns.append("Connected to")
    if show_trainable:
        columns.append("Trainable")
        for cell, row in zip(cells, rows, strict=True):
            cell.append(row.trainable)
    lines = [f'Model: "{model.name}"', *render(columns, cells, line_length, positions), *_totals(model)]
    for line in lines:
        (print_fn or print)(line)


def _indent(depth: int, is_narrow: bool = False) -> str:
    return (" " if is_narrow else "   ") * depth + "└ " if depth else ""


def _branches(model: Any) -> bool:
    """Say whether the graph of a model is more than a chain."""
    functional = graph_or_none(model)
    if functional is None or _is_sequential(model):
        return False
    if functional.when_training is not None:
        return True
    graph = functional.graph
    symbolic = [sum(isinstance(a, SymbolicTensor) for a in node.arguments) for node in graph.nodes]
    calls = [id(node.operation) for node in graph.nodes if node.operation.is_composite]
    used: dict[int, int] = {}
    for node in graph.nodes:
        for argument in node.arguments:
            if isinstance(argument, SymbolicTensor):
                used[id(argument.node)] = used.get(id(argument.node), 0) + 1
    several = len(graph.inputs) > 1 or len(functional.output_tensors) > 1 or len(calls) != len(set(calls))
    return several or any(count > 1 for count in (*symbolic, *used.values()))


def _in_range(rows: list[Row], layer_range: Sequence[str] | None) -> list[Row]:
    if layer_range is None:
        return rows
    ends = []
    for pattern in layer_range:
        found = [index for index, row in enumerate(rows) if row.name == pattern or re.match(pattern, row.name)]
        if not found:
            raise ConfigError(
                f"No layer matches '{pattern}'.", why=f"the layers are: {', '.join(row.name for row in rows)}"
            )
        ends.append(found)
    first, last = ends[0][0], ends[-1][-1]
    return rows[min(first, last) : max(first, last) + 1]


def _totals(model: Any) -> list[str]:
    def line(label: str, variables: list[Variable]) -> str:
        count = count_parameters(variables)
        size = sum(int(np.prod(variable.shape)) * variable.dtype.itemsize for variable in variables)
        return f" {label}: {count:,} ({_format_bytes(size)})"

    lines = [
        line("Total params", model.weights),
        line("Trainable params", model.trainable_weights),
        line("Non-trainable params", model.non_trainable_weights),
    ]
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and getattr(optimizer, "variables", None):
        lines.insert(0, line("Total params", [*model.weights, *optimizer.variables]))
        lines[1] = lines[1].replace("Total params", "Model params")
        lines.append(line("Optimizer params", optimizer.variables))
    return lines


def _format_bytes(size: int) -> str:
    value, unit = float(size), "B"
    for larger in ("KB", "MB", "GB", "TB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.2f} {unit}"


def render(
    columns: Sequence[str],
    cells: Sequence[Sequence[str]],
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
) -> list[str]:
    """Draw a table.

    Args:
        columns: titles.
        cells: rows of as many texts.
        line_length: width of the table; as wide as its contents, 110 at most, by default.
        positions: relative ends of the columns.
    """
    widths = _widths(columns, cells, line_length, positions)
    right = [title == "Param #" for title in columns]
    lines = [_rule("┏┳┓", "━", widths), *_cell_lines(columns, widths, right, "┃"), _rule("┡╇┩", "━", widths)]
    for index, row in enumerate(cells):
        lines.extend(_cell_lines(row, widths, right, "│"))
        lines.append(_rule("└┴┘" if index == len(cells) - 1 else "├┼┤", "─", widths))
    if not cells:
        lines.append(_rule("└┴┘", "─", widths))
    return lines


def _widths(columns: Any, cells: Any, line_length: int | None, positions: Any) -> list[int]:
    lines = [[line for row in (columns, *cells) for line in row[i].split("\n")] for i in range(len(columns))]
    natural = [max(map(display_width, column)) for column in lines]
    frame = 3 * len(columns) + 1
    if positions is not None and len(positions) >= len(columns):
        total = (line_length or 110) - frame
        ends = [round(position * total) if position <= 1 else int(position) for position in positions[: len(columns)]]
        return [max(end - start, 4) for start, end in zip([0, *ends], ends, strict=False)]
    if line_length is None and sum(natural) + frame <= 110:
        return natural
    room = max((line_length or 110) - frame, _LEAST * len(columns))
    if sum(natural) <= room:
        natural[0] += room - sum(natural)
        return natural
    widths = list(natural)
    preference = [6 if room < _NARROW else 0, *[0] * (len(columns) - 1)]  # names are what a narrow table is read for
    while sum(widths) > room:
        widest = max((i for i in range(len(widths)) if widths[i] > _LEAST), key=lambda i: widths[i] - preference[i])
        widths[widest] -= 1
    return widths


def _wrap(text: str, width: int) -> list[str]:
    """Break a text into lines: where it says, and after a space where there is one."""
    lines: list[str] = []
    *first, text = text.split("\n")
    for part in first:
        lines.extend(_wrap(part, width))
    while display_width(text) > width:
        end = 0
        while display_width(text[: end + 1]) <= width:
            end += 1
        space = text.rfind(" ", 1, end + 1)
        end = max(space if space > 0 and text[:space].strip() else end, 1)
        lines.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*lines, text]


def _cell_lines(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool], bar: str) -> list[str]:
    wrapped = [_wrap(text, width) for text, width in zip(texts, widths, strict=True)]
    lines = []
    for number in range(max(map(len, wrapped))):
        parts = []
        for column, width, is_right in zip(wrapped, widths, right, strict=True):
            text = column[number] if number < len(column) else ""
            padding = " " * (width - display_width(text))
            parts.append(padding + text if is_right else text + padding)
        lines.append(f"{bar} " + f" {bar} ".join(parts) + f" {bar}")
    return lines


def _rule(corners: str, line: str, widths: Sequence[int]) -> str:
    return corners[0] + corners[1].join(line * (width + 2) for width in widths) + corners[2]
