"""What a model shows in a notebook: a collapsible outline of its layers, and its graph.

Floor 10. Nothing of it needs a network, a script or a style sheet.
"""

from __future__ import annotations

from typing import Any

from ...markup import Markup, element
from ..labels import count_parameters, format_shape
from .caption import Show
from .diagram import Box, Diagram, diagram_of
from .svg import COLOURS, svg_text

__all__ = ["model_html"]

# More boxes than the first are drawn closed, more than the second not at all: nobody could find anything in them.
_OPENED, _DRAWN = 150, 2000
_SHOW = Show(shapes="outputs", names=True)
_ROW = (
    "display:inline-grid;grid-template-columns:minmax(14em,1fr) minmax(11em,18em) 8em 6.5em;gap:0 10px;"
    "width:100%;vertical-align:top"
)
_CELL = "overflow-wrap:anywhere"
_INDENT = "margin-left:18px"
_BOX = "max-width:1100px;font-size:13px;line-height:1.5"


def model_html(model: Any) -> Markup:
    """Return what a notebook shows for a model.

    Args:
        model: built or not.

    Example:
        >>> html = model_html(hybrid.Sequential([hybrid.Input((3,)), hybrid.layers.Dense(2)], name="<m>"))
        >>> "&lt;m&gt;" in html, "<m>" in html
        (True, False)
    """
    diagram = diagram_of(model)
    header = [element("b", diagram.name), f" {diagram.kind}", element("span", _totals(model), style="opacity:0.7")]
    rows = _row("Layer", "Output", "Parameters", "Trainable")
    return element(
        "div",
        element("div", *header),
        _folded("Layers", element("div", _indented(rows), *_outline(diagram)), is_open=True),
        _picture(diagram),
        style=_BOX,
    )


def _totals(model: Any) -> str:
    trained, frozen = count_parameters(model.trainable_weights), count_parameters(model.non_trainable_weights)
    if not model.built:
        return " · not built yet"
    return f" · {trained + frozen:,} parameters, {trained:,} trainable"


def _folded(title: Any, content: Markup, *, is_open: bool) -> Markup:
    summary = element("summary", title, style="cursor:pointer")
    return element("details", summary, content, open="" if is_open else None, style="margin:2px 0")


# -- the outline ------------------------------------------------------------------------------------------------------


def _outline(diagram: Diagram) -> list[Markup]:
    """Return a line for every layer, each once; what has layers inside can be opened."""
    return [_entry(box) for box in diagram.boxes if box.call == 0]


def _entry(box: Box) -> Markup:
    row = _row(_named(box), _shapes(box), _parameters(box), _trained(box), colour=COLOURS[box.role])
    if box.inner is None or not box.inner.boxes:
        return _indented(row)
    # The mark of what can be opened hangs in the margin, so that all columns stand in line.
    summary = element("summary", row, style=f"{_INDENT};cursor:pointer;list-style-position:outside")
    return element("details", summary, element("div", *_outline(box.inner), style=_INDENT))


def _indented(row: Markup) -> Markup:
    return element("div", row, style=_INDENT)


def _row(name: Any, shape: str, parameters: str, trainable: str, *, colour: str | None = None) -> Markup:
    style = _ROW if colour else f"{_ROW};font-weight:600;opacity:0.7"
    bar = f"{_CELL};padding-left:6px;border-left:4px solid {colour or 'transparent'}"
    return element(
        "span",
        element("span", name, style=bar),
        element("span", shape, style=_CELL),
        element("span", parameters, style=f"{_CELL};text-align:right"),
        element("span", trainable, style=_CELL),
        style=style,
    )


def _named(box: Box) -> Markup:
    kind = f" {box.kind}" + (f", called {box.calls} times" if box.calls > 1 else "")
    return Markup.join([element("b", box.name), element("span", kind, style="opacity:0.7")])


def _shapes(box: Box) -> str:
    return ", ".join(f"{port.name} {format_shape(port.spec.shape)}".strip() for port in box.outputs)


def _parameters(box: Box) -> str:
    return f"{box.parameters:,}" if box.built else "not built"


def _trained(box: Box) -> str:
    return "" if box.trainable is None else "yes" if box.trainable else "no"


# -- the graph --------------------------------------------------------------------------------------------------------


def _picture(diagram: Diagram) -> Markup:
    if not diagram.boxes or not diagram.is_connected:
        return Markup()
    opened = diagram.count(expand=True)
    if diagram.count(expand=False) > _DRAWN:
        note = f"{len(diagram.boxes):,} calls are too many to be drawn here; hybrid.utils.plot_model draws them."
        return element("div", note, style="opacity:0.7")
    picture = svg_text(diagram, _SHOW, expand=opened <= _OPENED, standalone=False)
    frame = element("div", picture, style="overflow:auto;max-height:600px;padding:4px 0")
    return _folded("Graph", frame, is_open=True)
