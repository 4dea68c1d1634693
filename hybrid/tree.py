"""Nested structures: the one walk over lists, tuples, named tuples and dicts.

Floor 2: knows nothing of tensors. A structure is a leaf, or a list, tuple, named tuple or dict of structures. `None` is
a leaf. Dicts are walked in the order of their sorted keys, so that equal dicts flatten equally whatever their history,
and are rebuilt with the keys in the order of the structure they came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .errors import StructureError
from .typing import Structure

__all__ = [
    "assert_same_structure",
    "flatten",
    "flatten_with_path",
    "is_nested",
    "map_structure",
    "map_structure_with_path",
    "pack_sequence_as",
    "structure_of",
    "unflatten",
]

_LEAF = object()


class _Leaf:
    """Stands for a leaf in the skeleton of a structure."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "*"

    def __reduce__(self) -> str:
        return "LEAF"

    def __deepcopy__(self, memo: Any) -> _Leaf:
        return self


LEAF = _Leaf()


def is_nested(structure: Structure) -> bool:
    """Say whether a value is a list, tuple or dict (of whatever) rather than a leaf.

    Example:
        >>> is_nested([1]), is_nested("text")
        (True, False)
    """
    return isinstance(structure, (list, tuple, dict))


def _sorted_keys(mapping: dict[Any, Any]) -> list[Any]:
    try:
        return sorted(mapping)
    except TypeError:
        return sorted(mapping, key=lambda key: (type(key).__name__, repr(key)))


def _rebuild(like: Structure, children: Iterable[Any]) -> Structure:
    if isinstance(like, dict):
        by_key = dict(zip(_sorted_keys(like), children, strict=True))
        ordered = [(key, by_key[key]) for key in like]
        return type(like)(ordered) if type(like) is not dict else dict(ordered)
    if isinstance(like, tuple) and hasattr(like, "_fields"):
        return type(like)(*children)
    return type(like)(children) if type(like) in (list, tuple) else _rebuild_subclass(like, list(children))


def _rebuild_subclass(like: Structure, children: list[Any]) -> Structure:
    return tuple(children) if isinstance(like, tuple) else children


def _children(structure: Structure) -> Iterator[tuple[Any, Any]]:
    if isinstance(structure, dict):
        return ((key, structure[key]) for key in _sorted_keys(structure))
    return enumerate(structure)


def _values(structure: Structure) -> Iterable[Any]:
    return [structure[key] for key in _sorted_keys(structure)] if isinstance(structure, dict) else structure


def flatten(structure: Structure) -> list[Any]:
    """List the leaves of a structure.

    Example:
        >>> flatten({"b": [1, (2,)], "a": 3})
        [3, 1, 2]
    """
    if not isinstance(structure, (list, tuple, dict)):
        return [structure]
    leaves: list[Any] = []
    for child in _values(structure):
        if isinstance(child, (list, tuple, dict)):
            leaves.extend(flatten(child))
        else:
            leaves.append(child)
    return leaves


