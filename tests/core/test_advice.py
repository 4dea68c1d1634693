"""What is said to code that asks a symbolic tensor for a value."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

from hybrid import ops
from hybrid.core import advice
from hybrid.core.advice import instead_of

CASES: list[tuple[str, str, bool, list[str]]] = [
    ("bool()", "if x > 0:", True, ["ops.cond(x > 0, lambda", "ops.where(x > 0, a, b)"]),
    ("bool()", "elif x > 0: return x", True, ["ops.cond(x > 0"]),
    ("bool()", "if x > 0:", False, ["ops.where(x > 0, a, b)", "ops.any(x > 0)"]),
    ("bool()", "y = a if x > 0 else b", True, ["ops.where(x > 0, a, b)"]),
    ("bool()", "if x > 0 and not y:", True, ["ops.logical_and", "ops.cond(condition"]),
    ("bool()", "while x > 0:", True, ["ops.while_loop"]),
    ("float()", "while float(x) > 0:", True, ["ops.while_loop"]),
    ("float()", "if float(x) > 0:", True, ["ops.cond(float(x) > 0"]),
    ("bool()", "assert x > 0", True, ["leave the assertion out"]),
    ("bool()", "", True, ["ops.cond(condition"]),
    ("bool()", f"if {'x' * 80}:", True, ["ops.cond(condition"]),
    ("float()", "y = float(x)", True, ["ops.cast(x, 'float32')"]),
    ("int()", "y = int(x)", True, ["ops.cast(x, 'int32')", "ops.switch"]),
    ("int()", "for i in range(int(x)):", True, ["ops.fori_loop"]),
    ("len()", "for i in range(len(x)):", False, ["ops.scan"]),
    ("len()", "n = len(x)", False, ["ops.shape(x)[0]"]),
    ("Iterating over an axis of unknown size", "for row in x:", False, ["ops.scan", "ops.map(f, x)"]),
    ("Iterating over an axis of unknown size", "y, state = self.lstm(x)", False, ["one tensor", "ops.split"]),
    ("numpy()", "y = np.argmax(x.numpy())", False, ["hybrid.ops"]),
]


@pytest.mark.parametrize(("attempt", "line", "is_single", "words"), CASES)
def test_advice_suits_the_line(attempt: str, line: str, is_single: bool, words: list[str]) -> None:
    said = instead_of(attempt, line, is_single=is_single)
    for word in words:
        assert word in said, said


def test_advice_names_ops_that_exist() -> None:
    named: Any = re.findall(r"\bops\.(\w+)", inspect.getsource(advice))
    assert len(named) > 10
    assert not [name for name in named if not hasattr(ops, name)]
