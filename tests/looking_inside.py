"""What is inside a model, seen in other ways than the model's own: by watching a run, and by following a graph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from hybrid import Model, Variable
from hybrid.core.context import SCOPE
from hybrid.core.tensor import SymbolicTensor
from hybrid.layers.base.layer import Layer
from hybrid.layers.base.recorded import MaskOf
from hybrid.layers.base.tracking import local_names
from hybrid.models.recording import graph_inside
from tests.comparing import values


class Call(NamedTuple):
    """One call of a layer in an eager run: the calls it sits inside, each with its number, and what it returned."""

    chain: tuple[tuple[Any, int], ...]
    outputs: Any


@contextmanager
def captured_calls(model: Any) -> Iterator[list[Call]]:
    """Note what every layer below a model returns while it runs."""
    found: list[Call] = []
    stack: list[tuple[tuple[Any, int], ...]] = []
    counts: list[dict[int, int]] = [{}]
    original, of_mask = Layer.run, MaskOf.run

    def run(layer: Any, *leaves: Any, call: Any) -> Any:
        number = counts[-1].get(id(layer), 0)
        counts[-1][id(layer)] = number + 1
        chain = (*(stack[-1] if stack else ()), (layer, number))
        stack.append(() if layer is model else chain)
        counts.append({})
        try:
            outputs = original(layer, *leaves, call=call)
        finally:
            stack.pop()
            counts.pop()
        if layer is not model and SCOPE.get().trace is None:
            found.append(Call(chain, values(outputs)))
        return outputs

    def run_mask(operation: Any, *leaves: Any, **params: Any) -> Any:
        counts.append({})
        size = len(found)
        try:
            return of_mask(operation, *leaves, **params)
        finally:
            del found[size:]
            counts.pop()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Layer, "run", run)
        patch.setattr(MaskOf, "run", run_mask)
        yield found


def path_below(owner: Any, layer: Any) -> str | None:
    """Return the names from an owner to a layer somewhere below it."""
    waiting = [(owner, "")]
    seen = {id(owner)}
    while waiting:
        current, path = waiting.pop(0)
        names = local_names(current._layers)
        for child in current._layers:
            if child is layer:
                return path + names[id(child)]
            if id(child) not in seen:
                seen.add(id(child))
                waiting.append((child, f"{path}{names[id(child)]}/"))
    return None


def path_of(model: Any, call: Call) -> str:
    """Return the path of a call, with the number of every call on the way."""
    parts, owner = [], model
    for layer, number in call.chain:
        below = path_below(owner, layer)
        if below is None:  # called by one who does not own it
            parts, below = [], path_below(model, layer)
        parts.append(f"{below}@{number}")
        owner = layer
    return "/".join(parts)


def opened(layer: Any) -> bool:
    """Say whether a summary shows what is inside a layer: not if it is one of ours."""
    return isinstance(layer, Model) or (bool(layer._layers) and type(layer).__module__.startswith("tests."))


def check_rows(rows: list[Any], graph: Any, depth: int) -> None:
    """Compare the rows at one level with the calls of a graph, and what is inside these with the rows below."""
    at = {row.name: index for index, row in enumerate(rows) if row.depth == depth}
    numbers: dict[int, int] = {}
    called: dict[int, int] = {}
    for node in graph.graph.all_nodes:
        numbers[id(node)] = called.get(id(node.operation), 0) if node.operation.is_composite else 0
        called[id(node.operation)] = numbers[id(node)] + 1
    for node in graph.graph.nodes:
        index = at[graph.names[id(node)]]
        shape = ", ".join(str(tuple(spec.shape)) for spec in node.specs)
        if numbers[id(node)] == 0:
            assert rows[index].shape == (shape if len(node.specs) == 1 else f"[{shape}]")
        for argument in node.arguments:
            if isinstance(argument, SymbolicTensor):
                source = f"{graph.names[id(argument.node)]}[{numbers[id(argument.node)]}][{argument.index}]"
                assert source in rows[index].connected_to.split(", ")
            elif isinstance(argument, Variable):
                assert argument.path in rows[index].connected_to.split(", ")
        if getattr(node.operation, "_is_layer", False) and numbers[id(node)] == 0 and opened(node.operation):
            end = next((i for i in range(index + 1, len(rows)) if rows[i].depth <= depth), len(rows))
            check_rows(rows[index + 1 : end], graph_inside(node), depth + 1)
