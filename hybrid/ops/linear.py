"""Products of vectors and matrices.

Floor 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import result_dtype
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, broadcast_shapes, normalize_axis, same_size
from ..errors import ShapeError
from ..typing import TensorLike
from .arithmetic import add, multiply, subtract
from .definition import as_tensor, floats, promote, public, unbroadcast
from .einstein import einsum
from .indexing import getitem
from .shaping import broadcast_like, expand_dims, moveaxis, reshape, squeeze, stack, swapaxes

__all__ = ["cross", "dot", "inner", "matmul", "outer", "tensordot", "vdot"]


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


def _product(a: Any, b: Any) -> Any:
    # On small matrices `dot` takes half a microsecond less; of stacks it makes something else.
    return a.dot(b) if a.ndim == b.ndim == 2 else np.matmul(a, b)


def _compute_affine(x: Any, kernel: Any, bias: Any) -> Any:
    result = _product(x, kernel)
    result += bias
    return result


def _infer_affine(x: Any, kernel: Any, bias: Any) -> TensorSpec:
    product = _infer_matmul(x, kernel)
    if len(kernel.shape) != 2 or tuple(bias.shape) != tuple(kernel.shape[1:]):
        raise ShapeError(
            f"An affine map cannot have a kernel of shape {list(kernel.shape)} and a bias of shape {list(bias.shape)}.",
            why="the kernel is [inputs, outputs], the bias [outputs]",
        )
    return product


def _compute_affine_slopes(g: Any, x: Any, kernel: Any, wanted: Any) -> Any:
    rows = g if g.ndim == 2 else g.reshape(-1, g.shape[-1])
    slopes: list[Any] = []
    for index in wanted:
        if index == 0:
            slopes.append(_product(g, kernel.T))
        elif index == 1:
            columns = x if x.ndim == 2 else x.reshape(-1, x.shape[-1])
            slopes.append(columns.T.dot(rows))
        else:
            slopes.append(np.add.reduce(rows, 0))
    return tuple(slopes)


def _infer_affine_slopes(g: Any, x: Any, kernel: Any, wanted: Any) -> tuple[TensorSpec, ...]:
    shapes = (x.shape, kernel.shape, kernel.shape[1:])
    return tuple(TensorSpec.of(shapes[index], g.dtype) for index in wanted)


def _vjp_affine_slopes(index: int, cts: Any, ys: Any, g: Any, x: Any, kernel: Any, wanted: Any) -> Any:
    by_input, by_kernel, by_bias = (
        cts[wanted.index(place)] if place in wanted and len(wanted) > 1 else cts if place in wanted else None
        for place in range(3)
    )
    terms: list[Any] = []
    if index == 0:
        terms += [] if by_input is None else [matmul(by_input, kernel)]
        terms += [] if by_kernel is None else [matmul(x, by_kernel)]
        terms += [] if by_bias is None else [broadcast_like(by_bias, g)]
    elif index == 1:
        terms += [] if by_kernel is None else [matmul(g, swapaxes(by_kernel, 0, 1))]
    elif by_input is not None:
        terms += [_vjp_right(g, None, by_input, kernel)]
    return None if not terms else terms[0] if len(terms) == 1 else reduce(add, terms)


def _slope_samples(rng: np.random.Generator) -> list[Any]:
    return [
        ((floats(rng, *x[:-1], 4), floats(rng, *x), floats(rng, 3, 4)), {"wanted": wanted})
        for x, wanted in (((2, 3), (0, 1, 2)), ((5, 2, 3), (1, 2)), ((2, 3), (0,)), ((0, 3), (1,)), ((2, 3), (2,)))
    ]


AFFINE_SLOPES = Primitive(
    "affine_slopes", _compute_affine_slopes, _infer_affine_slopes, _vjp_affine_slopes, samples=_slope_samples
)


class _Affine(Primitive):
    """`x @ kernel + bias` as one operation, what dense layers do; so is its derivative by all three."""

    __slots__ = ()

    def pull_back(
        self, cotangents: Sequence[Any], outputs: Any, arguments: Sequence[Any], params: Any, wanted: Sequence[int]
    ) -> list[Any]:
        """Return the cotangents of the wanted arguments."""
        x, kernel, _ = arguments
        slopes: list[Any] = apply(AFFINE_SLOPES, cotangents[0], x, kernel, wanted=tuple(wanted))
        return slopes


AFFINE = _Affine(
    "affine",
    _compute_affine,
    _infer_affine,
    (),
    samples=lambda rng: [
        ((floats(rng, *x), floats(rng, 3, 4), floats(rng, 4)), {}) for x in ((2, 3), (5, 2, 3), (0, 3))
    ],
)


def affine(x: Any, kernel: Any, bias: Any) -> Any:
    """Return `x @ kernel + bias` for tensors of one float dtype.

    Args:
        x: float `[..., inputs]`.
        kernel: float `[inputs, outputs]`.
        bias: float `[outputs]`.
    """
    return apply(AFFINE, x, kernel, bias)


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
    x1, x2 = promote(as_tensor(x1), as_tensor(x2))
    return apply(MATMUL, x1, x2)


@public()
def dot(x1: TensorLike, x2: TensorLike) -> Any:
    """Multiply along the last axis of the first tensor and the last but one of the second; scalars scale.

    Args:
        x1: tensor `[..., k]`, or a scalar.
        x2: tensor `[..., k, m]` or `[k]`, or a scalar.

    Raises:
        ShapeError: if the inner sizes differ.

    Example:
        >>> dot([1.0, 2.0], [3.0, 4.0]).numpy()
        array(11., dtype=float32)
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
    rank1, rank2 = len(shape_of(x1)), len(shape_of(x2))
    if not rank1 or not rank2:
        return multiply(x1, x2)
    if rank2 <= 2:
        return matmul(x1, x2)
    return tensordot(x1, x2, axes=((-1,), (-2,)))


