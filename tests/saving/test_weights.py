"""Weights in files: every array and every variable has its counterpart, or one error lists all that have none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hybrid import Input, Model, Sequential, layers
from hybrid.errors import ConfigError, NotBuiltError, WeightMismatchError
from tests.contracts.model_samples import SAMPLES, seeded


def make(units: int = 4, *more: Any) -> Sequential:
    return Sequential([Input((3,)), layers.Dense(units, name="first"), layers.Dense(2, name="last"), *more])


@pytest.mark.parametrize("name", SAMPLES)
def test_weights_come_back(name: str, tmp_path: Path) -> None:
    model, other = seeded(name), seeded(name)
    expected = [variable.numpy() for variable in model.variables]
    model.save_weights(tmp_path / "w")
    for variable in other.variables:
        variable.assign(variable.numpy() * 0)
    other.load_weights(tmp_path / "w")
    for variable, value in zip(other.variables, expected, strict=True):
        np.testing.assert_array_equal(variable, value)


def test_weights_of_a_whole_model_file_can_be_loaded(tmp_path: Path) -> None:
    model, other = make(), make()
    model.save(tmp_path / "m")
    other.load_weights(tmp_path / "m")
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])


def test_styles_of_equal_structure_share_their_weights(tmp_path: Path) -> None:
    class Subclass(Model):
        def __init__(self) -> None:
            super().__init__()
            self.a = layers.Dense(4, name="first")
            self.b = layers.Dense(2, name="last")

        def call(self, inputs: Any) -> Any:
            return self.b(self.a(inputs))

    x = Input((3,))
    functional = Model(x, layers.Dense(2, name="last")(layers.Dense(4, name="first")(x)))
    subclass, data = Subclass(), np.ones((2, 3), "float32")
    subclass(data)
    model = make()
    model.save_weights(tmp_path / "w")
    for other in (functional, subclass):
        other.load_weights(tmp_path / "w")
        np.testing.assert_array_equal(other(data), model(data))


def test_one_error_lists_everything_and_nothing_is_loaded(tmp_path: Path) -> None:
    make(5, layers.Dense(3, name="extra")).save_weights(tmp_path / "w")
    model = make(4, layers.Dense(3, name="extro"))
    before = model.get_weights()
    with pytest.raises(WeightMismatchError) as error:
        model.load_weights(tmp_path / "w")
    text = str(error.value)
    for part in (
        "7 of the values",
        "no array for the variable 'extro/kernel'",
        "no array for the variable 'extro/bias'",
        "no variable for the array 'extra/kernel' (like 'extro/kernel'?)",
        "no variable for the array 'extra/bias'",
        "'first/kernel' has shape [3, 4], but [3, 5] is stored",
        "'first/bias' has shape [4], but [5] is stored",
        "'last/kernel' has shape [4, 2], but [5, 2] is stored",
        "nothing was loaded",
        "skip_mismatch=True",
    ):
        assert part in text
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_what_fits_is_loaded_if_asked(tmp_path: Path) -> None:
    stored = make(4, layers.Dense(3, name="extra"))
    stored.save_weights(tmp_path / "w")
    model = make(4, layers.Dense(9, name="extra"))
    last = model.layers[-1].kernel.numpy()
    with pytest.warns(UserWarning, match="extra/kernel"):
        model.load_weights(tmp_path / "w", skip_mismatch=True)
    np.testing.assert_array_equal(model.layers[0].kernel, stored.layers[0].kernel)
    np.testing.assert_array_equal(model.layers[-1].kernel, last)


def test_values_of_another_dtype_are_cast(tmp_path: Path) -> None:
    Sequential([Input((3,)), layers.Dense(2, dtype="float64")]).save_weights(tmp_path / "w")
    model = Sequential([Input((3,)), layers.Dense(2)])
    model.load_weights(tmp_path / "w")
    assert model.layers[0].kernel.dtype == "float32"


def test_unbuilt_model_has_nothing_to_save_or_load(tmp_path: Path) -> None:
    make().save_weights(tmp_path / "w")
    unbuilt = Sequential([layers.Dense(2)])
    with pytest.raises(NotBuiltError, match=r"no weights yet.*|call it"):
        unbuilt.save_weights(tmp_path / "x")
    with pytest.raises(NotBuiltError, match="no weights yet"):
        unbuilt.load_weights(tmp_path / "w")


def test_unknown_option_is_refused(tmp_path: Path) -> None:
    make().save_weights(tmp_path / "w")
    with pytest.raises(ConfigError, match="by_name"):
        make().load_weights(tmp_path / "w", by_name=True)
