"""Cases of the layers without time: core, merging, convolution, pooling, normalisation, reshaping."""

from __future__ import annotations

from typing import Any

from .specification import Case, LayerCase, Make, boolean, distinct, fixed, padding_mask, real, whole

IMAGE = (2, 5, 6, 3)
CHANNELS_FIRST = (2, 3, 5, 6)


def layer(
    name: str, layer_class: str, *inputs: Any, mask: Any = None, call_mask: bool = True, **config: Any
) -> LayerCase:
    """A layer case with constructor arguments as keywords; `call` among them holds the keywords of the call."""
    call = config.pop("call", {})
    return LayerCase(
        name=f"{layer_class}/{name}",
        layer=Make(f"layers.{layer_class}", **config),
        inputs=inputs,
        keywords=call,
        mask=mask,
        call_mask=call_mask,
    )


CORE: list[Case] = [
    layer("plain", "Dense", real((4, 3)), units=5),
    layer("relu", "Dense", real((4, 3)), units=5, activation="relu"),
    layer("no bias", "Dense", real((4, 3)), units=5, use_bias=False, activation="softmax"),
    layer("rank 3", "Dense", real((2, 4, 3)), units=2, activation="tanh", kernel_initializer="he_normal"),
    layer("integers", "Dense", whole((2, 3), high=5), units=2),
    layer(
        "regularized",
        "Dense",
        real((2, 3)),
        units=2,
        kernel_regularizer=Make("regularizers.L2", 0.01),
        bias_constraint=Make("constraints.NonNeg"),
        bias_initializer=Make("initializers.Constant", 0.5),
    ),
    layer("plain", "Embedding", whole((2, 4), high=6), input_dim=6, output_dim=3),
    layer("mask zero", "Embedding", whole((3, 4), high=3), input_dim=3, output_dim=2, mask_zero=True),
    layer("rank 1", "Embedding", whole((5,), high=6), input_dim=6, output_dim=3),
    layer("plain", "Flatten", real((2, 3, 4))),
    layer("vector", "Flatten", real((3,))),
    layer("channels first", "Flatten", real((2, 3, 2, 4)), data_format="channels_first"),
    layer("plain", "Reshape", real((2, 6)), target_shape=(3, 2)),
    layer("unknown", "Reshape", real((2, 3, 4)), target_shape=(-1, 2)),
    layer("plain", "Permute", real((2, 3, 4)), dims=(2, 1)),
    layer("three axes", "Permute", real((2, 3, 4, 2)), dims=(3, 1, 2)),
    layer("plain", "Identity", real((2, 3))),
    layer("inference", "Dropout", real((2, 3)), rate=0.5, call={"training": False}),
    layer("default", "Dropout", real((2, 3)), rate=0.5, noise_shape=(2, 1)),
    layer("zero rate", "Dropout", real((2, 3)), rate=0.0, call={"training": True}),
    layer("zero", "Masking", fixed([[[1.0, 2.0], [0.0, 0.0], [0.0, 3.0]], [[0.0, 0.0], [4.0, 5.0], [0.0, 0.0]]])),
    layer("value", "Masking", fixed([[[1.0, 2.0], [-1.0, -1.0]], [[-1.0, 3.0], [4.0, 5.0]]]), mask_value=-1.0),
    layer("plain", "Rescaling", real((2, 3)), scale=1 / 255, offset=-1.0),
    layer("integers", "Rescaling", whole((2, 3), high=256), scale=1 / 127.5, offset=-1),
    layer("per channel", "Rescaling", real((2, 4, 3)), scale=[1.0, 2.0, 0.5], offset=[0.0, -1.0, 1.0]),
]

ACTIVATIONS: list[Case] = [
    *(
        layer(name, "Activation", real((3, 4), low=-4, high=4), activation=name)
        for name in [
            "relu",
            "gelu",
            "silu",
            "elu",
            "selu",
            "softplus",
            "softsign",
            "sigmoid",
            "tanh",
            "exponential",
            "softmax",
            "linear",
            "mish",
            "swish",
            "hard_sigmoid",
            "hard_silu",
            "leaky_relu",
            "relu6",
            "log_softmax",
        ]
    ),
    layer("plain", "ReLU", real((3, 4))),
    layer("bounded", "ReLU", real((5, 4), low=-8, high=8), max_value=4.0, negative_slope=0.1, threshold=0.5),
    layer("plain", "LeakyReLU", real((3, 4))),
    layer("slope", "LeakyReLU", real((3, 4)), negative_slope=0.05),
]

