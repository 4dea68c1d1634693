"""Products of vectors and matrices.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import result_dtype
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, broadcast_shapes, same_size
from ..errors import ShapeError
from ..typing import TensorLike
from .arithmetic import multiply
from .definition import as_tensor, floats, promote, public, unbroadcast
from .shaping import expand_dims, reshape, squeeze, swapaxes

__all__ = ["matmul"]


def _infer_matmul(a: Any, b: Any) -> TensorSpec:
    if not a.shape or not b.shape:
        raise ShapeError("matmul needs tensors of rank 1 or more.", fix="use ops.multiply to scale by a number")
    left = (1, *a.shape) if len(a.shape) == 1 else a.shape
    right = (*b.shape, 1) if len(b.shape) == 1 else b.shape
    if not same_size(left[-1], right[-2]):
        raise ShapeError(
            f"matmul cannot multiply shapes {list(a.shape)} and {list(b.shape)}.",
            why=f"the last axis of the first ({left[-1]}) must equal the last but one of the second ({right[-2]})",
            fix="transpose or reshape one of them",
        )
    shape = (*broadcast_shapes(left[:-2], right[:-2]), left[-2], right[-1])
    if len(b.shape) == 1:
        shape = shape[:-1]
    if len(a.shape) == 1:
        shape = (*shape[:-2], *shape[-1:]) if len(b.shape) > 1 else shape[:-1]
    return TensorSpec.of(shape, result_dtype(a.dtype, b.dtype))


def _vjp_left(g: Any, y: Any, a: Any, b: Any) -> Any:
    rank_a, rank_b = len(shape_of(a)), len(shape_of(b))
    if rank_a == rank_b == 1:
        return multiply(g, b)
    if rank_b == 1:
        return unbroadcast(multiply(expand_dims(g, -1), b), a)
    rows = expand_dims(g, -2) if rank_a == 1 else g
    product = apply(MATMUL, rows, swapaxes(b, -1, -2))
    return unbroadcast(squeeze(product, -2) if rank_a == 1 else product, a)


def _vjp_right(g: Any, y: Any, a: Any, b: Any) -> Any:
    rank_a, rank_b = len(shape_of(a)), len(shape_of(b))
    if rank_a == rank_b == 1:
        return multiply(g, a)
    if rank_a == 1:
        return unbroadcast(multiply(expand_dims(a, -1), expand_dims(g, -2)), b)
    columns = expand_dims(g, -1) if rank_b == 1 else g
    if rank_b <= 2:
        # One matrix serves all batches: one large product instead of many small ones that are added up.
        width, height = shape_of(a)[-1], shape_of(columns)[-1]
        if rank_a > 2 and width is not None and height is not None:
            a, columns = reshape(a, (-1, width)), reshape(columns, (-1, height))
    product = apply(MATMUL, swapaxes(a, -1, -2), columns)
    return unbroadcast(squeeze(product, -1) if rank_b == 1 else product, b)


MATMUL = Primitive(
    "matmul",
    np.matmul,
    _infer_matmul,
    [_vjp_left, _vjp_right],
    samples=lambda rng: [
        ((floats(rng, *a), floats(rng, *b)), {})
        for a, b in (
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((5, 2, 3), (3, 4)),
            ((5, 2, 3), (5, 3, 4)),
            ((5, 1, 2, 3), (2, 3, 4)),
            ((2, 5, 3), (3,)),
            ((3,), (2, 3, 4)),
            ((0, 3), (3, 2)),
        )
    ],
)


@public(ufunc=np.matmul)
def matmul(x1: TensorLike, x2: TensorLike) -> Any:
    """Multiply matrices; leading axes are broadcast, vectors are rows on the left and columns on the right.

    Args:
        x1: tensor `[..., n, k]` or `[k]`.
        x2: tensor `[..., k, m]` or `[k]`.

    Returns:
        tensor `[..., n, m]`, without the axes of vectors.

    Raises:
        ShapeError: if the inner sizes differ.

    Example:
        >>> matmul(np.ones((2, 3)), np.ones((3, 4))).shape
        (2, 4)
    """
    return apply(MATMUL, *promote(as_tensor(x1), as_tensor(x2)))
