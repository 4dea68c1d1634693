"""Ctrl-C during training: it never falls into the middle of an update of the weights.

Floor 9.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

__all__ = ["InterruptGuard"]


class InterruptGuard:
    """Holds back KeyboardInterrupt while `is_busy`, for the duration of a block.

    Python raises it between any two bytecodes: half of the weights could have been updated, the other half not. A
    handler that the user has installed is left alone, and so are threads other than the main one, which get no signals.

    Attributes:
        is_busy: set while an update runs.
    """

    def __init__(self) -> None:
        self.is_busy = False
        self._is_pending = False
        self._previous: Any = None

    def __enter__(self) -> InterruptGuard:
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._previous = signal.signal(signal.SIGINT, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self.is_busy:
            raise KeyboardInterrupt
        self._is_pending = True

    def release(self) -> None:
        """Leave the busy section; raise the interrupt that came in it.

        Raises:
            KeyboardInterrupt: if one is pending.
        """
        self.is_busy = False
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt
