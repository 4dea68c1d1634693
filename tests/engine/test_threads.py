"""Threads: tasks run side by side, once each, whatever they raise and wherever they are started from."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

from hybrid.engine import blas, placement, threads
from hybrid.errors import ConfigError


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    with threads.using(3):
        yield


@pytest.mark.parametrize("count", [0, 1, 2, 5, 6, 7, 100])
@pytest.mark.parametrize("least", [0, 1, 2, 40])
def test_parts_cover_everything_once(count: int, least: int) -> None:
    found = threads.parts(count, least)
    assert [item for part in found for item in range(count)[part]] == list(range(count))
    assert 1 <= len(found) <= 3
    assert len(found) == 1 or all(part.stop - part.start >= max(1, least) for part in found)


@pytest.mark.parametrize("number", [0, 1, 2, 3, 20])
def test_every_task_runs_once(number: int) -> None:
    for _ in range(50):
        ran: list[int] = []
        threads.run_all([partial(ran.append, i) for i in range(number)])
        assert sorted(ran) == list(range(number))


def test_tasks_run_at_the_same_time_and_one_in_the_calling_thread() -> None:
    meeting = threading.Barrier(3, timeout=60)
    names: list[str] = []

    def task() -> None:
        meeting.wait()
        names.append(threading.current_thread().name)

    threads.run_all([task] * 3)
    assert len(set(names)) == 3 or names.count("hybrid-worker") == 2
    assert threading.current_thread().name in names


def test_one_thread_starts_no_other() -> None:
    with threads.using(1):
        found: list[int] = []
        threads.run_all([lambda: found.append(threading.get_ident())] * 3)
    assert found == [threading.get_ident()] * 3


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_error_of_any_task_is_raised_and_threads_work_on(bad: int) -> None:
    meeting = threading.Barrier(3, timeout=60)

    def task(number: int) -> None:
        meeting.wait()
        if number == bad:
            raise KeyError(f"task {number}")

    for _ in range(3):
        with pytest.raises(KeyError, match=f"task {bad}"):
            threads.run_all([partial(task, i) for i in range(3)])
    test_every_task_runs_once(5)


def test_nested_use_runs_in_place() -> None:
    ran: list[int] = []

    def outer() -> None:
        here = threading.get_ident()
        threads.run_all([lambda: ran.append(threading.get_ident() - here)] * 2)

    threads.run_all([outer] * 3)
    assert ran == [0] * 6


def test_use_from_several_threads_at_once_ends() -> None:
    total = np.zeros(4)

    def caller(row: int) -> None:
        for _ in range(200):
            made = np.zeros(8)
            threads.run_all([partial(made[part].__iadd__, 1.0) for part in threads.parts(8)])
            total[row] += made.sum()

    callers = [threading.Thread(target=caller, args=(row,)) for row in range(4)]
    for each in callers:
        each.start()
    for each in callers:
        each.join(timeout=60)
    np.testing.assert_array_equal(total, np.full(4, 1600.0))


def test_threads_see_the_callers_context() -> None:
    meeting = threading.Barrier(3, timeout=60)
    found: list[float] = []

    def task() -> None:
        meeting.wait()
        found.append(float(np.log(np.zeros(1))[0]))

    with np.errstate(divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("error")
        threads.run_all([task] * 3)
    assert found == [-np.inf] * 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_process_has_workers_of_its_own() -> None:
    test_every_task_runs_once(3)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with threading.Lock():
                test_tasks_run_at_the_same_time_and_one_in_the_calling_thread()
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0


def test_blas_uses_one_thread_meanwhile() -> None:
    before = blas.thread_count()
    if before is None:
        pytest.skip("this BLAS cannot be asked")
    blas.use_threads(2)
    try:
        found: list[int | None] = []
        threads.run_all([lambda: found.append(blas.thread_count())] * 3)
        assert found == [1, 1, 1]
        assert blas.thread_count() == 2
        with pytest.raises(ZeroDivisionError):
            threads.run_all([lambda: 1 / 0] * 3)
        assert blas.thread_count() == 2
    finally:
        blas.use_threads(before)


def test_number_of_threads_follows_the_environment() -> None:
    available = threads._cores_of({})
    assert available >= 1
    assert threads._cores_of({"HYBRID_NUM_THREADS": "7"}) == 7
    assert threads._cores_of({"OPENBLAS_NUM_THREADS": "1"}) == 1
    assert threads._cores_of({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": ""}) == 1
    assert threads._cores_of({"OMP_NUM_THREADS": "1", "HYBRID_NUM_THREADS": "2"}) == 2
    with pytest.raises(ConfigError, match=r"HYBRID_NUM_THREADS is 'many'.[\s\S]*positive number"):
        threads._cores_of({"HYBRID_NUM_THREADS": "many"})


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="threads cannot be placed here")
def test_helpers_leave_the_core_of_the_caller_to_it() -> None:
    before = os.sched_getaffinity(0)
    if len(before) < 2:
        pytest.skip("there is one core only")
    first, second = sorted(before)[:2]
    try:
        for core in (first, second, first):
            os.sched_setaffinity(0, before)
            placement.keep_away([threading.get_native_id()], core)
            assert os.sched_getaffinity(0) == before - {core}
        os.sched_setaffinity(0, {first})
        placement.keep_away([threading.get_native_id()], first)
        assert os.sched_getaffinity(0) == {first}  # nowhere else to go
    finally:
        os.sched_setaffinity(0, before)
    assert placement.present_core() in (None, *before)
    places: list[set[int]] = []
    meeting = threading.Barrier(3, timeout=60)

    def task() -> None:
        meeting.wait()
        places.append(os.sched_getaffinity(0))

    threads.run_all([task] * 3)
    assert before in places  # the caller goes where it likes
    assert all(place == before or len(place) == len(before) - 1 for place in places)
