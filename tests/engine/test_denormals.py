"""Denormal numbers: zero inside a program, what they are everywhere else."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import hybrid
from hybrid.engine import denormals, threads

TINY = np.array([1e-40, -1e-42, 1.0], "float32")
HALVED = np.array([5e-41, -5e-43, 0.5], "float32")
FLUSHED = np.array([0.0, 0.0, 0.5], "float32")

reachable = pytest.mark.skipif(denormals._unit() is None, reason="the control word cannot be reached here")


def halved(x: Any = TINY) -> Any:
    return np.multiply(x, np.float32(0.5))


@reachable
def test_denormals_are_zero_inside_and_come_back() -> None:
    with denormals.flushed():
        np.testing.assert_array_equal(halved(), FLUSHED)
        with denormals.flushed():
            np.testing.assert_array_equal(halved(), FLUSHED)
        np.testing.assert_array_equal(halved(), FLUSHED)
    np.testing.assert_array_equal(halved(), HALVED)


@reachable
def test_denormals_come_back_after_an_exception() -> None:
    with pytest.raises(KeyError), denormals.flushed():
        raise KeyError
    np.testing.assert_array_equal(halved(), HALVED)


@reachable
def test_other_threads_keep_their_denormals() -> None:
    found: list[Any] = []
    other = threading.Thread(target=lambda: found.append(halved()))
    is_inside, is_asked = threading.Event(), threading.Event()

    def inside() -> None:
        with denormals.flushed():
            is_inside.set()
            is_asked.wait(60)

    holder = threading.Thread(target=inside)
    holder.start()
    assert is_inside.wait(60)
    other.start()
    other.join()
    is_asked.set()
    holder.join()
    np.testing.assert_array_equal(found[0], HALVED)


@reachable
@pytest.mark.parametrize("flushes", [True, False])
def test_tasks_treat_denormals_as_their_caller_does(flushes: bool) -> None:
    meeting = threading.Barrier(3, timeout=60)
    found: list[Any] = []

    def task() -> None:
        meeting.wait()
        found.append(halved())

    with threads.using(3):
        threads.run_all([lambda: None] * 3)
        if flushes:
            with denormals.flushed():
                threads.run_all([task] * 3)
        else:
            threads.run_all([task] * 3)
    for each in found:
        np.testing.assert_array_equal(each, FLUSHED if flushes else HALVED)


@reachable
def test_program_takes_denormals_for_zero_and_eager_calls_do_not() -> None:
    def function(x: Any) -> Any:
        return x * 0.5

    np.testing.assert_array_equal(hybrid.jit(function)(TINY).numpy(), FLUSHED)
    np.testing.assert_array_equal(function(hybrid.Tensor(TINY)).numpy(), HALVED)
    np.testing.assert_array_equal(halved(), HALVED)


@reachable
def test_moments_of_an_optimizer_die_out() -> None:
    """Eagerly they stay at the smallest denormal for ever: nine tenths of it are rounded up."""
    v = hybrid.Variable(np.ones(4, "float32"))
    optimizer = hybrid.optimizers.SGD(0.1, momentum=0.9)
    step = hybrid.jit(lambda slope: optimizer.apply([slope], [v]))
    step(np.full(4, 1e-37, "float32"))
    for _ in range(40):
        step(np.zeros(4, "float32"))
    (momentum,) = [slot for slot in optimizer.variables if slot.shape == (4,)]
    np.testing.assert_array_equal(momentum.numpy(), np.zeros(4))


def test_nothing_happens_where_the_control_word_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(denormals, "_unit", lambda: None)
    with denormals.flushed():
        np.testing.assert_array_equal(halved(), HALVED)
    assert denormals.environment() is None
    denormals.use_environment(None)
    np.testing.assert_array_equal(hybrid.jit(lambda x: x * 0.5)(TINY).numpy(), HALVED)
