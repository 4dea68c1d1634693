"""What tensors and Variables show in a notebook.

Floor 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..markup import Markup, element

__all__ = ["values_html"]

# Elements shown at the begin and the end of every axis, when there are more than `_ALL` of them.
_EDGE, _ALL = 3, 64


def values_html(kind: str, facts: str, values: np.ndarray[Any, Any] | None) -> Markup:
    """Return a line of facts, and a few values below it.

    Args:
        kind: name of the class.
        facts: what is to be said.
        values: `None` where there are none to be seen.

    Example:
        >>> values_html("Tensor", "float32 [2]", np.ones(2, "float32"))
        '<div><b>Tensor</b> float32 [2]<pre style="margin:2px 0">[1. 1.]</pre></div>'
    """
    parts: list[Any] = [element("b", kind), f" {facts}"]
    if values is not None:
        text = np.array2string(values, precision=4, threshold=_ALL, edgeitems=_EDGE, suppress_small=True)
        parts.append(element("pre", text, style="margin:2px 0"))
    return element("div", *parts)
