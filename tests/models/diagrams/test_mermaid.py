"""Mermaid texts have the form of a flowchart, and say what the diagram says."""

from __future__ import annotations

import re

import pytest

from hybrid.models.diagrams import Show, mermaid_text
from hybrid.models.diagrams.diagram import arrows_of
from tests.models.diagrams.pictured import MODELS, diagram_named
from tests.models.diagrams.test_diagram import drawn

# A text may hold tags of ours and characters by number, and no other special character.
_TEXT = r'"(?:<br/>|#\d+;|[^"<>`#\[\](){}|])*"'
_STATEMENT = re.compile(
    rf"flowchart (?:TB|BT|LR|RL)|subgraph c\d+\[{_TEXT}\]|end|n\d+ -->(?:\|{_TEXT}\|)? n\d+"
    rf"|n\d+(?:\[{_TEXT}\]|\({_TEXT}\)|\(\[{_TEXT}\]\)|\[\({_TEXT}\)\]):::\w+|class c\d+(?:,c\d+)* nested"
    rf"|classDef \w+ fill:#\w+,stroke:#\w+"
)


@pytest.mark.parametrize("expand", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_mermaid_is_complete_and_well_formed(name: str, expand: bool) -> None:
    diagram = diagram_named(name)
    text = mermaid_text(diagram, Show("both", True, True, True, True), expand=expand)
    lines = [line.strip() for line in text.splitlines()]
    assert [line for line in lines if not _STATEMENT.fullmatch(line)] == []
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end")
    assert sum(":::" in line for line in lines) == len(drawn(diagram) if expand else diagram.boxes)
    assert text.count("-->") == len(list(arrows_of(diagram, expand=expand)))


def test_special_characters_of_users_are_written_by_number() -> None:
    text = mermaid_text(diagram_named("named"), Show(names=True))
    assert "#60;script#62;alert#40;#34;1#34;#41;" in text
    assert "#92;#8203;n #35;35#59; #93;#93;#62; 層" in text


def test_outputs_are_told_apart() -> None:
    text = mermaid_text(diagram_named("states"))
    assert sorted(re.findall(r'-->\|"(.*?)"\|', text)) == ["0", "1", "2"]