MERGE_CLASSES = ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")

MERGING: list[Case] = [
    *(layer("two", name, [real((2, 3)), real((2, 3))]) for name in (*MERGE_CLASSES, "Subtract")),
    *(layer("three", name, [real((4, 5)), real((4, 5)), real((4, 5))]) for name in MERGE_CLASSES),
    *(
        layer("broadcast", name, [real((2, 4, 3)), real((2, 1, 3))])
        for name in (*MERGE_CLASSES, "Subtract")
        if name != "Concatenate"
    ),
    *(
        layer("ranks", name, [real((2, 4, 3)), real((2, 3))])
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract")
    ),
    layer("axis 1", "Concatenate", [real((2, 3, 2)), real((2, 1, 2))], axis=1),
    *(
        layer(
            "masks",
            name,
            [real((2, 3, 2)), real((2, 3, 2))],
            mask=[padding_mask((2, 3)), padding_mask((2, 3))],
            call_mask=False,
        )
        for name in ("Add", "Concatenate")
    ),
    layer("vectors", "Dot", [real((2, 3)), real((2, 3))], axes=1),
    layer("axes", "Dot", [real((2, 3, 4)), real((2, 4, 5))], axes=(2, 1)),
    layer("last axis", "Dot", [real((2, 3, 4)), real((2, 5, 4))], axes=-1),
    layer("normalized", "Dot", [real((2, 3, 4)), real((2, 5, 4))], axes=2, normalize=True),
    layer("mixed ranks", "Dot", [real((2, 3, 4)), real((2, 4))], axes=(2, 1)),
]

CONVOLUTION: list[Case] = [
    layer("plain", "Conv2D", real(IMAGE), filters=4, kernel_size=3),
    layer("same", "Conv2D", real(IMAGE), filters=2, kernel_size=(2, 3), padding="same", activation="relu"),
    layer("strides", "Conv2D", real(IMAGE), filters=2, kernel_size=3, strides=2),
    layer("strides same", "Conv2D", real(IMAGE), filters=2, kernel_size=3, strides=(2, 3), padding="same"),
    layer("even kernel same", "Conv2D", real((2, 5, 4, 2)), filters=2, kernel_size=2, strides=2, padding="same"),
    layer("dilation", "Conv2D", real((2, 7, 6, 2)), filters=2, kernel_size=3, dilation_rate=2),
    layer("dilation same", "Conv2D", real(IMAGE), filters=2, kernel_size=3, dilation_rate=(2, 1), padding="same"),
    layer("groups", "Conv2D", real((2, 5, 5, 4)), filters=6, kernel_size=2, groups=2),
    layer("no bias", "Conv2D", real(IMAGE), filters=2, kernel_size=1, use_bias=False),
    layer("channels first", "Conv2D", real(CHANNELS_FIRST), filters=2, kernel_size=3, data_format="channels_first"),
    layer(
        "channels first same",
        "Conv2D",
        real(CHANNELS_FIRST),
        filters=2,
        kernel_size=3,
        strides=2,
        padding="same",
        data_format="channels_first",
    ),
    layer("plain", "Conv2DTranspose", real((2, 3, 4, 2)), filters=3, kernel_size=3),
    layer("strides", "Conv2DTranspose", real((2, 3, 4, 2)), filters=2, kernel_size=3, strides=2),
    layer("strides same", "Conv2DTranspose", real((2, 3, 4, 2)), filters=2, kernel_size=3, strides=2, padding="same"),
    layer("small kernel", "Conv2DTranspose", real((2, 3, 4, 2)), filters=2, kernel_size=2, strides=3, padding="same"),
    layer("even kernel", "Conv2DTranspose", real((2, 3, 3, 2)), filters=2, kernel_size=4, strides=2, padding="same"),
    layer(
        "output padding",
        "Conv2DTranspose",
        real((2, 3, 4, 2)),
        filters=2,
        kernel_size=3,
        strides=2,
        output_padding=1,
    ),
    layer(
        "output padding same",
        "Conv2DTranspose",
        real((2, 3, 4, 2)),
        filters=2,
        kernel_size=3,
        strides=(2, 3),
        output_padding=(1, 2),
        padding="same",
        activation="tanh",
    ),
    layer("dilation", "Conv2DTranspose", real((2, 3, 4, 2)), filters=2, kernel_size=2, dilation_rate=2),
    layer(
        "channels first",
        "Conv2DTranspose",
        real((2, 2, 3, 4)),
        filters=3,
        kernel_size=3,
        strides=2,
        padding="same",
        data_format="channels_first",
        use_bias=False,
    ),
]

