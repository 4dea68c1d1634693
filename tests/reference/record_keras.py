"""Records what real Keras does with every case, or checks that it still does.

An environment of its own, so that the package never sees Keras or JAX (the versions used last are in the recording
and printed by `--check`)::

    python3.11 -m venv /tmp/peer
    /tmp/peer/bin/pip install keras==3.15.1 jax==0.10.2 numpy==2.4.6
    KERAS_BACKEND=jax /tmp/peer/bin/python tests/reference/record_keras.py            # writes keras.npz
    KERAS_BACKEND=jax /tmp/peer/bin/python tests/reference/record_keras.py --check    # compares with keras.npz
    ... record_keras.py --only losses/ --only Dense/    # these cases anew, the others stay as they are

The same input gives the same bytes. `--jobs` runs that many processes; the result does not depend on it.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("KERAS_BACKEND", "jax")

from reference import recording
from reference.cases import ALL, BY_NAME
from reference.compare import differences
from reference.dispatch import run
from reference.framework import RealKeras
from reference.runner import Result


def run_some(names: list[str]) -> dict[str, Result]:
    """Run the named cases in this process."""
    framework = RealKeras()
    results = {}
    for name in names:
        try:
            results[name] = run(framework, BY_NAME[name])
        except Exception as error:
            error.add_note(f"case: {name}")
            raise
    return results


def run_all(names: list[str], jobs: int) -> dict[str, Result]:
    """Run the named cases in several processes."""
    if jobs == 1:
        return run_some(names)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        parts = pool.map(run_some, [names[start::jobs] for start in range(jobs)])
    return {name: result for part in parts for name, result in part.items()}


def check(recorded: dict[str, Result], results: dict[str, Result]) -> int:
    """Print the differences; return how many cases differ."""
    failed = 0
    for name, result in results.items():
        lines = differences(BY_NAME[name], recorded[name], result) if name in recorded else ["not recorded"]
        failed += bool(lines)
        for line in lines:
            print(f"{name}: {line}")
    return failed


def main() -> int:
    """Record or check; the exit status says whether a check failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the recording instead of writing it")
    parser.add_argument("--only", action="append", default=[], help="cases whose names start so; may be repeated")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    prefixes = tuple(arguments.only) or ("",)
    names = [case.name for case in ALL if case.name.startswith(prefixes)]
    results = run_all(names, arguments.jobs)
    versions = {package: importlib.metadata.version(package) for package in ("keras", "jax", "numpy")}
    if arguments.check:
        recorded, recorded_with = recording.load()
        failed = check(recorded, results)
        print(f"{len(results)} cases, {failed} differ; recorded with {recorded_with}, run with {versions}")
        return 1 if failed else 0
    if arguments.only and recording.PATH.exists():
        kept = {name: result for name, result in recording.load()[0].items() if name in BY_NAME}
        results = kept | results
    recording.save(recording.PATH, results, versions)
    print(f"{len(results)} cases, {recording.PATH.stat().st_size} bytes, {versions}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
