"""What the files of `op_samples` are written with: one file per module of ops, each with a dict `SAMPLES`.

`SAMPLES` maps the name of every public op of the module to calls of it. Arrays become tensors and placeholders.
A module may also define, each with the names of some of its ops:

- `UNLIKE_NUMPY`: those that mean something else than the NumPy function of the same name, or take other arguments;
- `NEEDS_SIZES`: those that may refuse a placeholder of unknown first size, with a ShapeError;
- `UNTRACEABLE`: those that return no tensors, or are not meant for placeholders.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Call(NamedTuple):
    """Arguments of one call."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def call(*args: Any, **kwargs: Any) -> Call:
    return Call(args, kwargs)


# Away from zero, from ties and from whole numbers.
X = np.array([[0.9, -0.4, 0.35], [-0.8, 0.55, 0.15]])
Y = np.array([[1.3, 0.7, -1.6], [0.45, -1.2, 2.1]])
ROW = np.array([0.65, -1.1, 1.45])
POSITIVE = np.abs(X) + 0.2
SCALAR = np.array(0.75)
EMPTY = np.zeros((0, 3))
INTS = np.array([[3, 1, 4], [1, 5, 9]], "int32")
MORE_INTS = np.array([[2, 7, 1], [8, 2, 8]], "int32")
BOOLS = np.array([[True, False, True], [False, False, True]])
CUBE = np.linspace(-1.7, 1.9, 24).reshape(2, 3, 4)
SQUARE = np.array([[2.0, 0.3, -0.4], [0.1, 1.7, 0.2], [0.5, -0.3, 2.2]])
