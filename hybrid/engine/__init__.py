"""The engine: functions as flat programs of primitives, which are optimised and executed as one.

Floor 7. It sees operations, Variables and scopes, never layers. `lowering` turns a function into a `Program`, `passes`
change programs, `source` writes a program as Python code, and `jit` decides which program a call needs.
"""

from .jit import Jit, jit
from .program import Program

__all__ = ["Jit", "Program", "jit"]
