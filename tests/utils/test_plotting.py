"""`plot_model` and `model_to_dot`."""

from __future__ import annotations

import builtins
import importlib.util
import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from hybrid import Input, Model, Sequential, layers
from hybrid.errors import ConfigError, MissingExtraError, NotBuiltError
from hybrid.utils import model_to_dot, plot_model

needs_pydot = pytest.mark.skipif(importlib.util.find_spec("pydot") is None, reason="pydot is not installed")
needs_graphviz = pytest.mark.skipif(
    importlib.util.find_spec("pydot") is None or shutil.which("dot") is None, reason="Graphviz is not installed"
)


def small() -> Model:
    x = Input((4,), name="x")
    inner = Sequential([layers.Dense(4, name="i")], name="inner")
    return Model(x, layers.Add(name="sum")([x, inner(x)]), name="small")


@pytest.fixture
def without_pydot(monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "pydot":
            raise ImportError("No module named 'pydot'")
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)


@pytest.mark.parametrize(
    ("suffix", "begin"), [(".svg", "<svg"), (".dot", "digraph"), (".mmd", "flowchart LR"), (".SVG", "<svg")]
)
@pytest.mark.usefixtures("without_pydot")
def test_texts_need_no_extra(suffix: str, begin: str, tmp_path: Path) -> None:
    file = tmp_path / f"model{suffix}"
    picture = plot_model(small(), file, show_shapes=True, rankdir="LR", expand_nested=True)
    assert file.read_text(encoding="utf-8").startswith(begin)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert str(file) in repr(picture)


@pytest.mark.parametrize("suffix", [".svg", ".dot", ".mmd"])
def test_names_that_cannot_be_written_do_no_harm(suffix: str, tmp_path: Path) -> None:
    model = Sequential([Input((4,)), layers.Dense(2, name="half \ud800")])
    plot_model(model, tmp_path / f"m{suffix}", show_layer_names=True)
    assert "half" in (tmp_path / f"m{suffix}").read_text(encoding="utf-8")


def test_options_reach_the_picture(tmp_path: Path) -> None:
    def words(**options: Any) -> str:
        plot_model(small(), str(tmp_path / "m.svg"), **options)
        return " ".join(ElementTree.fromstring((tmp_path / "m.svg").read_text(encoding="utf-8")).itertext())

    plain = words()
    for option, word in {
        "show_shapes": "in: (None, 4)",
        "show_dtype": "float32",
        "show_layer_activations": "Dense, linear",
        "show_trainable": "trainable",
    }.items():
        text = words(**{option: True}, expand_nested=True)
        assert re.search(rf"(?<!\w){re.escape(word)}", text), option
    assert "call" not in plain and "inner Sequential" in words(show_layer_names=True)
    assert "Dense" not in re.sub(r"\([^)]*\)", "", plain)


@pytest.mark.parametrize("name", ["model.jpg", "model", "model.svg.gz", ".svgz"])
def test_unknown_format_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)Unknown format.*\.svg, \.dot, \.mmd, \.png, \.pdf"):
        plot_model(small(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_unknown_direction_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"(?s)Unknown rankdir: 'DOWN'.*TB, BT, LR, RL"):
        plot_model(small(), tmp_path / "m.svg", rankdir="DOWN")
    assert not list(tmp_path.iterdir())


def test_model_that_is_not_built_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError, match=r"(?s)'fresh' cannot be drawn.*model\.build"):
        plot_model(Sequential([layers.Dense(2)], name="fresh"), tmp_path / "m.svg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
@pytest.mark.usefixtures("without_pydot")
def test_missing_pydot_is_named(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(
        MissingExtraError, match=rf'(?s)A {suffix} file needs.*pydot.*pip install "hybrid\[plot\]"'
    ) as error:
        plot_model(small(), tmp_path / f"m{suffix}")
    assert "install Graphviz" in str(error.value) and ".svg, .dot and .mmd need nothing" in str(error.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("without_pydot")
def test_model_to_dot_without_pydot_is_refused() -> None:
    with pytest.raises(MissingExtraError, match=r"model_to_dot needs the package 'pydot'"):
        model_to_dot(small())


@needs_pydot
def test_missing_graphviz_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"(?s)needs the package 'graphviz'.*install Graphviz"):
        plot_model(small(), tmp_path / "m.png")
    assert not list(tmp_path.iterdir())


@needs_pydot
def test_model_to_dot_gives_a_graph_of_pydot() -> None:
    graph = model_to_dot(small(), show_shapes=True, expand_nested=True)
    assert len(graph.get_edges()) == 3
    assert [cluster.get_label() for cluster in graph.get_subgraphs()] == ['"inner, Sequential"']


@needs_pydot
def test_names_of_users_survive_pydot() -> None:
    model = Sequential([Input((4,)), layers.Dense(2, name='"<b>" \\n; } 層')])
    (_, node) = [n for n in model_to_dot(model).get_nodes() if n.get_name().startswith("n") and n.get_label()][:2]
    assert node.get_label() == '"\\"<b>\\" \\\\n; } 層\\nDense"'


@needs_graphviz
@pytest.mark.parametrize(("suffix", "begin"), [(".png", b"\x89PNG"), (".pdf", b"%PDF")])
def test_graphviz_makes_pictures(suffix: str, begin: bytes, tmp_path: Path) -> None:
    file = tmp_path / "deep" / f"m{suffix}"
    picture = plot_model(small(), file, expand_nested=True, show_layer_names=True)
    assert file.read_bytes().startswith(begin)
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert (picture._repr_png_() is not None) == (suffix == ".png")


def test_notebook_shows_the_picture(tmp_path: Path) -> None:
    picture = plot_model(small(), tmp_path / "m.svg")
    assert (picture._repr_svg_() or "").startswith("<svg") and picture._repr_png_() is None


def test_file_stays_whole_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "m.svg"
    file.write_text("before")

    def fail(*args: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        plot_model(small(), file)
    assert [path.name for path in tmp_path.iterdir()] == ["m.svg"] and file.read_text() == "before"
