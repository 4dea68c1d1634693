"""How many threads the BLAS that NumPy was built with uses: asked and set, where that BLAS is an OpenBLAS.

Floor 7. NumPy's wheels carry an OpenBLAS with threads of its own. While a program's tasks run side by side they would
compete with ours for the cores; and after every product they spin for 0.1 s, waiting for the next. The library is
already loaded as a dependency of NumPy's extension module: its functions are found through that, without a search.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["single_threaded", "thread_count", "use_threads"]


class _Functions(NamedTuple):
    get: Callable[[], int]
    set: Callable[[int], Any]


def thread_count() -> int | None:
    """Return how many threads BLAS may use; `None` where that cannot be asked.

    Example:
        >>> from hybrid.engine import blas
        >>> blas.thread_count() in (None, *range(1, 1000))
        True
    """
    functions = _functions()
    return None if functions is None else functions.get()


def use_threads(number: int) -> None:
    """Let BLAS use some number of threads, for all of the process; nothing happens where that cannot be set.

    Args:
        number: of threads, at least 1.
    """
    functions = _functions()
    if functions is not None:
        functions.set(number)


class single_threaded:  # noqa: N801 - a context manager; written as a class, for a quarter of the time
    """While it is active BLAS uses one thread; then as many as before.

    Example:
        >>> from hybrid.engine import blas
        >>> with blas.single_threaded():
        ...     blas.thread_count() in (None, 1)
        True
    """

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = thread_count()
        if self._before not in (None, 1):
            use_threads(1)

    def __exit__(self, *exception: object) -> None:
        if self._before is not None and self._before != 1:
            use_threads(self._before)


@functools.cache
def _functions() -> _Functions | None:
    module = sys.modules.get("numpy._core._multiarray_umath")
    try:
        # PyDLL keeps the GIL: the calls are shorter than giving it up would be.
        library = ctypes.PyDLL(getattr(module, "__file__", ""))
    except (OSError, TypeError):
        return None
    # NumPy's wheels prefix all names; other builds link a plain OpenBLAS, with 64-bit or 32-bit integers.
    for prefix in ("scipy_openblas", "openblas"):
        for suffix in ("64_", ""):
            get = getattr(library, f"{prefix}_get_num_threads{suffix}", None)
            set_ = getattr(library, f"{prefix}_set_num_threads{suffix}", None)
            if get is not None and set_ is not None:
                get.restype, set_.argtypes, set_.restype = ctypes.c_int, [ctypes.c_int], None
                return _Functions(get, set_)
    return None
