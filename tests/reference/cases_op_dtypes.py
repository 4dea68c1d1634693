"""Cases of operations by the dtype of what they are given: float32, int32 and bool, and mixtures of them.

Shapes are small, since `cases_ops.py` has the shapes; here the dtype of the result is compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .specification import Array, CallCase, Case, Reference, boolean, distinct, fixed, real, whole
from .structure import leaves

DTYPES = ("float32", "int32", "bool")
Build = Callable[[str], tuple[Any, ...]]


def call(label: str, name: str, arguments: tuple[Any, ...], *, smooth: bool = True, **keywords: Any) -> Case:
    """A call of an operation; differentiated for every argument that holds float arrays if it is smooth."""
    places = tuple(
        place
        for place, argument in enumerate(arguments)
        if any(isinstance(leaf, Array) and leaf.differentiable for _, leaf in leaves(argument))
    )
    return CallCase(
        name=f"ops/{name}/{label}",
        function=Reference(f"ops.{name}"),
        arguments=arguments,
        keywords=keywords,
        differentiate=places if smooth else (),
        exact_dtype=True,
    )


def each(
    names: str, build: Build, *, dtypes: Sequence[str] = DTYPES, smooth: bool = True, **keywords: Any
) -> list[Case]:
    """Every operation in `names` on the arguments that `build` gives for every dtype."""
    return [call(dtype, name, build(dtype), smooth=smooth, **keywords) for name in names.split() for dtype in dtypes]


def values(dtype: str, shape: tuple[int, ...] = (2, 3)) -> Array:
    """Numbers of both signs."""
    if dtype == "bool":
        return boolean(shape)
    return real(shape, low=-2.0, high=2.0) if dtype == "float32" else whole(shape, low=-3, high=4)


def positive(dtype: str, shape: tuple[int, ...] = (2, 3)) -> Array:
    """Numbers above zero, and for bool nothing but True."""
    if dtype == "bool":
        return fixed([[True, True, True]], dtype="bool")
    return real(shape, low=0.3, high=3.0) if dtype == "float32" else whole(shape, low=1, high=5)


def inside(dtype: str) -> Array:
    """Numbers between -1 and 1, and for integers and bool nothing but zero."""
    return real((2, 3), low=-0.9, high=0.9) if dtype == "float32" else fixed([[0, 0]], dtype=dtype)


def ranked(dtype: str, shape: tuple[int, ...] = (2, 3)) -> Array:
    """Numbers without ties where the dtype has enough of them."""
    return distinct(shape) if dtype == "float32" else values(dtype, shape)


UNARY: list[Case] = [
    *each("abs absolute square exp exp2 expm1 sin cos tan sinh cosh tanh", lambda d: (values(d),)),
    *each("arctan arcsinh deg2rad rad2deg nan_to_num stop_gradient", lambda d: (values(d),)),
    *each("ceil floor trunc round", lambda d: (values(d),), dtypes=("float32", "int32")),
    *each("erf rsqrt", lambda d: (positive(d),), dtypes=("float32",)),
    *each("negative sign", lambda d: (values(d),), dtypes=("float32", "int32")),
    *each("log log2 log10 log1p sqrt", lambda d: (positive(d),)),
    *each("reciprocal", lambda d: (positive(d),), dtypes=("float32",)),
    *each("arcsin arccos arctanh", lambda d: (inside(d),)),
    *each("erfinv", lambda d: (inside(d),), dtypes=("float32",)),
    *each("arccosh", lambda d: (fixed([[1.5, 2.5]]) if d == "float32" else fixed([[1, 1]], dtype=d),)),
    *each("isfinite isinf isnan isneginf isposinf logical_not", lambda d: (values(d),), smooth=False),
    *each("bitwise_not bitwise_invert", lambda d: (values(d),), dtypes=("int32",), smooth=False),
    call("halves", "round", (fixed([-1.5, -0.5, 0.5, 1.5, 2.5]),), smooth=False),
    call("decimals", "round", (fixed([0.126, -1.534]),), smooth=False, decimals=2),
    call("special", "nan_to_num", (fixed([float("nan"), float("inf"), -float("inf"), 1.0]),), smooth=False),
    call("special", "isnan", (fixed([float("nan"), float("inf"), 1.0]),), smooth=False),
    call("special", "isinf", (fixed([float("nan"), float("inf"), 1.0]),), smooth=False),
    call("special", "sign", (fixed([-2.0, -0.0, 0.0, 3.0]),), smooth=False),
]

ACTIVATION: list[Case] = [
    *each(
        "relu relu6 leaky_relu elu selu celu gelu silu swish softplus softsign",
        lambda d: (values(d),),
        dtypes=("float32",),
    ),
    *each(
        "log_sigmoid hard_sigmoid hard_silu hard_swish hard_tanh hard_shrink",
        lambda d: (values(d),),
        dtypes=("float32",),
    ),
    *each(
        "soft_shrink tanh_shrink squareplus sparse_plus sparse_sigmoid sigmoid",
        lambda d: (values(d),),
        dtypes=("float32",),
    ),
    *each("softmax log_softmax", lambda d: (values(d),), dtypes=("float32",)),
    *each("relu softplus tanh_shrink", lambda d: (values(d),), dtypes=("int32",)),
    call("float32", "glu", (real((2, 4)),)),
    call("axis", "glu", (real((4, 3)),), axis=0),
    call("float32", "threshold", (real((2, 3)), 0.2, -3.0)),
    call("dominant", "sparsemax", (fixed([[3.0, 1.0, 0.2], [-1.0, 0.0, 4.0]]),)),
]

PAIRS = {
    "float32": ("float32", "float32"),
    "int32": ("int32", "int32"),
    "bool": ("bool", "bool"),
    "float32 int32": ("float32", "int32"),
    "int32 float32": ("int32", "float32"),
    "float32 bool": ("float32", "bool"),
    "int32 bool": ("int32", "bool"),
}


def pairs(names: str, *, second: Any = values, first: Any = values, skip: str = "", smooth: bool = True) -> list[Case]:
    """Every operation on every pair of dtypes, the second array broadcast, and with Python scalars."""
    built = [
        call(label, name, (first(left), second(right, (3,))), smooth=smooth)
        for name in names.split()
        for label, (left, right) in PAIRS.items()
        if label not in skip.split(",")
    ]
    scalars = [
        call(f"{dtype} {scalar!r}", name, (first(dtype), scalar), smooth=smooth)
        for name in names.split()
        for dtype in ("float32", "int32")
        for scalar in (2, 1.5)
    ]
    return built + scalars


BINARY: list[Case] = [
    *pairs("add multiply maximum minimum"),
    *pairs("subtract", skip="bool"),
    *pairs("divide true_divide arctan2 hypot logaddexp", first=positive, second=positive),
    *pairs("mod fmod floor_divide", second=positive, smooth=False, skip="bool"),
    *pairs("power", first=positive, second=positive, skip="bool"),
    *pairs("equal not_equal less less_equal greater greater_equal isclose", smooth=False),
    *pairs("logical_and logical_or logical_xor", smooth=False),
    *each(
        "bitwise_and bitwise_or bitwise_xor", lambda d: (values(d), values(d)), dtypes=("int32", "bool"), smooth=False
    ),
    *each(
        "bitwise_left_shift bitwise_right_shift left_shift right_shift",
        lambda d: (values(d), whole((2, 3), high=4)),
        dtypes=("int32",),
        smooth=False,
    ),
    *each("allclose", lambda d: (values(d), values(d)), smooth=False),
    *each("clip", lambda d: (values(d), -1, 1)),
    *each("where", lambda d: (boolean((2, 3)), values(d), values(d))),
    call("mixed", "where", (boolean((2, 3)), values("int32"), values("float32"))),
    call("scalar", "where", (boolean((2, 3)), values("float32"), 0)),
]

REDUCTION: list[Case] = [
    *(
        case
        for label, keywords in (("all", {}), ("axis", {"axis": 1}))
        for case in (
            call(f"{dtype} {label}", name, (ranked(dtype),), **keywords)
            for name in "sum mean prod max min amax amin std var median".split()
            for dtype in DTYPES
            if not (name == "median" and dtype == "bool")
        )
    ),
    *each("any all count_nonzero argmax argmin", lambda d: (values(d),), smooth=False, axis=1),
    *each("argsort", lambda d: (ranked(d),), smooth=False, dtypes=("float32",)),
    *each("cumsum cumprod", lambda d: (values(d),), axis=1),
    *each("sort", lambda d: (ranked(d),)),
    *each("average", lambda d: (values(d),), axis=0),
    *each("logsumexp", lambda d: (values(d),), axis=1, dtypes=("float32",)),
    *each("diff", lambda d: (values(d, (2, 4)),), dtypes=("float32", "int32")),
    call("weights", "average", (values("float32"), 1, positive("float32"))),
    call("second", "diff", (values("float32", (2, 5)),), n=2),
    call("float32", "quantile", (distinct((3, 5)), 0.3), axis=1),
    call("several", "quantile", (distinct((3, 5)), fixed([0.1, 0.5, 0.75])), axis=0, smooth=False),
    *(call(method, "quantile", (distinct((7,)), 0.4), method=method) for method in ("lower", "higher", "nearest")),
    call("int32", "norm", (values("int32"),)),
    *(call(f"order {order}", "norm", (values("float32"),), ord=order, axis=1) for order in (1, 2, 3)),
    call("infinite", "norm", (distinct((2, 3)),), ord=float("inf"), axis=1),
    call("frobenius", "norm", (values("float32"),), ord="fro"),
    call("maximum row", "norm", (distinct((2, 3)),), ord=float("inf")),
]

OP_DTYPE_CASES: list[Case] = [*UNARY, *ACTIVATION, *BINARY, *REDUCTION]
