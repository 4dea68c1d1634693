"""Ctrl-C and exceptions: the model stays usable, callbacks are told, the error goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.callbacks import Callback, EarlyStopping, LambdaCallback
from hybrid.training.interrupts import InterruptGuard

from .models import assert_same, classifier, features, labels, states

X, Y = features(), labels()


@pytest.fixture(autouse=True)
def interrupts_are_heard() -> Iterator[None]:
    """A process that was started in the background ignores Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Interrupting(hybrid.optimizers.SGD):
    """Gets Ctrl-C in the middle of an update."""

    def apply(self, grads: Any, trainable_variables: Any = None, **options: Any) -> None:
        grads, variables = list(grads), list(trainable_variables)
        super().apply(grads[:1] + [np.zeros(v.shape) for v in variables[1:]], variables)
        os.kill(os.getpid(), signal.SIGINT)
        sum(range(1000))
        super().apply([np.zeros(variables[0].shape), *grads[1:]], variables)


def test_interrupt_waits_for_the_end_of_an_update() -> None:
    model, other = classifier(optimizer=Interrupting(0.1)), classifier(optimizer=hybrid.optimizers.SGD(0.1))
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, epochs=5, verbose=0)
    other.fit(X, Y, epochs=1, verbose=0)
    assert_same(model.get_weights(), other.get_weights())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupt_outside_of_an_update_comes_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), InterruptGuard():
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("the interrupt did not come")


def test_handler_of_the_user_is_left_alone() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with InterruptGuard():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_model_is_usable_and_callbacks_end(error: type[BaseException]) -> None:
    ended: list[str] = []

    class Ending(Callback):
        def on_train_end(self, logs: Any = None) -> None:
            ended.append("end")

    def fail(batch: int, logs: Any) -> None:
        if batch == 1:
            raise error("stop")

    model = classifier()
    with pytest.raises(error):
        model.fit(X, Y, batch_size=4, verbose=0, callbacks=[LambdaCallback(on_train_batch_end=fail), Ending()])
    assert ended == ["end"]
    assert len(model.fit(X, Y, epochs=2, verbose=0).history["loss"]) == 2


@pytest.mark.parametrize("error", [None, KeyboardInterrupt, ValueError])
def test_best_weights_are_restored_whatever_ends_training(error: type[BaseException] | None) -> None:
    kept: list[Any] = []

    def spoil(epoch: int, logs: Any) -> None:
        logs["score"] = [3.0, 1.0, 2.0, 4.0][epoch]
        kept.append(model.get_weights())

    def fail(epoch: int, logs: Any) -> None:
        if epoch == 3 and error is not None:
            raise error("stop")

    model = classifier()
    stopping = EarlyStopping("score", patience=10, restore_best_weights=True)
    given = [LambdaCallback(on_epoch_end=spoil, on_epoch_begin=fail), stopping]
    if error is None:
        model.fit(X, Y, epochs=4, verbose=0, callbacks=given)
    else:
        with pytest.raises(error):
            model.fit(X, Y, epochs=4, verbose=0, callbacks=given)
    assert_same(model.get_weights(), kept[1])


def test_callback_that_fails_while_training_fails_is_noted() -> None:
    class Failing(Callback):
        def on_train_end(self, logs: Any = None) -> None:
            raise OSError("disk full")

    def fail(batch: int, logs: Any) -> None:
        raise ValueError("first")

    model = classifier()
    before = states(model)
    with pytest.raises(ValueError, match="first") as caught:
        model.fit(X, Y, verbose=0, callbacks=[Failing(), LambdaCallback(on_train_batch_begin=fail)])
    assert "Failing.on_train_end raised OSError('disk full')" in caught.value.__notes__[-1]
    assert_same(before, states(model))
