"""Processes that compute jobs in parallel."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait

from neuralcrn.errors import NeuralCRNWarning
from neuralcrn.jobs.job import Job, JobResult, timed

_BEAT = 0.5
"""Seconds between two statuses while jobs run."""


def process_count(wanted: int | None, jobs: int) -> int:
    """Return the number of processes to start: the requested number, but at most one per core and per job.

    Warns
    -----
    NeuralCRNWarning
        If fewer are started than requested.
    """
    listed = getattr(
        os, "sched_getaffinity", None
    )  # cores available to this process, if the system reports them
    cores = len(listed(0)) if listed else os.cpu_count() or 1
    most = max(1, min(cores, jobs))
    if wanted is not None and wanted > most:
        each = "core" if most == cores else "job"
        text = f"{wanted:,} processes: {most:,} are started, one for each {each}"
        warnings.warn(text, NeuralCRNWarning, stacklevel=3)
    return min(wanted or most, most)


def run(jobs: Sequence[Job], processes: int, waiting: Callable[[], None]) -> Generator[tuple[Job, JobResult]]:
    """Yield jobs in order of completion, computed in separate processes."""
    # Spawned, not forked, because threads do not survive a fork.
    spawned = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(processes, len(jobs)), mp_context=spawned, initializer=_follow_the_caller)
    try:
        running = {pool.submit(timed, job): job for job in jobs}
        while running:
            done, _ = wait(running, timeout=_BEAT, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
            waiting()
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()  # an obsolete training could take another minute
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _follow_the_caller() -> None:
    """Ignore interruptions, which the calling process handles, and exit together with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    caller = multiprocessing.parent_process()

    def watch() -> None:
        if caller is not None:
            caller.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
