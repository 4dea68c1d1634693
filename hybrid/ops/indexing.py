"""Indexing: what `x[...]` means.

Floor 5. An index is kept as plain data (so that it can be saved) with places for the tensors in it:
`("int", 3)`, `("slice", start, stop, step)`, `("new",)`, `("rest",)`, `("tensor",)`; `"?"` is a symbolic bound.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ..core.door import apply, convert, is_tensor
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, broadcast_shapes, same_size
from ..core.tensor import SymbolicTensor
from ..errors import DTypeError, OutOfRangeError, ShapeError
from ..typing import TensorLike
from .definition import as_tensor, floats, public

__all__: list[str] = []

Template = tuple[tuple[Any, ...], ...]


def split_index(key: Any) -> tuple[Template, list[Any]]:
    """Divide what stands between square brackets into plain data and tensors."""
    template: list[tuple[Any, ...]] = []
    tensors: list[Any] = []
    for item in key if isinstance(key, tuple) else (key,):
        kind = type(item)
        if kind is int or isinstance(item, np.integer):
            template.append(("int", int(item)))
        elif kind is slice:
            template.append(("slice", *(_bound(bound, tensors) for bound in (item.start, item.stop, item.step))))
        elif item is None:
            template.append(("new",))
        elif item is Ellipsis:
            template.append(("rest",))
        else:
            tensors.append(_index_tensor(item))
            template.append(("tensor",))
    if sum(item == ("rest",) for item in template) > 1:
        raise ShapeError("An index can hold '...' once only.", fix="write ':' for the other axes")
    return tuple(template), tensors


def _bound(bound: Any, tensors: list[Any]) -> Any:
    if bound is None or type(bound) is int:
        return bound
    if type(bound) is SymbolicTensor:
        tensors.append(bound)
        return "?"
    return int(bound)


def _index_tensor(item: Any) -> Any:
    tensor = item if is_tensor(item) or isinstance(item, np.ndarray) else convert(item)
    if tensor.dtype.kind not in "biu":
        raise DTypeError(f"A tensor of dtype {tensor.dtype} cannot be an index.", fix="cast it to int32, or compare it")
    return tensor


@lru_cache(maxsize=1024)
def _plain_key(template: Template) -> tuple[Any, ...]:
    decode = {"new": None, "rest": Ellipsis}
    return tuple(
        decode[item[0]] if item[0] in decode else item[1] if item[0] == "int" else slice(*item[1:]) for item in template
    )


def join_index(template: Template, tensors: Any) -> tuple[Any, ...]:
    """Put tensors back into an index; the inverse of `split_index`."""
    if not tensors:
        return _plain_key(template)
    given = iter(tensors)
    key: list[Any] = []
    for item in template:
        if item[0] == "tensor":
            key.append(next(given))
        elif item[0] == "slice":
            key.append(slice(*(int(next(given)) if bound == "?" else bound for bound in item[1:])))
        else:
            key.extend(_plain_key((item,)))
    return tuple(key)


def _compute_getitem(x: Any, *tensors: Any, index: Template) -> Any:
    return x[join_index(index, tensors)]


def _infer_getitem(x: Any, *tensors: Any, index: Template) -> TensorSpec:
    given = iter(tensors)
    items: list[tuple[Any, ...]] = []
    for item in index:
        if item[0] == "tensor":
            items.append(("tensor", next(given)))
        elif item[0] == "slice":
            items.append(item)
            for bound in item[1:]:
                if bound == "?":
                    next(given)
        else:
            items.append(item)
    return TensorSpec.of(_indexed_shape(x.shape, items), x.dtype)


def _axes_taken(item: tuple[Any, ...]) -> int:
    if item[0] in ("new", "rest"):
        return 0
    return len(item[1].shape) if item[0] == "tensor" and item[1].dtype.kind == "b" else 1


def _indexed_shape(shape: Any, items: list[tuple[Any, ...]]) -> tuple[int | None, ...]:
    taken = sum(map(_axes_taken, items))
    if taken > len(shape):
        raise OutOfRangeError(
            f"An index of {taken} axes is too long for a tensor of shape {list(shape)}.", fix="leave out some indices"
        )
    if ("rest",) not in items:
        items = [*items, ("rest",)]
    place = items.index(("rest",))
    items = [*items[:place], *[("slice", None, None, None)] * (len(shape) - taken), *items[place + 1 :]]
    advanced = any(item[0] == "tensor" for item in items)
    axis = 0
    result: list[int | None] = []
    joint: list[Any] = []
    places: list[int] = []
    for position, item in enumerate(items):
        size = shape[axis] if axis < len(shape) else None
        if item[0] == "new":
            result.append(1)
        elif item[0] == "slice":
            result.append(_slice_size(size, item[1:]))
        else:
            if item[0] == "int":
                _check_range(item[1], size, axis, shape)
                index_shape: Any = ()
            else:
                index_shape = _index_shape(item[1], shape[axis : axis + _axes_taken(item)])
            if advanced:
                joint.append(index_shape)
                places.append(position)
                result.extend(() if len(joint) > 1 else (-1,))
        axis += _axes_taken(item)
    if not joint:
        return tuple(result)
    # NumPy puts the joint axes of index arrays in their place if they stand side by side, else in front.
    marker = result.index(-1)
    rest = [size for size in result if size != -1]
    start = marker if places == list(range(places[0], places[0] + len(places))) else 0
    return (*rest[:start], *broadcast_shapes(*joint), *rest[start:])


def _check_range(index: int, size: int | None, axis: int, shape: Any) -> None:
    if size is not None and not -size <= index < size:
        raise OutOfRangeError(
            f"Index {index} is out of range for axis {axis} of a tensor of shape {list(shape)}.",
            fix=f"use an index between {-size} and {size - 1}" if size else "the axis is empty",
        )


def _index_shape(spec: Any, sizes: Any) -> tuple[int | None, ...]:
    if spec.dtype.kind != "b":
        return tuple(spec.shape)
    if not all(same_size(a, b) for a, b in zip(spec.shape, sizes, strict=True)):
        raise OutOfRangeError(
            f"A bool index of shape {list(spec.shape)} does not fit axes of shape {list(sizes)}.",
            fix="a bool index has the sizes of the axes it selects from",
        )
    return (None,)


def _slice_size(size: int | None, bounds: Any) -> int | None:
    if "?" in bounds:
        return None
    start, stop, step = bounds
    if size is None:
        return None if not (stop == 0 and (step or 1) > 0 and start in (None, 0)) else 0
    return len(range(*slice(start, stop, step).indices(size)))


def _compute_put(g: Any, like: Any, *tensors: Any, index: Template) -> Any:
    result = np.zeros(like.shape, g.dtype)
    key = join_index(index, tensors)
    if any(isinstance(item, np.ndarray) and item.dtype.kind != "b" for item in key):
        np.add.at(result, key, g)
    else:
        result[key] = g
    return result


def _index_samples(rng: np.random.Generator) -> list[Any]:
    x = floats(rng, 3, 4, 2)
    keys: list[Any] = [
        0,
        (slice(None), -1),
        (..., None, slice(0, 2)),
        (slice(None, None, -1), slice(1, 9, 2)),
        np.array([2, 0, 2]),
        (slice(None), np.array([[0, 1], [3, 3]])),
        (np.array([0, 1]), slice(None), np.array([1, 1])),
        (0, slice(None), np.array([1, 0, 1])),
        x[..., 0] > 0,
        (np.array([True, False, True]),),
    ]
    samples: list[Any] = []
    for key in keys:
        template, tensors = split_index(key)
        samples.append(((x, *tensors), {"index": template}))
    return samples


def _put_samples(rng: np.random.Generator) -> list[Any]:
    return [
        ((floats(rng, *np.shape(_compute_getitem(*args, **params))), *args), params)
        for args, params in _index_samples(rng)
    ]


GETITEM = Primitive(
    "getitem",
    _compute_getitem,
    _infer_getitem,
    lambda i, g, y, x, *tensors, index: apply(PUT, g, x, *tensors, index=index) if i == 0 else None,
    samples=_index_samples,
)
PUT = Primitive(
    "put_zeros",
    _compute_put,
    lambda g, like, *tensors, index: TensorSpec.of(like.shape, g.dtype),
    lambda i, ct, y, g, like, *tensors, index: apply(GETITEM, ct, *tensors, index=index) if i == 0 else None,
    samples=_put_samples,
)


@public()
def getitem(x: TensorLike, key: Any) -> Any:
    """Return what `x[key]` selects, by NumPy's rules.

    Args:
        x: tensor of any rank.
        key: ints, slices, `None`, `...`, int and bool arrays or tensors, or a tuple of them.

    Returns:
        tensor; selecting by a bool tensor gives an axis of unknown size while recording.

    Raises:
        OutOfRangeError: if an index is out of range.

    Example:
        >>> getitem(np.arange(6).reshape(2, 3), (0, slice(1, None))).numpy()
        array([1, 2])
    """
    template, tensors = split_index(key)
    return apply(GETITEM, as_tensor(x), *tensors, index=template)
