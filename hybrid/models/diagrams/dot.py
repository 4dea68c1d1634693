"""A diagram in DOT, the language of Graphviz.

Floor 10.
"""

from __future__ import annotations

from itertools import count

from .caption import Show, caption_of, heading_of
from .diagram import Box, Diagram, arrows_of
from .scene import Direction
from .svg import COLOURS, OUTPUT_COLOUR

__all__ = ["dot_text"]

_FLAT = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": " ", "\r": " ", "\0": "\ufffd"})


def dot_text(
    diagram: Diagram,
    show: Show | None = None,
    *,
    expand: bool = False,
    direction: Direction = "TB",
    dpi: float | None = None,
    splines: str | None = None,
) -> str:
    """Write a diagram in DOT.

    Args:
        diagram: of a model.
        show: what is written into the boxes.
        expand: whether what is inside boxes is shown, as a cluster.
        direction: `"TB"`, `"BT"`, `"LR"` or `"RL"`.
        dpi: pixels per inch, for Graphviz where it makes pixels.
        splines: how Graphviz draws edges: `"ortho"`, `"curved"`, `"line"` …

    Example:
        >>> from hybrid.models.diagrams import diagram_of
        >>> model = hybrid.Sequential([hybrid.Input((3,), name="x"), hybrid.layers.Dense(2)], name="m")
        >>> print(dot_text(diagram_of(model)))
        digraph "m" {
          rankdir=TB;
          node [shape=box, style="rounded,filled", fontname="Helvetica,Arial,sans-serif", fontsize=11];
          edge [arrowsize=0.7, color="#57606a", fontname="Helvetica,Arial,sans-serif", fontsize=9];
          n0 [label="InputLayer", fillcolor="#10b98126", color="#10b981"];
          n1 [label="Dense", fillcolor="#3b82f626", color="#8b5cf6", penwidth=1.8];
          n0 -> n1;
        }
    """
    show = show or Show()
    font = 'fontname="Helvetica,Arial,sans-serif"'
    lines = [
        f"digraph {_quoted(diagram.name)} {{",
        f"  rankdir={direction};",
        *([f"  dpi={dpi:g};"] if dpi is not None else []),
        *([f"  splines={_quoted(splines)};"] if splines is not None else []),
        f'  node [shape=box, style="rounded,filled", {font}, fontsize=11];',
        f'  edge [arrowsize=0.7, color="#57606a", {font}, fontsize=9];',
    ]
    names: dict[int, str] = {}
    clusters = count()

    def write(level: Diagram, indent: str) -> None:
        for box in level.boxes:
            if expand and box.opens and box.inner is not None:
                lines.append(f"{indent}subgraph cluster_{next(clusters)} {{")
                lines.append(f"{indent}  label={_quoted(heading_of(box, show))};")
                colour = OUTPUT_COLOUR if box.results else COLOURS["operation"]
                lines.append(f'{indent}  style="rounded,dashed"; color="{colour}"; labeljust=l; {font}; fontsize=10;')
                write(box.inner, f"{indent}  ")
                lines.append(f"{indent}}}")
            elif level is diagram or box.role != "input":
                names[id(box)] = f"n{len(names)}"
                lines.append(f"{indent}{names[id(box)]} [{_attributes(box, show)}];")

    write(diagram, "  ")
    for source, target in arrows_of(diagram, expand=expand):
        name = source.box.outputs[source.output].name if len(source.box.outputs) > 1 else ""
        label = f" [label={_quoted(name)}]" if name else ""
        lines.append(f"  {names[id(source.box)]} -> {names[id(target)]}{label};")
    return "\n".join([*lines, "}"])


def _attributes(box: Box, show: Show) -> str:
    caption = caption_of(box, show)
    colour = COLOURS[box.role]
    # `\n` is what DOT itself takes for the end of a line; a backslash of a user's is doubled before.
    label = '"' + "\\n".join(line.translate(_FLAT) for line in (caption.title, *caption.details)) + '"'
    frame = f'color="{OUTPUT_COLOUR}", penwidth=1.8' if box.results else f'color="{colour}"'
    return f'label={label}, fillcolor="{colour}26", {frame}'


def _quoted(text: str) -> str:
    return f'"{text.translate(_FLAT)}"'
