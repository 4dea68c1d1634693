"""Cases of operations and activation functions."""

from __future__ import annotations

from typing import Any

from .specification import (
    Array,
    CallCase,
    Case,
    Reference,
    boolean,
    distinct,
    fixed,
    one_hot,
    probabilities,
    real,
    whole,
)

WIDE = real((3, 4), low=-4, high=4)


def op(
    label: str, name: str, *arguments: Any, module: str = "ops", wrt: tuple[int, ...] = (0,), **keywords: Any
) -> Case:
    """A call of an operation, differentiated with respect to its first argument unless `wrt` says otherwise."""
    return CallCase(
        name=f"{module}/{name}/{label}",
        function=Reference(f"{module}.{name}"),
        arguments=arguments,
        keywords=keywords,
        differentiate=wrt,
    )


ACTIVATIONS = [
    "relu",
    "leaky_relu",
    "relu6",
    "softmax",
    "celu",
    "elu",
    "selu",
    "softplus",
    "softsign",
    "squareplus",
    "soft_shrink",
    "sparse_plus",
    "silu",
    "gelu",
    "glu",
    "tanh",
    "tanh_shrink",
    "threshold",
    "sigmoid",
    "exponential",
    "hard_sigmoid",
    "hard_silu",
    "hard_tanh",
    "hard_shrink",
    "linear",
    "mish",
    "log_softmax",
    "log_sigmoid",
    "sparsemax",
    "swish",
    "hard_swish",
    "sparse_sigmoid",
]
ARGUMENTS: dict[str, tuple[Any, ...]] = {"threshold": (0.5, 2.0)}

ACTIVATION_OPS = [
    "relu",
    "leaky_relu",
    "relu6",
    "softmax",
    "log_softmax",
    "gelu",
    "silu",
    "elu",
    "selu",
    "softplus",
    "softsign",
    "sigmoid",
    "log_sigmoid",
    "hard_sigmoid",
]

ACTIVATION: list[Case] = [
    *(op("plain", name, WIDE, *ARGUMENTS.get(name, ()), module="activations") for name in ACTIVATIONS),
    *(op("plain", name, WIDE) for name in ACTIVATION_OPS),
    op("options", "relu", WIDE, module="activations", negative_slope=0.1, max_value=2.0, threshold=0.5),
    op("slope", "leaky_relu", WIDE, module="activations", negative_slope=0.4),
    op("exact", "gelu", WIDE, module="activations", approximate=False),
    op("approximate", "gelu", WIDE, module="activations", approximate=True),
    op("narrow", "sparsemax", real((3, 4), low=-0.3, high=0.3), module="activations"),
    op("alpha", "elu", WIDE, module="activations", alpha=0.5),
    op("axis", "softmax", WIDE, module="activations", axis=0),
    op("exact", "gelu", WIDE, approximate=False),
    op("approximate", "gelu", WIDE, approximate=True),
    op("axis", "softmax", WIDE, axis=0),
    op("axis", "log_softmax", WIDE, axis=0),
    op("large", "softmax", fixed([[1000.0, 1001.0, -1000.0]])),
    op("large", "log_softmax", fixed([[1000.0, 1001.0, -1000.0]])),
    op("large", "softplus", fixed([-200.0, -30.0, 0.0, 30.0, 200.0])),
    op("large", "sigmoid", fixed([-200.0, -30.0, 0.0, 30.0, 200.0])),
]

POSITIVE = real((3, 4), low=0.2, high=3.0)

