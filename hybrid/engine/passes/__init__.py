"""Passes: functions that make a program of a program that computes the same.

Floor 7. Each is a file of its own and can be left out. None of them changes a bit of the results: a program computes
what its function computes, number by number.
"""

from .pipeline import PIPELINE, optimized

__all__ = ["PIPELINE", "optimized"]
