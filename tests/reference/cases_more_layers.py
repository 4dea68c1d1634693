"""Cases of the further layers: one and three axes, depthwise and separable convolution, noise, and single ones."""

from __future__ import annotations

from .cases_layers import layer
from .specification import Array, Case, Make, distinct, real

SHAPES: dict[int, tuple[int, ...]] = {1: (2, 6, 2), 2: (2, 5, 6, 2), 3: (1, 3, 4, 3, 2)}
FIRST: dict[int, tuple[int, ...]] = {1: (2, 2, 6), 2: (2, 2, 5, 6), 3: (1, 2, 3, 4, 3)}

CONVOLUTION: list[Case] = [
    *(
        layer(label, name.format(axes), real(SHAPES[axes]), filters=3, kernel_size=2, **config)
        for name, every in (("Conv{}D", (1, 3)), ("Conv{}DTranspose", (1, 3)), ("SeparableConv{}D", (1, 2)))
        for axes in every
        for label, config in (
            ("plain", {}),
            ("strides same", {"strides": 2, "padding": "same", "activation": "tanh"}),
            ("dilation", {"dilation_rate": 2, "use_bias": False, "padding": "same"}),
        )
        # A strided and dilated window is refused, and three axes of length 3 hold no dilated window.
        if not (name == "Conv{}DTranspose" and label == "dilation" and axes == 3)
    ),
    *(
        layer(label, f"DepthwiseConv{axes}D", real(SHAPES[axes]), kernel_size=2, **config)
        for axes in (1, 2)
        for label, config in (
            ("plain", {}),
            ("strides same", {"strides": 2, "padding": "same", "activation": "tanh"}),
            ("multiplier", {"depth_multiplier": 3, "use_bias": False}),
            ("dilation", {"dilation_rate": 2}),
        )
    ),
    layer("causal", "Conv1D", real(SHAPES[1]), filters=3, kernel_size=3, padding="causal", dilation_rate=2),
    layer("causal strides", "Conv1D", real(SHAPES[1]), filters=3, kernel_size=3, padding="causal", strides=2),
    layer("groups", "Conv1D", real((2, 5, 4)), filters=6, kernel_size=2, groups=2),
    *(
        layer("channels first", name, real(FIRST[axes]), data_format="channels_first", **config)
        for name, axes, config in (
            ("Conv1D", 1, {"filters": 3, "kernel_size": 2}),
            ("Conv3D", 3, {"filters": 3, "kernel_size": 2, "padding": "same"}),
            ("Conv1DTranspose", 1, {"filters": 3, "kernel_size": 2, "strides": 2}),
            ("Conv3DTranspose", 3, {"filters": 2, "kernel_size": 2}),
            ("DepthwiseConv1D", 1, {"kernel_size": 2}),
            ("DepthwiseConv2D", 2, {"kernel_size": 2}),
            ("SeparableConv1D", 1, {"filters": 3, "kernel_size": 2}),
            ("SeparableConv2D", 2, {"filters": 3, "kernel_size": 2, "depth_multiplier": 2}),
        )
    ),
]

POOLING: list[Case] = [
    *(
        layer(label, f"{kind}Pooling{axes}D", distinct(shapes[axes]), **config)
        for kind in ("Max", "Average")
        for axes in (1, 3)
        for label, shapes, config in (
            ("plain", SHAPES, {"pool_size": 2}),
            ("same", SHAPES, {"padding": "same", "strides": 1, "pool_size": 2}),
            ("first", FIRST, {"data_format": "channels_first", "pool_size": 2}),
        )
    ),
    *(
        layer(label, name.format(axes), distinct(shapes[axes]), **config)
        for name, every in (("GlobalMaxPooling{}D", (1, 2, 3)), ("GlobalAveragePooling{}D", (1, 3)))
        for axes in every
        for label, shapes, config in (
            ("plain", SHAPES, {}),
            ("keep", SHAPES, {"keepdims": True}),
            ("first", FIRST, {"data_format": "channels_first"}),
        )
    ),
]

