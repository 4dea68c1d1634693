"""A progress bar for terminals, and plain lines for everything else.

Floor 9. Knows nothing of models.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Any

__all__ = ["ProgressBar", "is_interactive"]

_WIDTH = 20


def is_interactive() -> bool:
    """Say whether what is printed can be overwritten: on a terminal or in a notebook."""
    return "ipykernel" in sys.modules or bool(getattr(sys.stdout, "isatty", lambda: False)())


class ProgressBar:
    """Shows how far an epoch is, how long it takes, and the metrics.

    Args:
        target: number of steps, `None` if it is not known.
        dynamic: whether the line is drawn again while the epoch runs; otherwise one plain line is printed at its end.
        interval: least number of seconds between two drawings.
        label: put before the plain line.

    Example:
        >>> bar = ProgressBar(2, dynamic=False, label="Epoch 1/1 - ")
        >>> bar.finish(2, {"loss": 0.25}, elapsed=1.0)
        Epoch 1/1 - 2/2 - 1s - 500ms/step - loss: 0.2500
    """

    def __init__(self, target: int | None, *, dynamic: bool, interval: float = 0.1, label: str = ""):
        self.target = target
        self.dynamic = dynamic
        self.interval = interval
        self.label = label
        self._begin = time.monotonic()
        self._drawn = 0.0
        self._length = 0

    def is_due(self) -> bool:
        """Say whether it is time to draw again."""
        return self.dynamic and time.monotonic() - self._drawn >= self.interval

    def update(self, step: int, values: Mapping[str, Any]) -> None:
        """Draw the line again, if it is time."""
        if not self.is_due():
            return
        self._drawn = time.monotonic()
        elapsed = self._drawn - self._begin
        self._write(f"\r{self._bar(step)} {self._time_left(step, elapsed)}{_shown(values)}")

    def finish(self, step: int, values: Mapping[str, Any], elapsed: float | None = None) -> None:
        """Write the last line of an epoch."""
        taken = time.monotonic() - self._begin if elapsed is None else elapsed
        self.target = self.target or step
        per_step = _duration(taken / max(step, 1))
        if self.dynamic:
            self._write(f"\r{self._bar(step)} {taken:.0f}s {per_step}/step{_shown(values)}", end="\n")
        else:
            print(f"{self.label}{step}/{self.target} - {taken:.0f}s - {per_step}/step{_shown(values)}", flush=True)

    def _write(self, line: str, end: str = "") -> None:
        rest = " " * max(0, self._length - len(line))
        self._length = len(line)
        print(line + rest, end=end, flush=True)

    def _bar(self, step: int) -> str:
        if self.target is None:
            return f"{step}/Unknown"
        done = min(_WIDTH, _WIDTH * step // max(self.target, 1))
        digits = len(str(self.target))
        return f"{step:{digits}d}/{self.target} {'━' * done}{'╌' * (_WIDTH - done)}"

    def _time_left(self, step: int, elapsed: float) -> str:
        if self.target is None or step == 0:
            return f"{elapsed:.0f}s"
        left = elapsed / step * (self.target - step)
        return f"{int(left // 60)}:{int(left % 60):02d} left" if left >= 60 else f"{left:.0f}s left"


def _duration(seconds: float) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s"
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"


def _shown(values: Mapping[str, Any]) -> str:
    return "".join(f" - {key}: {_number(value)}" for key, value in values.items())


def _number(value: Any) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return f"{number:.4f}" if number == 0 or not 0 < abs(number) < 1e-3 else f"{number:.4e}"
