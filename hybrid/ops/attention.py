"""Attention: means of values, weighted by how well keys answer queries.

Floor 5. A composite of matrix products and a softmax.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import BOOL
from ..core.operators import OPERATORS
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, same_size
from ..errors import ConfigError, ShapeError
from ..typing import TensorLike
from .activation import softmax
from .arithmetic import add, divide, logical_and, multiply
from .attend import attend, can_attend, hidden_score
from .conversion import cast, shape
from .definition import as_tensor, floats, promote_all, public, to_dtype
from .linear import matmul
from .shaping import expand_dims, reshape, transpose

__all__ = ["dot_product_attention"]

CAUSAL_MASK: Primitive = Primitive(
    "causal_mask",
    lambda query, key, axis: np.tri(query.shape[axis], key.shape[axis], dtype=bool),
    lambda like_query, like_key, axis: TensorSpec.of((like_query.shape[axis], like_key.shape[axis]), BOOL),
    samples=lambda rng: [((floats(rng, 2, 3, 1), floats(rng, 2, 4, 1)), {"axis": 1})],
)


def causal_mask(query: Any, key: Any, axis: int) -> Any:
    """Return a bool tensor `[queries, keys]` that lets no query see a later key."""
    return apply(CAUSAL_MASK, query, key, axis=axis)


def _check(query: Any, key: Any, value: Any) -> None:
    q, k, v = shape_of(query), shape_of(key), shape_of(value)
    fits = len(q) == len(k) == len(v) == 4 and same_size(q[3], k[3])
    fits = fits and all(map(same_size, k[:3], v[:3])) and same_size(q[0], k[0])
    if not fits or None in (q[2], k[2]) or q[2] % k[2]:  # type: ignore[operator]
        raise ShapeError(
            f"dot_product_attention received query {list(q)}, key {list(k)} and value {list(v)}.",
            why="they must be [batch, length, heads, size], key and value of one length and of a number of heads that "
            "divides the query's, query and key of one size",
            fix="reshape the last axis into heads and sizes",
        )


def _heads_first(x: Any) -> Any:
    return transpose(x, (0, 2, 1, 3))


@public()
def dot_product_attention(
    query: TensorLike,
    key: TensorLike,
    value: TensorLike,
    bias: TensorLike | None = None,
    mask: TensorLike | None = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Any:
    """Return, for every query, the mean of the values, weighted by the softmax of its products with the keys.

    Args:
        query: float `[batch, queries, heads, size]`.
        key: float `[batch, keys, key_heads, size]`; `key_heads` divides `heads`, whose groups share keys and values.
        value: float `[batch, keys, key_heads, value_size]`.
        bias: added to the products; can be broadcast to `[batch, heads, queries, keys]`.
        mask: bool, which keys a query may see; can be broadcast to `[batch, heads, queries, keys]`.
        scale: factor of the products; `1 / sqrt(size)` by default.
        is_causal: whether no query may see a later key.
        flash_attention: must not be true: there is one way to compute it.
        attn_logits_soft_cap: bound of the products, approached by `tanh`.

    Returns:
        float `[batch, queries, heads, value_size]`.

    Raises:
        ShapeError: if the shapes do not fit.
        ConfigError: if `flash_attention`.

    Example:
        >>> x = np.ones((2, 5, 4, 8))
        >>> dot_product_attention(x, x, x, is_causal=True).shape
        (2, 5, 4, 8)

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.2.1.
    """
    if flash_attention:
        raise ConfigError("There is no flash attention on the CPU.", fix="use flash_attention=None")
    query, key, value = promote_all(*map(as_tensor, (query, key, value)))
    _check(query, key, value)
    size = shape_of(query)[3]
    if scale is None and size is None:
        raise ShapeError("dot_product_attention needs a known size of the queries, or a scale.", fix="pass scale")
    factor = float(scale) if scale is not None else 1 / math.sqrt(size)  # type: ignore[arg-type]
    if is_causal:
        causal = causal_mask(query, key, 1)
        mask = causal if mask is None else logical_and(cast(mask, "bool"), causal)
    mask = None if mask is None else cast(mask, "bool")
    query = multiply(query, factor)
    if bias is None and attn_logits_soft_cap is None and can_attend(query, key, value):
        return attend(query, key, value, mask=mask)
    logits = _products(_heads_first(query), _heads_first(key))
    if attn_logits_soft_cap is not None:
        cap = float(attn_logits_soft_cap)
        logits = multiply(OPERATORS["tanh"](divide(logits, cap)), cap)
    if bias is not None:
        logits = add(logits, cast(bias, logits.dtype))
    if mask is not None:
        logits = OPERATORS["where"](mask, logits, hidden_score(logits.dtype))
    weights = softmax(to_dtype(logits, np.dtype("float32")) if logits.dtype.itemsize == 2 else logits)
    return _heads_first(_mix(cast(weights, logits.dtype), _heads_first(value)))


def _products(query: Any, key: Any) -> Any:
    """Return `[batch, heads, queries, keys]`."""
    transposed = transpose(key, (0, 1, 3, 2))
    batch, heads, length, size = shape(query)
    groups = shape_of(key)[1] or 1
    if heads == groups:
        return matmul(query, transposed)
    grouped = reshape(query, (batch, groups, heads // groups, length, size))
    return reshape(matmul(grouped, expand_dims(transposed, 2)), (batch, heads, length, shape(key)[2]))


def _mix(weights: Any, value: Any) -> Any:
    """Return `[batch, heads, queries, value_size]`."""
    batch, heads, length, keys = shape(weights)
    groups = shape_of(value)[1] or 1
    if heads == groups:
        return matmul(weights, value)
    grouped = reshape(weights, (batch, groups, heads // groups, length, keys))
    return reshape(matmul(grouped, expand_dims(value, 2)), (batch, heads, length, shape(value)[3]))
