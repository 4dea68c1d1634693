"""What is drawn overlaps nothing and is cut off nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, get_args

import pytest

from hybrid.models.diagrams import Direction, Show
from hybrid.models.diagrams.caption import text_width, wrap
from hybrid.models.diagrams.scene import DETAIL_SIZE, TITLE_SIZE, Label, Scene, Shape, scene_of
from tests.models.diagrams.pictured import MODELS, NASTY, diagram_named

ALL = Show("both", dtypes=True, names=True, activations=True, trainable=True)
Rectangle = tuple[float, float, float, float]
_DIRECTIONS: tuple[Direction, ...] = get_args(Direction)


def scenes_of(scene: Scene) -> Iterator[Scene]:
    yield scene
    for shape in scene.shapes:
        if shape.inside is not None:
            yield from scenes_of(shape.inside)


def of_shape(shape: Shape) -> Rectangle:
    return shape.x, shape.y, shape.x + shape.width, shape.y + shape.height


def of_label(label: Label) -> Rectangle:
    half = DETAIL_SIZE / 2
    return label.x, label.y - half, label.x + text_width(label.text, DETAIL_SIZE, bold=label.stands_out), label.y + half


def overlap(a: Rectangle, b: Rectangle) -> bool:
    slack = 1e-6
    return a[0] < b[2] - slack and b[0] < a[2] - slack and a[1] < b[3] - slack and b[1] < a[3] - slack


def mistakes(scene: Scene) -> list[Any]:
    rectangles = [of_shape(shape) for shape in scene.shapes] + [of_label(label) for label in scene.labels]
    whole = (0.0, 0.0, scene.width, scene.height)
    outside = [r for r in rectangles if not (r[0] >= -0.01 and r[1] >= -0.01 and r[2] <= whole[2] + 0.01)]
    outside += [r for r in rectangles if r[3] > whole[3] + 0.01]
    return [*outside, *((a, b) for a, b in combinations(rectangles, 2) if overlap(a, b))]


@pytest.mark.parametrize("direction", _DIRECTIONS)
@pytest.mark.parametrize("name", MODELS)
def test_nothing_overlaps_or_is_cut_off(name: str, direction: Direction) -> None:
    scene = scene_of(diagram_named(name), ALL, expand=True, direction=direction)
    for level in scenes_of(scene):
        assert mistakes(level) == []


def test_overlaps_are_noticed() -> None:
    scene = scene_of(diagram_named("residual"), Show())
    scene.shapes[1].y = scene.shapes[0].y + 1
    assert mistakes(scene)
    scene = scene_of(diagram_named("residual"), Show())
    scene.shapes[0].x = -5
    assert mistakes(scene)


@pytest.mark.parametrize("name", MODELS)
def test_texts_fit_into_their_boxes(name: str) -> None:
    for level in scenes_of(scene_of(diagram_named(name), ALL, expand=True)):
        for shape in level.shapes:
            assert all(text_width(line, TITLE_SIZE, bold=True) <= shape.width for line in shape.titles)
            assert all(text_width(line, DETAIL_SIZE) <= shape.width for line in shape.details)
            assert 15 * (len(shape.titles) + len(shape.details)) <= shape.height or shape.inside is not None


@pytest.mark.parametrize("direction", _DIRECTIONS)
def test_values_flow_in_the_direction(direction: Direction) -> None:
    scene = scene_of(diagram_named("residual"), Show(), direction=direction)
    first, last = scene.shapes[0], scene.shapes[-1]
    assert {
        "TB": first.y + first.height < last.y,
        "BT": last.y + last.height < first.y,
        "LR": first.x + first.width < last.x,
        "RL": last.x + last.width < first.x,
    }[direction]


@pytest.mark.parametrize("direction", _DIRECTIONS)
def test_lines_into_what_is_opened_go_on_inside(direction: Direction) -> None:
    outer = scene_of(diagram_named("nested"), Show(), expand=True, direction=direction)
    block = next(shape for shape in outer.shapes if shape.box.name == "outer")
    assert block.inside is not None
    starts = {(x + block.x, y + block.y) for x, y in (line.points[0] for line in block.inside.lines)}
    ends = {(round(x, 6), round(y, 6)) for x, y in (line.points[-1] for line in outer.lines)}
    assert {(round(x, 6), round(y, 6)) for x, y in starts} & ends


def test_what_is_taken_twice_is_one_line() -> None:
    scene = scene_of(diagram_named("functional_with_variables"), Show())
    lines = [tuple(line.points) for line in scene.lines]
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize(
    "text", ["a b", "層" * 40, "W" * 50, NASTY, "a_long_name/with_parts", "in: (None, 3), (None, 4, 5)", ""]
)
@pytest.mark.parametrize("width", [40, 100, 230])
def test_broken_lines_are_whole_and_narrow(text: str, width: int) -> None:
    lines = wrap(text, width, 10)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(text_width(line, 10) <= width for line in lines)
