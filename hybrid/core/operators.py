"""What all tensors can do: Python's operators, NumPy's methods and NumPy's functions.

Floor 4. One mixin serves concrete tensors, placeholders and Variables alike, so that an expression means the same
whichever it meets. The functions behind it live a floor above and are found by name in the tables that `hybrid.ops`
fills.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import UnsupportedOpError
from ..naming import nearest

OPERATORS: dict[str, Callable[..., Any]] = {}
"""Public ops by name, as operators and methods need them."""

UFUNCS: dict[Any, Callable[..., Any]] = {}
"""NumPy ufunc -> function of the same arguments on our tensors."""

UFUNC_REDUCTIONS: dict[Any, Callable[..., Any]] = {}
"""NumPy ufunc -> function that stands for its `reduce` method."""

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""NumPy function -> function of the same arguments on our tensors."""

REFUSED: dict[Any, str] = {}
"""NumPy function -> what to use instead."""


def _refuse(function: Any, why: str = "") -> UnsupportedOpError:
    name = getattr(function, "__name__", str(function))
    hint = REFUSED.get(function, "")
    near = [f"hybrid.ops.{candidate}" for candidate in nearest(name, OPERATORS)]
    return UnsupportedOpError(
        f"np.{name} cannot take a hybrid tensor{why}.",
        why="its result would be an array that gradients and graphs cannot see",
        fix=hint
        or (f"use {' or '.join(near)}" if near else "use the functions of hybrid.ops")
        + ", or call .numpy() first if no gradient is wanted",
    )


_REDUCE_OPTIONS = frozenset(("axis", "keepdims"))


def _settle_options(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...]:
    """Cast the inputs as the option dtype says, and refuse options that no op has."""
    dtype = options.pop("dtype", None)
    unknown = [name for name in options if method == "__call__" or name not in _REDUCE_OPTIONS]
    if unknown:
        raise UnsupportedOpError(
            f"np.{ufunc.__name__} cannot take the argument '{unknown[0]}' with a hybrid tensor.",
            why="it has no counterpart that gradients and graphs can see",
            fix="use ops.where to choose elements, ops.cast to choose a dtype",
        )
    if dtype is None:
        return inputs
    return tuple(OPERATORS["cast"](each, dtype) for each in inputs)


def _binary(name: str) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    def forward(self: Any, other: Any) -> Any:
        return OPERATORS[name](self, other)

    def reflected(self: Any, other: Any) -> Any:
        return OPERATORS[name](other, self)

    return forward, reflected


def _unary(name: str) -> Callable[[Any], Any]:
    def method(self: Any) -> Any:
        return OPERATORS[name](self)

    return method


def _reduction(name: str) -> Callable[..., Any]:
    def method(self: Any, axis: Any = None, **options: Any) -> Any:
        return OPERATORS[name](self, axis=axis, **options)

    method.__name__ = name
    method.__doc__ = f"Return `ops.{name}` of this tensor."
    return method


