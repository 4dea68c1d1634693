"""Norms, inverses, determinants, decompositions.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import result_dtype
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, broadcast_shapes, normalize_axes, reduce_shape, same_size
from ..errors import ShapeError, UnsupportedOpError
from ..typing import TensorLike
from .arithmetic import add, divide, equal, multiply, negative, not_equal
from .conversion import cast
from .definition import as_float, floats, promote_float, public, unbroadcast
from .exponential import power
from .linear import matmul
from .reduction import max, min, reduction_samples, restore_axes, sum
from .rounding import absolute
from .selection import tril
from .shaping import expand_dims, squeeze, swapaxes

__all__ = ["cholesky", "det", "inv", "norm", "solve"]


def _vjp_euclidean(g: Any, y: Any, x: Any, axes: Any, keepdims: bool) -> Any:
    # At 0 the norm has no slope; 0 is the least subgradient, and no NaN.
    length = add(y, cast(equal(y, 0.0), y.dtype))
    return multiply(x, restore_axes(divide(g, length), x, axes, keepdims))


EUCLIDEAN = Primitive(
    "euclidean_norm",
    lambda x, axes, keepdims: np.asarray(np.sqrt(np.sum(x * x, axis=axes, keepdims=keepdims))),
    lambda x, axes, keepdims: TensorSpec.of(reduce_shape(x.shape, axes, keepdims), x.dtype),
    [_vjp_euclidean],
    samples=reduction_samples,
)


@public()
def norm(x: TensorLike, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return a norm of vectors or matrices.

    Args:
        x: tensor of any shape; integers give the default float.
        ord: which norm. Of vectors: 2 (default), 1, infinity, 0 (how many are not 0) or another exponent. Of matrices:
            `"fro"` (default), 1 (greatest column sum), infinity (greatest row sum); negative for the least.
        axis: the axis of vectors, or the two of matrices; by default all, which are one vector if `ord` is `None`.
        keepdims: whether reduced axes stay, with size 1.

    Raises:
        ShapeError: if `axis` names neither one nor two axes.
        UnsupportedOpError: for norms of matrices that need singular values.

    Example:
        >>> norm([3.0, 4.0]).numpy()
        array(5., dtype=float32)
    """
    x = as_float(x)
    axes = normalize_axes(axis, len(shape_of(x)))
    if ord is None or (ord == "fro" and len(axes) == 2) or (ord == 2 and len(axes) == 1):
        return apply(EUCLIDEAN, x, axes=axes, keepdims=bool(keepdims))
    if len(axes) == 1:
        return _vector_norm(x, ord, axes, keepdims)
    if len(axes) != 2:
        raise ShapeError(f"norm {ord!r} needs one or two axes, not {axes}.", fix="name them in axis=")
    # The order in which the axes are named tells rows from columns.
    rows, columns = axes if axis is None else (int(each) % len(shape_of(x)) for each in axis)
    sizes = absolute(x)
    if ord in (1, -1):
        rows, columns = columns, rows
    elif ord not in (np.inf, -np.inf):
        raise UnsupportedOpError(f"norm {ord!r} of matrices is not there.", fix="use 'fro', 1, -1, inf or -inf")
    extremum = max if ord > 0 else min
    result = extremum(sum(sizes, axis=columns, keepdims=True), axis=rows, keepdims=True)
    return result if keepdims else squeeze(result, axes)


