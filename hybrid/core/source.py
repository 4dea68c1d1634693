"""Where in the user's code something happened.

Floor 4. A place is the innermost frame outside this package: the user's own line, not ours.
"""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from typing import NamedTuple

_PACKAGE = str(Path(__file__).resolve().parent.parent) + "/"
_CACHE: dict[str, bool] = {}


class SourceLine(NamedTuple):
    """A file and a line of the user's code."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{Path(self.file).name}:{self.line}"


def is_ours(file: str) -> bool:
    """Say whether a file belongs to this package."""
    known = _CACHE.get(file)
    if known is None:
        known = file.startswith(_PACKAGE) or file.startswith(str(Path(_PACKAGE)) + "\\")
        _CACHE[file] = known
    return known


def user_line() -> SourceLine:
    """Return the innermost line of code that does not belong to this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return SourceLine(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def failing_line(error: BaseException) -> SourceLine | None:
    """Return the innermost line of code outside this package that an exception passed through."""
    found = None
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if not is_ours(code.co_filename):
            found = SourceLine(code.co_filename, traceback.tb_lineno, code.co_name)
        traceback = traceback.tb_next
    return found


def source_text(place: SourceLine) -> str:
    """Return the stripped text of a line, or nothing where the source is not at hand."""
    return linecache.getline(place.file, place.line).strip()
