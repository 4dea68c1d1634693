"""Threads: large kernels split over the cores.

Floor 7. NumPy gives up the GIL while it computes, so that Python threads do its work side by side. A kernel divides its
work by `parts` and has it done by `run_all`. Waking a thread takes 10 to 70 µs: a part should take 100 µs or more.
"""

from __future__ import annotations

import contextvars
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..errors import ConfigError
from . import blas, denormals
from .placement import keep_away, present_core

__all__ = ["cores", "parts", "run_all", "using"]

Task = Callable[[], Any]

_LIMITS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
_chosen: int | None = None


def cores() -> int:
    """Return the number of threads that compute side by side.

    What the environment variable HYBRID_NUM_THREADS says; else the number of cores that this process may use, and not
    more than OPENBLAS_NUM_THREADS or OMP_NUM_THREADS allow.

    Raises:
        ConfigError: if HYBRID_NUM_THREADS is not a positive number.

    Example:
        >>> from hybrid.engine import threads
        >>> threads.cores() >= 1
        True
    """
    global _chosen
    if _chosen is None:
        _chosen = _cores_of(os.environ)
    return _chosen


@contextmanager
def using(number: int) -> Iterator[None]:
    """Let everything in the process compute with some number of threads for a while.

    Args:
        number: of threads, at least 1.

    Example:
        >>> from hybrid.engine import threads
        >>> with threads.using(3):
        ...     threads.parts(9, 2)
        [slice(0, 3, None), slice(3, 6, None), slice(6, 9, None)]
    """
    global _chosen
    before, _chosen = _chosen, number
    try:
        yield
    finally:
        _chosen = before


def parts(count: int, least: int = 1) -> list[slice]:
    """Divide a number of items into ranges of about equal length, one for each core.

    Args:
        count: number of items.
        least: smallest number of items that is worth a thread of its own.

    Returns:
        slices that cover `range(count)` in order; a single one where there is too little for two.

    Example:
        >>> from hybrid.engine import threads
        >>> with threads.using(2):
        ...     print(threads.parts(5, 2), threads.parts(3, 2))
        [slice(0, 2, None), slice(2, 5, None)] [slice(0, 3, None)]
    """
    number = max(1, min(cores(), count // max(1, least)))
    edges = [count * part // number for part in range(number + 1)]
    return [slice(start, stop) for start, stop in zip(edges, edges[1:], strict=False)]


def run_all(tasks: Sequence[Task]) -> None:
    """Run functions side by side, one of them in the calling thread, and return when all have ended.

    Inside such a function, and while another thread is already running tasks side by side, they run one after the
    other. Each thread works in a copy of the caller's context, and treats denormal numbers as the caller does. BLAS
    uses one thread meanwhile.

    Args:
        tasks: functions without arguments, independent of each other.

    Raises:
        BaseException: the first that a task raised; tasks that have not been started by then are left out.

    Example:
        >>> from hybrid.engine import threads
        >>> x, y = np.arange(6.0), np.empty(6)
        >>> threads.run_all([lambda part=part: np.sqrt(x[part], out=y[part]) for part in threads.parts(6)])
        >>> bool((y == np.sqrt(x)).all())
        True
    """
    number = min(cores(), len(tasks))
    if number > 1 and _POOL.owner.acquire(blocking=False):
        try:
            _POOL.run(tasks, number - 1)
        finally:
            _POOL.owner.release()
    else:
        for task in tasks:
            task()


def _cores_of(environment: Any) -> int:
    asked = environment.get("HYBRID_NUM_THREADS")
    if asked is not None:
        if not asked.strip().isdigit() or int(asked) < 1:
            raise ConfigError(
                f"HYBRID_NUM_THREADS is {asked!r}.",
                why="it says how many threads compute side by side",
                fix="set the environment variable to a positive number, or leave it out",
            )
        return int(asked)
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limits = [int(environment[name]) for name in _LIMITS if environment.get(name, "").strip().isdigit()]
    return max(1, min([available, *limits]))


class _Job:
    """Tasks of one call, which several threads take one by one."""

    __slots__ = ("_tasks", "errors")

    def __init__(self, tasks: Sequence[Task]):
        self._tasks = deque(tasks)
        self.errors: list[BaseException] = []

    def work(self) -> None:
        """Run tasks until none is left."""
        while True:
            try:
                task = self._tasks.popleft()
            except IndexError:
                return
            try:
                task()
            except BaseException as error:  # noqa: BLE001 - raised in the caller's thread
                self.errors.append(error)
                self._tasks.clear()

    def raise_first(self) -> None:
        """Raise the first error, if there was one."""
        if self.errors:
            try:
                raise self.errors[0]
            finally:
                self.errors.clear()  # else error, frame and job hold each other


class _Worker:
    """A thread that helps with one job after the other. Two locks hand over: faster than queues, events and futures."""

    __slots__ = ("_done", "_help", "_thread", "_wake")

    def __init__(self) -> None:
        self._wake, self._done = threading.Lock(), threading.Lock()
        self._wake.acquire()
        self._done.acquire()
        self._help: Task | None = None
        self._thread = threading.Thread(target=self._serve, name="hybrid-worker", daemon=True)
        self._thread.start()

    @property
    def native_id(self) -> int:
        """Number of the thread in the system."""
        return self._thread.native_id or 0

    def begin(self, job: _Job) -> None:
        """Wake the thread, to work on a job as the caller would: in a copy of its context, with its way of rounding."""
        context, environment = contextvars.copy_context(), denormals.environment()  # NumPy's `errstate` is context

        def assist() -> None:
            denormals.use_environment(environment)
            context.run(job.work)

        self._help = assist
        self._wake.release()

    def end(self, job: _Job) -> None:
        """Wait until the thread works on the job no more. One that has not even woken up is not waited for."""
        if self._wake.acquire(blocking=False):
            self._help = None
            return
        while True:
            try:
                self._done.acquire()
                return
            except BaseException as error:  # noqa: BLE001 - a task still writes to the caller's memory: wait on
                job.errors.append(error)

    def _serve(self) -> None:
        while True:
            self._wake.acquire()
            assist, self._help = self._help, None
            if assist is not None:
                assist()
            del assist
            self._done.release()


class _Pool:
    """The workers of the process, made when they are first needed.

    Attributes:
        owner: held while a job is done; whoever does not get it runs its tasks alone.
    """

    __slots__ = ("_core", "_workers", "owner")

    def __init__(self) -> None:
        self.owner = threading.Lock()
        self._workers: list[_Worker] = []
        self._core: int | None = None

    def run(self, tasks: Sequence[Task], helpers: int) -> None:
        """Have tasks run by the calling thread and some others."""
        job = _Job(tasks)
        # Taken out meanwhile: an interruption at an odd moment may lose workers, but never leaves one in an odd state.
        workers, self._workers = self._workers, []
        core = present_core()
        if core != self._core or len(workers) < helpers:
            workers += [_Worker() for _ in range(helpers - len(workers))]
            self._core = core
            if core is not None:
                keep_away([worker.native_id for worker in workers], core)
        with blas.single_threaded():
            for worker in workers[:helpers]:
                worker.begin(job)
            job.work()
            for worker in workers[:helpers]:
                worker.end(job)
        self._workers = workers
        job.raise_first()


_POOL = _Pool()


def _forget_workers() -> None:
    """A forked process has none of the threads of its parent, and whoever held a lock there does not let go of it."""
    global _POOL
    _POOL = _Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)
