"""What is random about tensors that are there already: `dropout`, `shuffle`.

Floor 5. The random part is an operation of its own, without derivative; gradients flow through the ops that use it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import BOOL, INT32
from ..core.operators import OPERATORS
from ..core.primitive import Primitive
from ..core.random import generator_of, words_of
from ..core.spec import TensorSpec, broadcast_shapes, normalize_axis
from ..errors import ConfigError, ShapeError
from ..ops.conversion import shape as sizes_of
from ..ops.definition import as_float, as_tensor, elementwise, floats, unbroadcast
from ..ops.sizes import join_shape, split_shape
from ..typing import TensorLike
from .seed_generator import draw

__all__ = ["dropout", "shuffle"]

_KEY = np.array([1, 0], "uint32")
_STRETCH = 1 << 16
"""Number of elements that are decided about at a time: a constant, since other stretches have other bits."""


# -- what is kept ------------------------------------------------------------------------------------------------------


def stretches_of(count: int) -> int:
    """Return in how many stretches is decided about a number of elements."""
    return -(-count // _STRETCH)


def draw_kept(state: Any, stretches: slice, rate: float, kept: Any) -> None:
    """Draw which elements are kept, in some stretches: those whose 16 random bits are not below the rate.

    Args:
        state: seed state.
        stretches: range of their numbers.
        rate: share that is dropped, less than 1; it counts to a precision of 2⁻¹⁶.
        kept: bool [elements], of which those of the stretches are written.
    """
    limit = np.uint16(min(round(rate * 65536), 65535))
    for stretch in range(stretches.start, stretches.stop):
        elements = kept[_STRETCH * stretch : _STRETCH * (stretch + 1)]
        drawn = words_of(state, stretch, -(-len(elements) // 4)).view(np.uint16)
        np.greater_equal(drawn[: len(elements)], limit, out=elements)


def _compute_keep(state: Any, *sizes: Any, shape: Any, rate: float) -> Any:
    kept = np.zeros(join_shape(shape, sizes), bool)
    if rate < 1:
        draw_kept(state, slice(0, stretches_of(kept.size)), rate, kept.reshape(-1))
    return kept


def _compute_drop(x: Any, kept: Any, rate: float) -> Any:
    return x * np.multiply(kept, x.dtype.type(scale_of(rate)), dtype=x.dtype)


def scale_of(rate: float) -> float:
    """Return by what is multiplied what is kept."""
    return 1 / (1 - rate) if rate < 1 else 0.0


KEEP = Primitive(
    "random_keep",
    _compute_keep,
    lambda state, *sizes, shape, rate: TensorSpec.of(shape, BOOL),
    samples=lambda rng: [
        ((_KEY, *sizes), {"shape": shape, "rate": rate})
        for rate in (0.5, 0.3, 1.0)
        for sizes, shape in (((), (2, 3)), ((2,), (None, 3)), ((), ()), ((), (0, 2)), ((), (40, 5)))
    ],
)
DROP: Primitive = elementwise(
    "drop",
    _compute_drop,
    [lambda g, y, x, kept, rate: unbroadcast(apply(DROP, g, kept, rate=rate), x), None],
    infer=lambda x, kept, rate: TensorSpec.of(broadcast_shapes(x.shape, kept.shape), x.dtype),
    samples=lambda rng: [
        ((floats(rng, 2, 3), rng.random(kept) < 0.5), {"rate": rate})
        for kept in ((2, 3), (2, 1))
        for rate in (0.3, 1.0)
    ],
)
PERMUTATION = Primitive(
    "random_permutation",
    lambda state, x, axis: generator_of(state).permutation(x.shape[axis]).astype(INT32),
    lambda state, like, axis: TensorSpec.of((like.shape[axis],), INT32),
    samples=lambda rng: [((_KEY, rng.normal(size=(2, 3))), {"axis": 1})],
)


def dropout(inputs: TensorLike, rate: float, noise_shape: Any = None, seed: Any = None) -> Any:
    """Set elements to zero at random, and scale the others so that the expected value stays.

    Args:
        inputs: float tensor of any shape.
        rate: fraction that is dropped, from 0 to 1.
        noise_shape: shape of the mask, which is broadcast to `inputs`; a size of `None` is that of `inputs`.
        seed: int (the same mask at each call), `SeedGenerator`, or `None` for the global generator.

    Returns:
        tensor like `inputs`; what is kept is multiplied by `1 / (1 - rate)`.

    Raises:
        ConfigError: if the rate is not between 0 and 1.
        ShapeError: if the mask cannot be broadcast to `inputs`.

    Example:
        >>> np.unique(dropout(np.ones(100), 0.75, seed=1).numpy())
        array([0., 4.])

    Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
    """
    if not 0 <= rate <= 1:
        raise ConfigError(f"The rate of dropout must be between 0 and 1, but is {rate!r}.", fix="pass such a number")
    x = as_float(inputs)
    shape = shape_of(x)
    if noise_shape is not None:
        noise_shape = tuple(None if size is None else int(size) for size in noise_shape)
        pairs = zip(noise_shape, shape, strict=False)
        if len(noise_shape) != len(shape) or any(n not in (None, 1) and s is not None and n != s for n, s in pairs):
            raise ShapeError(
                f"A noise_shape of {list(noise_shape)} does not fit inputs of shape {list(shape)}.",
                why="each size must be 1, None, or that of the inputs",
                fix="use 1 for the axes along which elements are dropped together",
            )
    if rate == 0:
        return OPERATORS["read"](x)
    sizes = sizes_of(x)
    if noise_shape is not None:
        sizes = tuple(own if size is None else size for size, own in zip(noise_shape, sizes, strict=True))
    return apply(DROP, x, keep(sizes, rate, seed), rate=float(rate))


def keep(shape: Any, rate: float, seed: Any) -> Any:
    """Draw which elements dropout keeps.

    Args:
        shape: sizes; symbolic ones are welcome.
        rate: share that is dropped.
        seed: as in `dropout`.

    Returns:
        bool tensor.
    """
    template, symbolic = split_shape(shape)
    return draw(KEEP, seed, *symbolic, shape=template, rate=float(rate))


def shuffle(x: TensorLike, axis: int = 0, seed: Any = None) -> Any:
    """Put the slices along an axis in random order.

    Args:
        x: tensor of rank 1 or more.
        axis: along which to shuffle.
        seed: as in `dropout`.

    Raises:
        ShapeError: if there is no such axis.

    Example:
        >>> sorted(shuffle(np.arange(4), seed=1).tolist())
        [0, 1, 2, 3]
    """
    x = as_tensor(x)
    axis = normalize_axis(axis, len(shape_of(x)))
    order = draw(PERMUTATION, seed, x, axis=axis)
    return OPERATORS["getitem"](x, (*(slice(None),) * axis, order))
