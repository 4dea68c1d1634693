"""`LearningRateScheduler` and `ReduceLROnPlateau`."""

from __future__ import annotations

from typing import Any

import pytest

import hybrid
from hybrid.callbacks import LambdaCallback, LearningRateScheduler, ReduceLROnPlateau
from hybrid.errors import ConfigError

from ..training.models import classifier, features, labels

X, Y = features(), labels()


def rates(callback: Any, scores: list[float], **options: Any) -> list[float]:
    """The learning rates of the epochs."""

    def give(epoch: int, logs: Any) -> None:
        logs["score"] = scores[epoch]

    model = classifier(optimizer=hybrid.optimizers.SGD(1.0))
    given = [LambdaCallback(on_epoch_end=give), callback]
    return model.fit(X, Y, epochs=len(scores), verbose=0, callbacks=given).history["learning_rate"]


def test_schedule_of_epoch_and_rate() -> None:
    assert rates(LearningRateScheduler(lambda epoch, rate: rate / 2), [0] * 3) == [0.5, 0.25, 0.125]


def test_schedule_of_the_epoch_alone() -> None:
    assert rates(LearningRateScheduler(lambda epoch: 2.0**-epoch), [0] * 3) == [1.0, 0.5, 0.25]


@pytest.mark.parametrize(
    ("options", "scores", "expected"),
    [
        ({"patience": 1}, [3, 3, 3, 3], [1, 1, 0.5, 0.25]),
        ({"patience": 2}, [3, 3, 3, 3], [1, 1, 1, 0.5]),
        ({"patience": 1, "cooldown": 1}, [3, 3, 3, 3, 3], [1, 1, 0.5, 0.25, 0.125]),
        ({"patience": 1, "min_lr": 0.5}, [3, 3, 3, 3], [1, 1, 0.5, 0.5]),
        ({"patience": 1, "mode": "max"}, [3, 4, 4, 5], [1, 1, 1, 0.5]),
        ({"patience": 1, "min_delta": 0.5}, [3, 2.8, 2.2, 2.0], [1, 1, 0.5, 0.5]),
    ],
)
def test_plateau_reduces_the_rate(options: Any, scores: list[float], expected: list[float]) -> None:
    assert rates(ReduceLROnPlateau("score", factor=0.5, **options), scores) == expected


def test_rate_of_a_schedule_cannot_be_changed() -> None:
    schedule = hybrid.optimizers.schedules.ExponentialDecay(0.1, 5, 0.9)
    model = classifier(optimizer=hybrid.optimizers.SGD(schedule))
    with pytest.raises(ConfigError, match="it follows a schedule"):
        model.fit(X, Y, verbose=0, callbacks=LearningRateScheduler(lambda epoch: 0.1))


def test_schedule_must_return_a_number() -> None:
    with pytest.raises(ConfigError, match="returned None"):
        classifier().fit(X, Y, verbose=0, callbacks=LearningRateScheduler(lambda epoch, rate: None))


def test_factor_above_one_is_refused() -> None:
    with pytest.raises(ConfigError, match="factor below 1"):
        ReduceLROnPlateau(factor=2.0)
