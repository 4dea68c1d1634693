"""Small data sets to learn and test with (floor 11).

`digits` is shipped in the package; `mnist` is downloaded once. Nothing is read or fetched before `load_data` is called.
"""

from . import digits, mnist

__all__ = ["digits", "mnist"]
