"""Pictures of models: one diagram, and what writes it as SVG, HTML, DOT and Mermaid."""

from .caption import Show
from .diagram import Box, Diagram, Port, Source, diagram_of
from .dot import dot_text
from .mermaid import mermaid_text
from .notebook import model_html
from .scene import Direction
from .svg import svg_text

__all__ = [
    "Box",
    "Diagram",
    "Direction",
    "Port",
    "Show",
    "Source",
    "diagram_of",
    "dot_text",
    "mermaid_text",
    "model_html",
    "svg_text",
]
