"""Imperative models written the way people write them in research code and tutorials, for laws to be tried on.

None of the classes is registered, and next to none writes its own `get_config`. `ENTRIES` lists all models;
`RECORDABLE` those whose `call` never asks for a value, and `VALUE_DEPENDENT` those whose does: they run, train, clone
and save by class, and cannot be recorded.
"""

from __future__ import annotations

from tests.imperative import attention, interfaces, sequences, structure, value_dependent
from tests.imperative.entry import Entry

_THEMES = (structure, interfaces, sequences, attention, value_dependent)

ENTRIES: list[Entry] = [entry for theme in _THEMES for entry in theme.ENTRIES]
RECORDABLE: list[Entry] = [entry for entry in ENTRIES if entry.recordable]
VALUE_DEPENDENT: list[Entry] = [entry for entry in ENTRIES if not entry.recordable]
