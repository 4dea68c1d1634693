"""Where boxes stand and how edges run: laws over random graphs."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from hybrid.models.diagrams.layering import assign_layers, crossings, order_layers
from hybrid.models.diagrams.layout import Edge, Item, place
from hybrid.models.diagrams.positions import nearest_places

SEEDS = range(25)


def random_graph(seed: int) -> tuple[list[Item], list[Edge]]:
    """A graph in which nearly everything has a source, as in models; edges of any length, some with ports."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 30))
    items = [Item(float(rng.uniform(20, 150)), float(rng.uniform(20, 60))) for _ in range(count)]
    pairs = {(int(rng.integers(0, k)), k) for k in range(1, count) for _ in range(int(rng.integers(0, 4)))}
    edges = []
    for source, target in sorted(pairs):
        port = float(rng.uniform(-0.3, 0.3)) * items[source].breadth if rng.random() < 0.2 else None
        edges.append(Edge(source, target, port, None, 12.0 if port is not None else 0.0))
    return items, edges


def chain(length: int) -> list[Edge]:
    return [Edge(k, k + 1) for k in range(length)]


@pytest.mark.parametrize("seed", SEEDS)
def test_items_keep_apart(seed: int) -> None:
    items, edges = random_graph(seed)
    placed = place(items, edges)
    for (first, a), (second, b) in combinations(zip(items, placed.centres, strict=True), 2):
        apart = abs(a[0] - b[0]) >= (first.breadth + second.breadth) / 2 + 10
        below = abs(a[1] - b[1]) >= (first.depth + second.depth) / 2 + 10
        assert apart or below


@pytest.mark.parametrize("seed", SEEDS)
def test_items_are_inside_of_the_whole(seed: int) -> None:
    items, edges = random_graph(seed)
    placed = place(items, edges)
    for item, (breadth, depth) in zip(items, placed.centres, strict=True):
        assert -1e-6 <= breadth - item.breadth / 2 and breadth + item.breadth / 2 <= placed.breadth + 1e-6
        assert -1e-6 <= depth - item.depth / 2 and depth + item.depth / 2 <= placed.depth + 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_edges_go_from_border_to_border_and_through_nothing(seed: int) -> None:
    items, edges = random_graph(seed)
    placed = place(items, edges)
    for edge, route in zip(edges, placed.routes, strict=True):
        (start, top), (end, bottom) = route[0], route[-1]
        assert abs(start - placed.centres[edge.source][0]) <= items[edge.source].breadth / 2
        assert abs(end - placed.centres[edge.target][0]) <= items[edge.target].breadth / 2
        assert top == pytest.approx(placed.centres[edge.source][1] + items[edge.source].depth / 2)
        assert bottom == pytest.approx(placed.centres[edge.target][1] - items[edge.target].depth / 2)
        assert all(a[1] <= b[1] + 1e-9 for a, b in pairwise(route))
        for number, ((x, upper), (same, lower)) in enumerate(zip(route[::2], route[1::2], strict=True)):
            assert x == same, number
            for other, (breadth, depth) in enumerate(placed.centres):
                if other not in (edge.source, edge.target):
                    beside = abs(x - breadth) >= items[other].breadth / 2
                    outside = lower <= depth - items[other].depth / 2 or upper >= depth + items[other].depth / 2
                    assert beside or outside


@pytest.mark.parametrize("seed", SEEDS)
def test_edges_lead_to_later_layers(seed: int) -> None:
    items, edges = random_graph(seed)
    pairs = [(edge.source, edge.target) for edge in edges]
    layers = assign_layers(len(items), pairs, first={}, start=0, last=())
    assert all(layers[source] < layers[target] for source, target in pairs)
    assert min(layers) >= 0


def test_late_inputs_stand_close_to_what_takes_them() -> None:
    edges = [(0, 1), (1, 2), (2, 3), (3, 6), (4, 5), (5, 6)]
    layers = assign_layers(7, edges, first={}, start=0, last=())
    assert layers == [0, 1, 2, 3, 2, 3, 4]


@pytest.mark.parametrize("seed", SEEDS)
def test_ordering_never_adds_crossings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = [list(range(6 * k, 6 * k + 6)) for k in range(4)]
    edges = [(int(rng.choice(a)), int(rng.choice(b))) for a, b in pairwise(layers) for _ in range(9)]
    below: dict[int, list[int]] = {}
    for source, target in edges:
        below.setdefault(source, []).append(target)
    ordered = order_layers(layers, edges)
    assert [sorted(layer) for layer in ordered] == layers
    assert crossings(ordered, below) <= crossings(layers, below)


