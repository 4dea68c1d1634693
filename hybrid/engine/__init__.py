"""The engine: functions as flat programs of primitives, which are optimised and executed as one.

Floor 7. It sees operations, Variables and scopes, never layers. `lowering` turns a function into a `Program`, `passes`
change programs, `source` writes a program as Python code, and `programs` decides which program a call needs.

Its names load when they are first used: a model that is only built, or called, needs none of this.
"""

import importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from .profiling import Profile, profile
    from .program import Program
    from .programs import Jit, Programs, jit
    from .source import Executable

__all__ = ["Executable", "Jit", "Profile", "Program", "Programs", "jit", "profile"]

_HOMES = {
    "Executable": "source",
    "Jit": "programs",
    "Profile": "profiling",
    "Program": "program",
    "Programs": "programs",
    "jit": "programs",
    "profile": "profiling",
}


def __getattr__(name: str) -> _typing.Any:
    """Load a name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'hybrid.engine' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
