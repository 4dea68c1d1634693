from __future__ import annotations

import gzip
import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hybrid.datasets import mnist
from hybrid.errors import HybridError, LoadError

_IDX_FOLDER = Path("/work/shared/data/mnist")
_IDX_IMAGES = _IDX_FOLDER / "t10k-images-idx3-ubyte.gz"
_IDX_LABELS = _IDX_FOLDER / "t10k-labels-idx1-ubyte.gz"


def _arrays() -> dict[str, NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (6, 28, 28), np.uint8),
        "y_train": rng.integers(0, 10, 6, np.uint8),
        "x_test": rng.integers(0, 256, (2, 28, 28), np.uint8),
        "y_test": rng.integers(0, 10, 2, np.uint8),
    }


def _archive(**arrays: NDArray[np.generic]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=True, **arrays)
    return buffer.getvalue()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class _Server(ThreadingHTTPServer):
    """Serves `content`, claiming `length` bytes, and counts the requests."""

    content = b""
    length: int | None = None
    requests = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/mnist.npz"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:  # noqa: N802  the name that http.server calls
        self.server.requests += 1
        if self.path != "/mnist.npz":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(self.server.length or len(self.server.content)))
        self.end_headers()
        self.wfile.write(self.server.content)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the output of the tests clean."""


@pytest.fixture
def server() -> Iterator[_Server]:
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.content = _archive(**_arrays())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HYBRID_HOME", str(tmp_path / "home"))
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path / "home" / "datasets"


def _assert_same(loaded: tuple[tuple[object, object], tuple[object, object]]) -> None:
    (x_train, y_train), (x_test, y_test) = loaded
    expected = _arrays()
    for name, value in {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}.items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_load_data_downloads_once_and_then_reads_the_cache(server: _Server, cache: Path) -> None:
    for _ in range(2):
        _assert_same(mnist.load_data(url=server.url, sha256=_sha256(server.content)))
    assert server.requests == 1
    assert [file.name for file in cache.iterdir()] == ["mnist.npz"]


def test_load_data_keeps_other_names_apart_in_the_cache(server: _Server, cache: Path) -> None:
    mnist.load_data("other.npz", url=server.url, sha256=_sha256(server.content).upper())
    assert [file.name for file in cache.iterdir()] == ["other.npz"]


def test_load_data_uses_the_home_folder_by_default(
    server: _Server, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HYBRID_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    mnist.load_data(url=server.url, sha256=_sha256(server.content))
    assert (tmp_path / ".hybrid" / "datasets" / "mnist.npz").is_file()


def test_wrong_hash_leaves_no_file_and_says_what_to_do(server: _Server, cache: Path) -> None:
    with pytest.raises(LoadError) as caught:
        mnist.load_data(url=server.url)
    assert list(cache.iterdir()) == []
    message = str(caught.value)
    for words in (server.url, _sha256(server.content), mnist._SHA256, "where:", "why:", "fix:", "sha256="):
        assert words in message


def test_truncated_download_leaves_no_file(server: _Server, cache: Path) -> None:
    whole = server.content
    server.content, server.length = whole[: len(whole) // 2], len(whole)
    with pytest.raises(LoadError, match=f"{len(server.content)} bytes"):
        mnist.load_data(url=server.url, sha256=_sha256(whole))
    assert list(cache.iterdir()) == []


def test_wrong_download_keeps_the_file_that_was_there(server: _Server, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(b"older")
    with pytest.raises(LoadError, match="not the expected one"):
        mnist.load_data(url=server.url, sha256="0" * 64)
    assert (cache / "mnist.npz").read_bytes() == b"older"


def test_damaged_cache_is_downloaded_again(server: _Server, cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / "mnist.npz").write_bytes(server.content[:-10])
    _assert_same(mnist.load_data(url=server.url, sha256=_sha256(server.content)))
    assert server.requests == 1


def test_missing_page_is_a_load_error(server: _Server, cache: Path) -> None:
    url = server.url + ".absent"
    with pytest.raises(LoadError, match="404") as caught:
        mnist.load_data(url=url)
    assert isinstance(caught.value, HybridError) and isinstance(caught.value, ValueError)
    assert url in str(caught.value) and "fix:" in str(caught.value)
    assert list(cache.iterdir()) == []


def test_unreachable_server_is_a_load_error(server: _Server, cache: Path) -> None:
    server.server_close()
    with pytest.raises(LoadError, match="could not be downloaded"):
        mnist.load_data(url=server.url)


@pytest.mark.parametrize("url", ["no address", "http://[", "gopher://localhost/mnist.npz"])
def test_malformed_address_is_a_load_error(url: str, cache: Path) -> None:
    with pytest.raises(LoadError, match="could not be downloaded"):
        mnist.load_data(url=url)


def test_local_file_is_read_without_a_request(server: _Server, cache: Path, tmp_path: Path) -> None:
    local = tmp_path / "own.npz"
    local.write_bytes(server.content)
    for path in (local, str(local)):
        _assert_same(mnist.load_data(path, url=server.url))
    assert server.requests == 0 and not cache.exists()


def test_local_file_in_the_current_folder_is_named_with_a_dot(
    server: _Server, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("own.npz").write_bytes(server.content)
    _assert_same(mnist.load_data("./own.npz", url=server.url))
    assert server.requests == 0


def test_absolute_path_that_does_not_exist_is_where_the_download_goes(
    server: _Server, cache: Path, tmp_path: Path
) -> None:
    mnist.load_data(tmp_path / "new" / "m.npz", url=server.url, sha256=_sha256(server.content))
    assert (tmp_path / "new" / "m.npz").read_bytes() == server.content


_DAMAGED = {
    "empty": (b"", "cannot be read"),
    "text": (b"hello, this is text", "cannot be read"),
    "truncated": (_archive(**_arrays())[:-100], "cannot be read"),
    "lacks_an_array": (_archive(x_train=_arrays()["x_train"], y_train=_arrays()["y_train"]), "x_test, y_test"),
    "labels_too_few": (_archive(**{**_arrays(), "y_test": np.zeros(3, np.uint8)}), r"y_test has shape \(3,\)"),
    "flat_images": (_archive(**{**_arrays(), "x_train": np.zeros((6, 784), np.uint8)}), r"\(6, 784\)"),
    "pickled_objects": (_archive(**{**_arrays(), "y_test": np.array([print, len], dtype=object)}), "cannot be read"),
}


@pytest.mark.parametrize("kind", _DAMAGED)
def test_file_that_is_no_archive_is_refused(kind: str, tmp_path: Path) -> None:
    content, words = _DAMAGED[kind]
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(LoadError, match=words) as caught:
        mnist.load_data(path)
    assert str(path) in str(caught.value)


def _read_idx(path: Path) -> NDArray[np.uint8]:
    content = gzip.decompress(path.read_bytes())
    rank = content[3]
    shape = np.frombuffer(content, ">i4", rank, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


@pytest.mark.skipif(not _IDX_IMAGES.is_file(), reason="the real MNIST test images are not on this machine")
def test_real_images_survive_the_archive(tmp_path: Path) -> None:
    images, labels = _read_idx(_IDX_IMAGES), _read_idx(_IDX_LABELS)
    path = tmp_path / "mnist.npz"
    np.savez(path, x_train=images[:8000], y_train=labels[:8000], x_test=images[8000:], y_test=labels[8000:])
    (x_train, y_train), (x_test, y_test) = mnist.load_data(path)
    assert x_train.shape == (8000, 28, 28) and x_test.shape == (2000, 28, 28)
    assert (x_train.dtype, y_train.dtype) == (np.uint8, np.uint8)
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), labels)
    np.testing.assert_array_equal(np.concatenate([x_train, x_test]), images)
