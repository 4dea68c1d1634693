"""What a step costs: floating-point operations where they are easy to count, and bytes that it reads and writes.

Floor 7.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["RULES", "bytes_of", "flops_of", "readable"]

Shape = tuple[int, ...]
Shapes = Sequence[Shape]
Params = Mapping[str, Any]


def bytes_of(step: Any) -> int:
    """Return the number of bytes that a step reads and writes."""
    specs = [argument.spec for argument in step.arguments if hasattr(argument, "spec")]
    return sum(math.prod(spec.shape) * spec.dtype.itemsize for spec in (*specs, *(v.spec for v in step.outputs)))


def flops_of(step: Any) -> int | None:
    """Return the number of floating-point operations of a step, `None` where that is not known.

    Products of matrices are counted in full, element-wise operations and reductions as one per element.
    """
    given = [_shape(argument) for argument in step.arguments]
    made = [_shape(value) for value in step.outputs]
    rule = RULES.get(step.operation.name)
    if rule is not None:
        return rule(given, made, step.params)
    if getattr(step.operation, "elementwise", False):
        return sum(map(math.prod, made))
    if "axes" in step.params and given:
        return max(map(math.prod, (given[0], *made)))
    return None


def _shape(argument: Any) -> Shape:
    described = getattr(argument, "spec", argument)
    return tuple(getattr(described, "shape", ()))


def _width(shape: Shape) -> int:
    return shape[-1] if shape else 1


def _taps(kernel: Shape) -> int:
    """Return how many products a convolution adds up for one output."""
    return math.prod(kernel[:-1])


def _affine_slopes(given: Shapes, made: Shapes, params: Params) -> int:
    """Count a product each for the slopes of the input and of the kernel, a sum for those of the bias."""
    each = {0: 2 * _width(given[1]), 1: 2 * _width(given[1]), 2: 1}
    return math.prod(given[0]) * sum(each[place] for place in params["wanted"])


def _recurrent(given: Shapes, made: Shapes, params: Params) -> int:
    """Count the products of all inputs with the kernel and of all states with the recurrent kernel."""
    rows = math.prod(given[0][:-1])
    return 2 * rows * (math.prod(given[1]) + math.prod(given[2]))


def _recurrent_slopes(given: Shapes, made: Shapes, params: Params) -> int:
    """Count as much again for the slopes of the kernels, for those of the states, and, if wanted, of the inputs."""
    rows, kernel, recurrent = math.prod(given[0][:-1]), math.prod(given[1]), math.prod(given[2])
    return 2 * rows * (kernel + 2 * recurrent + (kernel if 0 in params["wanted"] else 0))


def _attention(given: Shapes, made: Shapes, params: Params) -> int:
    """Count the products of queries `[batch, targets, heads, width]` with keys, and of weights with values."""
    query, key, value = given[:3]
    return 2 * math.prod(query[:-1]) * key[1] * (_width(key) + _width(value))


def _einsum(given: Shapes, made: Shapes, params: Params) -> int:
    """Count one product and one sum for every combination of indices."""
    sizes = {
        letter: size
        for letters, shape in zip(params["inputs"], given, strict=True)
        for letter, size in zip(letters, shape, strict=True)
    }
    return 2 * math.prod(sizes.values())


RULES: dict[str, Callable[[Shapes, Shapes, Params], int]] = {
    "sum_to": lambda given, made, params: math.prod(given[0]),
    "matmul": lambda given, made, params: 2 * math.prod(made[0]) * _width(given[0]),
    "affine": lambda given, made, params: 2 * math.prod(made[0]) * _width(given[0]),
    "affine_slopes": _affine_slopes,
    "conv": lambda given, made, params: 2 * math.prod(made[0]) * _taps(given[1]),
    "conv_affine": lambda given, made, params: math.prod(made[0]) * (2 * _taps(given[1]) + 1),
    "conv_transpose": lambda given, made, params: 2 * math.prod(given[0]) * _taps(given[1]),
    "conv_input_gradient": lambda given, made, params: 2 * math.prod(given[0]) * _taps(given[1]),
    "conv_kernel_gradient": lambda given, made, params: 2 * math.prod(given[1]) * _taps(made[0]),
    "conv_max_pool": lambda given, made, params: 2 * math.prod(made[0]) * math.prod(params["pool"]) * _taps(given[1]),
    "conv_max_pool_slopes": lambda given, made, params: (
        2 * len(params["wanted"]) * math.prod(given[2]) * math.prod(params["pool"]) * _taps(given[1])
    ),
    "max_pool": lambda given, made, params: math.prod(made[0]) * math.prod(params["window"]),
    "average_pool": lambda given, made, params: math.prod(made[0]) * math.prod(params["window"]),
    "argmax": lambda given, made, params: math.prod(given[0]),
    "argmin": lambda given, made, params: math.prod(given[0]),
    "lstm": _recurrent,
    "gru": _recurrent,
    "simple_rnn": _recurrent,
    "lstm_slopes": _recurrent_slopes,
    "gru_slopes": _recurrent_slopes,
    "simple_rnn_slopes": _recurrent_slopes,
    "attention": _attention,
    "attention_slopes": lambda given, made, params: 2 * _attention(given, made, params),
    "standardize": lambda given, made, params: 7 * math.prod(given[0]),
    "standardize_slopes": lambda given, made, params: 10 * math.prod(given[0]),
    "softmax": lambda given, made, params: 5 * math.prod(made[0]),
    "log_softmax": lambda given, made, params: 5 * math.prod(made[0]),
    "label_crossentropy": lambda given, made, params: math.prod(given[0]) + 5 * math.prod(made[0]),
    "label_crossentropy_slopes": lambda given, made, params: math.prod(given[0]) + 5 * math.prod(given[1]),
    "einsum": _einsum,
}
"""How many operations a primitive takes, by its name: a function of the shapes of its arguments, of those of its
outputs, and of its parameters. What is not here counts one for every element, or is not known."""


def readable(number: float, unit: str) -> str:
    """Write a number with a prefix.

    Example:
        >>> readable(1_250_000, "B"), readable(3, "FLOP")
        ('1.25 MB', '3 FLOP')
    """
    for prefix, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:.3g} {prefix}{unit}"
    return f"{number:.3g} {unit}"
