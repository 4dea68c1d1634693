"""Initializers: values, statistics, seeds, errors."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

from hybrid import Variable, initializers, random, utils
from hybrid.errors import ConfigError, ShapeError
from hybrid.initializers.scaling import fans

DRAWING = sorted(
    name
    for name, cls in vars(initializers).items()
    if isinstance(cls, type) and name == cls.__name__ and "seed" in inspect.signature(cls).parameters
)


def values_of(initializer: Any, shape: tuple[int, ...], dtype: str = "float64") -> np.ndarray[Any, Any]:
    return np.asarray(initializer(shape, dtype))


@pytest.mark.parametrize(
    ("initializer", "expected"),
    [
        (initializers.Zeros(), np.zeros((2, 3))),
        (initializers.Ones(), np.ones((2, 3))),
        (initializers.Constant(4), np.full((2, 3), 4.0)),
        (initializers.Constant([1.0, 2.0, 3.0]), np.array([[1.0, 2.0, 3.0]] * 2)),
        (initializers.Identity(2.0), 2 * np.eye(2, 3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_initializers_that_draw_nothing(initializer: Any, expected: Any) -> None:
    np.testing.assert_array_equal(values_of(initializer, (2, 3)), expected)


@pytest.mark.parametrize(
    ("initializer", "mean", "stddev", "bound"),
    [
        (initializers.RandomNormal(1.0, 0.5, seed=1), 1.0, 0.5, np.inf),
        (initializers.RandomUniform(-1.0, 3.0, seed=1), 1.0, 4 / 12**0.5, 2.0),
        (initializers.TruncatedNormal(0.0, 1.0, seed=1), 0.0, 0.87962566, 2.0),
        (initializers.GlorotUniform(seed=1), 0.0, (2 / 500) ** 0.5, (6 / 500) ** 0.5),
        (initializers.GlorotNormal(seed=1), 0.0, (2 / 500) ** 0.5, 2 * (2 / 500) ** 0.5 / 0.87962566),
        (initializers.HeUniform(seed=1), 0.0, (2 / 200) ** 0.5, (6 / 200) ** 0.5),
        (initializers.HeNormal(seed=1), 0.0, (2 / 200) ** 0.5, 2 * (2 / 200) ** 0.5 / 0.87962566),
        (initializers.LecunUniform(seed=1), 0.0, (1 / 200) ** 0.5, (3 / 200) ** 0.5),
        (initializers.LecunNormal(seed=1), 0.0, (1 / 200) ** 0.5, 2 * (1 / 200) ** 0.5 / 0.87962566),
        (initializers.VarianceScaling(3.0, "fan_out", "untruncated_normal", seed=1), 0.0, (3 / 300) ** 0.5, np.inf),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, initializers.Initializer) else "",
)
def test_statistics_of_draws(initializer: Any, mean: float, stddev: float, bound: float) -> None:
    values = values_of(initializer, (200, 300))
    error = stddev / values.size**0.5
    assert abs(values.mean() - mean) < 5 * error
    np.testing.assert_allclose(values.std(), stddev, rtol=0.02)
    assert np.abs(values - mean).max() <= bound * (1 + 1e-6)


@pytest.mark.parametrize(
    ("shape", "axes", "expected"),
    [
        ((), (None, None), (1, 1)),
        ((5,), (None, None), (5, 5)),
        ((3, 4), (None, None), (3, 4)),
        ((3, 3, 4, 5), (None, None), (36, 45)),
        ((10, 30, 40), ([0], [1, 2]), (10, 1200)),
        ((10, 30, 40), ([0], [2]), (300, 1200)),
        ((10, 30, 40), ([-1], [0]), (1200, 300)),
        ((10, 30, 40), ([0], None), (300, 400)),
    ],
)
def test_fans_count_inputs_and_outputs(shape: Any, axes: Any, expected: tuple[int, int]) -> None:
    assert fans(shape, *axes) == expected


@pytest.mark.parametrize("name", DRAWING)
def test_int_seed_gives_the_same_values_in_each_call(name: str) -> None:
    first, second = (getattr(initializers, name)(seed=5) for _ in range(2))
    np.testing.assert_array_equal(values_of(first, (3, 4)), values_of(first, (3, 4)))
    np.testing.assert_array_equal(values_of(first, (3, 4)), values_of(second, (3, 4)))


@pytest.mark.parametrize("name", DRAWING)
def test_no_seed_gives_new_values_that_the_global_seed_repeats(name: str) -> None:
    initializer = getattr(initializers, name)()
    utils.set_random_seed(3)
    first, second = values_of(initializer, (3, 4)), values_of(initializer, (3, 4))
    utils.set_random_seed(3)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(values_of(initializer, (3, 4)), first)


@pytest.mark.parametrize("name", DRAWING)
def test_seed_generator_gives_the_next_values(name: str) -> None:
    first, second = (getattr(initializers, name)(seed=random.SeedGenerator(9)) for _ in range(2))
    draws = [values_of(first, (3, 4)) for _ in range(2)]
    assert not np.array_equal(*draws)
    np.testing.assert_array_equal(values_of(second, (3, 4)), draws[0])


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_draws_have_the_dtype(name: str, dtype: str) -> None:
    assert values_of(getattr(initializers, name)(seed=1), (3, 4), dtype).dtype == dtype


def test_draws_are_float32_by_default() -> None:
    assert np.asarray(initializers.GlorotUniform(seed=1)((2, 2))).dtype == np.float32


@pytest.mark.parametrize("shape", [(4, 4), (6, 3), (3, 6), (2, 3, 4)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape: tuple[int, ...]) -> None:
    matrix = values_of(initializers.Orthogonal(gain=2.0, seed=1), shape).reshape(-1, shape[-1]) / 2.0
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(product, np.eye(min(matrix.shape)), atol=1e-12)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: initializers.Identity()((2, 2, 2)), ShapeError, "Identity cannot make .*rank 2"),
        (lambda: initializers.Orthogonal()((3,)), ShapeError, "Orthogonal cannot make .*two axes"),
        (lambda: initializers.VarianceScaling(scale=0), ConfigError, "scale=0.*positive"),
        (lambda: initializers.VarianceScaling(mode="x"), ConfigError, "no mode 'x'.*'fan_avg'"),
        (lambda: initializers.VarianceScaling(distribution="x"), ConfigError, "no distribution 'x'.*'uniform'"),
    ],
)
def test_mistakes_are_explained(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=f"(?s){words}"):
        make()


def test_variable_takes_an_initializer() -> None:
    variable = Variable(initializers.Constant(2.0), shape=(3,), dtype="float32")
    np.testing.assert_array_equal(variable.numpy(), [2.0, 2.0, 2.0])


def test_clone_is_equal() -> None:
    initializer = initializers.HeNormal(seed=4)
    np.testing.assert_array_equal(values_of(initializer.clone(), (3, 3)), values_of(initializer, (3, 3)))
