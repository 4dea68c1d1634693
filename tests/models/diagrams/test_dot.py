"""DOT texts are what Graphviz reads, and say what the diagram says."""

from __future__ import annotations

import re

import pytest

from hybrid.models.diagrams import Show, dot_text
from hybrid.models.diagrams.diagram import arrows_of
from tests.models.diagrams.pictured import MODELS, diagram_named
from tests.models.diagrams.test_diagram import drawn

_STRING = r'"(?:[^"\\]|\\.)*"'
_STATEMENT = re.compile(
    rf"digraph {_STRING} {{|}}|subgraph cluster_\d+ {{|(?:\w+=(?:{_STRING}|\w+);? ?)+|(?:n\d+|node|edge)(?: -> n\d+)?"
    rf"(?: \[\w+=(?:{_STRING}|[\w.]+)(?:, \w+=(?:{_STRING}|[\w.]+))*\])?;"
)


def nodes_of(text: str) -> list[str]:
    return re.findall(rf"(?m)^ *n\d+ \[label=({_STRING})", text)


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_dot_is_complete_and_well_formed(name: str, expand: bool) -> None:
    diagram = diagram_named(name)
    text = dot_text(diagram, Show("both", True, True, True, True), expand=expand)
    assert all(_STATEMENT.fullmatch(line.strip()) for line in text.splitlines())
    plain = re.sub(_STRING, "", text)
    assert plain.count("{") == plain.count("}")
    labels = nodes_of(text)
    boxes = drawn(diagram) if expand else diagram.boxes
    assert len(labels) == len(boxes)
    assert text.count(" -> ") == len(list(arrows_of(diagram, expand=expand)))
    known = set(re.findall(r"(?m)^ *(n\d+) \[", text))
    assert {end for pair in re.findall(r"(n\d+) -> (n\d+)", text) for end in pair} <= known


def test_quotes_and_backslashes_of_users_are_escaped() -> None:
    text = dot_text(diagram_named("named"), Show(names=True))
    assert r"<script>alert(\"1\")<script> & 'x' \\n #35; ]]> 層\nInputLayer" in text


def test_outputs_are_told_apart() -> None:
    text = dot_text(diagram_named("states"), Show())
    assert sorted(re.findall(r'-> n\d+ \[label="(.*?)"\]', text)) == ["0", "1", "2"]


def test_nested_models_are_clusters() -> None:
    text = dot_text(diagram_named("nested"), Show(names=True), expand=True)
    assert re.findall(r"(?m)^( *)subgraph", text) == ["  ", "    ", "  "]
    assert 'label="inner, Functional"' in text
    assert "subgraph" not in dot_text(diagram_named("nested"))


def test_direction_and_resolution_are_said() -> None:
    text = dot_text(diagram_named("residual"), direction="LR", dpi=72, splines="ortho")
    assert "rankdir=LR;" in text and "dpi=72;" in text and 'splines="ortho";' in text