POOLING: list[Case] = [
    *(
        layer(label, name, distinct(shape), **config)
        for name in ("MaxPooling2D", "AveragePooling2D")
        for label, shape, config in (
            ("plain", IMAGE, {"pool_size": 2}),
            ("same", IMAGE, {"pool_size": (2, 2), "padding": "same"}),
            ("strides", IMAGE, {"pool_size": 3, "strides": (1, 2)}),
            ("strides same", IMAGE, {"pool_size": (3, 2), "strides": 2, "padding": "same"}),
            ("channels first", CHANNELS_FIRST, {"pool_size": 2, "data_format": "channels_first", "padding": "same"}),
        )
    ),
    layer("default", "MaxPooling2D", distinct(IMAGE)),
    layer("plain", "GlobalAveragePooling2D", real(IMAGE)),
    layer("keep", "GlobalAveragePooling2D", real(IMAGE), keepdims=True),
    layer("channels first", "GlobalAveragePooling2D", real(CHANNELS_FIRST), data_format="channels_first"),
    layer("plain", "ZeroPadding2D", real((2, 2, 3, 2))),
    layer("pair", "ZeroPadding2D", real((2, 2, 3, 2)), padding=(1, 2)),
    layer("four", "ZeroPadding2D", real((2, 2, 2, 3)), padding=((1, 0), (0, 2)), data_format="channels_first"),
    layer("plain", "UpSampling2D", real((2, 2, 3, 2))),
    layer("pair", "UpSampling2D", real((2, 2, 3, 2)), size=(3, 2)),
    layer("bilinear", "UpSampling2D", real((2, 2, 3, 2)), size=(2, 3), interpolation="bilinear"),
    layer("channels first", "UpSampling2D", real((2, 2, 2, 3)), data_format="channels_first"),
    layer(
        "bilinear channels first",
        "UpSampling2D",
        real((2, 2, 2, 3)),
        interpolation="bilinear",
        data_format="channels_first",
    ),
]

NORMALIZATION: list[Case] = [
    *(
        layer(f"{label} {'training' if training else 'inference'}", "BatchNormalization", inputs, **config)
        for training in (True, False)
        for label, inputs, config in (
            ("matrix", real((6, 3)), {"call": {"training": training}}),
            ("image", real((2, 3, 4, 3)), {"call": {"training": training}, "momentum": 0.8, "epsilon": 0.01}),
            ("first axis", real((4, 3, 2)), {"call": {"training": training}, "axis": 1, "scale": False}),
            ("no center", real((6, 3)), {"call": {"training": training}, "center": False}),
            ("frozen", real((6, 3)), {"call": {"training": training}, "trainable": False}),
        )
    ),
    layer("mask", "BatchNormalization", real((3, 4, 2)), mask=boolean((3, 4)), call={"training": True}),
    layer("plain", "LayerNormalization", real((3, 4))),
    layer("rank 3", "LayerNormalization", real((2, 3, 4)), epsilon=0.1),
    layer("axes", "LayerNormalization", real((2, 3, 4)), axis=(1, 2)),
    layer("first axis", "LayerNormalization", real((2, 3, 4)), axis=1),
    layer("no center", "LayerNormalization", real((3, 4)), center=False),
    layer("no scale", "LayerNormalization", real((3, 4)), scale=False),
]

LAYER_CASES: list[Case] = [*CORE, *ACTIVATIONS, *MERGING, *CONVOLUTION, *POOLING, *NORMALIZATION]
