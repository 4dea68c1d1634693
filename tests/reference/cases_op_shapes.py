"""Cases of operations that move, make, look up and multiply arrays, by dtype."""

from __future__ import annotations

from .cases_op_dtypes import call, each, positive, ranked, values
from .specification import Case, boolean, distinct, fixed, real, whole

BLOCK = (2, 3, 4)
PLACES = fixed([[0, 1], [1, 1]], dtype="int32")

SHAPING: list[Case] = [
    *each("reshape", lambda d: (values(d), (3, 2))),
    *each("transpose ravel", lambda d: (values(d),)),
    *each("swapaxes", lambda d: (values(d, BLOCK), 0, 2)),
    *each("moveaxis", lambda d: (values(d, BLOCK), 0, -1)),
    *each("expand_dims", lambda d: (values(d), -1)),
    *each("squeeze", lambda d: (values(d, (2, 1, 3)),)),
    *each("broadcast_to", lambda d: (values(d, (3, 1)), (2, 3, 2))),
    *each("concatenate stack", lambda d: ([values(d), values(d)],), axis=1),
    *each("hstack vstack dstack", lambda d: ([values(d), values(d)],)),
    call("mixed", "concatenate", ([values("float32"), values("int32")],), axis=1),
    call("mixed", "stack", ([values("bool"), values("int32")],)),
    call("vectors", "hstack", ([real((2,)), real((3,))],)),
    call("vectors", "vstack", ([real((3,)), real((3,))],)),
    call("vectors", "dstack", ([real((3,)), real((3,))],)),
    *each("split", lambda d: (values(d, (2, 6)), 3), axis=1),
    *each("array_split", lambda d: (values(d, (2, 5)), 3), axis=1),
    *each("tile", lambda d: (values(d), (2, 1, 2))),
    *each("repeat", lambda d: (values(d), 2)),
    *each("pad", lambda d: (values(d), ((1, 0), (0, 2)))),
    *(call(mode, "pad", (real((3, 4)), ((1, 2), (2, 0))), mode=mode) for mode in ("symmetric", "edge", "wrap")),
    call("value", "pad", (values("float32"), ((1, 0), (0, 2))), constant_values=3.0),
    *each("flip", lambda d: (values(d),)),
    *each("roll", lambda d: (values(d), 2)),
    *each("rot90", lambda d: (values(d),)),
    *each("take", lambda d: (values(d), PLACES), axis=1),
    *each("take_along_axis", lambda d: (values(d), PLACES), axis=1),
    call("flat", "take", (values("float32"), PLACES)),
    call("negative", "take", (values("float32"), fixed([-1, -2], dtype="int32")), axis=1),
    call("scalar", "take", (values("float32"), 1), axis=1),
    *each("unstack", lambda d: (values(d),)),
    *each("tril triu", lambda d: (values(d, (3, 3)),)),
    *each("diag", lambda d: (values(d, (3,)),)),
    *each("diagonal trace", lambda d: (values(d, (3, 3)),)),
    call("offset", "diag", (values("float32", (3, 3)),), k=1),
    call("offset", "tril", (values("float32", (3, 4)),), k=-1),
    call("offset", "triu", (values("float32", (3, 4)),), k=1),
    call("offset", "trace", (values("float32", BLOCK),), offset=1, axis1=1, axis2=2),
    *each("slice", lambda d: (values(d, (3, 4)), (1, 2), (2, 2))),
    *each("slice_update", lambda d: (values(d, (3, 4)), (1, 2), values(d, (2, 2)))),
    *each("scatter", lambda d: (fixed([[0], [3]], dtype="int32"), values(d), (4, 3)), dtypes=("float32", "int32")),
    *each("scatter_update", lambda d: (values(d, (4, 3)), fixed([[0], [3]], dtype="int32"), values(d))),
    call("cells", "scatter_update", (real((3, 3)), fixed([[0, 1], [2, 2]], dtype="int32"), real((2,)))),
]

