"""Processes of this machine that compute jobs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import final

from neuralcrn.errors import NeuralCRNWarning
from neuralcrn.jobs.job import Job, JobResult
from neuralcrn.jobs.workers import Group, JobFailure, Workers, grouped, submitted

_THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables with the number of threads of linear algebra, which are read when its library is loaded."""


@final
@dataclass(frozen=True, slots=True)
class Processes(Workers):
    """Processes of this machine.

    If one is killed, the jobs that ran at that moment are restarted one by one. A job whose process is then
    killed again is the cause: it fails, and all others go on.

    Attributes
    ----------
    count : int
        Number of processes.
    """

    count: int

    @classmethod
    def up_to(cls, wanted: int | None, jobs: int) -> Processes:
        """Return as many processes as wanted, but at most one per core and per job.

        Warns
        -----
        NeuralCRNWarning
            If there are fewer than wanted.
        """
        listed = getattr(os, "sched_getaffinity", None)  # cores of this process, if the system reports them
        cores = len(listed(0)) if listed else os.cpu_count() or 1
        most = max(1, min(cores, jobs))
        if wanted is not None and wanted > most:
            each = "core" if most == cores else "job"
            text = f"{wanted:,} processes: {most:,} are started, one for each {each}"
            warnings.warn(text, NeuralCRNWarning, stacklevel=4)
        return cls(min(wanted or most, most))

    def run(
        self, jobs: Sequence[Job], waiting: Callable[[], None]
    ) -> Generator[tuple[Job, JobResult | JobFailure]]:
        missing = {job.name: job for job in jobs}
        suspects: list[str] = []
        while missing:
            alone = missing[suspects.pop()] if suspects else None
            chosen = grouped(list(missing.values()), self.count) if alone is None else [[alone]]
            running: dict[Future[list[JobResult]], Group] = {}
            with closing(_pooled(chosen, self.count, running, waiting)) as done:
                try:
                    for job, result in done:
                        del missing[job.name]
                        yield job, result
                except BrokenProcessPool:
                    if alone is None:
                        suspects = [job.name for group in running.values() for job in group]
                    else:
                        del missing[alone.name]
                        yield alone, JobFailure("its process was killed twice, possibly for lack of memory")


def _pooled(
    groups: Sequence[Group],
    count: int,
    running: dict[Future[list[JobResult]], Group],
    waiting: Callable[[], None],
) -> Generator[tuple[Job, JobResult]]:
    """Compute jobs in a pool of processes; `running` are those that run when a process is killed."""
    count = min(count, len(groups))
    # Spawned, not forked, because threads do not survive a fork.
    spawned = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=spawned, initializer=_follow_the_caller)
    try:
        with _one_thread_each():
            for group, future in submitted(pool, groups, count, running, waiting):
                yield from zip(group, future.result(), strict=True)
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()  # an obsolete training could take another minute
        raise
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _one_thread_each() -> Generator[None]:
    """Let every process that is started compute with one thread, unless the user has chosen otherwise.

    There is a process for each core, and small matrices are multiplied many times slower by threads that wait
    for each other.
    """
    added = {name: "1" for name in _THREAD_COUNTS if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


def _follow_the_caller() -> None:
    """Ignore interruptions, which the calling process handles, and exit together with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    caller = multiprocessing.parent_process()

    def watch() -> None:
        if caller is not None:
            caller.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
