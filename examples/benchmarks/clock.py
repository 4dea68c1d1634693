"""The clock of the sides: BENCHMARKS_CLOCK=cpu counts the time of the process instead of that of the wall."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

clock = {"wall": time.perf_counter, "cpu": time.process_time}[os.environ.get("BENCHMARKS_CLOCK", "wall")]
BEGIN = clock()
"""When this module was imported: before NumPy and all that follows."""


def seconds(function: Callable[[], object], calls: int = 1) -> float:
    """Return the seconds of a call."""
    begin = clock()
    for _ in range(calls):
        function()
    return (clock() - begin) / calls
