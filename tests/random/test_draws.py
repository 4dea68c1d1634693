"""Distributions against SciPy's, dtypes, shapes, and edge cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from hybrid import GradientTape, TensorSpec, ops, random
from hybrid.core.graph import Graph
from hybrid.core.node import placeholder
from hybrid.errors import ConfigError, DataError, DTypeError, ShapeError

MANY = 20_000
Draw = Callable[[], Any]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("draw", "distribution"),
    [
        (lambda **o: random.normal((MANY,), 1.0, 2.0, **o), stats.norm(1, 2)),
        (lambda **o: random.uniform((MANY,), -1.0, 3.0, **o), stats.uniform(-1, 4)),
        (lambda **o: random.truncated_normal((MANY,), 1.0, 2.0, **o), stats.truncnorm(-2, 2, 1, 2)),
        (lambda **o: random.gamma((MANY,), 2.5, **o), stats.gamma(2.5)),
        (lambda **o: random.beta((MANY,), 2.0, 5.0, **o), stats.beta(2, 5)),
    ],
    ids=["normal", "uniform", "truncated_normal", "gamma", "beta"],
)
def test_continuous_draws_follow_their_distribution(draw: Any, distribution: Any, dtype: str) -> None:
    values = draw(dtype=dtype, seed=11)
    assert values.dtype == dtype
    assert stats.kstest(values.numpy().astype("float64"), distribution.cdf).pvalue > 1e-3


def counts_follow(values: Any, probabilities: Any) -> None:
    observed = np.bincount(np.asarray(values).astype(int), minlength=len(probabilities))
    assert stats.chisquare(observed, np.asarray(probabilities) * len(values)).pvalue > 1e-3


def test_integers_are_drawn_evenly() -> None:
    values = random.randint((MANY,), -2, 3, seed=5)
    assert values.dtype == np.int32
    counts_follow(values.numpy() + 2, [0.2] * 5)


def test_binomial_counts_successes() -> None:
    counts_follow(random.binomial((MANY,), 4, 0.3, seed=5).numpy(), stats.binom(4, 0.3).pmf(range(5)))


def test_categorical_draws_by_log_probability() -> None:
    probabilities = np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])
    values = random.categorical(np.log(probabilities) + 3.0, MANY, seed=5)
    assert values.shape == (2, MANY) and values.dtype == np.int32
    for row, expected in zip(values.numpy(), probabilities, strict=True):
        counts_follow(row, expected)


def test_categorical_never_draws_an_impossible_class() -> None:
    logits = np.array([[0.0, -np.inf, 0.0, -np.inf]])
    assert set(np.unique(random.categorical(logits, 500, seed=1).numpy())) == {0, 2}


def test_parameters_may_be_tensors() -> None:
    alpha = np.array([1.0, 100.0])
    assert abs(random.gamma((500, 2), alpha, seed=1).numpy().mean(0) / alpha - 1).max() < 0.2
    mean = ops.convert_to_tensor(np.array([0.0, 50.0], "float32"))
    assert random.normal((3, 2), mean, 1.0, seed=1).numpy()[:, 1].min() > 40


def test_dropout_scales_what_it_keeps() -> None:
    x = np.ones((100, 100))
    y = random.dropout(x, 0.25, seed=3).numpy()
    assert set(np.unique(y)) == {0.0, 1 / 0.75}
    assert abs((y == 0).mean() - 0.25) < 0.02


def test_dropout_gradient_flows_through_what_is_kept() -> None:
    x = ops.convert_to_tensor(np.ones((4, 5)))
    with GradientTape() as tape:
        tape.watch(x)
        y = random.dropout(x * 3.0, 0.5, seed=3)
    np.testing.assert_array_equal(tape.gradient(y, x).numpy(), y.numpy())


def test_dropout_mask_is_shared_along_axes_of_size_one() -> None:
    y = random.dropout(np.ones((50, 4)), 0.5, noise_shape=(None, 1), seed=3).numpy()
    assert {tuple(row) for row in y} == {(0.0,) * 4, (2.0,) * 4}


@pytest.mark.parametrize(("rate", "expected"), [(0, 1.0), (0.0, 1.0), (1.0, 0.0), (1, 0.0)])
def test_dropout_at_its_bounds(rate: float, expected: float) -> None:
    np.testing.assert_array_equal(random.dropout(np.ones(5), rate, seed=1).numpy(), np.full(5, expected))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_shuffle_permutes_slices(axis: int) -> None:
    x = np.arange(24).reshape(4, 6)
    y = random.shuffle(x, axis=axis, seed=2).numpy()
    assert not np.array_equal(x, y)
    other = 1 - axis % 2
    np.testing.assert_array_equal(np.sort(y, axis=axis), x)
    assert len({tuple(s) for s in np.moveaxis(y - x, other, 0).tolist()}) == 1


def test_shuffle_gradient_follows_the_permutation() -> None:
    x = ops.convert_to_tensor(np.arange(5.0))
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(random.shuffle(x, seed=4) * np.arange(5.0))
    assert sorted(tape.gradient(y, x).tolist()) == list(range(5))


@pytest.mark.parametrize(
    "draw",
    [
        lambda s: random.normal(s, seed=1),
        lambda s: random.truncated_normal(s, seed=1),
        lambda s: random.uniform(s, seed=1),
        lambda s: random.gamma(s, 1.0, seed=1),
        lambda s: random.beta(s, 1.0, 1.0, seed=1),
        lambda s: random.binomial(s, 3, 0.5, seed=1),
        lambda s: random.randint(s, 0, 3, seed=1),
    ],
    ids=["normal", "truncated_normal", "uniform", "gamma", "beta", "binomial", "randint"],
)
def test_shapes_may_be_empty_scalar_or_symbolic(draw: Callable[[Any], Any]) -> None:
    assert draw((0, 3)).shape == (0, 3) and draw(()).shape == () and draw(4).shape == (4,)
    x = placeholder(TensorSpec((None, 2)))
    recorded = draw((ops.shape(x)[0], 3))
    assert recorded.shape == (None, 3)
    (found,) = Graph([x], [recorded]).replay([np.zeros((5, 2), "float32")])
    np.testing.assert_array_equal(found.numpy(), draw((5, 3)).numpy())


def test_empty_batches_give_empty_draws() -> None:
    assert random.categorical(np.zeros((0, 3)), 2, seed=1).shape == (0, 2)
    assert random.categorical(np.zeros((2, 3)), 0, seed=1).shape == (2, 0)
    assert random.shuffle(np.zeros((0, 3)), seed=1).shape == (0, 3)
    assert random.dropout(np.zeros((0, 3)), 0.5, seed=1).shape == (0, 3)


def test_uniform_never_reaches_its_upper_bound() -> None:
    assert random.uniform((MANY,), 0.0, 1e-3, dtype="float16", seed=1).numpy().max() < np.float16(1e-3)
    np.testing.assert_array_equal(random.uniform((3,), 5.0, 5.0, seed=1).numpy(), [5, 5, 5])
    np.testing.assert_array_equal(random.randint((3,), 5, 5, seed=1).numpy(), [5, 5, 5])


@pytest.mark.parametrize(
    ("draw", "error", "words"),
    [
        (lambda: random.uniform((2,), dtype="int32"), DTypeError, "randint"),
        (lambda: random.normal((2,), dtype="int32"), DTypeError, "draws floats"),
        (lambda: random.randint((2,), 0, 5, dtype="float32"), DTypeError, "draws integers"),
        (lambda: random.categorical(np.zeros((2, 3)), 2, dtype="float32"), DTypeError, "draws integers"),
        (lambda: random.uniform((2,), 5.0, 1.0), ConfigError, "exchange the bounds"),
        (lambda: random.uniform((2,), float("nan"), 1.0), ConfigError, "finite"),
        (lambda: random.randint((2,), 5, 1), ConfigError, "exchange the bounds"),
        (lambda: random.randint((2,), 0, 1000, dtype="int8"), ConfigError, "int8 cannot hold"),
        (lambda: random.normal((2,), stddev=-1.0), ConfigError, "stddev"),
        (lambda: random.normal((2,), stddev=float("nan")), ConfigError, "stddev"),
        (lambda: random.gamma((2,), 0.0), ConfigError, "greater than zero"),
        (lambda: random.beta((2,), 1.0, -1.0), ConfigError, "greater than zero"),
        (lambda: random.binomial((2,), 3, 1.5), ConfigError, "between 0 and 1"),
        (lambda: random.dropout(np.ones(2), 1.5), ConfigError, "between 0 and 1"),
        (lambda: random.dropout(np.ones(2), float("nan")), ConfigError, "between 0 and 1"),
        (lambda: random.dropout(np.ones((2, 3)), 0.5, noise_shape=(2, 2)), ShapeError, "noise_shape"),
        (lambda: random.dropout(np.ones((2, 3)), 0.5, noise_shape=(3,)), ShapeError, "noise_shape"),
        (lambda: random.categorical(np.zeros(3), 2), ShapeError, r"\[batch, classes\]"),
        (lambda: random.categorical(np.zeros((3, 0)), 2), ShapeError, r"\[batch, classes\]"),
        (lambda: random.categorical(np.array([[0.0, np.nan]]), 2), DataError, "NaN"),
        (lambda: random.categorical(np.full((1, 2), -np.inf), 2), DataError, "no class"),
        (lambda: random.categorical(np.zeros((2, 3)), -1), ConfigError, "num_samples"),
        (lambda: random.shuffle(np.ones(2), axis=1), ShapeError, "out of range"),
        (lambda: random.gamma((2,), np.ones(3)), ShapeError, "broadcast"),
        (lambda: random.normal((2,), seed=3.0), ConfigError, "seed"),
        (lambda: random.normal((None, 2)), ShapeError, "None"),
    ],
)
def test_mistakes_are_explained(draw: Draw, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        draw()
