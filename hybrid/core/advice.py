"""What to write instead of code that asks a symbolic tensor for its value, by the line that asks.

Floor 4. The line is looked at as text: an `if`, a `while` and a loop over numbers each have an op that expresses them.
"""

from __future__ import annotations

import re

__all__ = ["instead_of"]

_BRANCH = re.compile(r"^(?:el)?if\s+(.*?):")
_WHILE = re.compile(r"^while\b")
_CHOICE = re.compile(r"\bif\s+(.*?)\s+else\b")
_UNPACKING = re.compile(r"^\(?\w+(\s*,\s*\*?\w+)+\)?\s*=[^=]")
_LOGIC = re.compile(r"\b(and|or|not)\b")

_LOOP = (
    "use ops.fori_loop(0, n, body, state) for a loop that a value bounds, ops.scan(step, state, x) for rows that "
    "depend on each other, ops.map(f, x) for rows that do not"
)
_ARRAY = "use the functions of hybrid.ops, or np.* functions that take tensors; to see values, call it on an array"
_PLAIN = {
    "int()": "keep the tensor, or use ops.cast(x, 'int32'); ops.shape(x) for sizes, ops.switch(index, branches) to "
    "choose what runs",
    "float()": "keep the tensor as it is: it can be computed with and returned; ops.cast(x, 'float32') for the dtype",
    "item()": "keep the tensor as it is: it can be computed with and returned",
    "Using it as an index or in range()": "use ops.take(x, index, axis=0) or x[index] of a tensor, ops.fori_loop for a "
    "range",
    "len()": "use ops.shape(x)[0], which may be symbolic",
    "Iterating over an axis of unknown size": "use ops.scan(step, state, x) for rows that depend on each other, "
    "ops.map(f, x) or ops.vectorized_map(f, x) for rows that do not",
    "The operator 'in'": "use ops.any(ops.equal(x, element))",
    "Making a NumPy array of it": _ARRAY,
    "numpy()": _ARRAY,
}


def instead_of(attempt: str, line: str, *, is_single: bool) -> str:
    """Return what expresses the same with tensors.

    Args:
        attempt: what needs the value: `"bool()"`, `"int()"`, ...
        line: of the user's code, empty where it is not at hand.
        is_single: whether the tensor is one value.

    Example:
        >>> instead_of("bool()", "if x > 0:", is_single=True)
        'use ops.where(x > 0, a, b) to choose values, ops.cond(x > 0, lambda: ..., lambda: ...) to choose what runs'
        >>> instead_of("len()", "n = len(x)", is_single=False)
        'use ops.shape(x)[0], which may be symbolic'
    """
    if _WHILE.match(line):
        return "use ops.while_loop(condition, body, loop_vars): both are functions of the variables of the loop"
    if attempt == "bool()" or _BRANCH.match(line) or _CHOICE.search(line):
        return _instead_of_branch(line, is_single or attempt != "bool()")
    if attempt.startswith("Iterating") and _UNPACKING.match(line):
        return "it is one tensor, not several: use ops.split or ops.unstack along another axis than that of the batch"
    return _LOOP if "range(" in line else _PLAIN[attempt]


def _instead_of_branch(line: str, is_single: bool) -> str:
    if line.startswith("assert"):
        return "leave the assertion out of call: shapes are checked when it is recorded, values in tests"
    found = _BRANCH.match(line) or _CHOICE.search(line)
    condition = found.group(1) if found else ""
    begin = "use "
    if _LOGIC.search(condition or line):
        begin = "use ops.logical_and, ops.logical_or, ops.logical_not for and, or, not; then "
        condition = ""
    # A long condition is not easier to read for being repeated.
    condition = condition if 0 < len(condition) < 40 else "condition"
    where = f"ops.where({condition}, a, b)"
    if not is_single:
        return f"{begin}{where} to choose for each element, ops.cond(ops.any({condition}), f, g) to decide once"
    return f"{begin}{where} to choose values, ops.cond({condition}, lambda: ..., lambda: ...) to choose what runs"
