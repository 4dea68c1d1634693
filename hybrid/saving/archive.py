"""Archives: a zip of JSON documents and arrays.

Floor 9. An archive is data: arrays are read without pickle, entries are stored uncompressed and must be as long as they
say, so that reading one allocates no more than the file is long. A file is written aside and renamed into its place: a
crash leaves the old one whole.
"""

from __future__ import annotations

import io
import json
import math
import os
import struct
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import LoadError

__all__ = ["read_archive", "write_archive"]

# Fixed, so that equal contents give equal bytes; the time of saving stands in metadata.json.
_DATE = (1980, 1, 1, 0, 0, 0)
_ARRAYS = "arrays/"
_HEADER = 1024


def write_archive(
    path: str | os.PathLike[str], documents: Mapping[str, Any], arrays: Mapping[str, np.ndarray[Any, Any]]
) -> None:
    """Write documents and arrays to a file, all or nothing.

    Args:
        path: of the file.
        documents: name -> plain data.
        arrays: name -> array.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, document in documents.items():
                    text = json.dumps(document, allow_nan=True)
                    archive.writestr(zipfile.ZipInfo(f"{name}.json", _DATE), text)
                for name, array in arrays.items():
                    entry = zipfile.ZipInfo(f"{_ARRAYS}{name}.npy", _DATE)
                    entry.file_size = array.nbytes + _HEADER  # says whether an entry of more than 2 GiB begins
                    with archive.open(entry, "w") as stream:
                        np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(aside, 0o644)
        os.replace(aside, target)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def read_archive(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """Read what `write_archive` wrote.

    Returns:
        `(documents, arrays)`, by name.

    Raises:
        FileNotFoundError: if there is no such file.
        LoadError: if the file is no archive of ours, damaged, or not to be trusted.
    """
    target = Path(path)
    if not target.exists():
        raise FileNotFoundError(f"There is no file '{target}'.")
    documents: dict[str, Any] = {}
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    try:
        with zipfile.ZipFile(target) as archive:
            names = archive.namelist()
            if "model.weights.h5" in names:
                raise LoadError(
                    f"'{target}' was written by Keras.",
                    why="its weights are in the HDF5 format, which hybrid does not read",
                    fix="load it with Keras and save the weights with numpy, or build the model and call set_weights",
                )
            if len(set(names)) != len(names):
                raise LoadError(f"'{target}' holds an entry twice.", fix="this file is not to be trusted")
            length = target.stat().st_size
            total = 0
            for entry in archive.infolist():
                total += _check_entry(entry, length)
                if total > length:
                    raise LoadError(f"The entries of '{target}' overlap.", fix="this file is not to be trusted")
            for entry in archive.infolist():
                data = archive.read(entry)
                if entry.filename.startswith(_ARRAYS) and entry.filename.endswith(".npy"):
                    arrays[entry.filename[len(_ARRAYS) : -4]] = _read_array(entry.filename, data)
                elif entry.filename.endswith(".json"):
                    documents[entry.filename[:-5]] = json.loads(data)
                else:
                    raise LoadError(f"'{target}' holds '{entry.filename}', which does not belong into an archive.")
    except (
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        OSError,
        RecursionError,
        RuntimeError,
        ValueError,
        struct.error,
    ) as e:
        if isinstance(e, LoadError):
            raise
        raise LoadError(
            f"'{target}' cannot be read: {e}.",
            why="it is damaged, or no archive that hybrid wrote",
            fix="save the model again",
        ) from None
    return documents, arrays


def _check_entry(entry: zipfile.ZipInfo, length: int) -> int:
    if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size or entry.file_size > length:
        raise LoadError(
            f"The entry '{entry.filename}' of the archive is compressed or longer than the file.",
            why="hybrid stores entries as they are, so that a file cannot unfold into more than it is",
            fix="this file was not written by hybrid, or changed since",
        )
    return entry.file_size


def _read_array(name: str, data: bytes) -> np.ndarray[Any, Any]:
    buffer = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(buffer)
        if version != (1, 0):
            raise ValueError(f"its format version is {version}")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(buffer)
        if dtype.hasobject or dtype.names or dtype.kind not in "biuf":
            raise ValueError(f"its dtype is {dtype}")
        start = buffer.tell()
        if math.prod(shape) * dtype.itemsize != len(data) - start:
            raise ValueError("its length does not fit its shape")
    except (ValueError, EOFError, TypeError, SyntaxError) as error:
        raise LoadError(
            f"The array '{name}' cannot be read: {error}.", fix="the file is damaged: save it again"
        ) from None
    flat = np.frombuffer(data, dtype, offset=start).copy()
    return flat.reshape(shape, order="F" if fortran else "C")