ELEMENTWISE: list[Case] = [
    *(
        op("plain", name, WIDE)
        for name in [
            "exp",
            "expm1",
            "square",
            "tanh",
            "sin",
            "cos",
            "absolute",
            "abs",
            "sign",
            "floor",
            "ceil",
            "negative",
            "arctan",
            "sinh",
            "cosh",
            "erf",
        ]
    ),
    *(op("plain", name, POSITIVE) for name in ["log", "log1p", "log2", "log10", "sqrt", "rsqrt", "reciprocal"]),
    *(
        op("plain", name, real((3, 4)), real((4,), low=0.2, high=2.0), wrt=(0, 1))
        for name in ["add", "subtract", "multiply", "divide", "minimum", "arctan2"]
    ),
    op("plain", "maximum", real((3, 4)), real((4,)), wrt=(0, 1)),
    op("plain", "power", POSITIVE, real((4,), low=-2, high=2), wrt=(0, 1)),
    op("plain", "mod", real((3, 4), low=-5, high=5), 1.5),
    op("plain", "floor_divide", real((3, 4), low=-5, high=5), 1.5),
    op("plain", "clip", WIDE, -1.0, 2.0),
    op("plain", "where", boolean((3, 4)), real((3, 4)), real((4,)), wrt=(1, 2)),
    *(
        op("plain", name, whole((3, 4), high=3), whole((4,), high=3), wrt=())
        for name in ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]
    ),
    *(op("plain", name, boolean((3, 4)), boolean((4,)), wrt=()) for name in ("logical_and", "logical_or")),
    op("plain", "logical_not", boolean((3, 4)), wrt=()),
]

BLOCK = distinct((2, 3, 4))
HOLED = fixed([[1.0, float("nan"), -2.0], [3.0, 0.5, float("nan")]])

REDUCTION: list[Case] = [
    *(
        op(label, name, BLOCK, **keywords)
        for name in ["sum", "mean", "prod", "max", "min", "std", "var", "logsumexp"]
        for label, keywords in (("all", {}), ("axis", {"axis": 1}), ("keep", {"axis": (0, 2), "keepdims": True}))
    ),
    *(op("axis", name, BLOCK, axis=1, wrt=()) for name in ("argmax", "argmin", "argsort")),
    *(op("all", name, BLOCK, wrt=()) for name in ("argmax", "argmin")),
    *(op("axis", name, boolean((3, 4)), axis=1, wrt=()) for name in ("any", "all")),
    op("axis", "cumsum", BLOCK, axis=1),
    op("axis", "cumprod", BLOCK, axis=-1),
    op("axis", "sort", BLOCK, axis=1),
    *(
        op("axis", name, HOLED, axis=1, wrt=())
        for name in "nansum nanmean nanprod nanmax nanmin nanstd nanvar nancumsum nancumprod".split()
    ),
    op("axes", "moments", BLOCK, axes=[0, 2]),
    op("keep", "moments", BLOCK, axes=[1], keepdims=True),
    op("plain", "normalize", BLOCK),
    op("order", "normalize", BLOCK, axis=1, order=1),
    op("plain", "norm", BLOCK),
    op("axis", "norm", BLOCK, axis=2),
    op("plain", "top_k", distinct((3, 6)), 2),
    op("plain", "segment_sum", real((5, 2)), fixed([0, 0, 1, 2, 2], dtype="int32"), num_segments=4),
]

