"""The recording on disk: one flat array per dtype and a JSON index, in one compressed file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .runner import Result

PATH = Path(__file__).with_name("keras.npz")


def save(path: Path, results: Mapping[str, Result], versions: Mapping[str, str]) -> None:
    """Write results so that equal results give equal bytes."""
    flat: dict[str, list[np.ndarray]] = {}
    lengths: dict[str, int] = {}
    index: dict[str, Any] = {"versions": dict(versions), "cases": {}}
    for name in sorted(results):
        places = {}
        for key, array in sorted(results[name].arrays.items()):
            dtype = array.dtype.name
            places[key] = [dtype, list(array.shape), lengths.get(dtype, 0)]
            flat.setdefault(dtype, []).append(array.ravel())
            lengths[dtype] = lengths.get(dtype, 0) + array.size
        index["cases"][name] = {"arrays": places, "facts": results[name].facts}
    text = json.dumps(index, sort_keys=True, separators=(",", ":")).encode()
    arrays: dict[str, Any] = {dtype: np.concatenate(parts) for dtype, parts in sorted(flat.items())}
    np.savez_compressed(path, index=np.frombuffer(text, "uint8"), **arrays)


def load(path: Path = PATH) -> tuple[dict[str, Result], dict[str, str]]:
    """The recorded results by case, and the versions of what made them."""
    with np.load(path, allow_pickle=False) as file:
        index = json.loads(file["index"].tobytes())
        flat = {dtype: file[dtype] for dtype in file.files if dtype != "index"}
    results = {}
    for name, entry in index["cases"].items():
        arrays = {
            key: flat[dtype][start : start + int(np.prod(shape))].reshape(shape)
            for key, (dtype, shape, start) in entry["arrays"].items()
        }
        results[name] = Result(arrays, entry["facts"])
    return results, index["versions"]
