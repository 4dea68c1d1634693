from __future__ import annotations

from pathlib import Path

import numpy as np

from hybrid.datasets import digits


def test_load_data_gives_the_documented_shapes_and_types() -> None:
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert x_train.shape == (1437, 8, 8) and y_train.shape == (1437,)
    assert x_test.shape == (360, 8, 8) and y_test.shape == (360,)
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}


def test_pixels_reach_from_0_to_16() -> None:
    (x_train, _), (x_test, _) = digits.load_data()
    assert (x_train.min(), x_train.max(), x_test.min(), x_test.max()) == (0, 16, 0, 16)


def test_images_stand_in_the_documented_order() -> None:
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    order = np.empty(1797, int)
    order[np.random.default_rng(0).permutation(1797)] = np.arange(1797)
    images, labels = np.concatenate([x_train, x_test])[order], np.concatenate([y_train, y_test])[order]
    # The beginning and the end of the original file.
    np.testing.assert_array_equal(labels[:10], np.arange(10))
    np.testing.assert_array_equal(images[0, 0], [0, 0, 5, 13, 9, 1, 0, 0])
    np.testing.assert_array_equal(labels[-5:], [9, 0, 8, 9, 8])
    np.testing.assert_array_equal(images[-1, -1], [0, 1, 8, 12, 14, 12, 1, 0])


def test_every_digit_is_in_both_parts() -> None:
    (_, y_train), (_, y_test) = digits.load_data()
    np.testing.assert_array_equal(np.bincount(y_test), [39, 37, 47, 28, 42, 32, 37, 27, 30, 41])
    np.testing.assert_array_equal(
        np.bincount(y_train) + np.bincount(y_test), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    )


def test_changing_the_arrays_does_not_change_the_next_load() -> None:
    (x_train, _), _ = digits.load_data()
    x_train[:] = 0
    assert digits.load_data()[0][0].any()


def test_the_file_is_small_and_has_its_attribution_beside_it() -> None:
    folder = Path(digits.__file__).parent
    assert (folder / "digits.npz").stat().st_size < 64_000
    attribution = (folder / "digits.md").read_text(encoding="utf-8")
    for words in ("Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0", "scikit-learn"):
        assert words in attribution
