"""A diagram as SVG text that needs nothing else: no script, no style sheet, no font of its own, no identifiers.

Floor 10.
"""

from __future__ import annotations

from ...markup import Markup, element
from .caption import Show
from .diagram import Box, Diagram
from .scene import DETAIL_SIZE, LINE_HEIGHT, TITLE_SIZE, Direction, Line, Scene, Shape, scene_of

__all__ = ["COLOURS", "OUTPUT_COLOUR", "svg_text"]

# Translucent, so that they suit light and dark pages.
COLOURS = {"input": "#10b981", "layer": "#3b82f6", "operation": "#8b8f98", "variable": "#f59e0b"}
OUTPUT_COLOUR = "#8b5cf6"
_FONT = "Helvetica, Arial, 'Noto Sans', 'DejaVu Sans', sans-serif"
_MARGIN = 8.0
_FLOW: dict[Direction, tuple[int, int]] = {"TB": (0, 1), "BT": (0, -1), "LR": (1, 0), "RL": (-1, 0)}


def svg_text(
    diagram: Diagram,
    show: Show | None = None,
    *,
    expand: bool = False,
    direction: Direction = "TB",
    standalone: bool = True,
) -> Markup:
    """Draw a diagram.

    Args:
        diagram: of a model.
        show: what is written into the boxes.
        expand: whether what is inside boxes is drawn.
        direction: `"TB"`, `"BT"`, `"LR"` or `"RL"`.
        standalone: whether this becomes a file, black on white; else texts have the colour of the page around.

    Example:
        >>> from hybrid.models.diagrams import diagram_of
        >>> svg_text(diagram_of(hybrid.Sequential([hybrid.Input((3,)), hybrid.layers.Dense(2)])))[:4]
        '<svg'
    """
    scene = scene_of(diagram, show or Show(), expand=expand, direction=direction)
    width, height = scene.width + 2 * _MARGIN, scene.height + 2 * _MARGIN
    parts: list[Markup] = []
    if standalone:
        parts.append(element("rect", width="100%", height="100%", fill="#ffffff"))
    parts.append(element("g", *_drawn(scene, direction), transform=f"translate({_MARGIN:g} {_MARGIN:g})"))
    return element(
        "svg",
        element("title", f"{diagram.name} ({diagram.kind})"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        width=_number(width),
        height=_number(height),
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        font_family=_FONT,
        font_size=_number(DETAIL_SIZE),
        fill="currentColor",
        color="#1f2328" if standalone else None,
        role="img",
        style=None if standalone else "display:block;max-width:none",
    )


def _drawn(scene: Scene, direction: Direction) -> list[Markup]:
    parts = [_shape(shape, direction) for shape in scene.shapes]
    if scene.lines:
        ways = " ".join(_way(line, direction) for line in scene.lines)
        heads = " ".join(_head(line, direction) for line in scene.lines if line.has_head)
        parts.append(element("path", d=ways, fill="none", stroke="currentColor", stroke_opacity="0.55"))
        if heads:
            parts.append(element("path", d=heads, fill_opacity="0.75"))
    for label in scene.labels:
        weight = "600" if label.stands_out else None
        parts.append(_text(label.text, label.x, label.y, anchor=None, opacity="0.75", weight=weight))
    return parts


def _shape(shape: Shape, direction: Direction) -> Markup:
    box = shape.box
    if shape.inside is not None:
        frame = element(
            "rect",
            width=_number(shape.width),
            height=_number(shape.height),
            rx=8,
            fill=COLOURS["operation"],
            fill_opacity="0.08",
            stroke=OUTPUT_COLOUR if box.results else COLOURS["operation"],
            stroke_dasharray="4 3",
        )
        content = [frame, *_drawn(shape.inside, direction)]
    else:
        content = [_frame(shape), *_lines(shape)]
    place = f"translate({_number(shape.x)} {_number(shape.y)})"
    return element("g", element("title", _tooltip(box)), *content, transform=place)


def _frame(shape: Shape) -> Markup:
    role = shape.box.role
    colour = COLOURS[role]
    return element(
        "rect",
        width=_number(shape.width),
        height=_number(shape.height),
        rx=_number(shape.height / 2 if role == "input" and shape.height < 45 else 10 if role == "input" else 4),
        fill=colour,
        fill_opacity="0.15",
        stroke=OUTPUT_COLOUR if shape.box.results else colour,
        stroke_width="1.8" if shape.box.results else None,
    )


def _lines(shape: Shape) -> list[Markup]:
    count = len(shape.titles) + len(shape.details)
    top = (shape.height - LINE_HEIGHT * (count - 1)) / 2
    middle = shape.width / 2
    texts = [
        _text(line, middle, top + LINE_HEIGHT * index, size=TITLE_SIZE, weight="600")
        for index, line in enumerate(shape.titles)
    ]
    texts += [
        _text(line, middle, top + LINE_HEIGHT * index, opacity="0.8")
        for index, line in enumerate(shape.details, start=len(shape.titles))
    ]
    return texts


def _text(
    text: str,
    x: float,
    middle: float,
    *,
    size: float = DETAIL_SIZE,
    anchor: str | None = "middle",
    weight: str | None = None,
    opacity: str | None = None,
) -> Markup:
    return element(
        "text",
        text,
        x=_number(x),
        # Where the letters stand, a third of their size below the middle: not every program knows dominant-baseline.
        y=_number(middle + size * 0.35),
        text_anchor=anchor,
        font_size=_number(size) if size != DETAIL_SIZE else None,
        font_weight=weight,
        fill_opacity=opacity,
    )


def _tooltip(box: Box) -> str:
    count = f", {box.parameters:,} parameters" if box.parameters else ""
    outputs = ", ".join(f"{port.name} {port.spec}".strip() for port in box.outputs)
    return f"{box.name} ({box.kind}){count}" + (f"\n{outputs}" if outputs else "")


def _way(line: Line, direction: Direction) -> str:
    """Write a line: straight inside a pair of points, curved from one pair to the next."""
    is_flat = direction in ("LR", "RL")
    (x, y), *rest = line.points
    steps = [f"M{_number(x)} {_number(y)}"]
    for index, (new_x, new_y) in enumerate(rest, start=1):
        if (new_x, new_y) == (x, y):
            continue
        if index % 2 or (new_y == y if is_flat else new_x == x):
            steps.append(f"L{_number(new_x)} {_number(new_y)}")
        elif is_flat:
            half = _number((x + new_x) / 2)
            steps.append(f"C{half} {_number(y)} {half} {_number(new_y)} {_number(new_x)} {_number(new_y)}")
        else:
            half = _number((y + new_y) / 2)
            steps.append(f"C{_number(x)} {half} {_number(new_x)} {half} {_number(new_x)} {_number(new_y)}")
        x, y = new_x, new_y
    return "".join(steps)


def _head(line: Line, direction: Direction) -> str:
    """Write the head of an arrow: a triangle that points the way all values flow."""
    x, y = line.points[-1]
    along_x, along_y = _FLOW[direction]
    back_x, back_y = x - 6 * along_x, y - 6 * along_y
    first = f"{_number(back_x - 3.2 * along_y)} {_number(back_y - 3.2 * along_x)}"
    second = f"{_number(back_x + 3.2 * along_y)} {_number(back_y + 3.2 * along_x)}"
    return f"M{first}L{second}L{_number(x)} {_number(y)}Z"


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
