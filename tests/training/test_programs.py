"""`fit`, `evaluate` and `predict` by programs: the same numbers as operation by operation, and when they are used."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Input, Model, Sequential, ops
from hybrid.layers import BatchNormalization, Dense, Dropout, Layer
from tests.both_ways import assert_close

from .models import assert_same, classifier, features, labels, noisy_classifier, states, two_headed

X, Y = features(13), labels(13)


def normalized(**compiled: Any) -> Any:
    hybrid.utils.set_random_seed(0)
    model = Sequential(
        [
            Input((4,)),
            Dense(6, use_bias=False),  # a bias would have rounding for a derivative
            BatchNormalization(),
            Dropout(0.4),
            Dense(3, activation="softmax", kernel_regularizer="l2"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **compiled)
    return model


@pytest.mark.parametrize(
    "make",
    [
        normalized,
        classifier,
        lambda **options: classifier(optimizer=hybrid.optimizers.SGD(0.1, gradient_accumulation_steps=2), **options),
        lambda **options: classifier(optimizer=hybrid.optimizers.Adam(0.1, use_ema=True, clipnorm=0.5), **options),
        lambda **options: classifier(optimizer=hybrid.optimizers.AdamW(0.1, loss_scale_factor=8.0), **options),
    ],
    ids=["normalized", "plain", "accumulating", "averaging", "decaying"],
)
def test_training_is_the_same(make: Any) -> None:
    programs, eager = make(), make(run_eagerly=True)
    kept = [
        model.fit(X, Y, batch_size=4, epochs=5, verbose=0, validation_split=0.3).history for model in (programs, eager)
    ]
    assert programs._programs and not eager._programs
    assert_close(kept[0], kept[1], rtol=1e-4)
    assert_close(states(programs), states(eager), rtol=1e-4)
    assert_close(programs.predict(X, verbose=0), eager.predict(X, verbose=0), rtol=1e-4)
    assert_close(programs.evaluate(X, Y, verbose=0), eager.evaluate(X, Y, verbose=0), rtol=1e-4)


def test_every_size_of_batches_has_a_program() -> None:
    model = classifier()
    model.fit(X, Y, batch_size=5, verbose=0)
    assert len(model._programs["train_step"]) == 2
    model.train_on_batch(X[:5], Y[:5])
    model.predict_on_batch(X)
    assert len(model._programs["train_step"]) == 2 and len(model._programs["predict_step"]) == 1


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": False}])
def test_programs_can_be_switched_off(options: Any) -> None:
    model = classifier(**options)
    model.fit(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert not model._programs


class Branching(Model):
    """Needs a value while it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = Dense(3, activation="softmax")

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs) if float(ops.sum(inputs)) > 0 else self.dense(-inputs)


def test_value_dependent_model_trains_all_the_same() -> None:
    hybrid.utils.set_random_seed(0)
    model = Branching()
    model.compile("sgd", "sparse_categorical_crossentropy")
    history = model.fit(X, Y, epochs=3, verbose=0).history["loss"]
    assert history[-1] < history[0]
    model.compile("sgd", "sparse_categorical_crossentropy", jit_compile=True)
    with pytest.warns(UserWarning, match=r"Branching.train_step[^§]*float\(ops.sum\(inputs\)\)"):
        model.fit(X, Y, verbose=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X, Y, verbose=0)


def test_changes_between_fits_are_seen() -> None:
    models = [normalized(), normalized(run_eagerly=True)]
    for model in models:
        model.fit(X, Y, batch_size=4, verbose=0)
        model.layers[0].trainable = False
        model.layers[2].rate = 0.1
        model.fit(X, Y, batch_size=4, verbose=0)
        model.optimizer.learning_rate = 0.5
        model.fit(X, Y, batch_size=4, verbose=0)
        model.layers[3].activation = hybrid.activations.get("sigmoid")
        model.fit(X, Y, batch_size=4, verbose=0)
    assert_close(states(models[0]), states(models[1]), rtol=1e-4)


def test_losses_of_a_trace_are_not_left_behind() -> None:
    class Penalty(Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss(ops.mean(ops.square(inputs)))
            return inputs

    model = Sequential([Input((4,)), Penalty(), Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(X, Y, verbose=0)
    assert model.losses == []
    model(X)
    assert float(model.losses[0]) == pytest.approx(float(np.mean(X**2)), rel=1e-5)


def test_mistake_in_the_data_leaves_the_model_as_it_was() -> None:
    model = noisy_classifier()
    model.check_data = False
    model.fit(X, Y, verbose=0)
    before = model.trainable_variables
    values = [variable.numpy() for variable in before]
    with pytest.raises(hybrid.errors.HybridError, match="7"):
        model.train_on_batch(X, np.full(13, 7))
    assert_same([variable.numpy() for variable in before], values)


def test_structured_outputs_are_predicted() -> None:
    model = two_headed()
    found, expected = model.predict(X, verbose=0), model(X)
    assert_same([found["kind"], found["value"]], [expected["kind"].numpy(), expected["value"].numpy()])


def test_learning_rate_of_a_function_is_asked_at_every_step() -> None:
    rates = iter([0.1, 0.0, 0.0])
    model = classifier(optimizer=hybrid.optimizers.SGD(lambda: next(rates)))
    kept = []
    for _ in range(3):
        model.train_on_batch(X, Y)
        kept.append(model.get_weights())
    assert_same(kept[1], kept[0])
    assert_same(kept[2], kept[0])


def test_changes_of_loss_and_optimizer_are_seen() -> None:
    models = [classifier(optimizer=hybrid.optimizers.SGD(0.1), run_eagerly=eagerly) for eagerly in (False, True)]
    for model in models:
        model.fit(X, Y, verbose=0)
        model.optimizer.clipvalue = 1e-3
        model.fit(X, Y, verbose=0)
        model.optimizer.learning_rate = hybrid.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5)
        model.fit(X, Y, verbose=0)
    assert_close(states(models[0]), states(models[1]))


def test_programs_are_kept_from_fit_to_fit() -> None:
    model = classifier(metrics=["accuracy"])
    callbacks = [hybrid.callbacks.EarlyStopping(restore_best_weights=True), hybrid.callbacks.ReduceLROnPlateau()]
    for _ in range(3):
        model.fit(X, Y, validation_data=(X, Y), verbose=0, callbacks=callbacks)
        model.evaluate(X, Y, verbose=0)
        model.predict(X, verbose=0)
    assert [programs._patience.recorded for programs in model._programs.values()] == [1, 1, 1]


class Remembers(hybrid.Model):
    """Stores what it computes, for whoever looks later."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = Dense(2)
        self.seen: list[Any] = []

    def call(self, x: Any) -> Any:
        self.last = self.dense(x)
        self.seen.append(self.last)
        return self.last


def test_what_call_stores_has_a_value() -> None:
    model = Remembers()
    model.compile("sgd", "mse")
    x = np.ones((8, 3), "float32")
    model.fit(x, np.ones((8, 2), "float32"), batch_size=4, verbose=0)
    predicted = model.predict(x, batch_size=8, verbose=0)
    np.testing.assert_array_equal(model.last, predicted)