class Operators:
    """Operators, NumPy methods and the NumPy protocols, for everything that is a tensor."""

    __slots__ = ()
    __array_priority__ = 1000

    __add__, __radd__ = _binary("add")
    __sub__, __rsub__ = _binary("subtract")
    __mul__, __rmul__ = _binary("multiply")
    __truediv__, __rtruediv__ = _binary("true_divide")
    __floordiv__, __rfloordiv__ = _binary("floor_divide")
    __mod__, __rmod__ = _binary("mod")
    __pow__, __rpow__ = _binary("power")
    __matmul__, __rmatmul__ = _binary("matmul")
    __and__, __rand__ = _binary("bitwise_and")
    __or__, __ror__ = _binary("bitwise_or")
    __xor__, __rxor__ = _binary("bitwise_xor")
    __lshift__, __rlshift__ = _binary("left_shift")
    __rshift__, __rrshift__ = _binary("right_shift")
    __lt__, _ = _binary("less")
    __le__, _ = _binary("less_equal")
    __gt__, _ = _binary("greater")
    __ge__, _ = _binary("greater_equal")
    __eq__, _ = _binary("equal")
    __ne__, _ = _binary("not_equal")
    del _
    __neg__ = _unary("negative")
    __abs__ = _unary("absolute")
    __invert__ = _unary("bitwise_invert")

    # Identity, because == is element-wise: tensors in sets and dicts are told apart as objects.
    __hash__ = object.__hash__

    def __pos__(self) -> Any:
        return self

    def __round__(self, decimals: int = 0) -> Any:
        return OPERATORS["round"](self, decimals)

    def __getitem__(self, key: Any) -> Any:
        return OPERATORS["getitem"](self, key)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if options.pop("out", None) is not None:
            raise UnsupportedOpError(
                f"np.{ufunc.__name__} cannot write a hybrid tensor into an array.",
                why="out= and in-place operators on an array would hide the result from gradients and graphs",
                fix="write y = x + t instead of x += t, or take t.numpy() if no gradient is wanted",
            )
        table = {"__call__": UFUNCS, "reduce": UFUNC_REDUCTIONS}.get(method, {})
        function = table.get(ufunc)
        if function is None:
            raise _refuse(ufunc, "" if method == "__call__" else f" in its method '{method}'")
        if method == "reduce":
            # Unlike np.sum, np.add.reduce works along the first axis unless told otherwise.
            options.setdefault("axis", 0)
        if options:
            inputs = _settle_options(ufunc, method, inputs, options)
        return function(*inputs, **options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        implementation = FUNCTIONS.get(function)
        if implementation is None:
            raise _refuse(function)
        return implementation(*args, **kwargs)

    sum, mean, prod = _reduction("sum"), _reduction("mean"), _reduction("prod")
    max, min = _reduction("max"), _reduction("min")
    std, var = _reduction("std"), _reduction("var")
    any, all = _reduction("any"), _reduction("all")
    argmax, argmin = _reduction("argmax"), _reduction("argmin")
    cumsum, cumprod = _reduction("cumsum"), _reduction("cumprod")
    squeeze = _reduction("squeeze")

    @property
    def T(self) -> Any:
        """The tensor with its axes reversed."""
        return OPERATORS["transpose"](self)

    def reshape(self, *shape: Any) -> Any:
        """Return `ops.reshape` of this tensor; the shape may be given as one tuple or as several sizes."""
        is_tuple = len(shape) == 1 and isinstance(shape[0], (tuple, list))
        return OPERATORS["reshape"](self, shape[0] if is_tuple else shape)

    def transpose(self, *axes: Any) -> Any:
        """Return `ops.transpose` of this tensor; the axes may be given as one tuple or one by one."""
        if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
            return OPERATORS["transpose"](self, axes[0])
        return OPERATORS["transpose"](self, axes or None)

    def astype(self, dtype: Any) -> Any:
        """Return the tensor in another dtype."""
        return OPERATORS["cast"](self, dtype)

    @property
    def _keras_mask(self) -> Any:
        """What Keras calls `mask`; its guides show it to users."""
        return self.mask  # type: ignore[attr-defined]

    def flatten(self) -> Any:
        """Return the tensor as a vector."""
        return OPERATORS["reshape"](self, (-1,))

    ravel = flatten

    def dot(self, other: Any) -> Any:
        """Return `ops.dot` of this tensor and another."""
        return OPERATORS["dot"](self, other)

    def clip(self, min: Any, max: Any) -> Any:
        """Return `ops.clip` of this tensor."""
        return OPERATORS["clip"](self, min, max)

    def round(self, decimals: int = 0) -> Any:
        """Return `ops.round` of this tensor."""
        return OPERATORS["round"](self, decimals)

    def swapaxes(self, axis1: int, axis2: int) -> Any:
        """Return `ops.swapaxes` of this tensor."""
        return OPERATORS["swapaxes"](self, axis1, axis2)

    def take(self, indices: Any, axis: int | None = None) -> Any:
        """Return `ops.take` of this tensor."""
        return OPERATORS["take"](self, indices, axis=axis)

    def repeat(self, repeats: Any, axis: int | None = None) -> Any:
        """Return `ops.repeat` of this tensor."""
        return OPERATORS["repeat"](self, repeats, axis=axis)

    def sort(self, axis: int = -1) -> Any:
        """Return a sorted copy: tensors do not change in place."""
        return OPERATORS["sort"](self, axis=axis)

    def argsort(self, axis: int = -1) -> Any:
        """Return `ops.argsort` of this tensor."""
        return OPERATORS["argsort"](self, axis=axis)
