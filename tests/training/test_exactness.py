"""Laws of `fit` and `evaluate`: what may not change the numbers does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Sequential
from hybrid.layers import Dense

from .models import assert_same, classifier, features, labels, noisy_classifier, regressor, states, two_headed

X, Y = features(13), labels(13)
WEIGHTS = np.random.default_rng(5).uniform(0.5, 2.0, 13).astype("float32")


@pytest.mark.parametrize("batch_size", [1, 2, 5, 13, 32])
def test_evaluation_does_not_depend_on_the_batch_size(batch_size: int) -> None:
    model = classifier(metrics=["accuracy"], weighted_metrics=["accuracy"])
    whole = model.evaluate(X, Y, batch_size=13, sample_weight=WEIGHTS, verbose=0, return_dict=True)
    parts = model.evaluate(X, Y, batch_size=batch_size, sample_weight=WEIGHTS, verbose=0, return_dict=True)
    assert parts == pytest.approx(whole, rel=1e-6)


def test_evaluation_is_the_weighted_mean() -> None:
    model = classifier(weighted_metrics=["accuracy"])
    probabilities = model.predict(X, verbose=0).astype("float64")
    losses = -np.log(probabilities[np.arange(13), Y])
    right = probabilities.argmax(1) == Y
    loss, accuracy = model.evaluate(X, Y, batch_size=4, sample_weight=WEIGHTS, verbose=0)
    assert loss == pytest.approx(np.mean(losses * WEIGHTS), rel=1e-6)
    assert accuracy == pytest.approx(np.average(right, weights=WEIGHTS), rel=1e-6)


def test_training_loss_is_the_mean_over_samples_when_nothing_moves() -> None:
    model = regressor(optimizer=hybrid.optimizers.SGD(0.0))
    y = features(13, 1, seed=3)
    (loss,) = model.fit(X, y, batch_size=4, verbose=0).history["loss"]
    assert loss == pytest.approx(float(np.mean((model.predict(X, verbose=0) - y) ** 2)), rel=1e-6)


@pytest.mark.parametrize("batch_size", [1, 2, 3])
def test_masked_loss_is_the_mean_over_real_positions(batch_size: int) -> None:
    class Padded(hybrid.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.supports_masking = True

        def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
            return hybrid.ops.any(hybrid.ops.not_equal(inputs, 0.0), axis=-1)

        def call(self, inputs: Any) -> Any:
            return inputs

    x = np.array([[[1, 2], [3, 1], [0, 0]], [[1, 1], [0, 0], [0, 0]], [[1, 1], [1, 2], [1, 3]]], "float32")
    y = features(9, 1).reshape(3, 3, 1)
    model = Sequential([Input((3, 2)), Padded(), Dense(1)])
    model.compile("sgd", "mse", metrics=["mse"])
    real = (x != 0).any(-1)
    expected = np.mean((model.predict(x, verbose=0) - y)[real] ** 2)
    loss, metric = model.evaluate(x, y, batch_size=batch_size, verbose=0)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert metric == pytest.approx(expected, rel=1e-5)


def test_vector_targets_are_not_broadcast() -> None:
    model = regressor()
    y = features(13, 1, seed=3)
    assert model.evaluate(X, y[:, 0], verbose=0) == model.evaluate(X, y, verbose=0)
    assert model.evaluate(X, y[:, 0], verbose=0) == pytest.approx(
        np.mean((model.predict(X, verbose=0) - y) ** 2), rel=1e-6
    )


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_accumulated_gradients_equal_the_big_batch(optimizer: str) -> None:
    make = getattr(hybrid.optimizers, optimizer)
    big = classifier(optimizer=make(0.05))
    big_history = big.fit(X, Y, batch_size=8, epochs=3, verbose=0).history
    small = classifier(optimizer=make(0.05, gradient_accumulation_steps=2))
    small_history = small.fit(X, Y, batch_size=4, epochs=3, verbose=0).history
    # 13 samples: groups of 4 + 4 and 4 + 1.
    for a, b in zip(big.get_weights(), small.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)
    assert len(big_history["loss"]) == len(small_history["loss"]) == 3


def test_class_weight_equals_sample_weight() -> None:
    by_class, by_sample = classifier(), classifier()
    by_class.fit(X, Y, class_weight={0: 0.5, 2: 3.0}, verbose=0)
    by_sample.fit(X, Y, sample_weight=np.array([0.5, 1.0, 3.0])[Y], verbose=0)
    assert_same(states(by_class), states(by_sample))


def test_class_weight_of_a_class_that_does_not_occur_changes_nothing() -> None:
    with_all, without = classifier(), classifier()
    few = Y[Y != 1]
    with_all.fit(X[Y != 1], few, class_weight={0: 0.5, 1: 9.0, 2: 3.0}, verbose=0)
    without.fit(X[Y != 1], few, class_weight={0: 0.5, 2: 3.0}, verbose=0)
    assert_same(states(with_all), states(without))


def test_one_hot_class_weight_equals_that_of_class_numbers() -> None:
    sparse = classifier()
    one_hot = classifier(loss="categorical_crossentropy")
    for model, y in ((sparse, Y), (one_hot, np.eye(3, dtype="float32")[Y])):
        model.fit(X, y, class_weight={1: 4.0}, verbose=0)
    for a, b in zip(sparse.get_weights(), one_hot.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_equal_seeds_give_equal_trainings() -> None:
    first, second, other = classifier(), classifier(), classifier(seed=1)
    for model in (first, second, other):
        model.fit(X, Y, batch_size=3, epochs=2, verbose=0)
    assert_same(states(first), states(second))
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_order_of_samples_depends_on_the_epoch_alone() -> None:
    def orders(model: Any, **options: Any) -> list[list[float]]:
        seen: list[list[float]] = []

        def step(data: Any) -> dict[str, Any]:
            seen.append(data[0][:, 0].tolist())
            return {"loss": 0.0}

        model.train_step = step
        model.fit(X, Y, batch_size=13, verbose=0, **options)
        return seen

    whole = orders(classifier(), epochs=3)
    assert whole[0] != whole[1]
    assert orders(classifier(), epochs=3, initial_epoch=2) == whole[2:]
    assert sorted(whole[0]) == sorted(X[:, 0].tolist())


def test_training_in_two_parts_equals_one() -> None:
    whole, parts = noisy_classifier(), noisy_classifier()
    history = whole.fit(X, Y, batch_size=4, epochs=6, verbose=0).history
    first = parts.fit(X, Y, batch_size=4, epochs=3, verbose=0).history
    second = parts.fit(X, Y, batch_size=4, epochs=6, initial_epoch=3, verbose=0).history
    assert_same(states(whole), states(parts))
    assert history == {key: first[key] + second[key] for key in first}


def test_losses_of_several_outputs_add_up() -> None:
    model = two_headed(loss_weights={"value": 0.25, "kind": 2.0})
    y = {"kind": Y, "value": features(13, 1, seed=3)}
    logs = model.evaluate(X, y, batch_size=4, verbose=0, return_dict=True)
    assert set(logs) == {"loss", "kind_loss", "value_loss"}
    assert logs["loss"] == pytest.approx(0.25 * logs["value_loss"] + 2.0 * logs["kind_loss"], rel=1e-6)


def test_order_of_keys_does_not_matter() -> None:
    value = features(13, 1, seed=3)
    first, second = two_headed(), two_headed()
    first.fit(X, {"kind": Y, "value": value}, verbose=0)
    second.fit(X, {"value": value, "kind": Y}, verbose=0)
    assert_same(states(first), states(second))


def test_checks_change_nothing() -> None:
    checked, unchecked = noisy_classifier(), noisy_classifier()
    unchecked.check_data = False
    unchecked._check = lambda *_, **__: None
    for model in (checked, unchecked):
        model.fit(X, Y, batch_size=4, epochs=2, validation_split=0.3, verbose=0)
    assert_same(states(checked), states(unchecked))
