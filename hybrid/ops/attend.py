"""Scaled products, softmax, dropout and mixing of values as one primitive: the heart of attention.

Floor 5. Queries, keys and values have their heads on the last axis but one, as dense layers leave them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.operators import OPERATORS
from ..core.spec import TensorSpec, broadcast_shapes, same_size
from ..errors import ShapeError
from .activation import softmax
from .arithmetic import multiply
from .conversion import cast
from .definition import floats
from .fused import Fused
from .linear import matmul
from .shaping import swapaxes, transpose

__all__: list[str] = []

_MASKED_SHARE = 0.7


def hidden_score(dtype: Any) -> float:
    """Return the score of what must not be seen: its exp() is 0, and adding to it does not overflow."""
    return float(np.finfo(dtype).min) * _MASKED_SHARE


def masked_softmax(scores: Any, mask: Any, axis: Any = -1, *, blind: bool = False) -> Any:
    """Return the softmax of scores, zero where the mask is false.

    Args:
        scores: float tensor.
        mask: bool, can be broadcast to the scores, or `None`.
        axis: along which the sum is 1.
        blind: whether a query that may see no key gets zero weights; the same weight for every key otherwise.
    """
    if mask is None:
        return softmax(scores, axis=axis)
    weights = softmax(OPERATORS["where"](mask, scores, hidden_score(scores.dtype)), axis=axis)
    return multiply(weights, cast(mask, weights.dtype)) if blind else weights


def _plain(query: Any, key: Any, value: Any, *more: Any, given: Any, scale: float, blind: bool) -> Any:
    optional = dict(zip(given, more, strict=True))
    query, key, value = (transpose(x, (0, 2, 1, 3)) for x in (query, key, value))
    weights = masked_softmax(matmul(query, swapaxes(key, -1, -2)), optional.get("mask"), blind=blind)
    if "kept" in optional:
        weights = multiply(weights, multiply(cast(optional["kept"], weights.dtype), scale))
    return transpose(matmul(weights, value), (0, 2, 1, 3))


def heads_first(x: Any) -> Any:
    """Return an array `[batch, length, heads, size]` as `[batch, heads, length, size]`, or the other way round."""
    return x.transpose(0, 2, 1, 3)


def _factor(kept: Any, scale: float, dtype: Any) -> Any:
    return np.multiply(kept, dtype.type(scale), dtype=dtype)


def _check(query: Any, key: Any, value: Any) -> None:
    q, k, v = query.shape, key.shape, value.shape
    if not (same_size(q[0], k[0]) and same_size(q[3], k[3]) and all(map(same_size, k[:3], v[:3]))):
        raise ShapeError(
            f"Attention received queries {list(q)}, keys {list(k)} and values {list(v)}.",
            why="they are [batch, length, heads, size]: of one batch and one number of heads, queries and keys of one "
            "size, keys and values of one length",
            fix="pass a key for every value, and as many samples of each",
        )


def _forward(query: Any, key: Any, value: Any, *more: Any, given: Any, scale: float, blind: bool) -> tuple[Any, Any]:
    optional = dict(zip(given, more, strict=True))
    mask, dtype = optional.get("mask"), query.dtype
    _check(query, key, value)
    weights = np.matmul(heads_first(query), heads_first(key).swapaxes(-1, -2))
    if mask is not None:
        weights = np.where(mask, weights, dtype.type(hidden_score(dtype)))
    weights -= np.maximum.reduce(weights, -1, keepdims=True, initial=-np.inf)
    np.exp(weights, out=weights)
    weights /= np.add.reduce(weights, -1, keepdims=True)
    if blind and mask is not None:
        weights *= mask
    mixed = weights * _factor(optional["kept"], scale, dtype) if "kept" in optional else weights
    return heads_first(np.matmul(mixed, heads_first(value))), weights


def _backward(
    wanted: Any,
    cotangents: Any,
    outputs: Any,
    query: Any,
    key: Any,
    value: Any,
    *more: Any,
    given: Any,
    scale: float,
    blind: bool,
) -> tuple[Any, ...]:
    optional = dict(zip(given, more, strict=True))
    (g,), (_, weights) = map(heads_first, cotangents), outputs
    mixed, slopes = weights, np.matmul(g, heads_first(value).swapaxes(-1, -2))
    if "kept" in optional:
        factor = _factor(optional["kept"], scale, weights.dtype)
        mixed = weights * factor
        slopes *= factor
    slopes *= weights
    slopes -= weights * np.add.reduce(slopes, -1, keepdims=True)
    if "mask" in optional:
        slopes *= optional["mask"]  # where nothing can be seen, weights do not depend on scores
    found = (
        lambda: np.matmul(slopes, heads_first(key)),
        lambda: np.matmul(slopes.swapaxes(-1, -2), heads_first(query)),
        lambda: np.matmul(mixed.swapaxes(-1, -2), g),
    )
    return tuple(heads_first(found[place]()) for place in wanted)


def _infer(
    query: Any, key: Any, value: Any, *more: Any, given: Any, scale: float, blind: bool
) -> tuple[TensorSpec, TensorSpec]:
    _check(query, key, value)
    batch, length, heads, _ = query.shape
    scores = (batch, heads, length, key.shape[1])
    for name, each in zip(given, more, strict=True):
        if len(each.shape) > 4 or len(broadcast_shapes(each.shape, scores)) > 4:
            raise ShapeError(f"A {name} of shape {list(each.shape)} does not fit attention weights {list(scores)}.")
    return TensorSpec.of((batch, length, heads, value.shape[3]), query.dtype), TensorSpec.of(scores, query.dtype)


def _samples(rng: np.random.Generator) -> list[Any]:
    def case(mask: Any = None, kept: bool = False, blind: bool = False, shape: Any = (2, 3, 5, 4, 3)) -> Any:
        batch, queries, keys, heads, size = shape
        more = {
            **({} if mask is None else {"mask": rng.random(mask) < 0.7}),
            **({"kept": rng.random((batch, heads, queries, keys)) < 0.5} if kept else {}),
        }
        tensors = [floats(rng, batch, n, heads, s) for n, s in ((queries, size), (keys, size), (keys, 2))]
        return (*tensors, *more.values()), {"given": tuple(more), "scale": 2.0 if kept else 1.0, "blind": blind}

    hidden = case((2, 1, 3, 5))
    hidden[0][3][0, 0, 1] = False
    unseen = case((2, 1, 3, 5), kept=True, blind=True)
    unseen[0][3][1, 0, 2] = False
    return [case(), case(kept=True), hidden, unseen, case((2, 1, 1, 5), kept=True), case((3, 5)), case(shape=(1,) * 5)]


ATTENTION = Fused("attention", _plain, _forward, _backward, _infer, samples=_samples, constant=(3, 4), unread=(-2,))


def attend(
    query: Any,
    key: Any,
    value: Any,
    *,
    mask: Any = None,
    kept: Any = None,
    scale: float = 1.0,
    blind: bool = False,
) -> Any:
    """Return, for every query, the mean of the values, weighted by the softmax of its products with the keys.

    Args:
        query: float `[batch, queries, heads, size]`, scaled already.
        key: float `[batch, keys, heads, size]`, of the same dtype.
        value: float `[batch, keys, heads, value_size]`, of the same dtype.
        mask: bool, which keys a query may see; can be broadcast to `[batch, heads, queries, keys]`.
        kept: bool `[batch, heads, queries, keys]`, which weights dropout keeps.
        scale: by what dropout multiplies those.
        blind: as in `masked_softmax`.

    Returns:
        float `[batch, queries, heads, value_size]`.
    """
    optional = {name: x for name, x in (("mask", mask), ("kept", kept)) if x is not None}
    means, _ = apply(
        ATTENTION, query, key, value, *optional.values(), given=tuple(optional), scale=float(scale), blind=blind
    )
    return means


def can_attend(query: Any, key: Any, value: Any) -> bool:
    """Say whether `attend` serves: nothing to be broadcast, keys and values for each of the heads, enough precision."""
    q, k, v = shape_of(query), shape_of(key), shape_of(value)
    alike = len(q) == len(k) == len(v) == 4 and q[0] == k[0] == v[0] and q[2] == k[2] == v[2] is not None
    return alike and query.dtype == key.dtype == value.dtype and query.dtype.itemsize > 2
