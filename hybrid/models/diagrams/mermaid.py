"""A diagram in Mermaid, which GitHub, GitLab and many editors draw inside Markdown.

Floor 10.
"""

from __future__ import annotations

from .caption import Show, caption_of, heading_of
from .diagram import Box, Diagram, arrows_of
from .scene import Direction
from .svg import COLOURS

__all__ = ["mermaid_text"]

# Mermaid knows characters by their numbers; these would end a text, or be taken for markup.
_SPECIAL = {character: f"#{ord(character)};" for character in '"#&<>`\\*_[](){}|;'}
# A backslash and an n are a new line to it, unless something of no width stands between.
_ESCAPES = str.maketrans({**_SPECIAL, "\\": "#92;#8203;", "\n": " ", "\r": " ", "\0": "\ufffd"})
_NESTED = COLOURS["operation"]
_FORMS = {"input": ("([", "])"), "layer": ("[", "]"), "operation": ("(", ")"), "variable": ("[(", ")]")}


def mermaid_text(
    diagram: Diagram, show: Show | None = None, *, expand: bool = False, direction: Direction = "TB"
) -> str:
    """Write a diagram as a Mermaid flowchart.

    Args:
        diagram: of a model.
        show: what is written into the boxes.
        expand: whether what is inside boxes is shown, as a subgraph.
        direction: `"TB"`, `"BT"`, `"LR"` or `"RL"`.

    Example:
        >>> from hybrid.models.diagrams import diagram_of
        >>> model = hybrid.Sequential([hybrid.Input((3,), name="x"), hybrid.layers.Dense(2)])
        >>> print(mermaid_text(diagram_of(model)))
        flowchart TB
          n0(["InputLayer"]):::input
          n1["Dense"]:::layer
          n0 --> n1
          classDef input fill:#10b98126,stroke:#10b981
          classDef layer fill:#3b82f626,stroke:#3b82f6
          classDef operation fill:#8b8f9826,stroke:#8b8f98
          classDef variable fill:#f59e0b26,stroke:#f59e0b
    """
    show = show or Show()
    lines = [f"flowchart {direction}"]
    names: dict[int, str] = {}
    clusters: list[str] = []

    def write(level: Diagram, indent: str) -> None:
        for box in level.boxes:
            if expand and box.opens and box.inner is not None:
                clusters.append(f"c{len(clusters)}")
                lines.append(f'{indent}subgraph {clusters[-1]}["{heading_of(box, show).translate(_ESCAPES)}"]')
                write(box.inner, f"{indent}  ")
                lines.append(f"{indent}end")
            elif level is diagram or box.role != "input":
                names[id(box)] = f"n{len(names)}"
                begin, end = _FORMS[box.role]
                lines.append(f"{indent}{names[id(box)]}{begin}{_text(box, show)}{end}:::{box.role}")

    write(diagram, "  ")
    for source, target in arrows_of(diagram, expand=expand):
        name = source.box.outputs[source.output].name if len(source.box.outputs) > 1 else ""
        label = f'|"{name.translate(_ESCAPES)}"|' if name else ""
        lines.append(f"  {names[id(source.box)]} -->{label} {names[id(target)]}")
    lines += [f"  classDef {role} fill:{colour}26,stroke:{colour}" for role, colour in COLOURS.items()]
    if clusters:
        lines += [f"  class {','.join(clusters)} nested", f"  classDef nested fill:{_NESTED}14,stroke:{_NESTED}"]
    return "\n".join(lines)


def _text(box: Box, show: Show) -> str:
    caption = caption_of(box, show)
    return '"' + "<br/>".join(line.translate(_ESCAPES) for line in (caption.title, *caption.details)) + '"'
