"""What programs keep between runs: never shared by two runs, bounded, and gone with the program."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid import Variable, ops
from hybrid.engine import arenas
from hybrid.engine.arenas import Arenas, Part

PARTS = [Part(0, (1024,), np.dtype("float64"))]


def keeping(number: int = 1) -> Arenas:
    kept = Arenas(8192, PARTS)
    for arena in [kept.take() for _ in range(number)]:
        kept.give_back(arena)
    return kept


def test_two_runs_at_a_time_have_arenas_of_their_own() -> None:
    kept = Arenas(8192, PARTS)
    first, second = kept.take(), kept.take()
    assert not np.may_share_memory(first[0], second[0])
    assert first[0].ctypes.data % 64 == 0


def test_number_of_idle_arenas_is_bounded() -> None:
    assert keeping(arenas.SPARE + 3).kept == 8192 * arenas.SPARE


def test_programs_that_ran_long_ago_keep_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arenas, "KEPT", 2 * 8192)
    programs = [keeping() for _ in range(6)]
    assert [each.kept for each in programs] == [0, 0, 0, 8192, 8192, 8192]


def test_arenas_are_not_kept_alive_by_the_list_of_recent_ones() -> None:
    kept = keeping()
    gone = weakref.ref(kept)
    del kept
    gc.collect()
    assert gone() is None


def test_threads_that_run_one_program_do_not_disturb_each_other() -> None:
    function = hybrid.jit(lambda x: ops.sum(ops.exp(ops.matmul(x, x) * 0.01) * 2.0, axis=1))
    inputs = [np.random.default_rng(seed).normal(size=(64, 64)) for seed in range(8)]
    expected = [function(x).numpy() for x in inputs]
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(50):
            if not np.array_equal(function(inputs[number]).numpy(), expected[number]):
                wrong.append(number)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert wrong == []


def test_a_value_that_was_read_never_changes_while_the_variable_does() -> None:
    v = Variable(np.zeros(4096))
    step = hybrid.jit(lambda: v.assign(v * 1.0 + 1.0))
    read: list[Any] = []
    for number in range(8):
        if number % 2:
            read.append((number, v.value))
        elif number % 4 == 0:
            read.append((number, np.asarray(v.value)[10:20]))
        step()
    for number, value in read:
        np.testing.assert_array_equal(np.asarray(value), float(number))


def test_memory_that_a_variable_gives_up_is_used_again() -> None:
    v = Variable(np.zeros(4096))

    @hybrid.jit
    def step() -> None:
        v.assign(v * 1.0 + 1.0)

    places = set()
    for _ in range(20):
        step()
        places.add(v._tensor._value.ctypes.data)
    assert len(places) <= 3 and float(v.value[0]) == 20.0
