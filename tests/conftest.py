"""What holds for every test: one BLAS thread per process, and NumPy floating errors are errors.

Warnings are errors too, see `filterwarnings` in pyproject.toml.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

# Before NumPy is imported: pytest-xdist already runs one process per core, and threads on top of that only wait.
for _library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import pytest  # noqa: E402


@pytest.fixture(autouse=True)
def floating_errors_raise() -> Iterator[None]:
    """Division by zero, overflow and invalid values raise FloatingPointError.

    Underflow does not: a tiny number that becomes zero is how exp, softmax and sigmoid are meant to end.
    A test that wants an infinity or NaN says so with its own `np.errstate`.
    """
    with np.errstate(divide="raise", over="raise", invalid="raise", under="ignore"):
        yield