def test_crossings_are_counted() -> None:
    assert crossings([[0, 1], [2, 3]], {0: [3], 1: [2]}) == 1
    assert crossings([[0, 1], [2, 3]], {0: [2, 3], 1: [2, 3]}) == 1
    assert crossings([[0, 1, 2], [3, 4, 5]], {0: [5], 1: [4], 2: [3]}) == 3


def test_planar_graph_is_drawn_without_crossings() -> None:
    layers = [[0], [1, 2, 3], [4, 5, 6], [7]]
    edges = [(0, 1), (0, 2), (0, 3), (1, 6), (2, 5), (3, 4), (4, 7), (5, 7), (6, 7)]
    below: dict[int, list[int]] = {}
    for source, target in edges:
        below.setdefault(source, []).append(target)
    assert crossings(order_layers(layers, edges), below) == 0


@pytest.mark.parametrize(
    "skips", [[(1, 3)], [(1, 4), (4, 7)], [(0, 8)], [(0, 8), (1, 7), (2, 6), (3, 5)], [(2, 8), (0, 5)]]
)
def test_chain_stays_straight_beside_the_edges_that_skip_it(skips: list[tuple[int, int]]) -> None:
    items = [Item(60.0 + 25 * (k % 3), 30.0) for k in range(9)]
    placed = place(items, [*chain(8), *(Edge(a, b) for a, b in skips)])
    places = {round(breadth, 3) for breadth, _ in placed.centres}
    assert len(places) == 1


def test_branches_stand_around_what_they_come_from() -> None:
    placed = place([Item(50, 20)] * 6, [*(Edge(0, k) for k in range(1, 5)), *(Edge(k, 5) for k in range(1, 5))])
    branches = sorted(breadth for breadth, _ in placed.centres[1:5])
    middle = (branches[0] + branches[-1]) / 2
    assert branches[1] <= placed.centres[0][0] <= branches[2]
    assert placed.centres[0][0] == pytest.approx(placed.centres[5][0])
    assert placed.centres[0][0] == pytest.approx(middle, abs=31)


def _objective(targets: list[list[tuple[float, float]]], places: list[float]) -> float:
    return sum(w * abs(p - t) for wanted, p in zip(targets, places, strict=True) for t, w in wanted)


@pytest.mark.parametrize("seed", range(10))
def test_places_of_a_layer_are_as_near_as_possible(seed: int) -> None:
    from scipy.optimize import linprog

    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 8))
    # One target each: with several, the middle of an interval is taken where all of it is as good.
    targets = [[(float(rng.uniform(-50, 50)), float(rng.uniform(0.5, 5)))] for _ in range(count)]
    distances = np.cumsum([0.0, *rng.uniform(5, 30, count - 1)])
    places = nearest_places(targets, list(distances))
    assert all(b - a >= d - 1e-9 for a, b, d in zip(places, places[1:], np.diff(distances), strict=False))
    # Variables: the places, and the distances to the targets.
    identity, zeros = np.eye(count), np.zeros((count - 1, count))
    order = identity[:-1] - identity[1:]
    rows = np.block([[identity, -identity], [-identity, -identity], [order, zeros]])
    aims = np.array([wanted[0][0] for wanted in targets])
    limits = np.concatenate([aims, -aims, -np.diff(distances)])
    costs = [0.0] * count + [wanted[0][1] for wanted in targets]
    best = linprog(costs, A_ub=rows, b_ub=limits, bounds=[(None, None)] * count + [(0, None)] * count)
    assert _objective(targets, places) == pytest.approx(best.fun, rel=1e-6)


def test_long_chain_needs_no_recursion() -> None:
    placed = place([Item(40, 20)] * 5000, chain(4999))
    assert len({breadth for breadth, _ in placed.centres}) == 1


def test_short_branches_go_straight_down_before_they_join() -> None:
    """Branches of one to four boxes from one box to another."""
    edges, starts, number = [], [], 1
    ends = []
    for length in (4, 3, 2, 1):
        edges.append(Edge(0, number))
        edges += [Edge(k, k + 1) for k in range(number, number + length - 1)]
        number += length
        ends.append(number - 1)
        starts.append(number - length)
    edges += [Edge(end, number) for end in ends]
    placed = place([Item(80, 30)] * (number + 1), edges)
    for end, route in zip(ends[1:], placed.routes[-3:], strict=True):
        assert {round(breadth, 6) for breadth, _ in route[2:-2]} == {round(placed.centres[end][0], 6)}
    for start, end in zip(starts, ends, strict=True):
        assert placed.centres[start][0] == pytest.approx(placed.centres[end][0])