LOOKUP: list[Case] = [
    *each("top_k", lambda d: (ranked(d), 2), dtypes=("float32",)),
    *each("nonzero", lambda d: (values(d),), smooth=False),
    call("plain", "in_top_k", (whole((3,), high=4), distinct((3, 4)), 2), smooth=False),
    call("plain", "searchsorted", (fixed([0.1, 0.4, 0.9]), fixed([0.0, 0.4, 0.5, 2.0])), smooth=False),
    call("right", "searchsorted", (fixed([0.1, 0.4, 0.9]), fixed([0.0, 0.4, 0.5, 2.0])), smooth=False, side="right"),
    call("plain", "digitize", (fixed([0.0, 0.4, 0.5, 2.0]), fixed([0.1, 0.4, 0.9])), smooth=False),
    call("plain", "bincount", (whole((8,), high=5),), smooth=False),
    call("weights", "bincount", (whole((8,), high=5),), smooth=False, weights=real((8,)), minlength=7),
    call("plain", "multi_hot", (whole((2, 3), high=5), 5), smooth=False),
    call("dtype", "multi_hot", (whole((2, 3), high=5), 5), smooth=False, dtype="int32"),
    call("dtype", "one_hot", (whole((2, 3), high=5), 5), smooth=False, dtype="bool"),
    call("default", "one_hot", (whole((2, 3), high=5), 5), smooth=False),
    call("plain", "segment_max", (distinct((5, 2)), fixed([0, 0, 1, 2, 2], dtype="int32")), num_segments=3),
    call("int32", "segment_sum", (whole((5,), high=9), fixed([0, 0, 1, 2, 2], dtype="int32")), num_segments=3),
    call("plain", "meshgrid", (real((2,)), real((3,)))),
    call("matrix", "meshgrid", (real((2,)), real((3,))), indexing="ij"),
]

CREATION: list[Case] = [
    *(call("default", name, ((2, 3),)) for name in ("zeros", "ones")),
    *(call("int32", name, ((2, 3), "int32")) for name in ("zeros", "ones")),
    *(call(f"{value!r}", "full", ((2,), value)) for value in (2, 2.5, True)),
    *each("zeros_like ones_like", lambda d: (values(d),), smooth=False),
    *each("full_like", lambda d: (values(d), 1), smooth=False),
    call("default", "eye", (3,)),
    call("wide", "eye", (2, 4, 1), dtype="int32"),
    call("default", "identity", (3,)),
    call("default", "tri", (3, 4, 1)),
    *(
        call(" ".join(str(bound) for bound in bounds), "arange", bounds)
        for bounds in ((5,), (1, 4), (0, 10, 3), (5.0,), (0, 1, 0.25), (5, 0, -2))
    ),
    call("dtype", "arange", (4,), dtype="float32"),
    call("default", "linspace", (0.0, 1.0), num=5),
    call("integers", "linspace", (0, 10), num=5),
    call("open", "linspace", (0.0, 1.0), num=4, endpoint=False),
    call("arrays", "linspace", (real((2,)), real((2,))), num=3),
    call("step", "linspace", (0.0, 1.0), num=5, retstep=True),
    call("default", "logspace", (0.0, 2.0), num=3),
    *each("array convert_to_tensor", lambda d: (values(d),)),
    *(
        call(label, "convert_to_tensor", (value,))
        for label, value in (("int", 3), ("float", 3.5), ("true", True), ("list", [1, 2]), ("mixed", [1, 2.5]))
    ),
    *(
        call(f"{source} to {target}", "cast", (values(source), target), smooth=False)
        for source in ("float32", "int32", "bool")
        for target in ("float32", "int32", "bool", "uint8", "float16")
        if (source, target) not in {("float32", "uint8"), ("int32", "uint8")}
    ),
    call("narrow", "saturate_cast", (fixed([-300.0, -1.5, 0.0, 90.0, 400.0]), "int8"), smooth=False),
    call("unsigned", "saturate_cast", (fixed([-300, -1, 0, 90, 400], dtype="int32"), "uint8"), smooth=False),
]

SQUARE = fixed([[2.0, 0.5, -0.3], [0.4, 1.5, 0.2], [-0.1, 0.3, 1.1]])
DEFINITE = fixed([[2.0, 0.5, 0.3], [0.5, 1.5, 0.2], [0.3, 0.2, 1.1]])