def flatten_with_path(structure: Structure, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """List the leaves of a structure with the keys and indices that lead to each.

    Example:
        >>> flatten_with_path({"a": [5, 6]})
        [(('a', 0), 5), (('a', 1), 6)]
    """
    if not is_nested(structure):
        return [(path, structure)]
    pairs: list[tuple[tuple[Any, ...], Any]] = []
    for key, child in _children(structure):
        pairs.extend(flatten_with_path(child, (*path, key)))
    return pairs


def structure_of(structure: Structure) -> Structure:
    """Return the skeleton of a structure: the same containers with a mark for every leaf.

    Example:
        >>> structure_of([1, {"a": 2}])
        [*, {'a': *}]
    """
    if not is_nested(structure):
        return LEAF
    return _rebuild(structure, [structure_of(child) for _, child in _children(structure)])


def unflatten(skeleton: Structure, leaves: Iterable[Any]) -> Structure:
    """Put leaves into a skeleton; the inverse of `flatten`.

    Args:
        skeleton: any structure; its own leaves are ignored.
        leaves: as many values as the skeleton has leaves.

    Raises:
        StructureError: if there are too many or too few leaves.

    Example:
        >>> unflatten({"b": 0, "a": [0, 0]}, [1, 2, 3])
        {'b': 3, 'a': [1, 2]}
    """
    iterator = iter(leaves)
    try:
        result = _unflatten(skeleton, iterator)
    except StopIteration:
        raise StructureError("Too few values for the structure.", why=f"the structure is {skeleton!r}") from None
    if next(iterator, _LEAF) is not _LEAF:
        raise StructureError("Too many values for the structure.", why=f"the structure is {skeleton!r}")
    return result


def _unflatten(skeleton: Structure, leaves: Iterator[Any]) -> Structure:
    if not isinstance(skeleton, (list, tuple, dict)):
        return next(leaves)
    children = []
    for child in _values(skeleton):
        children.append(_unflatten(child, leaves) if isinstance(child, (list, tuple, dict)) else next(leaves))
    return _rebuild(skeleton, children)


def pack_sequence_as(structure: Structure, flat_sequence: Iterable[Any]) -> Structure:
    """Put the values of a flat sequence into a structure like the given one.

    Example:
        >>> pack_sequence_as((0, [0]), [7, 8])
        (7, [8])
    """
    return unflatten(structure, flat_sequence)


def assert_same_structure(first: Structure, second: Structure) -> None:
    """Raise unless two structures have the same containers, lengths and keys.

    Raises:
        StructureError: names the first place where they differ.
    """
    _assert_same(first, second, "")


def _assert_same(first: Structure, second: Structure, path: str) -> None:
    if not is_nested(first) and not is_nested(second):
        return
    where = f"at '{path}'" if path else "at the top"
    fits = (
        isinstance(first, dict)
        and isinstance(second, dict)
        or isinstance(first, (list, tuple))
        and isinstance(second, (list, tuple))
        and isinstance(first, list) == isinstance(second, list)
    )
    if not fits:
        raise StructureError(
            f"The structures differ {where}.", why=f"{type(first).__name__} against {type(second).__name__}"
        )
    if isinstance(first, dict):
        if set(first) != set(second):
            raise StructureError(
                f"The keys differ {where}.", why=f"{_sorted_keys(first)} against {_sorted_keys(second)}"
            )
    elif len(first) != len(second):
        raise StructureError(f"The lengths differ {where}.", why=f"{len(first)} against {len(second)}")
    for (key, left), (_, right) in zip(_children(first), _children(second), strict=True):
        _assert_same(left, right, f"{path}/{key}" if path else str(key))


def map_structure(function: Callable[..., Any], *structures: Structure) -> Structure:
    """Apply a function to the leaves of one structure, or to those of several equal ones in step.

    Args:
        function: takes as many arguments as there are structures.
        *structures: one or more structures; the result looks like the first.

    Raises:
        StructureError: if the structures differ.

    Example:
        >>> map_structure(lambda a, b: a + b, [1, (2,)], [10, (20,)])
        [11, (22,)]
    """
    first = structures[0]
    if len(structures) == 1:
        return _map_one(function, first)
    for other in structures[1:]:
        assert_same_structure(first, other)
    columns = zip(*(flatten(structure) for structure in structures), strict=True)
    return unflatten(first, [function(*leaves) for leaves in columns])


def _map_one(function: Callable[..., Any], structure: Structure) -> Structure:
    if not isinstance(structure, (list, tuple, dict)):
        return function(structure)
    return _rebuild(structure, [_map_one(function, child) for _, child in _children(structure)])


def map_structure_with_path(function: Callable[..., Any], structure: Structure) -> Structure:
    """Apply `function(path, leaf)` to every leaf.

    Example:
        >>> map_structure_with_path(lambda path, leaf: (path, leaf), {"a": 1})
        {'a': (('a',), 1)}
    """
    return unflatten(structure, [function(path, leaf) for path, leaf in flatten_with_path(structure)])
