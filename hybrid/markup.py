"""The text of HTML, SVG and XML elements, everything in it escaped.

Floor 2. What a notebook or a picture shows is put together here and nowhere by hand, so that no name of a user's ever
becomes markup. Colours are translucent and texts have the colour of the page, so that what is shown is readable in
light and in dark notebooks; no script, no style sheet and no address is needed.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

__all__ = ["Markup", "element", "table"]

# What XML 1.0 does not allow in any form.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EMPTY = {"br", "hr", "rect", "path", "line", "circle", "polyline"}


class Markup(str):
    """Text that is markup already: it is not escaped again."""

    __slots__ = ()

    @classmethod
    def of(cls, text: Any) -> Markup:
        """Escape a text, unless it is markup.

        Example:
            >>> Markup.of("<a & b>")
            '&lt;a &amp; b&gt;'
        """
        return text if isinstance(text, cls) else cls(escape(_FORBIDDEN.sub("\ufffd", str(text))))

    @classmethod
    def join(cls, parts: Any, separator: str = "") -> Markup:
        """Put parts one after the other; those that are no markup are escaped."""
        return cls(separator.join(map(cls.of, parts)))


def element(tag: str, *children: Any, **attributes: Any) -> Markup:
    """Return an element as text.

    Args:
        tag: its name.
        children: markup, or texts, which are escaped.
        attributes: values are escaped; `_` in a name means `-`, one at its end is dropped (`class_`), and an attribute
            that is `None` or `False` is left out.

    Example:
        >>> element("b", "1 < 2", class_="x", stroke_width=2)
        '<b class="x" stroke-width="2">1 &lt; 2</b>'
    """
    shown = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{Markup.of(value)}"'
        for name, value in attributes.items()
        if value is not None and value is not False
    )
    if tag in _EMPTY and not children:
        return Markup(f"<{tag}{shown}/>")
    return Markup(f"<{tag}{shown}>{Markup.join(children)}</{tag}>")


def table(columns: list[str], rows: list[list[Any]], *, right: tuple[int, ...] = ()) -> Markup:
    """Return a table of texts.

    Args:
        columns: titles.
        rows: as many texts each.
        right: numbers of the columns that are flush right.
    """

    def line(tag: str, cells: list[Any], weight: str) -> Markup:
        return element(
            "tr",
            *(
                element(
                    tag,
                    cell,
                    style=f"text-align:{'right' if index in right else 'left'};padding:1px 14px 1px 0;"
                    f"font-weight:{weight};border:0;background:none",
                )
                for index, cell in enumerate(cells)
            ),
            style="background:none",
        )

    return element(
        "table",
        element("thead", line("th", columns, "600")),
        element("tbody", *(line("td", row, "normal") for row in rows)),
        style="border-collapse:collapse;border:0;margin:4px 0;font-size:12px;opacity:0.9",
    )
