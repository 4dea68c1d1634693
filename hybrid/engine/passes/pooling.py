"""Pooling first: relu and bias come after a maximum instead of before it.

Floor 7. The greatest of several numbers stays the greatest when the same is added to all of them, or all go through
relu. A pool of 2 x 2 leaves a quarter of the elements to do that for; and backwards, the slope of relu and the sum for
the bias need what flows back to the pools only, not what they spread over the image.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ...core.primitive import PRIMITIVES
from ...core.spec import TensorSpec
from ..program import Program, Step, Value
from .links import Links, takes
from .rewriting import shape_of

__all__ = ["with_pooling_first"]

_Change = dict[Step, list[Step]]
"""Steps, and what comes in their places."""


class _Pool(NamedTuple):
    """A maximum that is pooled, and the steps that spread its gradient."""

    step: Step
    before: Step
    puts: Sequence[Step]


def with_pooling_first(program: Program) -> Program:
    """Return the program in which `max_pool` comes before additions and relu, where nothing else needs their results.

    Example:
        >>> f = lambda x: hybrid.ops.max_pool(hybrid.ops.relu(x), 2)
        >>> [step.operation.name for step in hybrid.jit(f).lower(np.ones((1, 4, 4, 1))).after.steps]
        ['max_pool', 'relu']
    """
    for name, change_of in (("relu", _after_relu), ("add", _after_add)):
        links = Links(program)
        changes: _Change = {}
        for pool in _pools(program, links, name):
            changes.update(change_of(pool, links) or {})
        steps = [other for step in program.steps for other in changes.get(step, [step])]
        program = program.rebuilt(steps, {})
    return program


def _pools(program: Program, links: Links, name: str) -> Iterator[_Pool]:
    """Yield the poolings of what a certain operation makes, if nothing but them and their gradients needs it."""
    for step in program.steps:
        if step.operation.name == "max_pool":
            before, users = links.maker(step.arguments[0], name), links.users(step.arguments[0])
            if before is not None and users is not None:
                puts = [user for user in users if _puts(user, step)]
                yield _Pool(step, before, puts)


def _puts(user: Step, pool: Step) -> bool:
    return takes(user, "max_pool_put", pool.arguments[0], pool.outputs[0]) and user.params == pool.params


def _after_relu(pool: _Pool, links: Links) -> _Change | None:
    x, y = pool.step.arguments[0], pool.step.outputs[0]
    gates: dict[Step, Step] = {}
    for put in pool.puts:
        users = links.users(put.outputs[0])
        if users is None or len(users) != 1 or not _gates(users[0], put.outputs[0], x):
            return None
        gates[put] = users[0]
    others = {id(user) for user in links.users(x) or ()}
    if others != {id(step) for step in (pool.step, *gates, *gates.values())}:
        return None
    greatest = Value(y.spec)
    changes: _Change = {
        pool.before: [],
        pool.step: [_step(pool.step, pool.before.arguments, greatest), _step(pool.before, (greatest,), y)],
    }
    for put, gate in gates.items():
        gated = Value(TensorSpec.of(y.spec.shape, put.outputs[0].spec.dtype))
        changes[put] = []
        changes[gate] = [
            _step(gate, (put.arguments[0], y), gated),
            _step(put, (gated, *pool.before.arguments, greatest), gate.outputs[0]),
        ]
    return changes


def _gates(step: Step, g: Value, y: Value) -> bool:
    return takes(step, "gate", g, y) and not step.params.get("slope")


def _after_add(pool: _Pool, links: Links) -> _Change | None:
    x, y = pool.step.arguments[0], pool.step.outputs[0]
    inside, bias = _divided(pool)
    if inside is None or len(links.users(x) or ()) != 1 + len(pool.puts):
        return None
    greatest, around = Value(y.spec), _around(pool)
    changes: _Change = {
        pool.before: [],
        pool.step: [
            _step(pool.step, (inside,), greatest),
            Step(PRIMITIVES["add"], (greatest, bias), {}, [y], None, pool.before.place),
        ],
    }
    for put in pool.puts:
        changes[put] = [_step(put, (put.arguments[0], inside, greatest), put.outputs[0])]
        for user in links.users(put.outputs[0]) or ():
            if user.operation.name == "sum_to" and _is_constant_in(user.arguments[1], *around):
                # Each number that is put somewhere is put in one place: their sum is the same.
                changes[user] = [_step(user, (put.arguments[0], bias), user.outputs[0])]
    return changes


def _divided(pool: _Pool) -> tuple[Any, Any]:
    """Return what has the shape of the sum, and what is the same for all that a window sees; or twice nothing."""
    spec, around = pool.before.outputs[0].spec, _around(pool)
    for inside, bias in (pool.before.arguments, pool.before.arguments[::-1]):
        if type(inside) is Value and inside.spec == spec and _is_constant_in(bias, *around):
            return inside, bias
    return None, None


def _around(pool: _Pool) -> tuple[int, int]:
    """Return the number of axes of what is pooled, and the first spatial one."""
    return len(shape_of(pool.before.outputs[0])), 1 if pool.step.params["data_format"] == "channels_last" else 2


def _is_constant_in(array: Any, rank: int, first: int) -> bool:
    """Say whether an array is stretched along all spatial axes, or has a single element there."""
    shape = (1,) * (rank - len(shape_of(array))) + shape_of(array)
    return all(size == 1 for size in shape[first : first + rank - 2])


def _step(like: Step, arguments: Sequence[Any], output: Value) -> Step:
    return Step(like.operation, arguments, like.params, [output], like.structure, like.place)
