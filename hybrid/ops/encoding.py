"""Classes as numbers and as vectors: one-hot, multi-hot, the best k, one element per row.

Floor 5.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import INT32, standardize_dtype
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, normalize_axis, same_size
from ..errors import ConfigError, OutOfRangeError, ShapeError
from ..typing import DTypeLike, Shape, TensorLike
from .arithmetic import greater, less
from .conversion import cast
from .definition import as_tensor, floats, public
from .reduction import max, sum
from .shaping import expand_dims, squeeze

__all__ = ["in_top_k", "multi_hot", "one_hot", "top_k"]


# -- one element per row ---------------------------------------------------------------------------------------------


def check_classes(indices: Any, size: int) -> None:
    """Raise unless all numbers of an array are classes."""
    # A negative number is a huge one without its sign: one comparison does for both ends.
    outside = indices.astype(np.uintp) >= size
    if np.count_nonzero(outside):
        raise OutOfRangeError(
            f"Class {indices[outside].flat[0]} is out of range for {size} classes.",
            fix=f"use numbers between 0 and {size - 1}, or an output with more units",
        )


def _compute_pick(x: Any, indices: Any, axis: int) -> Any:
    check_classes(indices, x.shape[axis])
    return np.take_along_axis(x, indices, axis)


def _infer_pick(x: Any, indices: Any, axis: int) -> TensorSpec:
    fits = len(x.shape) == len(indices.shape) and all(
        place == axis or same_size(*sizes) for place, sizes in enumerate(zip(x.shape, indices.shape, strict=True))
    )
    if not fits:
        raise ShapeError(
            f"Indices of shape {list(indices.shape)} do not pick elements along axis {axis} of a tensor of shape "
            f"{list(x.shape)}.",
            why="all other axes must have the same sizes",
        )
    return TensorSpec.of(indices.shape, x.dtype)


def _compute_unpick(g: Any, indices: Any, like: Any, axis: int) -> Any:
    result = np.zeros(like.shape, g.dtype)
    np.put_along_axis(result, indices, g, axis)
    return result


def _compute_checked_pick(x: Any, indices: Any, axis: int) -> Any:
    _infer_pick(x, indices, axis)
    return _compute_pick(x, indices, axis)


# Indices must not repeat along the axis: then putting back needs no adding up, which is what makes it fast.
PICK: Primitive = Primitive(
    "pick",
    _compute_checked_pick,
    _infer_pick,
    [lambda g, y, x, indices, axis: apply(UNPICK, g, indices, x, axis=axis), None],
    samples=lambda rng: [
        ((floats(rng, 2, 3), np.array([[2], [0]])), {"axis": 1}),
        ((floats(rng, 2, 3), np.array([[2, 1], [0, 2]])), {"axis": 1}),
        ((floats(rng, 0, 3), np.zeros((0, 1), np.int32)), {"axis": 1}),
    ],
)
UNPICK: Primitive = Primitive(
    "unpick",
    _compute_unpick,
    lambda g, indices, like, axis: TensorSpec.of(like.shape, g.dtype),
    [lambda ct, y, g, indices, like, axis: apply(PICK, ct, indices, axis=axis), None, None],
    samples=lambda rng: [((floats(rng, 2, 2), np.array([[2, 1], [0, 2]]), floats(rng, 2, 3)), {"axis": 1})],
)


def pick(x: Any, indices: Any, axis: int) -> Any:
    """Return one element along an axis for each index; `indices` has the shape of `x` without the axis."""
    axis = normalize_axis(axis, len(shape_of(x)))
    return squeeze(apply(PICK, x, expand_dims(indices, axis), axis=axis), axis)


# -- one-hot ---------------------------------------------------------------------------------------------------------


def _compute_one_hot(x: Any, classes: int, axis: int, dtype: np.dtype[Any]) -> Any:
    numbers = np.arange(classes).reshape([classes if place == axis else 1 for place in range(x.ndim + 1)])
    return np.equal(np.expand_dims(x, axis), numbers).astype(dtype)


ONE_HOT: Primitive = Primitive(
    "one_hot",
    _compute_one_hot,
    lambda x, classes, axis, dtype: TensorSpec.of((*x.shape[:axis], classes, *x.shape[axis:]), dtype),
    samples=lambda rng: [
        ((np.array([0, 2, -1]),), {"classes": 3, "axis": 1, "dtype": np.dtype("float64")}),
        ((np.array([[0, 2], [1, 5]]),), {"classes": 3, "axis": 0, "dtype": np.dtype("bool")}),
    ],
)


@public()
def one_hot(x: TensorLike, num_classes: int, axis: int = -1, dtype: DTypeLike = None, sparse: bool = False) -> Any:
    """Return vectors that are 1 at the place of a class and 0 elsewhere.

    Args:
        x: int tensor of class numbers; one that is out of range gives a vector of zeros.
        num_classes: length of the vectors.
        axis: place of the vectors' axis in the result.
        dtype: of the result; the default float if not given.
        sparse: must be false: there are no sparse tensors.

    Returns:
        tensor of one more axis than `x`.

    Raises:
        ConfigError: if `sparse`.

    Example:
        >>> one_hot([0, 2], 3).numpy()
        array([[1., 0., 0.],
               [0., 0., 1.]], dtype=float32)
    """
    if sparse:
        raise ConfigError("There are no sparse tensors.", fix="use sparse=False")
    x = as_tensor(x)
    if x.dtype.kind not in "iu":
        x = cast(x, INT32)
    place = normalize_axis(axis, len(shape_of(x)) + 1)
    return apply(ONE_HOT, x, classes=int(num_classes), axis=place, dtype=standardize_dtype(dtype))


@public()
def multi_hot(
    inputs: TensorLike, num_classes: int, axis: int = -1, dtype: DTypeLike = None, sparse: bool = False
) -> Any:
    """Return vectors that are 1 at the places of all classes in a row.

    Args:
        inputs: int `[n]` or `[batch, n, ...]`.
        num_classes: length of the vectors.
        axis: place of the vectors' axis before the classes of a row are brought together.
        dtype: of the result; the default float if not given.
        sparse: must be false: there are no sparse tensors.

    Returns:
        tensor `[num_classes]` or `[batch, ..., num_classes]`.

    Example:
        >>> multi_hot([[0, 2], [1, 1]], 3).numpy()
        array([[1., 0., 1.],
               [0., 1., 0.]], dtype=float32)
    """
    inputs = as_tensor(inputs)
    vectors = one_hot(inputs, num_classes, axis, dtype, sparse)
    return max(vectors, axis=1 if len(shape_of(inputs)) > 1 else 0)


# -- the best k ------------------------------------------------------------------------------------------------------


def _check_top_k(shape: Any, k: int) -> None:
    if not shape or k < 1 or shape[-1] is not None and k > shape[-1]:
        raise ShapeError(
            f"There are no {k} greatest elements in a tensor of shape {list(shape)}.",
            why="they are taken from the last axis",
            fix="choose k between 1 and the size of the last axis",
        )


def _compute_top_k(x: Any, k: int) -> Any:
    _check_top_k(x.shape, k)
    # Sorting the reversed row keeps equal elements in their order: the first of them come first.
    order = x.shape[-1] - 1 - np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1][..., :k]
    return np.take_along_axis(x, order, -1), order.astype(INT32)


def _infer_top_k(x: Any, k: int) -> Any:
    _check_top_k(x.shape, k)
    shape = (*x.shape[:-1], k)
    return TensorSpec.of(shape, x.dtype), TensorSpec.of(shape, INT32)


TOP_K: Primitive = Primitive(
    "top_k",
    _compute_top_k,
    _infer_top_k,
    [lambda g, y, x, k: apply(UNPICK, g[0], y[1], x, axis=len(shape_of(x)) - 1)],
    samples=lambda rng: [((floats(rng, 2, 5),), {"k": 2}), ((floats(rng, 3),), {"k": 3})],
)


@public()
def top_k(x: TensorLike, k: int, sorted: bool = True) -> tuple[Any, Any]:
    """Return the greatest elements along the last axis, and where they are.

    Args:
        x: tensor of rank 1 or more.
        k: how many.
        sorted: whether the greatest comes first; they are sorted in any case.

    Returns:
        values and int32 indices, both `[..., k]`; of equal elements the first comes first.

    Raises:
        ShapeError: if there are fewer than `k`.

    Example:
        >>> values, indices = top_k([1.0, 5.0, 3.0], 2)
        >>> values.numpy(), indices.numpy()
        (array([5., 3.], dtype=float32), array([1, 2], dtype=int32))
    """
    return apply(TOP_K, as_tensor(x), k=int(k))


def _check_in_top_k(targets: Shape, predictions: Shape) -> None:
    if len(predictions) != 2 or len(targets) != 1 or not same_size(targets[0], predictions[0]):
        raise ShapeError(
            f"in_top_k received targets of shape {list(targets)} and predictions of shape {list(predictions)}.",
            why="it needs targets [batch] and predictions [batch, classes]",
        )


@public()
def in_top_k(targets: TensorLike, predictions: TensorLike, k: int) -> Any:
    """Say whether the target is among the classes with the `k` greatest predictions.

    Args:
        targets: int `[batch]`.
        predictions: float `[batch, classes]`.
        k: how many; a target that is equal to the least of them counts.

    Returns:
        bool `[batch]`.

    Raises:
        ShapeError: if the shapes are others.
        OutOfRangeError: if a target is no class.

    Example:
        >>> in_top_k([2, 0], [[0.1, 0.2, 0.7], [0.1, 0.2, 0.7]], 2).numpy()
        array([ True, False])
    """
    targets, predictions = as_tensor(targets), as_tensor(predictions)
    _check_in_top_k(shape_of(targets), shape_of(predictions))
    chosen = expand_dims(pick(predictions, targets, -1), -1)
    return less(sum(cast(greater(predictions, chosen), INT32), axis=-1), int(k))
