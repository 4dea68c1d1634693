"""`Callback`, `CallbackList`, `LambdaCallback`, `History`: who is told of what, and when."""

from __future__ import annotations

from typing import Any

import pytest

import hybrid
from hybrid.callbacks import Callback, CallbackList, History, LambdaCallback
from hybrid.errors import ConfigError

from ..training.models import classifier, features, labels

X, Y = features(), labels()
_EVENTS = [name for name in dir(Callback) if name.startswith("on_") and name not in ("on_batch_begin", "on_batch_end")]


def noting() -> tuple[Callback, list[str]]:
    """A callback that notes the events it is told of."""
    told: list[str] = []
    given = {name: (lambda *_, name=name, **__: told.append(name[3:])) for name in _EVENTS}
    return LambdaCallback(**given), told


def test_events_of_a_fit_come_in_order() -> None:
    callback, told = noting()
    classifier().fit(X, Y, validation_data=(X[:3], Y[:3]), verbose=0, callbacks=[callback])
    assert told == [
        "train_begin", "epoch_begin", "train_batch_begin", "train_batch_end", "test_begin", "test_batch_begin",
        "test_batch_end", "test_end", "epoch_end", "train_end",
    ]  # fmt: skip


def test_events_of_evaluate_and_predict_come_in_order() -> None:
    callback, told = noting()
    model = classifier()
    model.evaluate(X, Y, verbose=0, callbacks=[callback])
    model.predict(X, verbose=0, callbacks=[callback])
    assert told == [
        f"{kind}_{event}" for kind in ("test", "predict") for event in ("begin", "batch_begin", "batch_end", "end")
    ]


def test_logs_are_plain_numbers_and_running_means() -> None:
    seen: list[Any] = []
    note = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append((batch, logs)))
    history = classifier(metrics=["accuracy"]).fit(X, Y, batch_size=5, verbose=0, callbacks=note)
    assert [batch for batch, _ in seen] == [0, 1]
    assert all(type(value) is float for _, logs in seen for value in logs.values())
    assert seen[-1][1] == {key: values[0] for key, values in history.history.items()}


def test_older_names_of_batch_events_are_told() -> None:
    told: list[int] = []

    class Older(Callback):
        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            told.append(batch)

    classifier().fit(X, Y, batch_size=5, verbose=0, callbacks=[Older()])
    assert told == [0, 1]


def test_results_are_computed_only_for_those_who_listen() -> None:
    asked: list[int] = []
    callbacks = CallbackList([History()])
    callbacks.on_train_batch_end(0, lambda: asked.append(1))
    assert asked == []
    callbacks.append(LambdaCallback(on_train_batch_end=lambda batch, logs: None))
    callbacks.on_train_batch_end(0, lambda: asked.append(1) or {})
    assert asked == [1]


def test_callbacks_know_model_and_parameters() -> None:
    model, callback = classifier(), Callback()
    model.fit(X, Y, batch_size=5, epochs=2, verbose=0, callbacks=callback)
    assert callback.model is model
    assert {key: callback.params[key] for key in ("epochs", "steps", "verbose")} == {
        "epochs": 2,
        "steps": 2,
        "verbose": 0,
    }


def test_training_is_stopped_by_a_flag() -> None:
    model = classifier()

    def stop(batch: int, logs: Any) -> None:
        model.stop_training = True

    history = model.fit(X, Y, batch_size=2, epochs=4, verbose=0, callbacks=LambdaCallback(on_train_batch_end=stop))
    assert history.epoch == [0]
    assert int(model.optimizer.iterations) == 1


def test_history_is_returned_and_kept() -> None:
    model = classifier()
    history = model.fit(X, Y, epochs=2, verbose=0)
    assert isinstance(history, hybrid.callbacks.History)
    assert model.history is history
    assert len(history.history["loss"]) == 2


def test_list_of_callbacks_gets_a_history() -> None:
    model = classifier()
    first = model.fit(X, Y, verbose=0)
    second = model.fit(X, Y, epochs=2, verbose=0, callbacks=CallbackList([]))
    assert second is not first
    assert second.epoch == [0, 1]


def test_unknown_event_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean on_epoch_end"):
        LambdaCallback(on_epochs_end=print)


def test_states_are_told_apart_by_class_and_order() -> None:
    first, second = hybrid.callbacks.EarlyStopping(), hybrid.callbacks.EarlyStopping()
    first.wait, second.wait = 3, 5
    states = CallbackList([first, History(), second]).get_states()
    assert set(states) == {"EarlyStopping", "EarlyStopping_2"}
    others = [hybrid.callbacks.EarlyStopping(), hybrid.callbacks.EarlyStopping()]
    CallbackList(others).set_states(states)
    assert [other.wait for other in others] == [3, 5]