EDGES: list[Case] = [
    *(layer("plain", f"Cropping{axes}D", real(SHAPES[axes]), cropping=1) for axes in (1, 2)),
    layer("plain", "Cropping3D", real((1, 4, 4, 3, 2)), cropping=1),
    layer("pair", "Cropping1D", real(SHAPES[1]), cropping=(1, 2)),
    layer("four", "Cropping2D", real(SHAPES[2]), cropping=((1, 0), (2, 1))),
    layer("first", "Cropping2D", real(FIRST[2]), cropping=(1, 2), data_format="channels_first"),
    layer("six", "Cropping3D", real(FIRST[3]), cropping=((0, 1), (1, 2), (1, 0)), data_format="channels_first"),
    *(layer("plain", f"ZeroPadding{axes}D", real(SHAPES[axes]), padding=1) for axes in (1, 3)),
    layer("pair", "ZeroPadding1D", real(SHAPES[1]), padding=(1, 2)),
    layer("six", "ZeroPadding3D", real(FIRST[3]), padding=((0, 1), (1, 2), (1, 0)), data_format="channels_first"),
    layer("plain", "UpSampling1D", real(SHAPES[1]), size=3),
    layer("plain", "UpSampling3D", real((1, 2, 2, 2, 2)), size=(1, 2, 3)),
    layer("first", "UpSampling3D", real((1, 2, 2, 2, 1)), data_format="channels_first"),
    layer("plain", "RepeatVector", real((2, 3)), n=4),
]

NOISY = {
    "AlphaDropout": {"rate": 0.3},
    "GaussianDropout": {"rate": 0.3},
    "GaussianNoise": {"stddev": 0.3},
    "SpatialDropout1D": {"rate": 0.3},
    "SpatialDropout2D": {"rate": 0.3},
    "SpatialDropout3D": {"rate": 0.3},
}


def _noise_input(name: str) -> Array:
    return real(SHAPES[int(name[-2])] if name.endswith("D") else (3, 4))


NOISE: list[Case] = [
    *(layer("inference", name, _noise_input(name), **config) for name, config in NOISY.items()),
    *(
        layer("zero", name, _noise_input(name), call={"training": True}, **{next(iter(config)): 0.0})
        for name, config in NOISY.items()
    ),
]

SINGLE: list[Case] = [
    layer("plain", "ELU", real((3, 4), low=-3, high=3)),
    layer("alpha", "ELU", real((3, 4), low=-3, high=3), alpha=0.5),
    layer("plain", "PReLU", real((3, 4), low=-3, high=3)),
    layer("shared", "PReLU", real((2, 3, 4)), shared_axes=[1], alpha_regularizer=Make("regularizers.L2", 0.01)),
    layer("plain", "Softmax", real((3, 4))),
    layer("axis", "Softmax", real((2, 3, 4)), axis=1),
    layer("axes", "Softmax", real((2, 3, 4)), axis=(1, 2)),
    layer("plain", "ActivityRegularization", real((3, 4)), l1=0.1, l2=0.2),
    layer("plain", "UnitNormalization", real((3, 4))),
    layer("axes", "UnitNormalization", real((2, 3, 4)), axis=(1, 2)),
    layer("plain", "RMSNormalization", real((3, 4))),
    layer("groups", "GroupNormalization", real((2, 3, 4)), groups=2),
    layer("instance", "GroupNormalization", real((2, 3, 4)), groups=-1, epsilon=0.1),
    layer("layer", "GroupNormalization", real((2, 2, 3, 4)), groups=1, center=False, scale=False),
    layer("first axis", "GroupNormalization", real((2, 4, 3)), groups=2, axis=1),
]

MORE_LAYER_CASES: list[Case] = [*CONVOLUTION, *POOLING, *EDGES, *NOISE, *SINGLE]
