"""A training that is taken up again, in another process, equals one that never stopped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.callbacks import BackupAndRestore, EarlyStopping, LambdaCallback, ReduceLROnPlateau
from hybrid.errors import LoadError
from hybrid.training.state import TrainingState, from_plain, to_plain

from .models import assert_same, classifier, features, labels, noisy_classifier, states

X, Y = features(13), labels(13)
_ROOT = Path(__file__).resolve().parents[2]

_SECOND_HALF = """
import sys
import numpy as np
import hybrid
from tests.training.models import features, labels, states
from tests.training.test_resume import callbacks

model = hybrid.saving.load_model(sys.argv[1])
history = model.fit(features(13), labels(13), batch_size=4, epochs=6, initial_epoch=3, verbose=0,
                    validation_split=0.2, callbacks=callbacks())
logs = history.history
np.savez(sys.argv[2], *states(model), loss=logs["loss"], val=logs["val_loss"], epoch=history.epoch,
         rate=logs["learning_rate"])
"""


def callbacks() -> list[Any]:
    """Two whose states decide how the training goes on."""
    return [ReduceLROnPlateau(patience=2, factor=0.5, min_delta=10.0), EarlyStopping(patience=50)]


def plain_rate() -> Any:
    """As `noisy_classifier`, with a learning rate that callbacks can change."""
    model = noisy_classifier()
    model.compile(hybrid.optimizers.Adam(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_second_half_in_another_process_equals_one_training(tmp_path: Path) -> None:
    options: dict[str, Any] = {"batch_size": 4, "validation_split": 0.2, "verbose": 0}
    whole = plain_rate()
    history = whole.fit(X, Y, epochs=6, callbacks=callbacks(), **options)
    first = plain_rate()
    first.fit(X, Y, epochs=3, callbacks=callbacks(), **options)
    first.save(tmp_path / "model.hybrid")
    subprocess.run(
        [sys.executable, "-c", _SECOND_HALF, tmp_path / "model.hybrid", tmp_path / "result.npz"],
        check=True,
        cwd=_ROOT,
        timeout=120,
    )
    with np.load(tmp_path / "result.npz") as result:
        found = [result[f"arr_{index}"] for index in range(len(states(whole)))]
        assert result["loss"].tolist() == history.history["loss"]
        assert result["val"].tolist() == history.history["val_loss"]
        assert result["rate"].tolist() == history.history["learning_rate"]
        assert result["epoch"].tolist() == history.epoch == [0, 1, 2, 3, 4, 5]
    assert len(set(history.history["learning_rate"])) > 1
    assert_same(found, states(whole))


@pytest.mark.parametrize("frequency", [None, 2])
@pytest.mark.parametrize("batch_size", [4, 13])
def test_training_goes_on_from_the_weights_before_averaging(
    tmp_path: Path, frequency: int | None, batch_size: int
) -> None:
    def averaging() -> Any:
        model = noisy_classifier()
        optimizer = hybrid.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=frequency)
        model.compile(optimizer, "sparse_categorical_crossentropy")
        return model

    whole, first = averaging(), averaging()
    history = whole.fit(X, Y, batch_size=batch_size, epochs=3, verbose=0)
    first.fit(X, Y, batch_size=batch_size, epochs=1, verbose=0)
    first.optimizer.finalize_variable_values()
    first.save(tmp_path / "model.hybrid")
    second = hybrid.saving.load_model(tmp_path / "model.hybrid")
    again = second.fit(X, Y, batch_size=batch_size, epochs=3, initial_epoch=1, verbose=0)
    assert again.history == history.history
    assert_same(states(second), states(whole))


def test_weights_set_after_averaging_are_kept(tmp_path: Path) -> None:
    model = classifier(optimizer=hybrid.optimizers.SGD(0.0, use_ema=True, ema_momentum=0.5))
    model.fit(X, Y, epochs=1, verbose=0)
    model.save(tmp_path / "model.hybrid")
    loaded = hybrid.saving.load_model(tmp_path / "model.hybrid")
    mine = [weight + 1 for weight in loaded.get_weights()]
    loaded.set_weights(mine)
    loaded.fit(X, Y, epochs=2, initial_epoch=1, batch_size=13, verbose=0)
    for before, average in zip(mine, loaded.optimizer._unaveraged, strict=False):
        np.testing.assert_array_equal(before, average)


def test_schedule_goes_on_after_loading(tmp_path: Path) -> None:
    whole, first = noisy_classifier(), noisy_classifier()
    whole.fit(X, Y, batch_size=4, epochs=4, verbose=0)
    first.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    first.save(tmp_path / "model.hybrid")
    second = hybrid.saving.load_model(tmp_path / "model.hybrid")
    second.fit(X, Y, batch_size=4, epochs=4, initial_epoch=2, verbose=0)
    assert_same(states(whole), states(second))
    assert second.history.history == whole.history.history


def test_model_saved_during_training_goes_on_from_there(tmp_path: Path) -> None:
    whole = plain_rate()
    saver = hybrid.callbacks.ModelCheckpoint(tmp_path / "{epoch}.hybrid")
    # The checkpoint is told last, though it stands first: what it saves must contain what the others decide.
    whole.fit(X, Y, batch_size=4, epochs=6, validation_split=0.2, verbose=0, callbacks=[saver, *callbacks()])
    second = hybrid.saving.load_model(tmp_path / "4.hybrid")
    second.fit(
        X, Y, batch_size=4, epochs=6, initial_epoch=4, validation_split=0.2, verbose=0, callbacks=[saver, *callbacks()]
    )
    assert_same(states(whole), states(second))
    assert second.history.history == whole.history.history


@pytest.mark.parametrize("save_freq", ["epoch", 1, 3])
@pytest.mark.parametrize("fails_at", [0, 5, 10])
def test_backup_takes_up_where_training_was_interrupted(tmp_path: Path, save_freq: Any, fails_at: int) -> None:
    whole = plain_rate()
    expected = whole.fit(X, Y, batch_size=4, epochs=4, verbose=0, validation_split=0.2, callbacks=callbacks())
    count = [0]

    def fail(batch: int, logs: Any) -> None:
        if count[0] == fails_at:
            raise OSError("power cut")
        count[0] += 1

    options: dict[str, Any] = {"batch_size": 4, "epochs": 4, "verbose": 0, "validation_split": 0.2}
    backup = tmp_path / "backup"
    interrupted = plain_rate()
    with pytest.raises(OSError, match="power cut"):
        interrupted.fit(
            X,
            Y,
            callbacks=[BackupAndRestore(backup, save_freq), *callbacks(), LambdaCallback(on_train_batch_begin=fail)],
            **options,
        )
    hybrid.utils.set_random_seed(99)
    second = plain_rate()
    history = second.fit(X, Y, callbacks=[BackupAndRestore(backup, save_freq), *callbacks()], **options)
    assert_same(states(whole), states(second))
    assert history.history == expected.history
    assert not list(backup.glob("*"))


def test_backup_of_another_model_is_refused(tmp_path: Path) -> None:
    def fail(epoch: int, logs: Any) -> None:
        if epoch == 1:
            raise OSError

    with pytest.raises(OSError):
        classifier().fit(
            X, Y, epochs=2, verbose=0, callbacks=[BackupAndRestore(tmp_path), LambdaCallback(on_epoch_begin=fail)]
        )
    with pytest.raises(LoadError, match="another model"):
        plain_rate().fit(X, Y, verbose=0, callbacks=BackupAndRestore(tmp_path))


def test_new_training_does_not_continue_the_history() -> None:
    model = classifier()
    assert model.fit(X, Y, epochs=2, verbose=0).epoch == [0, 1]
    assert model.fit(X, Y, epochs=2, verbose=0).epoch == [0, 1]
    assert model.fit(X, Y, epochs=3, initial_epoch=2, verbose=0).epoch == [2]


def test_state_is_plain_data() -> None:
    state = {"weights": [np.arange(6, dtype="float32").reshape(2, 3)], "best": np.float32(0.5), "epochs": (1, 2)}
    back = from_plain(to_plain(state))
    np.testing.assert_array_equal(back["weights"][0], state["weights"][0])
    assert back["weights"][0].dtype == "float32"
    assert (back["best"], back["epochs"]) == (0.5, [1, 2])


@pytest.mark.parametrize("data", [{}, {"shuffle_seed": "x"}, 3])
def test_wrong_state_is_refused(data: Any) -> None:
    with pytest.raises(LoadError, match="state of a training"):
        TrainingState.of_plain(data)
