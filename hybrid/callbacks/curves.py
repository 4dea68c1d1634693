"""Curves of what was logged, as SVG text.

Floor 9.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..markup import Markup, element

__all__ = ["curves_html"]

_WIDTH, _HEIGHT = 300.0, 170.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 50.0, 8.0, 22.0, 18.0
_COLOURS = ("#3b82f6", "#f59e0b")
_VALIDATION = "val_"


def curves_html(epochs: Sequence[int], history: Mapping[str, Sequence[Any]]) -> Markup:
    """Return a chart for each logged quantity, with that of the validation data in the same chart.

    Args:
        epochs: their numbers.
        history: values of each epoch by name.

    Example:
        >>> html = curves_html([0, 1], {"loss": [0.5, 0.25], "val_loss": [0.6, 0.5]})
        >>> html.count("<svg"), html.count("<polyline")
        (1, 2)
    """
    if not epochs:
        return element("div", element("b", "History"), " of no epoch")
    names = [
        name for name in history if not (name.startswith(_VALIDATION) and name.removeprefix(_VALIDATION) in history)
    ]
    charts = []
    for name in names:
        curves = {key: _numbers(history[key]) for key in (name, f"{_VALIDATION}{name}") if key in history}
        curves = {key: values for key, values in curves.items() if values}
        if curves:
            charts.append(_chart(epochs, curves))
    count = f" of {len(epochs)} epoch{'s' if len(epochs) > 1 else ''}"
    row = element("div", *charts, style="display:flex;flex-wrap:wrap;gap:12px")
    return element("div", element("b", "History"), count, row, style="font-size:13px")


def _numbers(values: Sequence[Any]) -> list[float]:
    """Return values as numbers; what is no number (a list, a text) has no curve."""
    try:
        return [float(value) for value in values]
    except (TypeError, ValueError):
        return []


def _chart(epochs: Sequence[int], curves: Mapping[str, list[float]]) -> Markup:
    finite = [value for values in curves.values() for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=1.0)
    if high == low:
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT

    def across(number: int, count: int) -> float:
        return _LEFT + (right - _LEFT) * (number / (count - 1) if count > 1 else 0.5)

    def down(value: float) -> float:
        return bottom - (bottom - _TOP) * (value - low) / (high - low)

    parts: list[Markup] = []
    for share in (0.0, 0.5, 1.0):
        value = low + share * (high - low)
        y = f"{down(value):.1f}"
        parts.append(element("line", x1=_LEFT, x2=right, y1=y, y2=y, stroke="currentColor", stroke_opacity="0.15"))
        parts.append(element("text", f"{value:.4g}", x=_LEFT - 5, y=f"{down(value) + 3.5:.1f}", text_anchor="end"))
    parts.append(element("text", epochs[0] + 1, x=_LEFT, y=_HEIGHT - 4, text_anchor="middle"))
    if len(epochs) > 1:
        parts.append(element("text", epochs[-1] + 1, x=right, y=_HEIGHT - 4, text_anchor="end"))
    parts.append(element("text", "epoch", x=(_LEFT + right) / 2, y=_HEIGHT - 4, text_anchor="middle", opacity="0.6"))
    start = _LEFT
    for (name, values), colour in zip(curves.items(), _COLOURS, strict=False):
        text = name if len(name) <= 20 else f"{name[:19]}…"
        parts.append(element("circle", cx=start + 4, cy=9, r=3.5, fill=colour))
        parts.append(element("text", text, element("title", f"{name}: {values[-1]:.6g}"), x=start + 11, y=12.5))
        start += 22 + 6.4 * len(text)
        points = [(across(i, len(values)), down(v)) for i, v in enumerate(values) if math.isfinite(v)]
        parts.extend(_curve(points, colour))
    return element(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        width=_WIDTH,
        height=_HEIGHT,
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
        fill="currentColor",
        font_size=10,
        font_family="Helvetica, Arial, 'DejaVu Sans', sans-serif",
        role="img",
    )


def _curve(points: Sequence[tuple[float, float]], colour: str) -> list[Markup]:
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    curve = element("polyline", points=text, fill="none", stroke=colour, stroke_width="1.6", stroke_linejoin="round")
    # One epoch is a point; many would hide the curve.
    dots = points if len(points) <= 20 else ()
    return [curve, *(element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=2, fill=colour) for x, y in dots)]
