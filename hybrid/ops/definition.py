"""Helpers to define operations in a few lines: promotion of arguments, inference rules, samples, table entries.

Floor 5. An operation is a `Primitive` entry (compute, infer, vjp, samples) and a documented public function that
prepares its arguments and calls `apply`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np

from ..core.door import apply, convert
from ..core.dtypes import BOOL, INT32, PYTHON_SCALARS, UINT32, default_float, float_dtype, result_dtype
from ..core.operators import FUNCTIONS, OPERATORS, UFUNC_REDUCTIONS, UFUNCS
from ..core.primitive import PRIMITIVES, Primitive
from ..core.spec import TensorSpec, broadcast_shapes
from ..core.tensor import SymbolicTensor, Tensor
from ..core.variable import Variable
from ..registry import register_builtin

_TENSORS = frozenset((Tensor, SymbolicTensor, Variable))
Function = TypeVar("Function", bound=Callable[..., Any])


def public(*, ufunc: Any = None, function: Any = None, reduces: Any = None) -> Callable[[Function], Function]:
    """Enter a public op in the tables: by its name, for operators, methods and files, and for its NumPy functions.

    Args:
        ufunc: NumPy ufunc, or several.
        function: NumPy function, or several, that take the same arguments.
        reduces: ufunc whose `reduce` it stands for.
    """

    def enter(op: Function) -> Function:
        register_builtin(op)
        OPERATORS[op.__name__] = op
        for table, keys in ((UFUNCS, ufunc), (FUNCTIONS, function), (UFUNC_REDUCTIONS, reduces)):
            for key in keys if isinstance(keys, tuple) else (keys,) if keys is not None else ():
                table[key] = op
        return op

    return enter


def as_tensor(x: Any) -> Any:
    """Return tensors and arrays as they are, everything else as a Tensor."""
    kind = type(x)
    return x if kind in _TENSORS or kind is np.ndarray else convert(x)


def dtype_or_kind(x: Any) -> Any:
    """Return the dtype of a tensor, or the type of a Python number."""
    kind = type(x)
    return kind if kind in PYTHON_SCALARS else x.dtype


def to_dtype(x: Any, dtype: np.dtype[Any]) -> Any:
    """Return a tensor in another dtype; a Python number becomes a rank 0 array."""
    if type(x) in PYTHON_SCALARS:
        return np.asarray(x, dtype)
    return x if x.dtype == dtype else apply(PRIMITIVES["cast"], x, dtype=dtype)


def promote(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Bring two arguments to one dtype. A Python number stays one where the dtype of the other is the result's."""
    kind1, kind2 = type(x1), type(x2)
    if kind1 is Tensor:
        # The common cases first, and without properties: this is a good part of what an eager call costs.
        if kind2 is Tensor:
            if x1._value.dtype is x2._value.dtype:
                return x1, x2
        elif kind2 is float and x1._value.dtype.kind == "f":
            return x1, x2
    if kind1 in _TENSORS:
        if kind2 in _TENSORS:
            if x1.dtype is x2.dtype:
                return x1, x2
        elif kind2 is float and x1.dtype.kind == "f":
            return x1, x2
    return promote_all(x1, x2)


def promote_all(*xs: Any) -> tuple[Any, ...]:
    """Bring any number of arguments to one dtype."""
    prepared = [x if type(x) in PYTHON_SCALARS else as_tensor(x) for x in xs]
    dtype = result_dtype(*map(dtype_or_kind, prepared))
    if all(type(x) in PYTHON_SCALARS for x in prepared):
        return tuple(np.asarray(x, dtype) for x in prepared)
    return tuple(x if _is_weak(x, dtype) else to_dtype(x, dtype) for x in prepared)


def _is_weak(x: Any, dtype: np.dtype[Any]) -> bool:
    kind = type(x)
    return kind is float and dtype.kind == "f" or kind is int and dtype.kind in "iuf"


