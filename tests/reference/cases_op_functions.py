"""Cases of operations that take functions, and of those that answer with something else than a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .specification import Body, CallCase, Case, boolean, fixed, real, whole


def program(
    label: str, name: str, build: Callable[[Any], Callable[..., Any]], *arguments: Any, wrt: tuple[int, ...] = (0,)
) -> Case:
    """A function of tensors made with the framework's module; `name` is the operation that it is about."""
    return CallCase(
        name=f"ops/{name}/{label}", function=Body(build), arguments=arguments, differentiate=wrt, exact_dtype=True
    )


def _cond(keras: Any) -> Callable[..., Any]:
    return lambda chosen, x: keras.ops.cond(chosen, lambda: x * x, lambda: -2.0 * x)


def _switch(keras: Any) -> Callable[..., Any]:
    branches = [lambda x: x * x, lambda x: keras.ops.exp(x), lambda x: -x]
    return lambda index, x: keras.ops.switch(index, branches, x)


def _running(carry: Any, x: Any) -> tuple[Any, Any]:
    carry = carry * 0.5 + x
    return carry, carry * x


def _counted(keras: Any) -> Callable[..., Any]:
    def count(x: Any) -> Any:
        return keras.ops.while_loop(lambda i, y: i < 4, lambda i, y: (i + 1, y * 1.5), (0, x))

    return count


def _bounded(keras: Any) -> Callable[..., Any]:
    return lambda x: keras.ops.while_loop(lambda y: True, lambda y: (y + 1.0,), (x,), maximum_iterations=3)


CONTROL: list[Case] = [
    *(
        program(label, "cond", _cond, fixed(value, dtype="bool"), real((3,)), wrt=(1,))
        for label, value in (("true", True), ("false", False))
    ),
    *(program(f"branch {index}", "switch", _switch, index, real((3,)), wrt=(1,)) for index in range(3)),
    program("outside", "switch", _switch, 7, real((3,)), wrt=(1,)),
    program(
        "plain", "map", lambda keras: lambda x: keras.ops.map(lambda row: keras.ops.sum(row * row), x), real((3, 2))
    ),
    program(
        "structure",
        "map",
        lambda keras: lambda x, y: keras.ops.map(lambda pair: {"a": pair[0] * pair[1], "b": pair[0] + 1.0}, (x, y)),
        real((3, 2)),
        real((3, 2)),
        wrt=(0, 1),
    ),
    program(
        "plain",
        "vectorized_map",
        lambda keras: lambda x: keras.ops.vectorized_map(lambda row: keras.ops.tanh(row) * keras.ops.max(row), x),
        real((3, 2)),
    ),
    program(
        "plain",
        "scan",
        lambda keras: lambda start, xs: keras.ops.scan(_running, start, xs),
        real((2,)),
        real((4, 2)),
        wrt=(0, 1),
    ),
    program(
        "reverse",
        "scan",
        lambda keras: lambda start, xs: keras.ops.scan(_running, start, xs, reverse=True),
        real((2,)),
        real((4, 2)),
        wrt=(0, 1),
    ),
    program(
        "length",
        "scan",
        lambda keras: lambda start: keras.ops.scan(lambda carry, _: (carry * 0.5, carry + 1.0), start, length=3),
        real((2,)),
    ),
    program(
        "plain",
        "associative_scan",
        lambda keras: lambda xs: keras.ops.associative_scan(lambda a, b: a * b, xs),
        real((5, 2)),
    ),
    program(
        "reverse",
        "associative_scan",
        lambda keras: lambda xs: keras.ops.associative_scan(keras.ops.add, xs, reverse=True, axis=1),
        real((2, 4)),
    ),
    program(
        "plain",
        "fori_loop",
        lambda keras: lambda x: keras.ops.fori_loop(0, 4, lambda i, y: y * 0.9 + keras.ops.cast(i, "float32"), x),
        real((3,)),
    ),
    program("counted", "while_loop", _counted, real((3,)), wrt=()),
    program("bounded", "while_loop", _bounded, real((3,)), wrt=()),
]

ANSWERS: list[Case] = [
    program(
        "plain", "shape", lambda keras: lambda x: keras.ops.convert_to_tensor(keras.ops.shape(x)), real((2, 3)), wrt=()
    ),
    program(
        "plain", "size", lambda keras: lambda x: keras.ops.convert_to_tensor(keras.ops.size(x)), real((2, 3)), wrt=()
    ),
    program(
        "plain", "ndim", lambda keras: lambda x: keras.ops.convert_to_tensor(keras.ops.ndim(x)), real((2, 3)), wrt=()
    ),
    program(
        "plain",
        "is_tensor",
        lambda keras: lambda x: keras.ops.convert_to_tensor([keras.ops.is_tensor(x), keras.ops.is_tensor([1.0])]),
        real((2,)),
        wrt=(),
    ),
    *(
        program(
            dtype,
            "convert_to_numpy",
            lambda keras: lambda x: keras.ops.convert_to_tensor(keras.ops.convert_to_numpy(x)),
            array,
            wrt=(),
        )
        for dtype, array in (("float32", real((2,))), ("int32", whole((2,), high=5)), ("bool", boolean((2,))))
    ),
]

OP_FUNCTION_CASES: list[Case] = [*CONTROL, *ANSWERS]
