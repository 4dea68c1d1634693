"""Arguments that the laws try the ops on images on."""

from __future__ import annotations

import numpy as np

from tests.contracts.samples import Call, call

_IMAGES = np.random.default_rng(0).uniform(-1.0, 1.0, (2, 3, 4, 2))
_BYTES = np.arange(24, dtype="uint8").reshape(1, 3, 4, 2)

SAMPLES: dict[str, list[Call]] = {
    "image.resize": [
        call(_IMAGES, (5, 3)),
        call(_IMAGES, (2, 8), interpolation="nearest"),
        call(_IMAGES, (3, 6), data_format="channels_first"),
        call(_BYTES, (4, 4)),
    ],
}
