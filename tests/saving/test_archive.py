"""Archives: whole or not at all, data and never code, no more memory than the file is long."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hybrid import Input, Sequential, layers
from hybrid.errors import ConfigError, LoadError
from hybrid.models import load_model
from hybrid.saving import archive as archive_module
from hybrid.saving.archive import read_archive, write_archive


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "model.hybrid"
    Sequential([Input((3,)), layers.Dense(2)]).save(path)
    return path


def entries_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, changes: dict[str, bytes | None], compression: int = zipfile.ZIP_STORED) -> None:
    entries = {**entries_of(path), **changes}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items():
            if data is not None:
                archive.writestr(name, data)


def as_npy(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def test_documents_and_arrays_come_back(tmp_path: Path) -> None:
    arrays = {
        "a": np.arange(6, dtype="float32").reshape(2, 3),
        "deep/b": np.array(True),
        "empty": np.zeros((0, 3), "int64"),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    }
    write_archive(tmp_path / "x", {"one": {"k": [1, None, "ö"]}}, arrays)
    documents, read = read_archive(tmp_path / "x")
    assert documents == {"one": {"k": [1, None, "ö"]}}
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array)
        assert read[name].dtype == array.dtype
        assert read[name].flags.writeable


def test_equal_contents_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("x", "y"):
        write_archive(tmp_path / name, {"one": {}}, {"a": np.ones(3)})
    assert (tmp_path / "x").read_bytes() == (tmp_path / "y").read_bytes()


def test_every_truncation_is_refused(saved: Path) -> None:
    whole = saved.read_bytes()
    for length in [0, 1, 10, *range(20, len(whole) - 1, 37), len(whole) - 1]:
        saved.write_bytes(whole[:length])
        with pytest.raises(LoadError, match="cannot be read"):
            load_model(saved)


def test_damage_is_refused_or_harmless(saved: Path) -> None:
    whole = saved.read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for position in range(0, len(whole), 11):
        damaged = bytearray(whole)
        damaged[position] ^= int(random.integers(1, 256))
        saved.write_bytes(bytes(damaged))
        try:
            load_model(saved)
        except (ValueError, TypeError) as error:
            assert type(error).__module__ == "hybrid.errors", repr(error)
            refused += 1
    assert refused > 100


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_model(tmp_path / "nowhere.hybrid")


def test_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"hello", pickle.dumps({"a": 1})):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(LoadError, match="no archive that hybrid wrote"):
            load_model(tmp_path / "x")


def test_compressed_entry_is_refused(saved: Path) -> None:
    rewrite(saved, {"arrays/model/bomb.npy": as_npy(np.zeros(10**6))}, zipfile.ZIP_DEFLATED)
    assert saved.stat().st_size < 100_000
    with pytest.raises(LoadError, match="compressed"):
        load_model(saved)


def test_array_that_claims_more_than_it_holds_is_refused(saved: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**12,)})
    rewrite(saved, {"arrays/model/dense/kernel.npy": header.getvalue() + b"\0" * 24})
    with pytest.raises(LoadError, match="length does not fit"):
        load_model(saved)


def test_object_arrays_are_refused_unread(saved: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return os.system, ("touch /tmp/hybrid_was_executed",)

    rewrite(saved, {"arrays/model/dense/kernel.npy": as_npy(np.array([Evil()]), allow_pickle=True)})
    with pytest.raises(LoadError, match="dtype is object"):
        load_model(saved)
    assert not Path("/tmp/hybrid_was_executed").exists()


@pytest.mark.parametrize("array", [np.array(["text"]), np.zeros(2, [("a", "f4")]), np.zeros(2, complex)])
def test_arrays_of_other_kinds_are_refused(saved: Path, array: Any) -> None:
    rewrite(saved, {"arrays/model/dense/kernel.npy": as_npy(array)})
    with pytest.raises(LoadError, match="its dtype is"):
        load_model(saved)


@pytest.mark.parametrize("name", ["code.py", "arrays/x.pkl", "arrays/x", "../outside", "/etc/passwd"])
def test_foreign_entries_are_refused(saved: Path, name: str) -> None:
    rewrite(saved, {name: b"data"})
    with pytest.raises(LoadError, match="does not belong"):
        load_model(saved)


def test_overlapping_entries_are_refused(saved: Path) -> None:
    name = "arrays/model/dense/kernel.npy"
    rewrite(saved, {name: as_npy(np.zeros((3, 2000), "float32"))})
    data = bytearray(saved.read_bytes())
    start = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))
    entry_length = 46 + struct.unpack("<H", data[start + 28 : start + 30])[0]
    entry = bytes(data[start : start + entry_length])
    end = data.rindex(b"PK\x05\x06")
    copies = b"".join(entry.replace(b"kernel", f"kerne{i}".encode()) for i in range(9))
    tail = bytearray(data[end:])
    count = struct.unpack("<H", tail[8:10])[0] + 9
    size = struct.unpack("<I", tail[12:16])[0] + len(copies)
    tail[8:16] = struct.pack("<HHI", count, count, size)
    saved.write_bytes(bytes(data[:end]) + copies + bytes(tail))
    with pytest.raises(LoadError, match="overlap|cannot be read"):
        load_model(saved)


def test_entry_twice_is_refused(saved: Path) -> None:
    with zipfile.ZipFile(saved, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("config.json", b"{}")
    with pytest.raises(LoadError, match="twice"):
        load_model(saved)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"format": "other"}, "no archive that hybrid wrote"),
        ({"format": "hybrid"}, "format version None"),
        ({"format": "hybrid", "format_version": "1; import os"}, "format version"),
        ({"format": "hybrid", "format_version": 99}, "newer version"),
        ([1], "no archive that hybrid wrote"),
    ],
)
def test_wrong_format_is_refused(saved: Path, metadata: Any, words: str) -> None:
    rewrite(saved, {"metadata.json": json.dumps(metadata).encode()})
    with pytest.raises(LoadError, match=words):
        load_model(saved)


def test_file_of_keras_is_recognised(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "k.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("metadata.json", "config.json", "model.weights.h5"):
            archive.writestr(name, b"{}")
    with pytest.raises(LoadError, match="was written by Keras"):
        load_model(tmp_path / "k.keras")


def test_json_that_is_too_deep_or_too_long_is_refused(saved: Path) -> None:
    for text in (b"[" * 100_000, b"9" * 100_000, b"{", b"\xff\xfe"):
        rewrite(saved, {"config.json": text})
        with pytest.raises(LoadError):
            load_model(saved)


def test_weights_only_file_is_no_model(tmp_path: Path) -> None:
    Sequential([Input((3,)), layers.Dense(2)]).save_weights(tmp_path / "w")
    with pytest.raises(LoadError, match=r"(?s)weights only.*load_weights"):
        load_model(tmp_path / "w")


# -- writing ---------------------------------------------------------------------------------------------------------


def test_crash_while_saving_leaves_the_old_file_whole(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = saved.read_bytes()
    model = Sequential([Input((3,)), layers.Dense(2), layers.Dense(2)])
    real = np.lib.format.write_array
    calls = []

    def crash(*args: Any, **kwargs: Any) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(*args, **kwargs)

    monkeypatch.setattr(archive_module.np.lib.format, "write_array", crash)
    with pytest.raises(KeyboardInterrupt):
        model.save(saved)
    assert saved.read_bytes() == old
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_model_that_cannot_be_saved_leaves_the_old_file_whole(saved: Path) -> None:
    old = saved.read_bytes()
    model = Sequential([Input((3,)), layers.Dense(2, activation=lambda x: x)])
    with pytest.raises(TypeError, match="register"):
        model.save(saved)
    assert saved.read_bytes() == old


def test_existing_file_is_kept_if_asked(saved: Path) -> None:
    model = Sequential([Input((3,)), layers.Dense(2)])
    with pytest.raises(ConfigError, match="exists"):
        model.save(saved, overwrite=False)
    with pytest.raises(ConfigError, match="exists"):
        model.save_weights(saved, overwrite=False)


def test_folders_are_made(tmp_path: Path) -> None:
    Sequential([Input((3,)), layers.Dense(2)]).save(tmp_path / "a" / "b" / "model.hybrid")
    assert load_model(tmp_path / "a" / "b" / "model.hybrid").count_params() == 8


@pytest.mark.parametrize("name", ["model.h5", "model.weights.hdf5"])
def test_hdf5_is_refused_with_the_fix(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"(?s)HDF5.*model.*hybrid"):
        Sequential([Input((3,)), layers.Dense(2)]).save(tmp_path / name)


def test_path_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="Not a path"):
        Sequential([Input((3,)), layers.Dense(2)]).save(3)


def test_loading_takes_memory_in_proportion_to_the_file(saved: Path) -> None:
    config = json.loads(entries_of(saved)["config.json"])
    config["model"]["config"]["layers"][1]["config"]["units"] = 50_000_000
    rewrite(saved, {"config.json": json.dumps(config).encode()})
    with pytest.raises(LoadError, match="far bigger than the file"):
        load_model(saved)
