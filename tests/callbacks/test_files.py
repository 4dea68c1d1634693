"""`ModelCheckpoint` and `CSVLogger`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import hybrid
from hybrid.callbacks import CSVLogger, LambdaCallback, ModelCheckpoint
from hybrid.errors import ConfigError

from ..training.models import assert_same, classifier, features, labels, states

X, Y = features(), labels()


def fit(callbacks: Any, epochs: int = 3, **options: Any) -> Any:
    model = classifier()
    model.fit(X, Y, batch_size=5, epochs=epochs, verbose=0, callbacks=callbacks, **options)
    return model


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def scores(*values: float) -> LambdaCallback:
    return LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(score=values[epoch]))


def test_checkpoint_after_every_epoch(tmp_path: Path) -> None:
    model = fit(ModelCheckpoint(tmp_path / "sub" / "m_{epoch:02d}_{val_loss:.1f}.hybrid"), validation_data=(X, Y))
    assert [name[:5] for name in names(tmp_path / "sub")] == ["m_01_", "m_02_", "m_03_"]
    last = hybrid.saving.load_model(tmp_path / "sub" / names(tmp_path / "sub")[-1])
    assert_same(states(model), states(last))


def test_checkpoint_of_the_best_only(tmp_path: Path) -> None:
    fit([scores(2, 3, 1), ModelCheckpoint(tmp_path / "{epoch}.hybrid", monitor="score", save_best_only=True)])
    assert names(tmp_path) == ["1.hybrid", "3.hybrid"]


def test_checkpoint_that_must_beat_a_threshold(tmp_path: Path) -> None:
    saver = ModelCheckpoint(
        tmp_path / "{epoch}.hybrid", monitor="score", mode="max", save_best_only=True, initial_value_threshold=2.5
    )
    fit([scores(2, 3, 1), saver])
    assert names(tmp_path) == ["2.hybrid"]


def test_checkpoint_of_weights(tmp_path: Path) -> None:
    model = fit(ModelCheckpoint(tmp_path / "w.weights.hybrid", save_weights_only=True))
    other = classifier(seed=5)
    other.load_weights(tmp_path / "w.weights.hybrid")
    assert_same(model.get_weights(), other.get_weights())


def test_checkpoint_after_batches(tmp_path: Path) -> None:
    fit(ModelCheckpoint(tmp_path / "{epoch}-{batch}.hybrid", save_freq=3), epochs=3)
    assert names(tmp_path) == ["2-1.hybrid", "3-2.hybrid"]


def test_checkpoint_explains_an_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="val_loss.*\n.*there is: epoch, loss"):
        fit(ModelCheckpoint(tmp_path / "{val_loss}.hybrid"))


def test_checkpoint_refuses_a_wrong_frequency() -> None:
    with pytest.raises(ConfigError, match="save_freq"):
        ModelCheckpoint("m.hybrid", save_freq="batch")


def test_log_has_a_line_per_epoch(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    model = fit(CSVLogger(path, separator=";"))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "epoch;loss"
    assert [float(line.split(";")[1]) for line in lines[1:]] == model.history.history["loss"]


def test_log_is_appended_to_or_replaced(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    fit(CSVLogger(path), epochs=2)
    fit(CSVLogger(path, append=True), epochs=2)
    assert [line.split(",")[0] for line in path.read_text(encoding="utf-8").splitlines()] == [
        "epoch",
        "0",
        "1",
        "0",
        "1",
    ]
    fit(CSVLogger(path), epochs=1)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 2


def test_log_has_columns_for_rare_validation(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    fit(CSVLogger(path), epochs=2, validation_data=(X, Y), validation_freq=2)
    first, second, third = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines())
    assert first == ["epoch", "loss", "val_loss"]
    assert second[2] == "NA"
    assert float(third[2]) > 0
