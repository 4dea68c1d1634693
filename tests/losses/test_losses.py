"""Losses against formulas in NumPy, and their behaviour on targets that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hybrid import losses, metrics, ops
from hybrid.errors import ConfigError, ShapeError

RNG = np.random.default_rng(0)
T, P = RNG.uniform(0.1, 0.9, (2, 5, 3))
SCORES = RNG.normal(size=(5, 3)) * 2
LABELS = np.array([0, 2, 1, 1, 0])
ONE_HOT = np.eye(3)[LABELS]
BITS = (T > 0.5).astype(float)
SHARES = P / P.sum(-1, keepdims=True)
_LOG_SOFTMAX = SCORES - np.log(np.exp(SCORES).sum(-1, keepdims=True))
_SIGMOID = 1 / (1 + np.exp(-SCORES))
_SIGNS = 2 * BITS - 1


def unit(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def entropy(y: Any, p: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


_RIGHT = BITS * P + (1 - BITS) * (1 - P)
_SMOOTH = 0.8 * ONE_HOT + 0.2 / 3

CASES: dict[str, tuple[Any, Any, Any]] = {
    "mean_squared_error": (T, P, ((T - P) ** 2).mean(-1)),
    "mean_absolute_error": (T, P, np.abs(T - P).mean(-1)),
    "mean_absolute_percentage_error": (T, P, (100 * np.abs(T - P) / T).mean(-1)),
    "mean_squared_logarithmic_error": (T, P, ((np.log(1 + T) - np.log(1 + P)) ** 2).mean(-1)),
    "log_cosh": (T, SCORES, np.log(np.cosh(T - SCORES)).mean(-1)),
    "cosine_similarity": (T, SCORES, -(unit(T) * unit(SCORES)).sum(-1)),
    "kl_divergence": (T, P, (T * np.log(T / P)).sum(-1)),
    "poisson": (T, P, (P - T * np.log(P)).mean(-1)),
    "hinge": (BITS, SCORES, np.maximum(1 - _SIGNS * SCORES, 0).mean(-1)),
    "squared_hinge": (_SIGNS, SCORES, (np.maximum(1 - _SIGNS * SCORES, 0) ** 2).mean(-1)),
    "categorical_hinge": (
        ONE_HOT,
        SCORES,
        np.maximum(1 + ((1 - ONE_HOT) * SCORES).max(-1) - (ONE_HOT * SCORES).sum(-1), 0),
    ),
    "binary_crossentropy": (BITS, P, entropy(BITS, P).mean(-1)),
    "binary_focal_crossentropy": (BITS, P, ((1 - _RIGHT) ** 2 * entropy(BITS, P)).mean(-1)),
    "categorical_crossentropy": (ONE_HOT, P, -np.log((ONE_HOT * SHARES).sum(-1))),
    "categorical_focal_crossentropy": (
        ONE_HOT,
        P,
        (-0.25 * (1 - SHARES) ** 2 * ONE_HOT * np.log(SHARES)).sum(-1),
    ),
    "sparse_categorical_crossentropy": (LABELS, P, -np.log((ONE_HOT * SHARES).sum(-1))),
    "huber": (T * 9, P, np.where(np.abs(9 * T - P) <= 1, (9 * T - P) ** 2 / 2, np.abs(9 * T - P) - 0.5).mean(-1)),
    "dice": (BITS, P, 1 - 2 * (BITS * P).sum() / (BITS.sum() + P.sum())),
    "tversky": (BITS, P, 1 - (BITS * P).sum() / (0.5 * BITS.sum() + 0.5 * P.sum())),
}
OPTIONS: list[tuple[str, dict[str, Any], Any, Any, Any]] = [
    ("binary_crossentropy", {"from_logits": True}, BITS, SCORES, entropy(BITS, _SIGMOID).mean(-1)),
    ("binary_crossentropy", {"label_smoothing": 0.2}, BITS, P, entropy(0.8 * BITS + 0.1, P).mean(-1)),
    ("categorical_crossentropy", {"from_logits": True}, ONE_HOT, SCORES, -(ONE_HOT * _LOG_SOFTMAX).sum(-1)),
    ("categorical_crossentropy", {"label_smoothing": 0.2}, ONE_HOT, P, -(_SMOOTH * np.log(SHARES)).sum(-1)),
    ("sparse_categorical_crossentropy", {"from_logits": True}, LABELS, SCORES, -(ONE_HOT * _LOG_SOFTMAX).sum(-1)),
    (
        "sparse_categorical_crossentropy",
        {"ignore_class": 1},
        LABELS,
        P,
        np.where(LABELS == 1, 0, -np.log((ONE_HOT * SHARES).sum(-1))),
    ),
    (
        "categorical_generalized_cross_entropy",
        {"q": 0.3},
        LABELS,
        SHARES,
        (1 - (ONE_HOT * SHARES).sum(-1) ** 0.3) / 0.3,
    ),
    ("dice", {"axis": 1}, BITS, P, 1 - 2 * (BITS * P).sum(1) / (BITS.sum(1) + P.sum(1))),
    (
        "tversky",
        {"alpha": 0.2, "beta": 0.7, "axis": 1},
        BITS,
        P,
        1 - (BITS * P).sum(1) / ((BITS * P + 0.2 * BITS * (1 - P) + 0.7 * (1 - BITS) * P).sum(1)),
    ),
    ("categorical_crossentropy", {"axis": 0}, ONE_HOT.T, P.T, -np.log((ONE_HOT * SHARES).sum(-1))),
]


@pytest.mark.parametrize("name", CASES)
def test_loss_follows_its_formula(name: str) -> None:
    y_true, y_pred, expected = CASES[name]
    np.testing.assert_allclose(getattr(losses, name)(y_true, y_pred).numpy(), expected, rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize(("name", "options", "y_true", "y_pred", "expected"), OPTIONS)
def test_loss_with_options_follows_its_formula(
    name: str, options: dict[str, Any], y_true: Any, y_pred: Any, expected: Any
) -> None:
    result = getattr(losses, name)(y_true, y_pred, **options)
    np.testing.assert_allclose(result.numpy(), expected, rtol=2e-5, atol=1e-6)


def test_focal_balance_weighs_the_classes() -> None:
    expected = (np.where(BITS == 1, 0.3, 0.7) * (1 - _RIGHT) * entropy(BITS, P)).mean(-1)
    result = losses.binary_focal_crossentropy(BITS, P, apply_class_balancing=True, alpha=0.3, gamma=1.0)
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("reduction", "plain", "weighted"),
    [
        ("sum_over_batch_size", np.mean, lambda v, w: (v * w).sum() / v.size),
        ("mean", np.mean, lambda v, w: (v * w).sum() / v.size),
        ("sum", np.sum, lambda v, w: (v * w).sum()),
        ("mean_with_sample_weight", np.mean, lambda v, w: (v * w).sum() / w.sum()),
        ("none", lambda v: v, lambda v, w: v * w),
        (None, lambda v: v, lambda v, w: v * w),
    ],
)
def test_reduction(reduction: str | None, plain: Any, weighted: Any) -> None:
    values, weight = ((T - P) ** 2).mean(-1), np.array([1.0, 0.0, 2.0, 0.5, 3.0])
    loss = losses.MeanSquaredError(reduction=reduction)
    np.testing.assert_allclose(loss(T, P).numpy(), plain(values), rtol=1e-12)
    for shape in ((5,), (5, 1)):
        result = loss(T, P, sample_weight=weight.reshape(shape)).numpy()
        np.testing.assert_allclose(result, weighted(values, weight), rtol=1e-12)


def test_weights_of_samples_reach_all_their_values() -> None:
    y_true, y_pred = RNG.normal(size=(2, 4, 4, 2))
    weight = np.array([1.0, 2.0, 0.0, 3.0])
    values = ((y_true - y_pred) ** 2).mean(-1)
    result = losses.MeanSquaredError()(y_true, y_pred, sample_weight=weight)
    np.testing.assert_allclose(result.numpy(), (values * weight[:, None]).mean())


def test_zero_weights_give_zero() -> None:
    loss = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert float(loss(T, P, sample_weight=np.zeros(5))) == 0.0


def test_vectors_are_weighted_sample_by_sample() -> None:
    result = losses.MeanSquaredError()([1.0, 2.0], [0.0, 0.0], sample_weight=[0.0, 1.0])
    assert float(result) == 2.0


def test_masked_positions_do_not_count() -> None:
    mask = np.array([[True, True], [True, False]])
    y_true, y_pred = RNG.normal(size=(2, 2, 2, 3))
    tensor = ops.convert_to_tensor(y_pred)
    tensor.mask = ops.convert_to_tensor(mask)
    values = ((y_true - y_pred) ** 2).mean(-1)
    np.testing.assert_allclose(losses.MeanSquaredError()(y_true, tensor).numpy(), values[mask].mean(), rtol=1e-6)
    assert losses.MeanSquaredError(reduction="none")(y_true, tensor).numpy()[1, 1] == 0.0
    weight = np.array([2.0, 4.0])
    expected = (values * weight[:, None])[mask].sum() / 3
    np.testing.assert_allclose(
        losses.MeanSquaredError()(y_true, tensor, sample_weight=weight).numpy(), expected, rtol=1e-6
    )


def test_ignored_class_is_left_out_of_the_mean() -> None:
    values = -np.log((ONE_HOT * SHARES).sum(-1))[LABELS != 1]
    loss = losses.SparseCategoricalCrossentropy(ignore_class=1)
    np.testing.assert_allclose(float(loss(LABELS, P)), values.mean(), rtol=1e-6)
    negative = losses.SparseCategoricalCrossentropy(ignore_class=-1)
    np.testing.assert_allclose(float(negative(np.where(LABELS == 1, -1, LABELS), P)), values.mean(), rtol=1e-6)


@pytest.mark.parametrize("shapes", [((5,), (5, 1)), ((5, 1), (5,)), ((5, 3, 1), (5, 3)), ((5, 3), (5, 3, 1))])
def test_a_missing_last_axis_of_size_one_is_no_difference(shapes: tuple[Any, Any]) -> None:
    a, b = RNG.normal(size=shapes[0]), RNG.normal(size=shapes[1])
    expected = ((a.reshape(-1) - b.reshape(-1)) ** 2).mean()
    np.testing.assert_allclose(float(losses.MeanSquaredError()(a, b)), expected)


_ELEMENTWISE = sorted(
    name for name, thing in vars(losses).items() if name in CASES and not name.startswith("sparse") and callable(thing)
)


@pytest.mark.parametrize("name", _ELEMENTWISE)
@pytest.mark.parametrize(
    "shapes", [((4,), (4, 3)), ((1, 3), (4, 3)), ((4, 3), (4, 1)), ((4, 1), (4, 3)), ((4, 3), (1, 3))]
)
def test_no_loss_broadcasts(name: str, shapes: tuple[Any, Any]) -> None:
    with pytest.raises(ShapeError) as caught:
        getattr(losses, name)(np.ones(shapes[0]), np.full(shapes[1], 0.5))
    message = str(caught.value)
    assert str(list(shapes[0])) in message and str(list(shapes[1])) in message and "fix:" in message


@pytest.mark.parametrize(
    ("loss", "true", "pred", "words"),
    [
        (
            "CategoricalCrossentropy",
            (5,),
            (5, 3),
            "look like integer class labels of 3 classes.*SparseCategoricalCross",
        ),
        ("CategoricalCrossentropy", (5, 1), (5, 3), "integer class labels"),
        ("SparseCategoricalCrossentropy", (5, 3), (5, 3), "look one-hot.*use CategoricalCrossentropy.*argmax"),
        ("SparseCategoricalCrossentropy", (4,), (5, 3), r"targets of shape \[5\]"),
        ("MeanSquaredError", (4, 1), (5, 1), r"pass as many targets \(4\) as samples \(5\)"),
        ("MeanSquaredError", (5, 3), (5, 1), "give its last layer 3 units"),
        ("BinaryCrossentropy", (5,), (5, 2), "sparse loss"),
        ("MeanSquaredError", (5, 2), (5, 3), r"reshape the targets to \[5, 3\]"),
    ],
)
def test_mistakes_of_shape_are_named(loss: str, true: Any, pred: Any, words: str) -> None:
    with pytest.raises(ShapeError, match=f"(?s){words}"):
        getattr(losses, loss)()(np.ones(true), np.full(pred, 0.5))


@pytest.mark.parametrize("shape", [(4,), (5, 2), (3, 5), (1,)])
def test_weights_that_do_not_fit_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"(?s)sample_weight of shape .* does not fit .*\[5\].*fix:"):
        losses.MeanSquaredError()(T, P, sample_weight=np.ones(shape))


def test_unknown_reduction_is_refused() -> None:
    with pytest.raises(ConfigError, match="(?s)no reduction 'avg'.*'sum_over_batch_size'"):
        losses.MeanSquaredError(reduction="avg")


def test_targets_take_the_dtype_of_predictions() -> None:
    result = losses.mean_squared_error(np.ones((2, 2)), np.zeros((2, 2), "float32"))
    assert result.dtype == "float32"
    assert losses.MeanSquaredError(dtype="float64")(np.ones((2, 2)), np.zeros((2, 2), "float32")).dtype == "float64"


def test_function_of_the_user_is_a_loss() -> None:
    def mine(y_true: Any, y_pred: Any) -> Any:
        return ops.max(ops.absolute(y_true - y_pred), axis=-1)

    loss = losses.LossFunctionWrapper(losses.get(mine))
    assert loss.name == "mine"
    np.testing.assert_allclose(float(loss(T, P)), np.abs(T - P).max(-1).mean())


def test_subclass_may_take_structures() -> None:
    class Both(losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ops.mean(ops.square(y_true["a"] - y_pred["a"]), axis=-1)

    assert float(Both()({"a": np.ones((2, 2))}, {"a": np.zeros((2, 2))})) == 1.0


def test_loss_without_call_says_so() -> None:
    class Empty(losses.Loss):
        pass

    with pytest.raises(NotImplementedError, match="Empty must define call"):
        Empty()(T, P)


def test_extreme_predictions_stay_finite() -> None:
    certain = np.array([[1.0, 0.0]], "float32")
    for name in ("binary_crossentropy", "categorical_crossentropy", "kl_divergence", "categorical_focal_crossentropy"):
        assert np.isfinite(getattr(losses, name)(1 - certain, certain).numpy()).all()
    huge = np.array([[1000.0, -1000.0]], "float32")
    for name in ("binary_crossentropy", "categorical_crossentropy"):
        assert np.isfinite(getattr(losses, name)(1 - certain, huge, from_logits=True).numpy()).all()
    assert np.isfinite(losses.log_cosh(certain, huge).numpy()).all()


def test_functions_of_losses_are_offered_by_metrics_too() -> None:
    assert metrics.mean_squared_error is losses.mean_squared_error
