"""Samples of the layers of `convolution`, `pooling`, `reshaping` and `normalization`."""

from __future__ import annotations

from tests.contracts.layer_sample import real, sample

MATRIX = real(6, 4)
INPUTS = {1: real(2, 6, 4), 2: real(2, 5, 6, 4), 3: real(2, 4, 5, 4, 2)}
FIRST = {"label": "channels first", "data_format": "channels_first"}

CONVOLUTION = [
    each
    for rank, x in INPUTS.items()
    for each in (
        sample(f"Conv{rank}D", x, filters=2, kernel_size=2, activation="tanh"),
        sample(f"Conv{rank}D", x, label="same", filters=2, kernel_size=3, strides=2, padding="same", groups=2),
        sample(f"Conv{rank}D", x, **FIRST, filters=2, kernel_size=2, dilation_rate=2, padding="same"),
        sample(f"Conv{rank}DTranspose", x, filters=3, kernel_size=2, strides=2),
        sample(f"Conv{rank}DTranspose", x, **FIRST, filters=2, kernel_size=3, padding="same"),
    )
]
DEPTHWISE = [
    each
    for rank in (1, 2)
    for each in (
        sample(f"DepthwiseConv{rank}D", INPUTS[rank], kernel_size=2, depth_multiplier=2),
        sample(f"DepthwiseConv{rank}D", INPUTS[rank], **FIRST, kernel_size=2, padding="same"),
        sample(f"SeparableConv{rank}D", INPUTS[rank], filters=3, kernel_size=2, depth_multiplier=2),
        sample(f"SeparableConv{rank}D", INPUTS[rank], **FIRST, filters=3, kernel_size=2, strides=2, padding="same"),
    )
]
POOLING = [
    each
    for rank, x in INPUTS.items()
    for kind in ("Max", "Average")
    for each in (
        sample(f"{kind}Pooling{rank}D", x, pool_size=2),
        sample(f"{kind}Pooling{rank}D", x, **FIRST, pool_size=3, strides=1, padding="same"),
        sample(f"Global{kind}Pooling{rank}D", x),
        # A mask along the axis after the batch is one of channels here.
        sample(f"Global{kind}Pooling{rank}D", x, **FIRST, keepdims=True, except_for=["masks"]),
    )
]
ENDS = [
    each
    for rank, x in INPUTS.items()
    for each in (
        sample(f"ZeroPadding{rank}D", x, padding=1),
        sample(f"ZeroPadding{rank}D", x, **FIRST, padding=(1, 0) if rank == 1 else ((1, 0),) * rank),
        sample(f"Cropping{rank}D", x, cropping=1),
        sample(f"Cropping{rank}D", x, label="uneven", cropping=(1, 0) if rank == 1 else ((1, 0),) * rank),
        sample(f"UpSampling{rank}D", x, size=2),
    )
]
RESHAPING = [
    sample("Flatten", INPUTS[2]),
    sample("Flatten", INPUTS[2], **FIRST),
    sample("Reshape", INPUTS[1], target_shape=(-1, 3)),
    sample("Reshape", INPUTS[1], label="known", target_shape=(2, 3, 4)),
    sample("Permute", INPUTS[2], dims=(3, 1, 2)),
    sample("RepeatVector", MATRIX, n=3),
    sample("UpSampling2D", INPUTS[2], label="bilinear", size=(2, 3), interpolation="bilinear"),
    sample("UpSampling3D", INPUTS[3], **FIRST, size=(1, 2, 2)),
]
NORMALIZATION = [
    sample("BatchNormalization", MATRIX),
    sample("BatchNormalization", INPUTS[1], label="axis", axis=1, scale=False),
    # Statistics of the batch, whose gradients go through mean and variance.
    sample("BatchNormalization", INPUTS[1], label="training", call={"training": True}),
    sample("LayerNormalization", INPUTS[1]),
    sample("LayerNormalization", INPUTS[2], label="axes", axis=(1, 3)),
    sample("RMSNormalization", INPUTS[1]),
    sample("GroupNormalization", INPUTS[2], groups=2),
    sample("GroupNormalization", INPUTS[1], label="axis", groups=3, axis=1),
    sample("UnitNormalization", INPUTS[1]),
]

SAMPLES = [*CONVOLUTION, *DEPTHWISE, *POOLING, *ENDS, *RESHAPING, *NORMALIZATION]
