"""Einstein summation: products of any axes of any tensors.

Floor 5. Ellipses and repeated letters are written out by the public function, so that the primitive knows letters only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.door import apply, shape_of
from ..core.dtypes import result_dtype
from ..core.primitive import Primitive
from ..core.spec import TensorSpec, broadcast_shapes
from ..errors import ShapeError
from ..typing import TensorLike
from .definition import as_tensor, floats, promote_all, public, unbroadcast
from .selection import diagonal
from .shaping import broadcast_like, expand_dims

__all__ = ["einsum"]

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _compute(*xs: Any, inputs: tuple[str, ...], output: str) -> Any:
    # With two factors there is one order only; naming it saves NumPy the search, and lets it use BLAS.
    path: Any = ["einsum_path", (0, 1)] if len(xs) == 2 else len(xs) > 2
    return np.asarray(np.einsum(f"{','.join(inputs)}->{output}", *xs, optimize=path))


def _infer(*xs: Any, inputs: tuple[str, ...], output: str) -> TensorSpec:
    sizes: dict[str, Any] = {}
    for x, letters in zip(xs, inputs, strict=True):
        for letter, size in zip(letters, x.shape, strict=True):
            known = sizes.get(letter, size)
            if size is not None and known is not None and size != known and 1 not in (size, known):
                raise ShapeError(
                    f"einsum cannot multiply shapes {' and '.join(str(list(each.shape)) for each in xs)} by "
                    f"'{','.join(inputs)}->{output}'.",
                    why=f"the axis '{letter}' has sizes {known} and {size}",
                    fix="name axes of different sizes differently",
                )
            (sizes[letter],) = broadcast_shapes((known,), (size,))
    return TensorSpec.of(tuple(sizes[letter] for letter in output), result_dtype(*[x.dtype for x in xs]))


def _vjp(i: int, g: Any, y: Any, *xs: Any, inputs: tuple[str, ...], output: str) -> Any:
    others = [x for j, x in enumerate(xs) if j != i]
    names = [letters for j, letters in enumerate(inputs) if j != i]
    present = set(output).union(*names)
    found = "".join(letter for letter in inputs[i] if letter in present)
    result = apply(EINSUM, g, *others, inputs=(output, *names), output=found)
    # An axis that only this factor has was added up: its cotangent is the same everywhere.
    missing = tuple(axis for axis, letter in enumerate(inputs[i]) if letter not in present)
    if missing:
        return broadcast_like(expand_dims(result, missing), xs[i])
    return unbroadcast(result, xs[i])


EINSUM = Primitive(
    "einsum",
    _compute,
    _infer,
    _vjp,
    samples=lambda rng: [
        ((floats(rng, 2, 3), floats(rng, 3, 4)), {"inputs": ("ij", "jk"), "output": "ik"}),
        ((floats(rng, 2, 3, 4), floats(rng, 2, 5, 4)), {"inputs": ("bqd", "bkd"), "output": "bqk"}),
        ((floats(rng, 2, 3), floats(rng, 3), floats(rng, 2)), {"inputs": ("ij", "j", "i"), "output": ""}),
        ((floats(rng, 2, 3),), {"inputs": ("ij",), "output": "j"}),
        ((floats(rng, 2, 3), floats(rng, 4)), {"inputs": ("ij", "k"), "output": "ki"}),
    ],
)


@public()
def einsum(subscripts: str, *operands: TensorLike) -> Any:
    """Multiply tensors and add up along axes that are named by letters.

    Args:
        subscripts: the letters of every factor's axes, as in `"ij,jk->ik"`; `...` stands for axes that are broadcast.
            Without an arrow the result has the letters that occur once, in alphabetical order.
        *operands: as many tensors.

    Returns:
        tensor of the promoted dtype, with the axes right of the arrow.

    Raises:
        ShapeError: if letters and axes do not fit together.

    Example:
        >>> einsum("ij,jk->ik", np.ones((2, 3)), np.ones((3, 4))).shape
        (2, 4)
    """
    tensors = promote_all(*[as_tensor(x) for x in operands])
    inputs, output = _written_out(subscripts.replace(" ", ""), [len(shape_of(x)) for x in tensors])
    prepared, names = [], []
    for x, letters in zip(tensors, inputs, strict=True):
        x, letters = _without_repetition(x, letters)
        prepared.append(x)
        names.append(letters)
    return apply(EINSUM, *prepared, inputs=tuple(names), output=output)


def _written_out(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    left, arrow, output = subscripts.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(ranks):
        raise ShapeError(f"einsum '{subscripts}' names {len(inputs)} factors but received {len(ranks)}.")
    free = [letter for letter in _LETTERS if letter not in subscripts]
    extra = [rank - len(names.replace("...", "")) for names, rank in zip(inputs, ranks, strict=True)]
    for names, rank, missing in zip(inputs, ranks, extra, strict=True):
        if missing < 0 or (missing and "..." not in names):
            raise ShapeError(
                f"einsum '{subscripts}' names the axes '{names}' for a tensor of rank {rank}.",
                fix="write one letter for every axis, or '...' for the leading ones",
            )
    most = max((m for m, names in zip(extra, inputs, strict=True) if "..." in names), default=0)
    shared = "".join(free[:most])
    inputs = [n.replace("...", shared[most - m :] if m else "") for n, m in zip(inputs, extra, strict=True)]
    if arrow:
        output = output.replace("...", shared)
    else:
        joined = "".join(inputs)
        output = shared + "".join(sorted(n for n in set(joined) if joined.count(n) == 1 and n not in shared))
    unknown = set(output) - set("".join(inputs))
    if unknown or len(set(output)) != len(output):
        raise ShapeError(
            f"einsum '{subscripts}' has a wrong right side.", why="its letters must occur on the left, once"
        )
    return inputs, output


def _without_repetition(x: Any, letters: str) -> tuple[Any, str]:
    for letter in letters:
        while letters.count(letter) > 1:
            first, second = letters.index(letter), letters.rindex(letter)
            sizes = shape_of(x)[first], shape_of(x)[second]
            if None not in sizes and sizes[0] != sizes[1]:
                raise ShapeError(f"einsum needs equal sizes for both axes '{letter}', not {sizes[0]} and {sizes[1]}.")
            x = diagonal(x, 0, first, second)
            letters = "".join(n for i, n in enumerate(letters) if i not in (first, second)) + letter
    return x, letters
