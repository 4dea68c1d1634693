"""The sides: which there are, what each needs, and a process of one that can be asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self

FOLDER = Path(__file__).parent
PAUSE = 0.05
"""Seconds between two questions: threads that wait for work by spinning (OpenBLAS, OpenMP) have gone to sleep then."""


class Kind(NamedTuple):
    """One side.

    Attributes:
        module: beside this file, with the side's `Trainer`.
        needs: packages, in the environment of the peers.
        environment: variables of its process.
        workloads: the only ones it has; None for all.
        draws: makes weights itself, where the others are written by hand and take those of a file.
    """

    module: str
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = MappingProxyType({})
    workloads: tuple[str, ...] | None = None
    draws: bool = True

    def variables(self) -> dict[str, str]:
        """Return the environment of its process. It keeps its byte code, as what is installed does."""
        return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **self.environment}


def _keras(backend: str) -> Mapping[str, str]:
    return {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", **_ON_CPU}


_ON_CPU = {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}

KINDS = {
    "hybrid": Kind("keras_side", environment={"KERAS_BACKEND": "hybrid"}),
    "keras-jax": Kind("keras_side", ("keras", "jax"), _keras("jax")),
    "keras-tensorflow": Kind("keras_side", ("keras", "tensorflow"), _keras("tensorflow")),
    "keras-torch": Kind("keras_side", ("keras", "torch"), _keras("torch")),
    "torch": Kind("torch_side", ("torch",), _ON_CPU),
    "jax": Kind("jax_side", ("jax",), _ON_CPU, draws=False),
    "numpy": Kind("numpy_side", workloads=("mlp",), draws=False),
}
"""The sides by name: ours, Keras on each of its backends, and what is written by hand."""


def find(peers: str | None, own: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the Python of each side that is there, and why the others are not."""
    code = "import importlib.util, sys; print(*[n for n in sys.argv[1:] if importlib.util.find_spec(n)])"
    wanted = sorted({name for kind in KINDS.values() for name in kind.needs})
    installed: set[str] = set()
    if peers:
        run = subprocess.run([peers, "-c", code, *wanted], capture_output=True, text=True, check=True)
        installed = set(run.stdout.split())
    pythons, missing = {}, {}
    for name, kind in KINDS.items():
        lacks = sorted(set(kind.needs) - installed)
        if lacks:
            missing[name] = f"{' and '.join(lacks)} not installed" if peers else "no --peers"
        else:
            pythons[name] = peers if peers and kind.needs else own
    return pythons, missing


class SideError(RuntimeError):
    """A side could not answer."""


class Side:
    """A process of a side; a context that ends it.

    Args:
        name: in `KINDS`.
        python: of the environment it runs in.
    """

    def __init__(self, name: str, python: str):
        kind = KINDS[name]
        self.name = name
        command = [python, str(FOLDER / "serve.py"), kind.module]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, text=True, env=kind.variables(), **pipes)

    def ask(self, method: str, **arguments: Any) -> Any:
        """Return the answer of a method of `Served`; raise `SideError` with what went wrong there."""
        time.sleep(PAUSE)
        try:
            self.process.stdin.write(json.dumps([method, arguments]) + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise SideError(f"the process of {self.name} has ended")
        answer = json.loads(answer)
        if "error" in answer:
            print(answer["traceback"], file=sys.stderr)
            raise SideError(answer["error"])
        return answer["value"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.communicate()
