"""Compares what a case gave with what was recorded; every difference is a readable line.

Floats agree if the largest error is at most `RELATIVE` times the largest magnitude of the reference array (or the
case's own, explained tolerance). Where terms cancel, as in the gradient for a bias before a normalisation, the array is
pure rounding: errors up to `ROUNDING` times the largest magnitude among the arrays of the same group pass as well.
Integers, booleans and facts are equal; statistics of random draws agree within sampling error.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .runner import Result
from .specification import Case

RELATIVE = 1e-5
ROUNDING = 1e-6
DEVIATIONS = 6.0

# What says where an object lives or how it is called, not what it is.
PLACE_KEYS = {"module", "registered_name", "build_config", "shared_object_id", "name", "dtype"}
# Options of real Keras for its backends: storing weights in few bits, many devices, scaling losses for float16.
BACKEND_KEYS = {"quantization_config", "synchronized", "loss_scale_factor"}
IGNORED_KEYS = PLACE_KEYS | BACKEND_KEYS
# Options of late Keras 3 releases, which no case sets. They may be absent; if they are there, the defaults agree.
LATE_KEYS = {
    "renorm",
    "renorm_clipping",
    "renorm_momentum",
    "sliding_window",
    "use_gate",
    "input_axes",
    "output_axes",
}


def differences(case: Case, expected: Result, actual: Result) -> list[str]:
    """Lines that say where the results differ; empty if they agree."""
    lines = [f"{key}: missing" for key in expected.arrays if key not in actual.arrays]
    lines += [f"{key}: not in the reference" for key in actual.arrays if key not in expected.arrays]
    for key, reference in expected.arrays.items():
        if key in actual.arrays:
            largest = _largest_of_group(expected, key)
            lines += array_differences(case, key, reference, actual.arrays[key], largest)
    for key, fact in expected.facts.items():
        lines += _fact_differences(key, fact, actual.facts.get(key))
    return lines


def _largest_of_group(result: Result, key: str) -> float:
    group = key.split("/", 1)[0]
    members = (array for name, array in result.arrays.items() if name.split("/", 1)[0] == group)
    return max((_magnitude(array) for array in members if array.dtype.kind == "f"), default=0.0)


def _magnitude(array: np.ndarray) -> float:
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max()) if finite.size else 0.0


def array_differences(case: Case, key: str, reference: np.ndarray, actual: np.ndarray, largest: float) -> list[str]:
    """Compare one array; `largest` is the largest magnitude in its group."""
    if reference.shape != actual.shape:
        return [f"{key}: shape {actual.shape}, the reference has {reference.shape}"]
    if reference.dtype.kind != actual.dtype.kind or (reference.dtype.kind == "f" and reference.dtype != actual.dtype):
        return [f"{key}: dtype {actual.dtype}, the reference has {reference.dtype}"]
    if reference.dtype.kind != "f":
        wrong = int((reference != actual).sum())
        return [f"{key}: {wrong} of {reference.size} values differ"] if wrong else []
    finite = np.isfinite(reference)
    if not np.array_equal(reference[~finite], actual[~finite], equal_nan=True) or not np.isfinite(actual[finite]).all():
        return [f"{key}: not finite in other places than the reference"]
    if not finite.any():
        return []
    relative = case.tolerance.relative if case.tolerance else RELATIVE
    allowed = max(relative * _magnitude(reference), ROUNDING * largest, float(np.finfo("float32").tiny))
    error = float(np.abs(reference[finite].astype("float64") - actual[finite]).max())
    if error <= allowed:
        return []
    scale = max(_magnitude(reference), float(np.finfo("float32").tiny))
    return [f"{key}: error {error:.3g}, relative {error / scale:.3g}, allowed {allowed:.3g}"]


def _fact_differences(key: str, expected: Any, actual: Any) -> list[str]:
    if key == "statistics":
        return statistics_differences(expected, actual)
    if key == "config":
        return config_differences("config", expected, actual)
    return [] if expected == actual else [f"{key}: {actual}, the reference has {expected}"]


def statistics_differences(expected: dict[str, Any], actual: dict[str, Any]) -> list[str]:
    """Compare two draws of the same distribution by what their size allows to be said."""
    if expected["shape"] != actual["shape"]:
        return [f"shape: {actual['shape']}, the reference has {expected['shape']}"]
    size, deviation, share = expected["size"], expected["deviation"], expected["zeros"]
    allowed = {
        "mean": DEVIATIONS * deviation * math.sqrt(2 / size) + 1e-7,
        "deviation": DEVIATIONS * deviation * math.sqrt(1 / size) + 1e-7,
        "zeros": DEVIATIONS * math.sqrt(2 * share * (1 - share) / size) + 1e-7,
    }
    if expected["tails"] is not None:
        edge = expected["tails"] * max(abs(expected["minimum"]), abs(expected["maximum"]))
        allowed |= {"minimum": edge, "maximum": edge}
    return [
        f"{name}: {actual[name]:.6g}, the reference has {expected[name]:.6g}, allowed difference {bound:.3g}"
        for name, bound in allowed.items()
        if not abs(actual[name] - expected[name]) <= bound
    ]


def config_differences(path: str, expected: Any, actual: Any) -> list[str]:
    """Every option in the reference is there and means the same; further options of ours are allowed."""
    expected, actual = _plain(expected), _plain(actual)
    if isinstance(expected, dict) and isinstance(actual, dict):
        lines = []
        for key, value in expected.items():
            if key in IGNORED_KEYS:
                continue
            if key in actual:
                lines += config_differences(f"{path}.{key}", value, actual[key])
            elif key not in LATE_KEYS:
                lines.append(f"{path}.{key}: missing")
        return lines
    if isinstance(expected, list) and not isinstance(actual, (list, dict)):
        actual = [actual] * len(expected)  # 3 and (3, 3) are the same kernel size
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [line for index, pair in pairs for line in config_differences(f"{path}[{index}]", *pair)]
    return [] if _same_value(expected, actual) else [f"{path}: {actual!r}, the reference has {expected!r}"]


def _plain(value: Any) -> Any:
    """A serialized function is its name."""
    if isinstance(value, dict) and value.get("class_name") == "function":
        return value["config"]
    return value


def _same_value(expected: Any, actual: Any) -> bool:
    numbers = isinstance(expected, (int, float)) and isinstance(actual, (int, float))
    if numbers and not isinstance(expected, bool) and not isinstance(actual, bool):
        return math.isclose(expected, actual, rel_tol=1e-6)
    return bool(expected == actual)
