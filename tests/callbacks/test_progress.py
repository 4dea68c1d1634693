"""What is shown while a model is trained."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from hybrid.callbacks.progress_bar import ProgressBar

from ..training.models import classifier, features, labels

X, Y = features(), labels()


class Terminal(io.StringIO):
    """Text that says it is shown on a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("verbose", ["auto", 1, 2])
def test_one_plain_line_per_epoch_where_there_is_no_terminal(verbose: Any, capsys: pytest.CaptureFixture[str]) -> None:
    classifier(metrics=["accuracy"]).fit(X, Y, batch_size=5, epochs=2, validation_data=(X, Y), verbose=verbose)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    pattern = (
        r"Epoch 2/2 - 2/2 - \d+s - \d+(us|ms|s)/step - accuracy: 0\.\d{4} - loss: \d\.\d{4} "
        r"- val_accuracy: .* - val_loss: .*"
    )
    assert re.fullmatch(pattern, lines[1])


def test_nothing_is_shown_when_not_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    model = classifier()
    model.fit(X, Y, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert capsys.readouterr().out == ""


def test_a_bar_is_drawn_over_itself_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    classifier().fit(X, Y, batch_size=5, epochs=1)
    first, _, rest = terminal.getvalue().partition("\n")
    assert first == "Epoch 1/1"
    assert rest.count("\r") >= 2
    assert rest.count("\n") == 1
    assert re.fullmatch(r"2/2 ━{20} \d+s \d+(us|ms)/step - loss: \d\.\d{4} *\n", rest.rpartition("\r")[2])


def test_evaluation_and_prediction_show_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    model = classifier()
    model.evaluate(X, Y)
    model.predict(X)
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"1/1 - \d+s - \d+(us|ms)/step - loss: \d\.\d{4}", first)
    assert re.fullmatch(r"1/1 - \d+s - \d+(us|ms)/step", second)


def test_shorter_line_covers_a_longer_one(capsys: pytest.CaptureFixture[str]) -> None:
    bar = ProgressBar(None, dynamic=True, interval=0.0)
    bar.update(1, {"a_long_name": 1.0})
    bar.update(2, {})
    parts = capsys.readouterr().out.split("\r")
    assert len(parts[2]) == len(parts[1])


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0.0000"), (0.00012, "1.2000e-04"), (3.14159, "3.1416"), (-2.0, "-2.0000")]
)
def test_numbers_are_shown_as_in_keras(value: float, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    ProgressBar(1, dynamic=False).finish(1, {"m": value}, elapsed=0.5)
    assert capsys.readouterr().out == f"1/1 - 0s - 500ms/step - m: {shown}\n"
