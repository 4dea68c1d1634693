"""MNIST, from the archive that Keras uses: downloaded once and checked, or read from a local file (floor 11).

Owns the cache folder and the check of what is fetched. The archive is read without pickle, so it cannot hold code.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..errors import LoadError

__all__ = ["load_data"]

_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
_KEYS = ("x_train", "y_train", "x_test", "y_test")
_TIMEOUT_SECONDS = 30
_CHUNK_BYTES = 1 << 20

_Part = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def load_data(
    path: str | os.PathLike[str] = "mnist.npz", *, url: str = _URL, sha256: str = _SHA256
) -> tuple[_Part, _Part]:
    """Load MNIST: 70,000 images of handwritten digits, 28×28 pixels.

    A `path` with a folder in it that names an existing file is read as it is: it is yours, and is not checked. Any
    other `path` is a place in the cache folder, `~/.hybrid/datasets` (or `$HYBRID_HOME/datasets`). If the file there
    is absent or has another SHA-256, the archive is downloaded from `url`, checked, and only then put in place.

    Args:
        path: a local archive, or the name of the file in the cache.
        url: where to download the archive from.
        sha256: the expected SHA-256 of the archive, as hexadecimal digits.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images uint8 `[count, 28, 28]`, labels uint8 `[count]`. The original
        archive has 60,000 training and 10,000 test images.

    Raises:
        LoadError: if the archive cannot be downloaded, has another SHA-256, or is not an archive of these four arrays.

    Example:
        >>> images = np.zeros((2, 28, 28), "uint8")
        >>> np.savez("./my.npz", x_train=images, y_train=np.uint8([5, 0]), x_test=images[:1], y_test=np.uint8([7]))
        >>> (x_train, y_train), (x_test, y_test) = load_data("./my.npz")
        >>> y_train
        array([5, 0], dtype=uint8)
    """
    local = Path(path)
    if os.path.dirname(path) and local.is_file():  # Path drops the "." of "./mnist.npz"
        return _read(local)
    cached = _cache_folder() / local
    if not (cached.is_file() and _file_sha256(cached) == sha256.lower()):
        _download(url, cached, sha256.lower())
    return _read(cached)


def _cache_folder() -> Path:
    home = os.environ.get("HYBRID_HOME")
    return (Path(home) if home else Path.home() / ".hybrid") / "datasets"


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(url: str, destination: Path, sha256: str) -> None:
    """Fetch `url` aside and rename it once it is whole and right, so that no reader ever sees a part of it."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=destination.name, suffix=".part", dir=destination.parent)
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            size, received = _fetch(url, file)
        if received != sha256:
            raise LoadError(
                "the file downloaded for MNIST is not the expected one.",
                where=url,
                why=f"the {size} bytes received have SHA-256 {received}, expected {sha256}; they were thrown away",
                fix="try again, since a download may be cut short; for another archive pass its own sha256=...",
            )
        os.replace(aside, destination)
    finally:
        aside.unlink(missing_ok=True)


def _fetch(url: str, file: BinaryIO) -> tuple[int, str]:
    """Copy what is at `url` to `file`; returns its length in bytes and its SHA-256."""
    import http.client  # here, not above: the network code of the standard library is slow to import
    import urllib.error
    import urllib.request

    digest, size = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
            while chunk := response.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += file.write(chunk)
    except (OSError, ValueError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()
        raise LoadError(
            "MNIST could not be downloaded.",
            where=url,
            why=str(error),
            fix=f"check the network, or fetch {_URL} by other means and call mnist.load_data('/path/to/mnist.npz')",
        ) from error
    return size, digest.hexdigest()


def _read(path: Path) -> tuple[_Part, _Part]:
    """Read the four arrays, and refuse an archive that does not hold images with their labels."""
    import zipfile
    import zlib

    try:
        # Opened here, since NumPy leaves the file open when the archive is damaged.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in _KEYS if key in archive}
    except (OSError, ValueError, EOFError, AttributeError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise _unreadable(path, f"it cannot be read as a NumPy archive: {error}") from error
    if missing := [key for key in _KEYS if key not in arrays]:
        raise _unreadable(path, f"it has no array named {', '.join(missing)}")
    for part in ("train", "test"):
        images, labels = arrays[f"x_{part}"], arrays[f"y_{part}"]
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise _unreadable(path, f"x_{part} has shape {images.shape} and y_{part} has shape {labels.shape}")
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def _unreadable(path: Path, why: str) -> LoadError:
    return LoadError(
        "this file is not an MNIST archive.",
        where=str(path),
        why=why,
        fix=f"pass an .npz file with the arrays {', '.join(_KEYS)}: images [count, height, width], labels [count]",
    )