LINEAR: list[Case] = [
    *each("matmul dot", lambda d: (values(d), values(d, (3, 2)))),
    *each("inner", lambda d: (values(d), values(d))),
    *each("vdot outer", lambda d: (values(d, (3,)), values(d, (3,)))),
    *each("tensordot", lambda d: (values(d), values(d, (3, 2))), axes=1),
    *each("cross", lambda d: (values(d), values(d)), dtypes=("float32", "int32")),
    call("mixed", "matmul", (values("float32"), values("int32", (3, 2)))),
    call("mixed", "dot", (values("int32"), values("bool", (3, 2)))),
    call("vector", "matmul", (values("float32"), values("float32", (3,)))),
    call("default", "tensordot", (values("float32", BLOCK), values("float32", (3, 4)))),
    call("int32", "einsum", ("ij,kj->ik", values("int32"), values("int32"))),
    call("diagonal", "einsum", ("ii->i", real((3, 3)))),
    call("one", "einsum", ("ij->j", real((2, 3)))),
    call("ellipsis", "einsum", ("...ij,jk->...ik", real(BLOCK), real((4, 2)))),
    call("three", "einsum", ("ij,jk,kl->il", real((2, 3)), real((3, 2)), real((2, 2)))),
    call("implicit", "einsum", ("ij,jk", real((2, 3)), real((3, 2)))),
    *(call("float32", name, (SQUARE,)) for name in ("det", "inv")),
    call("float32", "cholesky", (DEFINITE,)),
    call("upper", "cholesky", (DEFINITE,), upper=True),
    call("float32", "solve", (SQUARE, real((3, 2)))),
    call("vector", "solve", (SQUARE, real((3,)))),
]

IMAGE = (1, 5, 4, 2)
WINDOWS: list[Case] = [
    call("plain", "conv_transpose", (real(IMAGE), real((3, 2, 3, 2))), strides=2, padding="valid"),
    call("same", "conv_transpose", (real(IMAGE), real((3, 3, 3, 2))), strides=2, padding="same"),
    call("output padding", "conv_transpose", (real(IMAGE), real((3, 3, 3, 2))), strides=2, output_padding=1),
    call("plain", "depthwise_conv", (real(IMAGE), real((2, 2, 2, 2))), strides=1, padding="valid"),
    call("same", "depthwise_conv", (real(IMAGE), real((3, 2, 2, 1))), strides=2, padding="same"),
    call("plain", "separable_conv", (real(IMAGE), real((2, 2, 2, 2)), real((1, 1, 4, 3))), padding="same"),
    call("large", "separable_conv", (real(IMAGE), real((3, 2, 2, 1)), real((1, 1, 2, 3))), strides=1),
]

NORMALIZATION: list[Case] = [
    call("plain", "batch_normalization", (real((4, 3)), real((3,)), positive("float32", (3,)), -1)),
    call(
        "scaled",
        "batch_normalization",
        (real((2, 3, 2)), real((3,)), positive("float32", (3,)), 1, real((3,)), real((3,))),
        epsilon=0.1,
    ),
    call("plain", "layer_normalization", (real((4, 3)),)),
    call("scaled", "layer_normalization", (real((2, 3, 4)), real((4,)), real((4,))), epsilon=0.01),
    call("axes", "layer_normalization", (real((2, 3, 4)),), axis=(1, 2)),
    call("plain", "rms_normalization", (real((4, 3)),)),
    call("scaled", "rms_normalization", (real((4, 3)), real((3,))), epsilon=0.01),
    call("plain", "dot_product_attention", tuple(real((2, 3, 2, 4)) for _ in range(3))),
    call("causal", "dot_product_attention", tuple(real((2, 3, 2, 4)) for _ in range(3)), is_causal=True),
    call(
        "mask",
        "dot_product_attention",
        tuple(real((1, 3, 2, 4)) for _ in range(3)),
        mask=fixed([[[[True, False, True], [True, True, False], [True, True, True]]] * 2], dtype="bool"),
    ),
    call("bias", "dot_product_attention", (*(real((1, 3, 2, 4)) for _ in range(3)), real((1, 2, 3, 3))), scale=0.3),
    call("int32", "moments", (whole((2, 3), high=5),), axes=[0]),
    call("boolean", "moments", (boolean((2, 3)),), axes=[0]),
]

OP_SHAPE_CASES: list[Case] = [*SHAPING, *LOOKUP, *CREATION, *LINEAR, *WINDOWS, *NORMALIZATION]
