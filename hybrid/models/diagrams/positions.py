"""Where along its layer everything stands: the second half of a layered layout.

Floor 10. Each layer in turn is put where its edges are as straight as possible, measured by the sum of absolute
differences: unlike squares these keep a chain straight beside the edge that skips it. With the order of a layer given
this is an isotonic regression, solved exactly by pooling neighbours.

Source: Barlow et al. 1972, "Statistical Inference under Order Restrictions", chapter 1 (pooling adjacent violators).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

__all__ = ["Pull", "nearest_places", "spread"]

# How often to go down or up at most, and how often without an improvement.
_SWEEPS, _PATIENCE = 12, 2
# Items times sweeps that one drawing may take.
_WORK = 60_000
# The share that counts of pulls from where a sweep has not been yet, and what holds an item without any.
_AHEAD, _STAY = 0.4, 0.01
Target = tuple[float, float]


class Pull(NamedTuple):
    """An edge between items of neighbouring layers that wants to be straight.

    Attributes:
        source: the upper item.
        target: the lower one.
        exit: where the edge is attached to the upper one, from the centre.
        entry: where to the lower one.
        weight: how strong it is.
        slack: how far it may be from straight before it pulls.
    """

    source: int
    target: int
    exit: float
    entry: float
    weight: float
    slack: float = 0.0


def spread(
    layers: Sequence[Sequence[int]], sizes: Sequence[float], gaps: Sequence[float], pulls: Sequence[Pull]
) -> list[float]:
    """Return where the centre of every item is.

    Args:
        layers: items of each layer in order.
        sizes: of the items, along the layer.
        gaps: of the items: half of the distance to be kept on either side.
        pulls: edges.
    """
    above: list[list[Pull]] = [[] for _ in sizes]
    below: list[list[Pull]] = [[] for _ in sizes]
    for pull in pulls:
        above[pull.target].append(pull)
        below[pull.source].append(pull)
    distances = [_distances(layer, sizes, gaps) for layer in layers]
    places = [0.0] * len(sizes)
    for layer, distance in zip(layers, distances, strict=True):
        for item, place in zip(layer, distance, strict=True):
            places[item] = place - distance[-1] / 2
    best, least, best_sweep = list(places), _cost(places, pulls), 0
    # A sweep costs more than in proportion where many edges pass: large drawings get fewer.
    for sweep in range(max(2, min(_SWEEPS, _WORK // (1 + len(sizes))))):
        going_down = sweep % 2 == 0
        order = range(len(layers)) if going_down else reversed(range(len(layers)))
        for index in order:
            targets = [_targets(item, places, above[item], below[item], going_down) for item in layers[index]]
            for item, place in zip(layers[index], nearest_places(targets, distances[index]), strict=True):
                places[item] = place
        cost = _cost(places, pulls)
        if cost < least - 1e-6:
            best, least, best_sweep = list(places), cost, sweep
        elif sweep - best_sweep >= _PATIENCE:
            break
    return best


def _distances(layer: Sequence[int], sizes: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """Return the least distance of every centre from the first one's."""
    steps = [
        (sizes[left] + sizes[right]) / 2 + gaps[left] + gaps[right]
        for left, right in zip(layer, layer[1:], strict=False)
    ]
    return list(accumulate(steps, initial=0.0))


def _targets(
    item: int, places: Sequence[float], above: Sequence[Pull], below: Sequence[Pull], going_down: bool
) -> list[Target]:
    """Return where an item should be, and how strongly: what was placed just now counts more than what comes next."""
    before, after = (1.0, _AHEAD) if going_down else (_AHEAD, 1.0)
    aims = [(places[p.source] + p.exit - p.entry, p.weight * before, p.slack) for p in above]
    aims += [(places[p.target] + p.entry - p.exit, p.weight * after, p.slack) for p in below]
    if not aims:
        return [(places[item], _STAY)]
    # Halves on both sides add up to nothing in between.
    return [(aim + side * slack, weight / 2) for aim, weight, slack in aims for side in (-1, 1)]


def _cost(places: Sequence[float], pulls: Sequence[Pull]) -> float:
    return sum(
        p.weight * max(0.0, abs(places[p.source] + p.exit - places[p.target] - p.entry) - p.slack) for p in pulls
    )


def nearest_places(targets: Sequence[list[Target]], distances: Sequence[float]) -> list[float]:
    """Return places that keep their distances and are as near as possible to the targets.

    Args:
        targets: for each item, where it should be, and how strongly.
        distances: least distance of each item from the first, increasing.

    Example:
        >>> nearest_places([[(5.0, 1.0)], [(5.0, 1.0)]], [0.0, 4.0])
        [3.0, 7.0]
    """
    blocks: list[tuple[float, list[Target], int]] = []
    for wanted, distance in zip(targets, distances, strict=True):
        block = sorted((place - distance, weight) for place, weight in wanted)
        value, size = _median(block), 1
        while blocks and blocks[-1][0] > value:
            _, earlier, length = blocks.pop()
            block = sorted([*earlier, *block])
            value, size = _median(block), size + length
        blocks.append((value, block, size))
    flat = [value for value, _, size in blocks for _ in range(size)]
    return [value + distance for value, distance in zip(flat, distances, strict=True)]


def _median(block: Sequence[Target]) -> float:
    """Return the weighted median; the middle where any place between two is as good."""
    half = sum(weight for _, weight in block) / 2
    passed = 0.0
    for index, (place, weight) in enumerate(block):
        passed += weight
        if passed > half + 1e-9:
            return place
        if passed > half - 1e-9:
            return (place + block[index + 1][0]) / 2
    return block[-1][0]
