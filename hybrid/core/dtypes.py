"""Which dtype comes out: names, defaults and promotion.

Floor 4. The rules in one line: a float beats an integer beats a bool; among equals the wider wins; Python numbers have
no width of their own. An integer array that meets a float32 stays float32, where NumPy would widen it to float64.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from .. import config
from ..errors import DTypeError
from ..typing import DTypeLike

_SUPPORTED = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
)
_BY_NAME = {name: np.dtype(name) for name in _SUPPORTED}
BOOL, INT32, INT64, UINT32 = (_BY_NAME[name] for name in ("bool", "int32", "int64", "uint32"))
_ALIASES: dict[Any, str] = {bool: "bool", int: "int32", float: "", "float": "", "int": "int32"}

_STANDARD = frozenset(_BY_NAME.values())
PYTHON_SCALARS = frozenset((bool, int, float))


def default_float() -> np.dtype[Any]:
    """Return the dtype that `config.floatx()` names."""
    return _BY_NAME[config.floatx()]


def standardize_dtype(dtype: DTypeLike = None) -> np.dtype[Any]:
    """Return the NumPy dtype that is meant: `None` and `float` mean the default float.

    Raises:
        DTypeError: if the dtype is not one that hybrid computes with.

    Example:
        >>> standardize_dtype("int32"), standardize_dtype(None)
        (dtype('int32'), dtype('float32'))
    """
    if dtype is None:
        return default_float()
    if isinstance(dtype, np.dtype) and dtype in _STANDARD:
        return dtype
    if isinstance(dtype, (str, type)):
        if dtype in _BY_NAME:
            return _BY_NAME[dtype]
        if dtype in _ALIASES:
            name = _ALIASES[dtype]
            return _BY_NAME[name] if name else default_float()
    try:
        result = np.dtype(getattr(dtype, "name", dtype))
    except TypeError:
        result = None
    if result is None or result.name not in _BY_NAME:
        raise DTypeError(f"Unsupported dtype: {dtype!r}.", fix=f"use one of {', '.join(_SUPPORTED)}")
    return result


def is_float(dtype: np.dtype[Any]) -> bool:
    """Say whether a dtype is a floating type.

    Example:
        >>> is_float(np.dtype("float16")), is_float(np.dtype("int8"))
        (True, False)
    """
    return dtype.kind == "f"


def result_dtype(*operands: Any) -> np.dtype[Any]:
    """Return the dtype of an arithmetic result.

    Args:
        *operands: dtypes, or the types `bool`, `int`, `float` for Python numbers, which have no width of their own.

    Example:
        >>> result_dtype(np.dtype("int64"), np.dtype("float32"))
        dtype('float32')
        >>> result_dtype(np.dtype("int8"), int), result_dtype(np.dtype("int8"), float)
        (dtype('int8'), dtype('float32'))
    """
    return _promote(operands, config.floatx())


@lru_cache(maxsize=4096)
def _promote(operands: tuple[Any, ...], floatx: str) -> np.dtype[Any]:
    strong = [operand for operand in operands if operand not in PYTHON_SCALARS]
    weak = {operand for operand in operands if operand in PYTHON_SCALARS}
    floats = [dtype for dtype in strong if dtype.kind == "f"]
    if floats:
        return _widest(floats)
    if float in weak:
        return _BY_NAME[floatx]
    integers = [dtype for dtype in strong if dtype.kind in "iu"]
    if integers:
        widest = _widest(integers)
        return widest if widest.kind != "f" else INT64
    return INT32 if int in weak else BOOL


def _widest(dtypes: list[np.dtype[Any]]) -> np.dtype[Any]:
    result = dtypes[0]
    for dtype in dtypes[1:]:
        result = np.promote_types(result, dtype)
        if result.kind == "f" and dtype.kind != "f":
            result = INT64
    return result


def float_dtype(*operands: Any) -> np.dtype[Any]:
    """Return the dtype of a result that must be a float: as `result_dtype`, integers give the default float.

    Example:
        >>> float_dtype(np.dtype("int32"))
        dtype('float32')
    """
    result = result_dtype(*operands)
    return result if result.kind == "f" else default_float()
