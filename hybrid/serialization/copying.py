"""Copies of objects by their configurations, without leaving memory.

Floor 3.
"""

from __future__ import annotations

from typing import Any

from .reading import deserialize
from .session import READING, WRITING, Session, describing_further, opened
from .writing import serialize

__all__ = ["copy_by_config"]


def copy_by_config(obj: Any) -> Any:
    """Make an object of another's configuration; what is no data, as an unregistered function, both have in common."""
    with describing_further(None), opened(WRITING, Session(keeps=True)) as session:
        data = serialize(obj, session)
    with opened(READING, Session(data, keeps=True)) as session:
        return deserialize(data, session)
