"""Computation of missing results in parallel, with progress."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import replace

from neuralcrn.errors import InvalidValueError, RunError, printable
from neuralcrn.jobs.cluster import Cluster
from neuralcrn.jobs.job import Job, JobResult
from neuralcrn.jobs.processes import Processes
from neuralcrn.jobs.store import Store
from neuralcrn.jobs.workers import JobFailure, Workers
from neuralcrn.status import COMPILING, OnStatus, Status


class JobCounter:
    """Counter of completed jobs that reports the status.

    Parameters
    ----------
    what : str
        Description of the computation.
    total : int
        Number of all jobs.
    on_status : callable
        Called after every job, and repeatedly while jobs run; exceptions stop the jobs.
    """

    def __init__(self, what: str, total: int, on_status: OnStatus):
        from neuralcrn.engines.native.compilation import kernels_are_compiled

        if not kernels_are_compiled():
            on_status(Status(COMPILING))
        self._status, self._on_status = Status(what, 0, total), on_status
        self.tell()

    def add(self, job: Job, result: JobResult) -> None:
        """Count a completed job."""
        note = f"{job.name} in {result.seconds:.1f} s"
        self._status = replace(self._status, done=self._status.done + 1, note=note)
        self.tell()

    def tell(self) -> None:
        """Report the status."""
        self._on_status(self._status)


def choose_workers(processes: int | None, scheduler: str | None, jobs: int) -> Workers:
    """Return the workers of a scheduler, or processes of this machine.

    Parameters
    ----------
    processes : int, optional
        Number of processes, at most one per core and per job; by default the maximum.
    scheduler : str, optional
        Address or scheduler file of a dask scheduler.
    jobs : int
        Number of jobs.

    Raises
    ------
    InvalidValueError
        If both are given.
    """
    if scheduler is None:
        return Processes.up_to(processes, jobs)
    if processes is not None:
        raise InvalidValueError("a scheduler has workers of its own: omit the number of processes")
    return Cluster(scheduler)


def compute(
    jobs: Sequence[Job], store: Store, workers: Workers, waiting: Callable[[], None] = lambda: None
) -> Generator[tuple[Job, JobResult]]:
    """Yield every job with its result, cached ones first, the others in order of completion.

    Every result is saved when it arrives. After an interruption the same call continues with the rest. While
    jobs run, `waiting` is called repeatedly; exceptions stop the jobs.

    Raises
    ------
    RunError
        When all others are done, if there are jobs that ended the processes that computed them.
    """
    missing: list[Job] = []
    for job in jobs:
        kept = store.find(job)
        if kept is None:
            missing.append(job)
        else:
            yield job, kept
    if not missing:
        return
    failed: list[str] = []
    with closing(workers.run(missing, waiting)) as done:
        for job, result in done:
            if isinstance(result, JobFailure):
                store.keep_failure(job, result)
                failed.append(f"{job.name}: {result.reason}")
            else:
                store.keep(job, result)
                yield job, result
    if failed:
        raise RunError(
            f"{len(failed)} of {len(jobs)} jobs failed ({printable('; '.join(failed), 300)}); all others are "
            f"saved in {store.folder}: repeat the command for the rest, with fewer --jobs if memory was short"
        )


def collect(jobs: Sequence[Job], store: Store, workers: Workers, counter: JobCounter) -> dict[str, JobResult]:
    """Return the results of all jobs by name; see `compute`."""
    results: dict[str, JobResult] = {}
    with closing(compute(jobs, store, workers, counter.tell)) as done:
        for job, result in done:
            results[job.name] = result
            counter.add(job, result)
    return results
