"""Computation of missing results in parallel, with progress."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace

from neuralcrn.errors import RunError
from neuralcrn.jobs.job import Job, JobResult
from neuralcrn.jobs.processes import run
from neuralcrn.jobs.store import Store
from neuralcrn.status import OnStatus, Status

_COMPILING = "Compiling the simulation kernels, once on this machine, about 20 seconds"
_PATIENCE = 3
"""Maximum number of consecutive times that processes may be killed before a job is finished."""


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
            on_status(Status(_COMPILING))
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


def compute(
    jobs: Sequence[Job], store: Store, processes: int, waiting: Callable[[], None] = lambda: None
) -> Generator[tuple[Job, JobResult]]:
    """Yield every job with its result, cached ones first, the others in order of completion.

    After an interruption the same call continues with the rest. If a process is killed, its jobs are
    restarted in new processes. While jobs run, `waiting` is called repeatedly; exceptions stop the jobs.

    Raises
    ------
    RunError
        If processes are killed repeatedly and none of them finishes a job.
    """
    missing: dict[str, Job] = {}
    for job in jobs:
        kept = store.find(job)
        if kept is None:
            missing[job.name] = job
        else:
            yield job, kept
    fruitless = 0
    while missing:
        count = len(missing)
        try:
            with closing(run(list(missing.values()), processes, waiting)) as done:
                for job, result in done:
                    store.keep(job, result)
                    del missing[job.name]
                    yield job, result
        except BrokenProcessPool as error:
            fruitless = fruitless + 1 if len(missing) == count else 0
            if fruitless == _PATIENCE:
                raise RunError(
                    "a process was killed, possibly for lack of memory: continue with fewer --jobs; "
                    f"results are saved in {store.folder}"
                ) from error


def collect(jobs: Sequence[Job], store: Store, processes: int, counter: JobCounter) -> dict[str, JobResult]:
    """Return the results of all jobs by name; see `compute`."""
    results: dict[str, JobResult] = {}
    with closing(compute(jobs, store, processes, counter.tell)) as done:
        for job, result in done:
            results[job.name] = result
            counter.add(job, result)
    return results
