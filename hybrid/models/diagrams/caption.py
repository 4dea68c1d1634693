"""What is written into a box, and how much room the text takes.

Floor 10. A picture has no fonts at hand: the widths are those of a wide common one, so that texts fit with others too.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import Literal, NamedTuple

from ...core.spec import TensorSpec
from ..labels import format_shape
from .diagram import Box, Port

__all__ = ["Caption", "Show", "caption_of", "heading_of", "text_width", "wrap"]


class Show(NamedTuple):
    """What is written into boxes."""

    shapes: Literal["none", "outputs", "both"] = "none"
    dtypes: bool = False
    names: bool = False
    activations: bool = False
    trainable: bool = False


class Caption(NamedTuple):
    """The lines of a box: the first stands out."""

    title: str
    details: tuple[str, ...]


def caption_of(box: Box, show: Show) -> Caption:
    """Return the lines to be written into a box."""
    kind = box.kind if box.calls == 1 else f"{box.kind}, call {box.call + 1} of {box.calls}"
    if show.activations and box.activation is not None:
        kind = f"{kind}, {box.activation}"
    # The name of an operation says its kind already.
    named = [box.name] if box.role == "operation" else [box.name, kind]
    lines = named if show.names or box.role == "variable" else [kind]
    if show.shapes == "both" and box.arguments:
        lines.append(f"in: {_described([source.box.outputs[source.output] for source in box.arguments], show)}")
        lines.append(f"out: {_described(box.outputs, show)}" if box.outputs else "")
    elif show.shapes != "none" or show.dtypes:
        lines.append(_described(box.outputs, show) if box.outputs else "")
    if show.trainable and box.trainable is not None:
        lines.append("trainable" if box.trainable else "not trainable")
    lines += _results(box)
    return Caption(lines[0], tuple(line for line in lines[1:] if line))


def heading_of(box: Box, show: Show) -> str:
    """Return the line above what is inside a box."""
    caption = caption_of(box, show)
    parts = [caption.title, *(caption.details[:1] if show.names else ())]
    return ", ".join([*parts, *_results(box)])


def _results(box: Box) -> list[str]:
    return [f"output {name}" for name in box.results if name]


def _described(ports: tuple[Port, ...] | list[Port], show: Show) -> str:
    texts = [" ".join(filter(None, (port.name, _spec_text(port.spec, show)))) for port in ports]
    counted = [(text, len(list(equal))) for text, equal in groupby(texts)]
    return ", ".join(text if count == 1 else f"{count} × {text}" for text, count in counted)


def _spec_text(spec: TensorSpec, show: Show) -> str:
    return " ".join(
        [*([format_shape(spec.shape)] if show.shapes != "none" else []), *([spec.dtype.name] * show.dtypes)]
    )


# Widths relative to the size of the font.
_NARROW, _MIDDLE, _WIDE = 0.42, 0.65, 0.98
_WIDTHS = {**dict.fromkeys("iljtfrI1.,:;|!'()[]{} /\\", _NARROW), **dict.fromkeys("mwMW@%&—", _WIDE)}


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text in pixels, rather too much than too little.

    Args:
        text: one line.
        size: of the font, in pixels.
        bold: whether it is bold.

    Example:
        >>> text_width("ill", 10) < text_width("www", 10) < text_width("層層層", 10)
        True
    """
    return sum(map(_width, text)) * size * (1.1 if bold else 1)


def _width(character: str) -> float:
    known = _WIDTHS.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.02
    return 0.78 if character.isupper() else _MIDDLE


def wrap(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break a text into lines that are not wider than a width, after a space, `_`, `/` or `,` outside of parentheses.

    Only what is too long for any line is broken elsewhere.

    Example:
        >>> wrap("block_1/conv_2", 60, 10)
        ['block_1/', 'conv_2']
    """
    lines = [""]
    for piece in re.findall(r"\([^()]*\)[\s,]*|[^\s_/,]*[\s_/,]*", text):
        if text_width(lines[-1] + piece.rstrip(), size, bold=bold) <= width:
            lines[-1] += piece
            continue
        if lines[-1] and text_width(piece.rstrip(), size, bold=bold) <= width:
            lines.append("")
        for character in piece:
            if lines[-1] and text_width(lines[-1] + character.rstrip(), size, bold=bold) > width:
                lines.append("")
            lines[-1] += character
    return [line.rstrip() for line in lines if line.rstrip()] or [""]
