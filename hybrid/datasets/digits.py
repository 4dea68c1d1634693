"""The UCI handwritten digits, 8×8 pixels, shipped in the package (floor 11).

Owns the file `digits.npz` beside it and its split into two parts; `digits.md` holds attribution and licence.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["load_data"]

_ARCHIVE = Path(__file__).with_name("digits.npz")
_TEST_SIZE = 360

_Part = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def load_data() -> tuple[_Part, _Part]:
    """Load 1,797 images of handwritten digits.

    The split is fixed: the images were shuffled once, when the file was made (neighbours in the original are of one
    hand), the first 1,437 are the training part and the last 360 the test part.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images uint8 `[count, 8, 8]` with values 0 (paper) to 16 (ink), and
        labels uint8 `[count]` with values 0 to 9. The arrays are new at every call.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = load_data()
        >>> x_train.shape, y_train.shape, x_test.shape, y_test.shape
        ((1437, 8, 8), (1437,), (360, 8, 8), (360,))

    Source: E. Alpaydin, C. Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository,
    https://doi.org/10.24432/C50P49, CC BY 4.0.
    """
    with np.load(_ARCHIVE, allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    return (images[:-_TEST_SIZE], labels[:-_TEST_SIZE]), (images[-_TEST_SIZE:], labels[-_TEST_SIZE:])