MANIPULATION: list[Case] = [
    op("plain", "reshape", BLOCK, (4, -1)),
    op("plain", "transpose", BLOCK),
    op("axes", "transpose", BLOCK, axes=(1, 2, 0)),
    op("plain", "swapaxes", BLOCK, 0, 2),
    op("plain", "moveaxis", BLOCK, 0, -1),
    op("plain", "expand_dims", BLOCK, 1),
    op("plain", "squeeze", real((2, 1, 3)), axis=1),
    op("plain", "broadcast_to", real((3, 1)), (2, 3, 4)),
    op("plain", "concatenate", [real((2, 3)), real((2, 2))], axis=1),
    op("plain", "stack", [real((2, 3)), real((2, 3))], axis=1),
    op("plain", "split", real((2, 6)), 3, axis=1),
    op("places", "split", real((2, 6)), [1, 4], axis=1),
    op("plain", "tile", real((2, 3)), (2, 1)),
    op("axis", "repeat", real((2, 3)), 2, axis=1),
    op("plain", "pad", real((2, 3)), ((1, 0), (2, 1))),
    op("reflect", "pad", real((3, 4)), ((1, 2), (0, 3)), mode="reflect"),
    op("plain", "flip", BLOCK, axis=1),
    op("plain", "roll", BLOCK, 1, axis=2),
    op("axis", "take", real((4, 3)), fixed([[0, 3], [3, 1]], dtype="int32"), axis=0),
    op("axis", "take_along_axis", real((2, 4)), fixed([[0, 3], [3, 1]], dtype="int32"), axis=1),
    op("plain", "unstack", real((3, 2)), axis=0),
    op("plain", "slice", real((4, 5)), (1, 2), (2, 3)),
    op("plain", "slice_update", real((4, 5)), (1, 2), real((2, 3)), wrt=(0, 2)),
    op("plain", "scatter", fixed([[0], [2], [0]], dtype="int32"), real((3, 2)), (4, 2), wrt=(1,)),
    op("plain", "one_hot", fixed([0, 2, 1, 4, -1], dtype="int32"), 4, wrt=()),
    op("axis", "one_hot", whole((2, 3), high=4), 4, axis=1, wrt=()),
    op("plain", "matmul", real((2, 3, 4)), real((4, 5)), wrt=(0, 1)),
    op("plain", "dot", real((3, 4)), real((4, 2)), wrt=(0, 1)),
    op("plain", "tensordot", real((2, 3, 4)), real((4, 3, 2)), axes=[[1, 2], [1, 0]], wrt=(0, 1)),
    op("plain", "einsum", "bij,bjk->bik", real((2, 3, 4)), real((2, 4, 2)), wrt=(1, 2)),
    op("plain", "outer", real((3,)), real((4,)), wrt=(0, 1)),
    op("plain", "cast", real((2, 3), low=-4, high=4), "int32", wrt=()),
]

LOGITS = real((4, 3), low=-3, high=3)

CROSSENTROPY: list[Case] = [
    *(
        op(label, "categorical_crossentropy", one_hot((4, 3)), output, from_logits=logits, wrt=(1,))
        for label, output, logits in (("plain", probabilities((4, 3)), False), ("logits", LOGITS, True))
    ),
    *(
        op(label, "sparse_categorical_crossentropy", whole((4,), high=3), output, from_logits=logits, wrt=(1,))
        for label, output, logits in (("plain", probabilities((4, 3)), False), ("logits", LOGITS, True))
    ),
    *(
        op(label, "binary_crossentropy", whole((4, 3), high=2, dtype="float32"), output, from_logits=logits, wrt=(1,))
        for label, output, logits in (("plain", real((4, 3), low=0.05, high=0.95), False), ("logits", LOGITS, True))
    ),
]


def _convolution(label: str, inputs: Array, kernel: Array, **keywords: Any) -> Case:
    return op(label, "conv", inputs, kernel, wrt=(0, 1), **keywords)


CONVOLUTION: list[Case] = [
    _convolution("one axis", real((2, 6, 3)), real((3, 3, 2)), strides=1, padding="valid"),
    _convolution("one axis same", real((2, 6, 3)), real((3, 3, 2)), strides=2, padding="same"),
    _convolution("two axes", real((2, 5, 6, 2)), real((3, 2, 2, 3)), strides=(2, 1), padding="same"),
    _convolution("dilation", real((2, 7, 7, 2)), real((3, 3, 2, 2)), strides=1, padding="valid", dilation_rate=2),
    _convolution("groups", real((2, 5, 5, 4)), real((2, 2, 2, 4)), strides=1, padding="valid"),
    _convolution("three axes", real((1, 3, 4, 3, 2)), real((2, 2, 2, 2, 2)), strides=1, padding="valid"),
    _convolution(
        "channels first",
        real((2, 2, 5, 5)),
        real((3, 3, 2, 2)),
        strides=1,
        padding="valid",
        data_format="channels_first",
    ),
    *(
        op(label, name, distinct(shape), size, strides=strides, padding=padding)
        for name in ("max_pool", "average_pool")
        for label, shape, size, strides, padding in (
            ("one axis", (2, 6, 2), 2, 2, "valid"),
            ("two axes", (2, 5, 4, 2), (2, 2), 2, "same"),
            ("overlap", (2, 5, 4, 2), 3, 1, "valid"),
        )
    ),
]

OP_CASES: list[Case] = [*ACTIVATION, *ELEMENTWISE, *REDUCTION, *MANIPULATION, *CROSSENTROPY, *CONVOLUTION]
