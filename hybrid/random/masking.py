"""What is random about tensors that are there already: `dropout`, `shuffle`.

Floor 5. The random part is an operation of its own, without derivative; gradients flow through the ops that use it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import shape_of
from ..core.dtypes import INT32
from ..core.operators import OPERATORS
from ..core.primitive import Primitive
from ..core.random import generator_of
from ..core.spec import TensorSpec, normalize_axis
from ..errors import ConfigError, ShapeError
from ..ops.definition import as_float, as_tensor
from ..typing import TensorLike
from .seed_generator import draw

__all__ = ["dropout", "shuffle"]

_KEY = np.array([1, 0], "uint32")


def _compute_keep(state: Any, x: Any, *, rate: float, noise_shape: Any) -> Any:
    shape = x.shape if noise_shape is None else _filled(noise_shape, x.shape)
    if rate >= 1:
        return np.zeros(shape, x.dtype)
    kept = np.asarray(generator_of(state).random(shape, np.float32)) >= np.float32(rate)
    return np.multiply(kept, x.dtype.type(1 / (1 - rate)), dtype=x.dtype)


def _filled(noise_shape: Any, shape: Any) -> Any:
    return tuple(own if size is None else size for size, own in zip(noise_shape, shape, strict=True))


def _infer_keep(state: Any, x: Any, *, rate: float, noise_shape: Any) -> TensorSpec:
    return TensorSpec.of(x.shape if noise_shape is None else _filled(noise_shape, x.shape), x.dtype)


KEEP = Primitive(
    "random_dropout_mask",
    _compute_keep,
    _infer_keep,
    samples=lambda rng: [
        ((_KEY, rng.normal(size=(2, 3))), {"rate": 0.5, "noise_shape": shape}) for shape in (None, (None, 1))
    ],
)
PERMUTATION = Primitive(
    "random_permutation",
    lambda state, x, axis: generator_of(state).permutation(x.shape[axis]).astype(INT32),
    lambda state, x, axis: TensorSpec.of((x.shape[axis],), INT32),
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
    return OPERATORS["multiply"](x, draw(KEEP, seed, x, rate=float(rate), noise_shape=noise_shape))


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
