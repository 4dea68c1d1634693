"""What a notebook shows for a model."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest

from hybrid import Input, Model, Sequential, layers
from hybrid.models.diagrams import model_html
from tests.models.diagrams.pictured import MODELS, diagram_named, model_named, nested
from tests.models.diagrams.test_diagram import levels_of

_SVG = "{http://www.w3.org/2000/svg}"


def shown(model: Any) -> ElementTree.Element:
    """Parse what a notebook gets: it is written as strictly as XML."""
    return ElementTree.fromstring(model._repr_html_())


@pytest.mark.parametrize("name", MODELS)
def test_outline_names_every_layer(name: str) -> None:
    root = shown(model_named(name))
    names = [bold.text for bold in root.iter("b")]
    expected = [box.name for level in levels_of(diagram_named(name)) for box in level.boxes if box.call == 0]
    assert sorted(names[1:]) == sorted(expected)
    assert names[0] == model_named(name).name


@pytest.mark.parametrize("name", MODELS)
def test_page_needs_nothing_else(name: str) -> None:
    text = model_named(name)._repr_html_()
    assert not re.search(r"<(script|style|link|img|iframe)\b|href|src=|url\(|\bid=|\son\w+=", text)
    assert text.replace("http://www.w3.org/2000/svg", "").count("://") == 0


def test_names_of_users_do_not_become_markup() -> None:
    text = model_named("named")._repr_html_()
    assert "<script" not in text and "&lt;script&gt;alert" in text


def test_nested_levels_can_be_opened() -> None:
    root = shown(nested())
    depth = max(len(list(_ancestors(root, details))) for details in root.iter("details"))
    assert depth == 2  # the outline, the outer block, and in it the inner one
    assert [d.attrib.get("open") for d in root.iter("details")].count("") == 2


def _ancestors(root: ElementTree.Element, leaf: ElementTree.Element) -> list[ElementTree.Element]:
    return [d for d in root.iter("details") if d is not leaf and leaf in list(d.iter("details"))]


def test_row_says_shape_parameters_and_training() -> None:
    model = Sequential([Input((4,)), layers.Dense(300, name="a"), layers.Dense(2, name="b")])
    model.get_layer("b").trainable = False
    rows = [
        [cell.text or "".join(cell.itertext()) for cell in span] for span in shown(model).iter("span") if len(span) == 4
    ]
    assert rows[0] == ["Layer", "Output", "Parameters", "Trainable"]
    assert [row[1:] for row in rows[1:]] == [
        ["(None, 4)", "0", ""],
        ["(None, 300)", "1,500", "yes"],
        ["(None, 2)", "602", "no"],
    ]
    assert "2,102 parameters, 1,500 trainable" in model._repr_html_()


def test_small_graphs_are_opened_and_large_ones_closed() -> None:
    def blocks(count: int) -> Model:
        block = [Sequential([layers.Dense(4, name=f"d{k}"), layers.ReLU()], name=f"block_{k}") for k in range(count)]
        return Sequential([Input((4,)), *block])

    def drawn_layers(model: Model) -> int:
        return sum("(Dense)" in (title.text or "") for title in shown(model).iter(f"{_SVG}title"))

    assert drawn_layers(blocks(10)) == 10
    assert drawn_layers(blocks(100)) == 0
    assert "block_99" in blocks(100)._repr_html_()


def test_what_is_too_large_is_not_drawn() -> None:
    x = y = Input((2,))
    layer = layers.ReLU()
    for _ in range(2500):
        y = layer(y)
    text = Model(x, y)._repr_html_()
    assert "<svg" not in text and "2,501 calls are too many" in text


def test_model_that_is_not_built_says_so() -> None:
    text = Sequential([layers.Dense(3)])._repr_html_()
    assert "not built yet" in text and "<svg" not in text


def test_looking_changes_nothing() -> None:
    model = nested()
    before = model.to_json(), [w.numpy().tolist() for w in model.weights]
    assert model_html(model) == model_html(model)
    assert (model.to_json(), [w.numpy().tolist() for w in model.weights]) == before


def test_model_after_a_call_on_data_is_shown() -> None:
    model = Sequential([layers.Dense(3)])
    model(np.ones((2, 4), "float32"))
    assert "<svg" in model._repr_html_()
