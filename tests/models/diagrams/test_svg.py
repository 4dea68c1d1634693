"""SVG texts are well-formed, complete and need nothing else."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import get_args

import pytest

from hybrid.models.diagrams import Direction, Show, svg_text
from hybrid.models.diagrams.svg import OUTPUT_COLOUR
from tests.models.diagrams.pictured import MODELS, NASTY, diagram_named
from tests.models.diagrams.test_diagram import drawn

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", MODELS)
def test_svg_shows_every_box_with_its_name(name: str) -> None:
    diagram = diagram_named(name)
    root = ElementTree.fromstring(svg_text(diagram, Show(names=True), expand=True))
    boxes = [group for group in root.iter(f"{_SVG}g") if group.find(f"{_SVG}text") is not None]
    titles = sorted(
        next(group.iter(f"{_SVG}title")).text or "" for group in boxes if group.find(f"{_SVG}title") is not None
    )
    for box in drawn(diagram):
        assert any(title.startswith(f"{box.name} ({box.kind})") for title in titles), box.name
    written = "".join(text.text or "" for text in root.iter(f"{_SVG}text")).replace(" ", "")
    assert all(box.name.replace(" ", "") in written for box in drawn(diagram))


@pytest.mark.parametrize("name", MODELS)
def test_svg_needs_nothing_else(name: str) -> None:
    text = svg_text(diagram_named(name), Show("both", True, True, True, True), expand=True, standalone=False)
    tags = set(re.findall(r"<(\w+)", text))
    assert tags <= {"svg", "g", "rect", "path", "text", "title"}
    assert not re.search(r"\bid=|href|url\(|\bon\w+=", text.replace("http://www.w3.org/2000/svg", ""))


@pytest.mark.parametrize("direction", get_args(Direction))
def test_lines_are_inside_of_the_picture(direction: Direction) -> None:
    root = ElementTree.fromstring(svg_text(diagram_named("inception"), direction=direction))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for path in root.iter(f"{_SVG}path"):
        numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", path.attrib["d"])]
        assert all(0 <= x <= width for x in numbers[::2])
        assert all(0 <= y <= height for y in numbers[1::2])


def test_names_of_users_do_not_become_markup() -> None:
    text = svg_text(diagram_named("named"), Show(names=True))
    assert "<script" not in text and "alert" in text
    root = ElementTree.fromstring(text)
    assert (root.findtext(f"{_SVG}title") or "").startswith(NASTY)


def test_a_file_has_a_background_and_a_notebook_has_its_own() -> None:
    diagram = diagram_named("residual")
    assert 'fill="#ffffff"' in svg_text(diagram)
    assert "#ffffff" not in svg_text(diagram, standalone=False)


def test_outputs_are_marked_even_if_they_come_from_inside() -> None:
    for expand in (False, True):
        root = ElementTree.fromstring(svg_text(diagram_named("nested"), Show(names=True), expand=expand))
        marked = [
            g for g in root.iter(f"{_SVG}g") for r in g.findall(f"{_SVG}rect") if r.get("stroke") == OUTPUT_COLOUR
        ]
        assert [(group.findtext(f"{_SVG}title") or "").split()[0] for group in marked] == ["stack"]


def test_options_say_what_is_written() -> None:
    diagram = diagram_named("sequential_with_input")

    def texts(show: Show) -> list[str]:
        return [t.text or "" for t in ElementTree.fromstring(svg_text(diagram, show)).iter(f"{_SVG}text")]

    assert texts(Show()) == ["InputLayer", "Dense", "Dense"]
    assert texts(Show("both"))[2:5] == ["Dense", "in: (None, 4)", "out: (None, 3)"]
    assert texts(Show("outputs", dtypes=True))[:2] == ["InputLayer", "(None, 4) float32"]
    assert texts(Show(dtypes=True))[:2] == ["InputLayer", "float32"]
    assert texts(Show(names=True))[2:4] == ["dense", "Dense"]
    assert texts(Show(activations=True)) == ["InputLayer", "Dense, relu", "Dense, linear"]
    assert texts(Show(trainable=True)) == ["InputLayer", "Dense", "trainable", "Dense", "trainable"]