def promote_float(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Bring two arguments to one float dtype."""
    x1, x2 = promote(x1, x2)
    if (x1 if type(x1) not in PYTHON_SCALARS else x2).dtype.kind == "f":
        return x1, x2
    dtype = default_float()
    return to_dtype(x1, dtype), to_dtype(x2, dtype)


def as_float(x: Any) -> Any:
    """Return a tensor in a float dtype: integers and bools become the default float."""
    if type(x) in _TENSORS and x.dtype.kind == "f":
        return x
    x = as_tensor(x)
    return x if x.dtype.kind == "f" else to_dtype(x, default_float())


def as_number(x: Any) -> Any:
    """Return a tensor in a dtype that can be computed with: bools become int32."""
    x = as_tensor(x)
    return to_dtype(x, INT32) if x.dtype.kind == "b" else x


def as_summable(x: Any) -> Any:
    """Return a tensor in a dtype that many elements can be added up in: small integers become those of 32 bits."""
    x = as_tensor(x)
    dtype = x.dtype
    if dtype.kind == "b" or (dtype.kind in "iu" and dtype.itemsize < 4):
        return to_dtype(x, UINT32 if dtype.kind == "u" else INT32)
    return x


def promote_numbers(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Bring two arguments to one dtype that can be computed with: bools become int32."""
    x1, x2 = promote(x1, x2)
    if (x1 if type(x1) not in PYTHON_SCALARS else x2).dtype.kind == "b":
        return to_dtype(x1, INT32), to_dtype(x2, INT32)
    return x1, x2


# -- inference rules ---------------------------------------------------------------------------------------------------


def infer_broadcast(*xs: Any, **_: Any) -> TensorSpec:
    """Elementwise: broadcast the shapes, promote the dtypes."""
    shapes = [() if type(x) in PYTHON_SCALARS else x.shape for x in xs]
    return TensorSpec.of(broadcast_shapes(*shapes), result_dtype(*map(dtype_or_kind, xs)))


def infer_broadcast_float(*xs: Any, **_: Any) -> TensorSpec:
    """Elementwise with a float result."""
    spec = infer_broadcast(*xs)
    return TensorSpec.of(spec.shape, float_dtype(spec.dtype))


def infer_broadcast_bool(*xs: Any, **_: Any) -> TensorSpec:
    """Elementwise with a bool result."""
    return TensorSpec.of(infer_broadcast(*xs).shape, BOOL)


# -- derivative helpers ------------------------------------------------------------------------------------------------


def unbroadcast(cotangent: Any, x: Any) -> Any:
    """Add a cotangent up over the axes along which `x` was broadcast."""
    shape = x.shape
    if cotangent.shape == shape and None not in shape:
        return cotangent
    return apply(PRIMITIVES["sum_to"], cotangent, x)


# -- samples -----------------------------------------------------------------------------------------------------------


def floats(rng: np.random.Generator, *shape: int, low: float = 0.25, high: float = 2.0, signed: bool = True) -> Any:
    """Draw float64 values whose magnitude lies between two bounds: away from zero, where many functions have kinks."""
    values = rng.uniform(low, high, shape)
    return values * rng.choice([-1.0, 1.0], shape) if signed else values


def sampled(*shapes: Sequence[int], **options: Any) -> Callable[[np.random.Generator], list[Any]]:
    """Make a `samples` function: one call with float arguments of the given shapes."""
    return lambda rng: [(tuple(floats(rng, *shape, **options) for shape in shapes), {})]


def unary_samples(**options: Any) -> Callable[[np.random.Generator], list[Any]]:
    """Make a `samples` function for one argument of several ranks, an empty one among them."""
    return lambda rng: [((floats(rng, *shape, **options),), {}) for shape in ((2, 3), (), (0, 2))]


def binary_samples(**options: Any) -> Callable[[np.random.Generator], list[Any]]:
    """Make a `samples` function for two arguments that are broadcast in several ways."""
    pairs = (((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((0, 2), (2,)))
    return lambda rng: [((floats(rng, *a, **options), floats(rng, *b, **options)), {}) for a, b in pairs]


def elementwise(
    name: str,
    compute: Callable[..., Any],
    vjp: Sequence[Callable[..., Any] | None] | None,
    *,
    samples: Callable[[np.random.Generator], list[Any]],
    infer: Callable[..., Any] = infer_broadcast,
) -> Primitive:
    """Define an elementwise primitive. Rules of binary ones get their broadcasting undone by `unbroadcast`."""
    return Primitive(name, compute, infer, vjp, samples=samples, elementwise=True)
