"""Loops: `scan`, `while_loop`, `fori_loop`, `map`, `vectorized_map`, `associative_scan`.

Floor 5. On concrete values they are Python loops, so a tape sees every step. Where something is symbolic, the function
is recorded once and the loop is one node, whatever its length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import tree
from ..core.context import SCOPE
from ..core.door import apply, convert, convert_argument, is_symbolic, shape_of
from ..core.dtypes import INT32
from ..core.source import user_line
from ..core.spec import normalize_axis
from ..core.tensor import Tensor, wrap
from ..core.trace import leaves_of, skeleton_of
from ..errors import ConfigError, ShapeError
from ..typing import Structure, TensorLike
from .definition import as_tensor
from .indexing import getitem
from .recorded_flow import has_symbolic, is_live, settle_leaves
from .recorded_scan import (
    STACK_ROWS,
    check_length,
    check_skeleton,
    length_of,
    record_scan,
    step_result,
    unstack_rows,
)
from .recorded_while import record_while
from .shaping import concatenate

__all__ = ["associative_scan", "fori_loop", "map", "scan", "vectorized_map", "while_loop"]


def _tensors(structure: Structure) -> Structure:
    """Return a structure with tensors and Variables for its leaves; `None` stays."""
    if type(structure) is Tensor:
        return structure
    return tree.map_structure(lambda leaf: None if leaf is None else _tensor(leaf), structure)


def _tensor(leaf: Any) -> Any:
    leaf = as_tensor(leaf)
    return convert(leaf) if type(leaf) is np.ndarray else leaf


def scan(
    f: Callable[..., Any],
    init: Structure,
    xs: Structure = None,
    length: Any = None,
    reverse: bool = False,
    unroll: bool | int = 1,
) -> tuple[Structure, Structure]:
    """Call a function on every row of some sequences, carrying values from step to step.

    Equivalent to, for tensors and any structures of them,

        carry, ys = init, []
        for x in xs:
            carry, y = f(carry, x)
            ys.append(y)
        return carry, stack(ys)

    Args:
        f: function `(carry, x) -> (carry, y)`; the carry keeps its structure, shapes and dtypes.
        init: the first carry.
        xs: tensors whose first axes are the axis of the steps, or `None`.
        length: number of steps, may be symbolic; needed without `xs`.
        reverse: whether to run from the last row to the first; results stay at the places of their rows.
        unroll: `True` records every step of a known number instead of one loop; other values change nothing.

    Returns:
        the last carry, and the results stacked along a new first axis.

    Raises:
        ShapeError: if the sequences differ in length, or a carried value changes its shape.
        DTypeError: if a carried value changes its dtype (checked while recording).
        StructureError: if the carry changes its structure.

    Example:
        >>> total, partial = scan(lambda carry, x: (carry + x, carry + x), 0, np.array([1, 2, 3], "int32"))
        >>> int(total), partial.numpy()
        (6, array([1, 3, 6], dtype=int32))
    """
    if not callable(f):
        raise ConfigError("The first argument of ops.scan must be a function.", fix="ops.scan(f, init, xs)")
    init, xs = _tensors(init), _tensors(xs)
    frozen = is_live(length) and (has_symbolic(init) or has_symbolic(xs))
    # A number of steps that a Variable decides is handed to the node as it is, which keeps or refuses it.
    length = length if frozen else _checked_length(xs, length)
    known = type(length) is int and length > 0
    unrolled = known and unroll is True
    inside_trace = SCOPE.get().trace is not None
    if not unrolled and (inside_trace or not known or has_symbolic(init) or has_symbolic(xs)):
        return record_scan(f, init, xs, length=length, reverse=reverse)
    result = _run_scan(f, init, xs, length, reverse, unrolled)
    return record_scan(f, init, xs, length=length, reverse=reverse) if result is None else result


def _checked_length(xs: Structure, length: Any) -> Any:
    if length is not None and not is_symbolic(length):
        length = int(length)
        if length < 0:
            raise ShapeError(f"A loop cannot have {length} steps.", fix="pass a length of zero or more")
    if type(xs) is Tensor and xs.ndim and length is None:
        return xs.shape[0]
    length = length_of(xs, length)
    if length is None:
        raise ConfigError("ops.scan does not know how many steps to run.", fix="pass xs or length")
    return length


def _run_scan(
    f: Callable[..., Any], init: Structure, xs: Structure, length: int, reverse: bool, unrolled: bool
) -> tuple[Structure, Structure] | None:
    """Run the steps one by one; `None` if the first shows that `f` closes over something symbolic."""
    rows = _rows(xs, length)
    ys: list[Any] = []
    carry = init
    order = range(length - 1, -1, -1) if reverse else range(length)
    for index in order:
        result = f(carry, rows[index])
        if type(result) is not tuple or len(result) != 2:
            result = step_result(result)
        carry, y = result
        if not ys:
            if not unrolled and (has_symbolic(carry) or has_symbolic(y)):
                return None
            if type(carry) is not Tensor or type(init) is not Tensor:
                check_skeleton("scan", skeleton_of(init), skeleton_of(carry))
        ys.append(y)
    if reverse:
        ys.reverse()
    return settle_leaves(carry), _stacked(ys)


def _rows(xs: Structure, length: int) -> Any:
    """Return what the steps receive, in the structure of the sequences."""
    if type(xs) is Tensor:
        if xs.ndim == 0 or xs.shape[0] != length:
            check_length(length, [xs])
        return unstack_rows(xs, length)
    leaves = tree.flatten(xs)
    check_length(length, [leaf for leaf in leaves if leaf is not None])
    columns = [(None,) * length if leaf is None else unstack_rows(leaf, length) for leaf in leaves]
    if not columns:
        return (xs,) * length
    return [tree.unflatten(xs, row) for row in zip(*columns, strict=True)]


def _stacked(ys: list[Any]) -> Structure:
    first = ys[0]
    if not isinstance(first, (list, tuple, dict)):
        return None if first is None else apply(STACK_ROWS, *ys)
    columns = zip(*(tree.flatten(y) for y in ys), strict=True)
    return tree.unflatten(first, [None if column[0] is None else apply(STACK_ROWS, *column) for column in columns])


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Structure, maximum_iterations: int | None = None
) -> Structure:
    """Call a function as long as a condition holds.

    Args:
        cond: function of the loop values to a scalar truth value.
        body: function of the loop values to new ones, of the same structure, shapes and dtypes.
        loop_vars: list or tuple of loop values, which are handed in one by one, or one value (any other structure).
        maximum_iterations: bound of the number of steps.

    Returns:
        the last loop values; a tuple for a list or tuple.

    Raises:
        ShapeError: if a loop value changes its shape, or the condition is no scalar (checked while recording).
        DTypeError: if a loop value changes its dtype (checked while recording).
        StructureError: if the loop values change their structure.
        GradientError: when the gradient of a recorded loop is asked for: the number of its steps is not known.

    Example:
        >>> steps, value = while_loop(lambda i, x: x < 100, lambda i, x: (i + 1, x * 2), (0, 1))
        >>> int(steps), int(value)
        (7, 128)
    """
    if not callable(cond) or not callable(body):
        raise ConfigError("ops.while_loop needs two functions.", fix="ops.while_loop(cond, body, loop_vars)")
    several = isinstance(loop_vars, (list, tuple))
    values = _tensors(tuple(loop_vars) if several else (loop_vars,))

    def advance(current: Any) -> Any:
        result = body(*current)
        if not several:
            return (result,)
        return tuple(result) if isinstance(result, (list, tuple)) else result

    def holds(current: Any) -> Any:
        return cond(*current)

    limit = None if maximum_iterations is None else int(maximum_iterations)
    final = None
    if SCOPE.get().trace is None and not has_symbolic(values):
        final = _run_while(holds, advance, values, limit)
    if final is None:
        final = record_while(holds, advance, values, limit)
    return final if several else final[0]


def _run_while(holds: Any, advance: Any, values: Any, limit: int | None) -> Any:
    """Run the steps one by one; `None` if the first shows that something symbolic is closed over."""
    start, steps = values, 0
    while limit is None or steps < limit:
        is_true = holds(values)
        if not steps and has_symbolic(is_true):
            return None
        if not is_true:
            break
        values = settle_leaves(advance(values))
        if not steps:
            check_skeleton("while_loop", skeleton_of(start), skeleton_of(values))
            if has_symbolic(values):
                return None
        steps += 1
    return settle_leaves(values)


def fori_loop(lower: TensorLike, upper: TensorLike, body_fun: Callable[..., Any], init_val: Structure) -> Structure:
    """Call a function for every integer of a range, carrying a value from step to step.

    Args:
        lower: first integer; may be symbolic.
        upper: end of the range, not included; may be symbolic.
        body_fun: function `(index, value) -> value`; the value keeps its structure, shapes and dtypes.
        init_val: the first value.

    Returns:
        the last value.

    Raises:
        ShapeError: if a value changes its shape (checked while recording).
        DTypeError: if a value changes its dtype (checked while recording).
        StructureError: if the value changes its structure.

    Example:
        >>> int(fori_loop(0, 5, lambda i, total: total + i, 0))
        10
    """
    lower, upper = convert_argument(lower), convert_argument(upper)
    frozen = (is_live(lower) or is_live(upper)) and has_symbolic(init_val)
    if frozen or is_symbolic(lower) or is_symbolic(upper):
        length, start = upper - lower, lower
    else:
        length, start = max(int(upper) - int(lower), 0), wrap(np.asarray(int(lower), INT32))
    if length.__class__ is int and length == 0:
        return settle_leaves(_tensors(init_val))

    def step(carry: Any, _: Any) -> Any:
        index, value = carry
        return (index + 1, body_fun(index, value)), None

    return scan(step, (start, init_val), length=length)[0][1]


def map(f: Callable[..., Any], xs: Structure) -> Structure:
    """Call a function on every row of some tensors and stack what it returns.

    Args:
        f: function of one row, in the structure of `xs`, to a tensor or structure of tensors.
        xs: tensors of the same first axis.

    Returns:
        tensors in the structure that `f` returns, with the first axis of `xs`.

    Raises:
        ShapeError: if the first axes differ.

    Example:
        >>> map(lambda row: row * row[0], np.array([[1, 2], [3, 4]])).numpy()
        array([[ 1,  2],
               [ 9, 12]])
    """
    if not leaves_of(xs):
        raise ConfigError("ops.map needs at least one tensor.", fix="pass the tensors to go through as xs")
    return scan(lambda _, row: (None, f(row)), None, xs)[1]


def vectorized_map(function: Callable[..., Any], elements: Structure) -> Structure:
    """Call a function on every row of some tensors and stack what it returns.

    The same as `map`: rows are worked on one after the other.

    Args:
        function: function of one row, in the structure of `elements`.
        elements: tensors of the same first axis.

    Returns:
        tensors in the structure that `function` returns, with the first axis of `elements`.

    Raises:
        ShapeError: if the first axes differ.

    Example:
        >>> vectorized_map(lambda pair: pair[0] + pair[1], (np.ones(2), np.ones(2))).numpy()
        array([2., 2.])
    """
    return map(function, elements)


def associative_scan(f: Callable[..., Any], elems: Structure, reverse: bool = False, axis: int = 0) -> Structure:
    """Combine all leading parts of a sequence with an associative function, in a logarithmic number of calls.

    Args:
        f: associative function of two structures like `elems`, applied to many elements along the axis at once.
        elems: tensors with the same known size of the axis.
        reverse: whether to combine from the end.
        axis: the axis of the sequence.

    Returns:
        structure like `elems`: at each place, the combination of all elements up to it.

    Raises:
        ShapeError: if the size of the axis is not known or differs.

    Example:
        >>> associative_scan(lambda a, b: a + b, np.array([1, 2, 3, 4])).numpy()
        array([ 1,  3,  6, 10])

    Source: Hillis and Steele 1986, "Data parallel algorithms".
    """
    elems = _tensors(elems)
    axes = {id(leaf): normalize_axis(axis, len(shape_of(leaf))) for leaf in tree.flatten(elems)}
    place = next(iter(axes.values()), 0)
    sizes = {shape_of(leaf)[axes[id(leaf)]] for leaf in tree.flatten(elems)}
    if len(sizes) != 1 or None in sizes:
        raise ShapeError(
            f"ops.associative_scan needs one known size of axis {axis}, not {sorted(sizes, key=str)}.",
            where=str(user_line()),
            fix="use ops.scan for a length that is not known yet",
        )
    (size,) = sizes

    def part(structure: Structure, bounds: slice) -> Structure:
        return tree.map_structure(lambda leaf: getitem(leaf, (slice(None),) * place + (bounds,)), structure)

    if reverse:
        elems = part(elems, slice(None, None, -1))
    distance = 1
    while distance < size:  # type: ignore[operator]
        combined = f(part(elems, slice(None, -distance)), part(elems, slice(distance, None)))
        head = part(elems, slice(None, distance))
        elems = tree.map_structure(lambda a, b: concatenate([a, b], place), head, combined)
        distance *= 2
    return part(elems, slice(None, None, -1)) if reverse else elems
