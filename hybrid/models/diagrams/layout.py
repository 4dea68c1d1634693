"""A layered layout: where boxes stand and how the edges between them run.

Floor 10. Knows no text and no format. Everything is measured along a layer (`breadth`) and across the layers
(`depth`); whoever draws decides which of them is down.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from .layering import assign_layers, order_layers
from .positions import Pull, spread

__all__ = ["Edge", "Item", "Placed", "place"]

# Distances in pixels: between neighbours in a layer, between layers, and between an edge that passes and anything else.
_GAP, _LAYER_GAP, _TIGHT_GAP, _PASSING_GAP = 12.0, 30.0, 7.0, 7.0
# How much of a side edges may be attached to.
_SIDE = 0.32
# How strongly edges want to be straight: between boxes, at the begin, in the middle and at the end of a long edge.
_DIRECT, _BEGIN, _MIDDLE, _END = 2.5, 1.0, 8.0, 1.0
# How far beside a box an edge may pass that begins or ends there.
_BESIDE = 30.0

Point = tuple[float, float]


class Item(NamedTuple):
    """Something to be placed."""

    breadth: float
    depth: float


class Edge(NamedTuple):
    """From an item to one with a larger number.

    Attributes:
        exit: where along its source it begins, from the centre; anywhere if `None`.
        entry: where along its target it ends, likewise.
        room: depth below its source that is kept for its label.
    """

    source: int
    target: int
    exit: float | None = None
    entry: float | None = None
    room: float = 0.0


class Placed(NamedTuple):
    """The layout.

    Attributes:
        centres: of the items: (breadth, depth).
        routes: of the edges: points, in pairs. Inside a pair an edge runs straight along the depth, from one pair to
            the next it changes its place.
        breadth: of the whole.
        depth: of the whole.
    """

    centres: list[Point]
    routes: list[list[Point]]
    breadth: float
    depth: float


def place(
    items: Sequence[Item],
    edges: Sequence[Edge],
    *,
    first: Mapping[int, int] | None = None,
    start: int = 0,
    last: Collection[int] = (),
    tight: Collection[int] = (),
    leftmost: Collection[int] = (),
) -> Placed:
    """Place items and edges.

    Args:
        items: their sizes.
        edges: between them.
        first: items with a layer that is fixed.
        start: the layer in which the others begin.
        last: items below all others.
        tight: layers with less room than others below them.
        leftmost: items without edges that stand first in their layers, and at the left border.
    """
    pairs = [(edge.source, edge.target) for edge in edges]
    numbers = assign_layers(len(items), pairs, first=first or {}, start=start, last=last)
    chains, numbers, sizes = _chains(items, edges, numbers)
    layers: list[list[int]] = [[] for _ in range(1 + max(numbers, default=-1))]
    for item, number in enumerate(numbers):
        layers[number].append(item)
    steps = [step for chain in chains for step in zip(chain, chain[1:], strict=False)]
    layers = order_layers(layers, steps, leftmost=leftmost)
    real = len(items)
    gaps = [_GAP if item < real else _PASSING_GAP for item in range(len(sizes))]
    pulls = [
        pull for edge, chain in zip(edges, chains, strict=True) for pull in _pulls(edge, chain, sizes, numbers, tight)
    ]
    breadths = spread(layers, [size.breadth for size in sizes], gaps, pulls)
    _straighten(
        edges, chains, layers, breadths, [(size.breadth / 2 + gap) for size, gap in zip(sizes, gaps, strict=True)]
    )
    left = _pull_left(layers, breadths, sizes, leftmost)
    breadths = [breadth - left for breadth in breadths]
    starts, ends = _depths(layers, sizes, edges, breadths, steps, tight)
    depths = [(starts[number] + ends[number]) / 2 for number in numbers]
    centres = list(zip(breadths, depths, strict=True))
    bands = [(starts[number], ends[number]) for number in numbers]
    routes = [_route(edge, chain, sizes, centres, bands) for edge, chain in zip(edges, chains, strict=True)]
    whole = max((centre + size.breadth / 2 for centre, size in zip(breadths, sizes, strict=True)), default=0.0)
    return Placed(centres[:real], routes, whole, ends[-1] if ends else 0.0)


def _chains(
    items: Sequence[Item], edges: Sequence[Edge], numbers: list[int]
) -> tuple[list[list[int]], list[int], list[Item]]:
    """Lead every edge through an item of its own in each layer it passes."""
    numbers, sizes = list(numbers), list(items)
    chains = []
    for edge in edges:
        passed = range(numbers[edge.source] + 1, numbers[edge.target])
        chains.append([edge.source, *range(len(numbers), len(numbers) + len(passed)), edge.target])
        numbers.extend(passed)
        sizes.extend(Item(0.0, 0.0) for _ in passed)
    return chains, numbers, sizes


def _pulls(
    edge: Edge, chain: Sequence[int], sizes: Sequence[Item], numbers: Sequence[int], tight: Collection[int]
) -> list[Pull]:
    is_direct = all(numbers[item] in tight for item in chain[1:-1])
    found = []
    for index, (source, target) in enumerate(zip(chain, chain[1:], strict=False)):
        begins, ends = index == 0, index == len(chain) - 2
        weight = _DIRECT if is_direct else _BEGIN if begins else _END if ends else _MIDDLE
        # An edge that skips others runs beside them; it does not pull its ends to its side.
        slack = 0.0 if is_direct or not (begins or ends) else _BESIDE + sizes[source if begins else target].breadth / 2
        exit_, entry = (edge.exit or 0.0) if begins else 0.0, (edge.entry or 0.0) if ends else 0.0
        found.append(Pull(source, target, exit_, entry, weight, slack))
    return found


def _straighten(
    edges: Sequence[Edge],
    chains: Sequence[Sequence[int]],
    layers: Sequence[Sequence[int]],
    breadths: list[float],
    halves: Sequence[float],
) -> None:
    """Put what an edge passes into one line, as close to its source as what stands beside it lets through.

    The layers were placed one after the other, and no single step of an edge could move without the others.
    """
    left_of = {item: left for layer in layers for left, item in pairwise(layer)}
    right_of = {left: item for item, left in left_of.items()}
    for edge, chain in zip(edges, chains, strict=True):
        passed = chain[1:-1]
        begins = [breadths[left_of[i]] + halves[left_of[i]] + halves[i] for i in passed if i in left_of]
        ends = [breadths[right_of[i]] - halves[right_of[i]] - halves[i] for i in passed if i in right_of]
        low, high = max(begins, default=-inf), min(ends, default=inf)
        if low <= high:
            aim = _near(breadths[edge.source] + (edge.exit or 0.0), low, high)
            for item in passed:
                breadths[item] = aim


def _pull_left(
    layers: Sequence[Sequence[int]], breadths: list[float], sizes: Sequence[Item], leftmost: Collection[int]
) -> float:
    """Move what stands leftmost to the left border of the others, and return where the border is then."""
    others = [breadths[i] - sizes[i].breadth / 2 for layer in layers for i in layer if i not in leftmost]
    border = min(others, default=0.0)
    for layer in layers:
        if layer and layer[0] in leftmost:
            half = sizes[layer[0]].breadth / 2
            room = [breadths[item] - sizes[item].breadth / 2 for item in layer[1:2]]
            breadths[layer[0]] = min([border + half, *(begin - 2 * _GAP - half for begin in room)])
            border = min(border, breadths[layer[0]] - half)
    return border


def _depths(
    layers: Sequence[Sequence[int]],
    sizes: Sequence[Item],
    edges: Sequence[Edge],
    breadths: Sequence[float],
    steps: Sequence[tuple[int, int]],
    tight: Collection[int],
) -> tuple[list[float], list[float]]:
    """Return where every layer begins and ends; far sideways steps and labels need room between layers."""
    layer_of = {item: number for number, layer in enumerate(layers) for item in layer}
    room = [0.0] * len(layers)
    for edge in edges:
        room[layer_of[edge.source]] = max(room[layer_of[edge.source]], edge.room)
    slope = [0.0] * len(layers)
    for source, target in steps:
        number = layer_of[source]
        slope[number] = max(slope[number], min(abs(breadths[source] - breadths[target]) * 0.1, 40.0))
    starts, ends, depth = [], [], 0.0
    for number, layer in enumerate(layers):
        starts.append(depth)
        depth += max((sizes[item].depth for item in layer), default=0.0)
        ends.append(depth)
        depth += (_TIGHT_GAP if number in tight else _LAYER_GAP) + slope[number] + room[number]
    return starts, ends


def _route(
    edge: Edge,
    chain: Sequence[int],
    sizes: Sequence[Item],
    centres: Sequence[Point],
    bands: Sequence[tuple[float, float]],
) -> list[Point]:
    source, target = chain[0], chain[-1]
    begin, end = _ends(edge, chain, sizes, centres)
    leaves = centres[source][1] + sizes[source].depth / 2
    arrives = centres[target][1] - sizes[target].depth / 2
    route = [(begin, leaves), (begin, max(bands[source][1], leaves) + edge.room)]
    for item in chain[1:-1]:
        route += [(centres[item][0], bands[item][0]), (centres[item][0], bands[item][1])]
    return [*route, (end, bands[target][0]), (end, arrives)]


def _ends(edge: Edge, chain: Sequence[int], sizes: Sequence[Item], centres: Sequence[Point]) -> tuple[float, float]:
    """Return where along its source an edge begins, and along its target it ends: straight if that is possible."""
    low, high = _side(chain[0], edge.exit, sizes, centres)
    lower, higher = _side(chain[-1], edge.entry, sizes, centres)
    if len(chain) > 2:
        return _near(centres[chain[1]][0], low, high), _near(centres[chain[-2]][0], lower, higher)
    if max(low, lower) <= min(high, higher):
        straight = _near((centres[chain[0]][0] + centres[chain[-1]][0]) / 2, max(low, lower), min(high, higher))
        return straight, straight
    return (high, lower) if high < lower else (low, higher)


def _side(item: int, offset: float | None, sizes: Sequence[Item], centres: Sequence[Point]) -> Point:
    centre, half = centres[item][0], _SIDE * sizes[item].breadth
    return (centre - half, centre + half) if offset is None else (centre + offset, centre + offset)


def _near(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)
