"""The engine: functions as flat programs of primitives, which are optimised and executed as one.

Floor 7. It sees operations, Variables and scopes, never layers. `lowering` turns a function into a `Program`, `passes`
change programs, `source` writes a program as Python code, and `programs` decides which program a call needs.
"""

from .program import Program
from .programs import Jit, Programs, jit
from .source import Executable

__all__ = ["Executable", "Jit", "Program", "Programs", "jit"]
