"""`EarlyStopping`, `TerminateOnNaN`, and watching a value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.callbacks import EarlyStopping, LambdaCallback, TerminateOnNaN
from hybrid.callbacks.monitoring import Monitor
from hybrid.errors import ConfigError

from ..training.models import assert_same, classifier, features, labels, regressor

X, Y = features(), labels()


def run(scores: list[float], **options: Any) -> tuple[Any, Any, list[Any]]:
    """Train with given scores; return the callback, the history, and the weights after each epoch."""
    weights: list[Any] = []

    def give(epoch: int, logs: Any) -> None:
        logs["score"] = scores[epoch]
        weights.append(model.get_weights())

    model = classifier()
    stopping = EarlyStopping("score", **options)
    history = model.fit(X, Y, epochs=len(scores), verbose=0, callbacks=[LambdaCallback(on_epoch_end=give), stopping])
    stopping.final = model.get_weights()
    return stopping, history, weights


@pytest.mark.parametrize(
    ("scores", "options", "epochs"),
    [
        ([3, 2, 2, 2, 2], {}, 3),
        ([3, 2, 2, 2, 2], {"patience": 2}, 4),
        ([1, 2, 3, 3, 4, 5], {"mode": "max", "patience": 1}, 4),
        ([3, 2.5, 2.4, 2.3, 0], {"min_delta": 0.45, "patience": 2}, 4),
        ([5, 4, 3, 2, 1], {"baseline": 2.5, "patience": 2}, 5),
        ([5, 4, 3, 3.5, 3.5], {"baseline": 2.5, "patience": 2}, 4),
        ([5, 5, 5, 5], {"baseline": 2.5, "patience": 2}, 2),
        ([5, 1, 1.5, 1.4, 1.3, 1.2], {"baseline": 2.5, "patience": 3}, 5),
        ([1, 2, 3, 4, 5], {"start_from_epoch": 2}, 4),
        ([3, float("nan"), 1, 0], {"patience": 2}, 4),
    ],
)
def test_stops_after_the_epochs_that_keras_stops_after(scores: list[float], options: Any, epochs: int) -> None:
    stopping, history, _ = run(scores, **options)
    assert len(history.epoch) == epochs
    assert stopping.stopped_epoch == (epochs - 1 if epochs < len(scores) else stopping.stopped_epoch)


def test_best_weights_come_back() -> None:
    stopping, _, weights = run([3, 1, 2, 2, 2], patience=2, restore_best_weights=True)
    assert stopping.best_epoch == 1
    assert_same(stopping.final, weights[1])


def test_weights_stay_without_restoring() -> None:
    stopping, _, weights = run([3, 1, 2, 2, 2], patience=2)
    assert_same(stopping.final, weights[-1])


def test_talks_when_it_is_asked_to(capsys: pytest.CaptureFixture[str]) -> None:
    run([3, 1, 2, 2], patience=1, restore_best_weights=True, verbose=1)
    assert capsys.readouterr().out == (
        "Epoch 3: early stopping\nRestoring model weights from the end of the best epoch: 2.\n"
    )


def test_unknown_value_is_a_warning_that_lists_what_there_is() -> None:
    with pytest.warns(UserWarning, match="EarlyStopping cannot stop early: it monitors 'val_loss'.*accuracy, loss"):
        classifier(metrics=["accuracy"]).fit(X, Y, verbose=0, callbacks=EarlyStopping())


@pytest.mark.parametrize(
    ("name", "mode"),
    [("loss", "min"), ("val_accuracy", "max"), ("auc", "max"), ("val_mae", "min"), ("f1_score", "max")],
)
def test_direction_is_known_by_the_name(name: str, mode: str) -> None:
    assert Monitor("test", name, "auto").mode == mode


def test_unknown_mode_is_refused() -> None:
    with pytest.raises(ConfigError, match="'auto', 'min' or 'max'"):
        EarlyStopping(mode="least")


def test_nan_ends_training(capsys: pytest.CaptureFixture[str]) -> None:
    model = regressor(optimizer=hybrid.optimizers.SGD(1e30))
    with np.errstate(all="ignore"):
        history = model.fit(X, features(10, 1), batch_size=2, epochs=5, verbose=0, callbacks=TerminateOnNaN())
    assert len(history.epoch) == 1
    assert "Invalid loss, terminating training" in capsys.readouterr().out
