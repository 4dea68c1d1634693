"""Which layer of a drawing everything stands in, and in which order: the first half of a layered layout.

Floor 10. Knows only numbers of items and edges between them; an edge goes from a smaller number to a larger one.

Source: Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical system structures".
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Mapping, Sequence

__all__ = ["assign_layers", "order_layers"]

Pair = tuple[int, int]
# How often to go down or up without an improvement.
_PATIENCE = 4


def assign_layers(
    count: int, edges: Sequence[Pair], *, first: Mapping[int, int], start: int, last: Collection[int]
) -> list[int]:
    """Give every item a layer below those of all it has edges from: the longest path, then shorter edges.

    Args:
        count: number of items.
        edges: pairs of items.
        first: items with a layer that is fixed.
        start: the layer in which the others begin.
        last: items of a layer of their own below all others.

    Example:
        >>> assign_layers(4, [(0, 1), (1, 3), (2, 3)], first={}, start=0, last=())
        [0, 1, 1, 2]
    """
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        above[target].append(source)
        below[source].append(target)
    layers = [0] * count

    def under(item: int) -> int:
        return max([start, *(layers[other] + 1 for other in above[item])])

    for item in range(count):
        layers[item] = first[item] if item in first else under(item)
    # What feeds more than it is fed stands close to what it feeds ...
    for item in reversed(range(count)):
        if below[item] and item not in first and len(above[item]) <= len(below[item]):
            layers[item] = min(layers[other] for other in below[item]) - 1
    # ... and everything else as close as possible to what feeds it.
    for item in range(count):
        if above[item] and item not in first and len(above[item]) >= len(below[item]):
            layers[item] = under(item)
    bottom = 1 + max((layer for item, layer in enumerate(layers) if item not in last), default=start - 1)
    for item in last:
        layers[item] = bottom
    return layers


def order_layers(
    layers: Sequence[list[int]], edges: Sequence[Pair], *, leftmost: Collection[int] = (), rounds: int = 24
) -> list[list[int]]:
    """Order the items inside every layer so that few edges cross: barycentres, downwards and upwards in turn.

    Args:
        layers: items of each layer, in the order of a reader; ties keep it.
        edges: pairs of items in neighbouring layers.
        leftmost: items that stay in front.
        rounds: how often to go down or up.

    Example:
        >>> order_layers([[0, 1], [2, 3]], [(0, 3), (1, 2)])
        [[0, 1], [3, 2]]
    """
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for source, target in edges:
        above.setdefault(target, []).append(source)
        below.setdefault(source, []).append(target)
    current = [list(layer) for layer in layers]
    best, fewest, best_number = current, crossings(current, below), 0
    for number in range(rounds):
        if not fewest or number - best_number > _PATIENCE:
            break
        going_down = number % 2 == 0
        current = [list(layer) for layer in current]
        neighbours = above if going_down else below
        for index in range(1, len(current)) if going_down else range(len(current) - 2, -1, -1):
            reference = current[index - 1 if going_down else index + 1]
            centres = _barycentres(current[index], reference, neighbours, leftmost)
            current[index].sort(key=centres.__getitem__)
        crossing = crossings(current, below)
        if crossing < fewest:
            best, fewest, best_number = current, crossing, number
    return best


def _barycentres(
    layer: Sequence[int], reference: Sequence[int], neighbours: Mapping[int, list[int]], leftmost: Collection[int]
) -> dict[int, float]:
    """Return where the items of a layer want to be: in the middle of their neighbours, or where they are."""
    places = {item: place for place, item in enumerate(reference)}
    centres = {}
    for own, item in enumerate(layer):
        found = [places[other] for other in neighbours.get(item, ())]
        centres[item] = -1.0 if item in leftmost else sum(found) / len(found) if found else float(own)
    return centres


def crossings(layers: Sequence[Sequence[int]], below: Mapping[int, Sequence[int]]) -> int:
    """Count the pairs of edges that cross.

    Args:
        layers: items of each layer in order.
        below: for an item, the items of the next layer it has edges to.
    """
    total = 0
    for upper, lower in zip(layers, layers[1:], strict=False):
        places = {item: place for place, item in enumerate(lower)}
        passed: list[int] = []
        for item in upper:
            ends = sorted(places[other] for other in below.get(item, ()))
            total += sum(len(passed) - bisect_left(passed, end + 1) for end in ends)
            for end in ends:
                insort(passed, end)
    return total
