"""The curves that a History shows."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
import pytest

from hybrid import Input, Sequential, layers
from hybrid.callbacks import History

_SVG = "{http://www.w3.org/2000/svg}"


def shown(**logs: list[Any]) -> ElementTree.Element:
    history = History()
    for epoch in range(max((len(values) for values in logs.values()), default=0)):
        history.on_epoch_end(epoch, {name: values[epoch] for name, values in logs.items()})
    return ElementTree.fromstring(history._repr_html_())


def points(root: ElementTree.Element) -> list[list[tuple[float, float]]]:
    curves = [line.attrib["points"].split() for line in root.iter(f"{_SVG}polyline")]
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in curve)] for curve in curves]


def test_fit_returns_curves_of_all_that_was_logged() -> None:
    model = Sequential([Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x = np.ones((8, 2), "float32")
    history = model.fit(x, x[:, :1], epochs=3, validation_split=0.5, verbose=0)
    root = ElementTree.fromstring(history._repr_html_())
    assert len(list(root.iter(f"{_SVG}svg"))) == 2
    assert [len(curve) for curve in points(root)] == [3, 3, 3, 3]
    assert {"loss", "val_loss", "mae", "val_mae"} <= {text.text for text in root.iter(f"{_SVG}text")}


def test_larger_values_stand_higher_and_later_ones_to_the_right() -> None:
    (curve,) = points(shown(loss=[1.0, 3.0, 2.0]))
    assert curve[0][0] < curve[1][0] < curve[2][0]
    assert curve[1][1] < curve[2][1] < curve[0][1]


@pytest.mark.parametrize("values", [[1.0], [2.0, 2.0], [0.0, 0.0], [np.nan, 1.0, np.inf, 2.0], [np.nan], [1e-30, 1e30]])
def test_every_curve_stays_inside(values: list[float]) -> None:
    root = shown(loss=values)
    for svg in root.iter(f"{_SVG}svg"):
        width, height = float(svg.attrib["width"]), float(svg.attrib["height"])
        for curve in points(root):
            assert all(0 <= x <= width and 0 <= y <= height for x, y in curve)
        assert len(points(root)[0]) == sum(np.isfinite(values))


def test_what_is_no_number_has_no_curve() -> None:
    root = shown(loss=[1.0, 2.0], shape=[[1, 2], [3, 4]], word=["a", "b"])
    assert len(points(root)) == 1


def test_validation_alone_has_its_own_chart() -> None:
    assert len(list(shown(val_loss=[1.0, 2.0]).iter(f"{_SVG}svg"))) == 1


def test_history_of_nothing_says_so() -> None:
    assert "of no epoch" in "".join(shown().itertext())


def test_names_of_users_are_escaped() -> None:
    history = History()
    history.on_epoch_end(0, {"<b>": 1.0})
    assert not re.search(r"<b>\s*<", history._repr_html_())
    ElementTree.fromstring(history._repr_html_())
