"""Passes: functions that make a program of a program that computes the same.

Floor 7. Each is a file of its own and can be left out. A program computes what its function computes, bit by bit
unless one of the passes in `ROUNDING` has rewritten it.
"""

from .pipeline import PIPELINE, ROUNDING, optimized

__all__ = ["PIPELINE", "ROUNDING", "optimized"]