def _vector_norm(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if isinstance(ord, str):
        raise UnsupportedOpError(f"norm {ord!r} of vectors is not there.", fix="use a number")
    if ord == 0:
        return sum(cast(not_equal(x, 0), x.dtype), axis=axes, keepdims=keepdims)
    sizes = absolute(x)
    if ord in (np.inf, -np.inf):
        return (max if ord > 0 else min)(sizes, axis=axes, keepdims=keepdims)
    if ord == 1:
        return sum(sizes, axis=axes, keepdims=keepdims)
    return power(sum(power(sizes, float(ord)), axis=axes, keepdims=keepdims), 1.0 / float(ord))


def _square(x: Any, name: str) -> None:
    if len(x.shape) < 2 or not same_size(x.shape[-1], x.shape[-2]):
        raise ShapeError(f"{name} needs square matrices, not shape {list(x.shape)}.")


def _infer_like(name: str) -> Any:
    def infer(x: Any) -> TensorSpec:
        _square(x, name)
        return TensorSpec.of(x.shape, x.dtype)

    return infer


def _infer_det(x: Any) -> TensorSpec:
    _square(x, "det")
    return TensorSpec.of(x.shape[:-2], x.dtype)


def _infer_solve(a: Any, b: Any) -> TensorSpec:
    _square(a, "solve")
    if len(b.shape) < 2 or not same_size(a.shape[-1], b.shape[-2]):
        raise ShapeError(
            f"solve cannot take shapes {list(a.shape)} and {list(b.shape)}.",
            why="the right side needs a row for every row of the matrix",
        )
    leading = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return TensorSpec.of((*leading, *b.shape[-2:]), result_dtype(a.dtype, b.dtype))


def _transposed(x: Any) -> Any:
    return swapaxes(x, -1, -2)


def _matrices(rng: np.random.Generator, *shape: int) -> Any:
    # Well away from singular.
    return 0.3 * floats(rng, *shape) + 2.0 * np.eye(shape[-1])


def _positive(rng: np.random.Generator) -> Any:
    x = 0.5 * floats(rng, 3, 3)
    return x @ x.T + np.eye(3)


def _vjp_cholesky(g: Any, y: Any, x: Any) -> Any:
    # Murray 2016, "Differentiation of the Cholesky decomposition", equation 10.
    inner = tril(matmul(_transposed(y), g))
    half = multiply(add(inner, tril(inner, -1)), 0.5)
    symmetric = multiply(add(half, _transposed(half)), 0.5)
    inverse = apply(INV, y)
    return matmul(_transposed(inverse), matmul(symmetric, inverse))


INV = Primitive(
    "inv",
    np.linalg.inv,
    _infer_like("inv"),
    [lambda g, y, x: negative(matmul(_transposed(y), matmul(g, _transposed(y))))],
    samples=lambda rng: [((_matrices(rng, 3, 3),), {}), ((_matrices(rng, 2, 2, 2),), {})],
)
DET = Primitive(
    "det",
    lambda x: np.asarray(np.linalg.det(x)),
    _infer_det,
    [lambda g, y, x: multiply(expand_dims(multiply(g, y), (-2, -1)), _transposed(apply(INV, x)))],
    samples=lambda rng: [((_matrices(rng, 3, 3),), {}), ((_matrices(rng, 2, 2, 2),), {})],
)
SOLVE: Primitive = Primitive(
    "solve",
    np.linalg.solve,
    _infer_solve,
    [
        lambda g, y, a, b: unbroadcast(negative(matmul(apply(SOLVE, _transposed(a), g), _transposed(y))), a),
        lambda g, y, a, b: unbroadcast(apply(SOLVE, _transposed(a), g), b),
    ],
    samples=lambda rng: [
        ((_matrices(rng, 3, 3), floats(rng, 3, 2)), {}),
        ((_matrices(rng, 2, 3, 3), floats(rng, 3, 1)), {}),
    ],
)
CHOLESKY = Primitive(
    "cholesky",
    lambda x: np.linalg.cholesky((x + np.swapaxes(x, -1, -2)) / 2),
    _infer_like("cholesky"),
    [_vjp_cholesky],
    samples=lambda rng: [((_positive(rng),), {})],
)


@public()
def inv(x: TensorLike) -> Any:
    """Return the inverses of square matrices.

    Raises:
        ShapeError: if they are not square.

    Example:
        >>> inv([[2.0, 0.0], [0.0, 4.0]]).numpy()
        array([[0.5 , 0.  ],
               [0.  , 0.25]], dtype=float32)
    """
    return apply(INV, as_float(x))


@public()
def det(x: TensorLike) -> Any:
    """Return the determinants of square matrices.

    Raises:
        ShapeError: if they are not square.

    Example:
        >>> det([[2.0, 0.0], [0.0, 4.0]]).numpy()
        array(8., dtype=float32)
    """
    return apply(DET, as_float(x))


@public()
def solve(a: TensorLike, b: TensorLike) -> Any:
    """Solve the equations `a @ x = b`.

    Args:
        a: square matrices `[..., n, n]`.
        b: right sides `[n]` or `[..., n, k]`.

    Raises:
        ShapeError: if the sizes do not fit.

    Example:
        >>> solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 4.0]).numpy()
        array([1., 1.], dtype=float32)
    """
    a, b = promote_float(a, b)
    if len(shape_of(b)) == 1:
        return squeeze(apply(SOLVE, a, expand_dims(b, -1)), -1)
    return apply(SOLVE, a, b)


@public()
def cholesky(x: TensorLike, upper: bool = False) -> Any:
    """Return the triangular matrices whose product with their transposes are the given ones.

    Args:
        x: symmetric, positive definite matrices `[..., n, n]`.
        upper: whether the upper triangle is returned, instead of the lower.

    Raises:
        ShapeError: if they are not square.

    Example:
        >>> cholesky([[4.0, 0.0], [0.0, 9.0]]).numpy()
        array([[2., 0.],
               [0., 3.]], dtype=float32)
    """
    result = apply(CHOLESKY, as_float(x))
    return _transposed(result) if upper else result
