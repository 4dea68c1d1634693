"""Samples of `hybrid.ops.convolution`."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import Call, call

_RNG = np.random.default_rng(0)
_ROWS, _IMAGES, _BOXES = (_RNG.normal(size=shape) for shape in ((2, 6, 3), (2, 6, 5, 4), (1, 4, 3, 4, 2)))
_FIRST = np.ascontiguousarray(np.moveaxis(_IMAGES, -1, 1))
_KERNEL = _RNG.normal(size=(3, 2, 4, 6))
_EMPTY = np.zeros((0, 6, 5, 4))

SAMPLES: dict[str, list[Call]] = {
    "conv": [
        call(_IMAGES, _KERNEL),
        call(_IMAGES, _KERNEL, 2, "same"),
        call(_IMAGES, _KERNEL, padding="same", dilation_rate=(2, 1)),
        call(_IMAGES, _KERNEL[:, :, :2], (1, 2)),
        call(_FIRST, _KERNEL, 2, "same", "channels_first"),
        call(_ROWS, _RNG.normal(size=(2, 3, 2)), 2),
        call(_BOXES, _RNG.normal(size=(2, 2, 3, 2, 3)), padding="same"),
        call(_EMPTY, _KERNEL),
    ],
    "depthwise_conv": [
        call(_IMAGES, _RNG.normal(size=(3, 3, 4, 2)), 2, "same"),
        call(_FIRST, _RNG.normal(size=(2, 2, 4, 1)), data_format="channels_first"),
        call(_ROWS, _RNG.normal(size=(2, 3, 2)), dilation_rate=2),
    ],
    "separable_conv": [
        call(_IMAGES, _RNG.normal(size=(3, 3, 4, 2)), _RNG.normal(size=(1, 1, 8, 3)), 2, "same"),
        call(_ROWS, _RNG.normal(size=(2, 3, 1)), _RNG.normal(size=(1, 3, 2))),
    ],
    "conv_transpose": [
        call(_IMAGES, _RNG.normal(size=(3, 3, 2, 4)), 2, "same"),
        call(_IMAGES, _RNG.normal(size=(3, 2, 2, 4)), (1, 3), "valid"),
        call(_FIRST, _RNG.normal(size=(2, 2, 3, 4)), 2, data_format="channels_first"),
        call(_ROWS, _RNG.normal(size=(3, 2, 3)), 2, "same", 1),
        call(_ROWS, _RNG.normal(size=(3, 2, 3)), dilation_rate=2),
        call(_EMPTY, _RNG.normal(size=(3, 3, 2, 4))),
    ],
}
# The geometry of these follows from the sizes of their kernels.
NEEDS_SIZES = {"depthwise_conv", "separable_conv", "conv_transpose"}
