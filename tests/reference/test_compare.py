"""The comparison itself: it accepts rounding and nothing else, so that a passing case means something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import recording
from .compare import config_differences, differences, statistics_differences
from .data import draw
from .runner import Result
from .specification import Case, Tolerance, one_hot, padding_mask, probabilities, real

CASE = Case(name="case")
REFERENCE = np.array([1.0, -2.0, 0.5], "float32")


def result(array: np.ndarray, key: str = "output/0") -> Result:
    return Result({key: array})


def test_equal_results_have_no_differences() -> None:
    assert differences(CASE, result(REFERENCE), result(REFERENCE.copy())) == []


def test_rounding_is_accepted() -> None:
    assert differences(CASE, result(REFERENCE), result(REFERENCE * np.float32(1 + 5e-6))) == []


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (REFERENCE + np.float32(3e-5), "relative"),
        (REFERENCE.astype("float64"), "dtype"),
        (REFERENCE[:2], "shape"),
        (np.array([1.0, np.nan, 0.5], "float32"), "not finite"),
        (REFERENCE.astype("int32"), "dtype"),
    ],
)
def test_a_wrong_array_is_reported(actual: np.ndarray, words: str) -> None:
    (line,) = differences(CASE, result(REFERENCE), result(actual))
    assert words in line


def test_missing_and_additional_arrays_are_reported() -> None:
    lines = differences(CASE, result(REFERENCE), result(REFERENCE, "output/1"))
    assert lines == ["output/0: missing", "output/1: not in the reference"]


def test_rounding_of_a_cancelled_gradient_is_accepted() -> None:
    expected = Result({"gradient/0": REFERENCE, "gradient/1": np.array([3e-9], "float32")})
    actual = Result({"gradient/0": REFERENCE, "gradient/1": np.array([-1e-8], "float32")})
    assert differences(CASE, expected, actual) == []


def test_a_small_output_is_not_excused_by_a_large_gradient() -> None:
    expected = Result({"gradient/0": REFERENCE * 1000, "output/0": np.array([3e-9], "float32")})
    actual = Result({"gradient/0": REFERENCE * 1000, "output/0": np.array([-1e-8], "float32")})
    assert len(differences(CASE, expected, actual)) == 1


def test_a_case_may_widen_its_bound() -> None:
    case = Case(name="case", tolerance=Tolerance(1e-3, "a reason"))
    assert differences(case, result(REFERENCE), result(REFERENCE + np.float32(3e-4))) == []
    assert differences(case, result(REFERENCE), result(REFERENCE + np.float32(3e-2)))


def test_different_facts_are_reported() -> None:
    lines = differences(CASE, Result(facts={"parameters": 3}), Result(facts={"parameters": 4}))
    assert lines == ["parameters: 4, the reference has 3"]


def statistics(sample: np.ndarray, tails: float | None = 0.01) -> dict[str, Any]:
    return {
        "size": sample.size,
        "shape": list(sample.shape),
        "tails": tails,
        "mean": sample.mean(),
        "deviation": sample.std(),
        "minimum": sample.min(),
        "maximum": sample.max(),
        "zeros": float((sample == 0).mean()),
    }


def test_two_draws_of_one_distribution_agree() -> None:
    one, other = (np.random.default_rng(seed).uniform(-1, 1, 10_000) for seed in (1, 2))
    assert statistics_differences(statistics(one), statistics(other)) == []


@pytest.mark.parametrize("change", [lambda x: x * 1.1, lambda x: x + 0.1, lambda x: np.where(x > 0.8, 0, x)])
def test_draws_of_different_distributions_differ(change: Any) -> None:
    one, other = (np.random.default_rng(seed).uniform(-1, 1, 10_000) for seed in (1, 2))
    assert statistics_differences(statistics(one), statistics(change(other)))


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"units": 3}, {"units": 3, "further": 1}),
        ({"kernel_size": [3, 3]}, {"kernel_size": 3}),
        ({"activation": "relu"}, {"activation": {"class_name": "function", "config": "relu"}}),
        ({"name": "dense_4", "dtype": {"module": "keras"}}, {}),
        ({"rate": 0.10000000149}, {"rate": 0.1}),
        ({"renorm": False}, {}),
    ],
)
def test_configs_that_mean_the_same_agree(expected: Any, actual: Any) -> None:
    assert config_differences("config", expected, actual) == []


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"units": 3}, {}),
        ({"units": 3}, {"units": 4}),
        ({"renorm": False}, {"renorm": True}),
        ({"use_bias": True}, {"use_bias": 1.5}),
        ({"layer": {"class_name": "A", "config": {}}}, {"layer": {"class_name": "B", "config": {}}}),
        ({"sizes": [1, 2]}, {"sizes": [1, 2, 3]}),
    ],
)
def test_configs_that_differ_are_reported(expected: Any, actual: Any) -> None:
    assert len(config_differences("config", expected, actual)) == 1


def test_recording_survives_the_disk_with_equal_bytes(tmp_path: Path) -> None:
    stored = {"a": Result({"x": REFERENCE, "y": np.array([[True]])}, {"n": [1, None]}), "b": Result({"x": REFERENCE})}
    recording.save(tmp_path / "one.npz", stored, {"keras": "3"})
    recording.save(tmp_path / "two.npz", dict(reversed(stored.items())), {"keras": "3"})
    loaded, versions = recording.load(tmp_path / "one.npz")
    assert versions == {"keras": "3"}
    assert all(differences(CASE, stored[name], loaded[name]) == [] for name in stored)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_draws_depend_on_their_names_only() -> None:
    array = real((3,))
    assert np.array_equal(draw(array, "case", "input"), draw(array, "case", "input"))
    assert not np.array_equal(draw(array, "case", "input"), draw(array, "case", "other"))


def test_draws_have_the_promised_form() -> None:
    np.testing.assert_allclose(draw(probabilities((4, 3)), "p").sum(axis=-1), 1.0, rtol=1e-6)
    assert np.array_equal(draw(one_hot((4, 3)), "o").sum(axis=-1), np.ones(4))
    mask = draw(padding_mask((4, 5)), "m")
    assert mask[:, 0].all() and (np.diff(mask.astype(int), axis=1) <= 0).all()
