"""What a training leaves behind: models that are freed, copied, and trained further."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.callbacks import EarlyStopping

from .models import assert_same, classifier, features, labels, noisy_classifier, states

X, Y = features(13), labels(13)


def test_trained_model_is_freed_with_its_last_name() -> None:
    gc.collect()
    gc.disable()
    try:
        model = classifier(metrics=["accuracy"])
        model.fit(X, Y, verbose=0, validation_split=0.3, callbacks=[EarlyStopping(restore_best_weights=True)])
        model.evaluate(X, Y, verbose=0)
        model.predict(X, verbose=0)
        model.train_on_batch(X, Y)
        reference = weakref.ref(model)
        del model
        assert reference() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "twin", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"]
)
def test_copy_of_a_trained_model_trains_on_alike(twin: Any) -> None:
    model = noisy_classifier()
    model.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    other = twin(model)
    for each in (model, other):
        each.fit(X, Y, batch_size=4, epochs=4, initial_epoch=2, verbose=0)
    assert_same(states(model), states(other))
    assert model.optimizer is not other.optimizer


def test_average_of_the_weights_is_taken_over_at_the_end() -> None:
    plain = classifier(optimizer=hybrid.optimizers.SGD(0.1))
    averaged = classifier(optimizer=hybrid.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))
    seen: list[Any] = []
    note = hybrid.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(plain.get_weights()))
    plain.fit(X, Y, batch_size=7, verbose=0, callbacks=note)
    averaged.fit(X, Y, batch_size=7, verbose=0)
    for first, second, found in zip(*seen, averaged.get_weights(), strict=True):
        np.testing.assert_allclose(found, (first + second) / 2, rtol=1e-5)


def test_regularized_model_trained_further_counts_penalties_once() -> None:
    hybrid.utils.set_random_seed(0)
    layer = hybrid.layers.Dense(1, kernel_regularizer="l2")
    model = hybrid.Sequential([hybrid.Input((4,)), layer])
    model.compile(hybrid.optimizers.SGD(0.0), "mse")
    y = features(13, 1, seed=3)
    history = model.fit(X, y, batch_size=4, epochs=3, verbose=0).history["loss"]
    penalty = 0.01 * float(np.sum(layer.get_weights()[0] ** 2))
    assert history == pytest.approx([float(np.mean((model.predict(X, verbose=0) - y) ** 2)) + penalty] * 3, rel=1e-5)