@public()
def vdot(x1: TensorLike, x2: TensorLike) -> Any:
    """Multiply two tensors element by element and add up; shapes do not matter, the numbers of elements do.

    Example:
        >>> vdot([[1.0, 2.0]], [3.0, 4.0]).numpy()
        array(11., dtype=float32)
    """
    return matmul(reshape(x1, (-1,)), reshape(x2, (-1,)))


@public()
def inner(x1: TensorLike, x2: TensorLike) -> Any:
    """Multiply along the last axes of both tensors; scalars scale.

    Example:
        >>> inner([[1.0, 2.0]], [3.0, 4.0]).numpy()
        array([11.], dtype=float32)
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
    if not shape_of(x1) or not shape_of(x2):
        return multiply(x1, x2)
    return tensordot(x1, x2, axes=((-1,), (-1,)))


@public()
def outer(x1: TensorLike, x2: TensorLike) -> Any:
    """Multiply every element of the first tensor by every element of the second.

    Returns:
        tensor `[number of elements of x1, number of elements of x2]`.

    Example:
        >>> outer([1.0, 2.0], [3.0, 4.0]).numpy()
        array([[3., 4.],
               [6., 8.]], dtype=float32)
    """
    return multiply(reshape(x1, (-1, 1)), reshape(x2, (1, -1)))


@public()
def tensordot(x1: TensorLike, x2: TensorLike, axes: Any = 2) -> Any:
    """Multiply along some axes of both tensors and add up.

    Args:
        x1: tensor of any rank.
        x2: tensor of any rank.
        axes: `(axes of x1, axes of x2)`; or a number: so many last ones of `x1` and first ones of `x2`.

    Returns:
        tensor with the other axes of `x1`, then those of `x2`.

    Raises:
        ShapeError: if the sizes differ, or not as many axes are named of both.

    Example:
        >>> tensordot(np.ones((2, 3, 4)), np.ones((3, 4, 5)), axes=2).shape
        (2, 5)
    """
    x1, x2 = promote(as_tensor(x1), as_tensor(x2))
    rank1, rank2 = len(shape_of(x1)), len(shape_of(x2))
    if isinstance(axes, (int, np.integer)):
        first, second = tuple(range(rank1 - int(axes), rank1)), tuple(range(int(axes)))
    else:
        first, second = (
            tuple(normalize_axis(int(axis), rank) for axis in np.atleast_1d(named).tolist())
            for named, rank in zip(axes, (rank1, rank2), strict=True)
        )
    if len(first) != len(second):
        raise ShapeError("tensordot needs as many axes of both tensors.", why=f"received {axes}")
    letters = iter("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    names1 = [next(letters) for _ in range(rank1)]
    names2 = [names1[first[second.index(axis)]] if axis in second else next(letters) for axis in range(rank2)]
    kept = [n for i, n in enumerate(names1) if i not in first] + [n for i, n in enumerate(names2) if i not in second]
    return einsum(f"{''.join(names1)},{''.join(names2)}->{''.join(kept)}", x1, x2)


@public()
def cross(
    x1: TensorLike, x2: TensorLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    """Return the cross product of vectors in space.

    Args:
        x1: tensor with an axis of size 3.
        x2: tensor with an axis of size 3; the other axes are broadcast.
        axisa: that axis of `x1`.
        axisb: that axis of `x2`.
        axisc: that axis of the result.
        axis: all three at once.

    Raises:
        ShapeError: if the axes do not have size 3.

    Example:
        >>> cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]).numpy()
        array([0., 0., 1.], dtype=float32)
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = moveaxis(x1, axisa, -1), moveaxis(x2, axisb, -1)
    if shape_of(a)[-1] != 3 or shape_of(b)[-1] != 3:
        raise ShapeError(
            f"cross needs axes of size 3, not shapes {list(shape_of(x1))} and {list(shape_of(x2))}.",
            fix="add a third coordinate that is 0 to vectors of the plane",
        )
    (a1, a2, a3), (b1, b2, b3) = ([getitem(v, (..., i)) for i in range(3)] for v in (a, b))
    parts = ((a2, b3, a3, b2), (a3, b1, a1, b3), (a1, b2, a2, b1))
    return stack([subtract(multiply(p, q), multiply(r, s)) for p, q, r, s in parts], axis=axisc)
