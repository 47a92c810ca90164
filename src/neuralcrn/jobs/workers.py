"""Interface of what computes jobs, and the loop that all of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from typing import final

from neuralcrn.jobs.job import Job, JobResult, timed

_BEAT = 0.5
"""Seconds between two statuses while jobs run."""


@final
@dataclass(frozen=True, slots=True)
class JobFailure:
    """A job that ended the processes that computed it.

    Attributes
    ----------
    reason : str
        What happened, in a few words.
    """

    reason: str


class Workers(ABC):
    """Processes that compute jobs, on this machine or on others."""

    @abstractmethod
    def run(
        self, jobs: Sequence[Job], waiting: Callable[[], None]
    ) -> Generator[tuple[Job, JobResult | JobFailure]]:
        """Yield every job with its result, in order of completion.

        Exceptions of a job are raised. `waiting` is called repeatedly; its exceptions stop all jobs.
        """


def submitted(
    pool: Executor,
    jobs: Sequence[Job],
    most: int,
    running: dict[Future[JobResult], Job],
    waiting: Callable[[], None],
) -> Generator[tuple[Job, Future[JobResult]]]:
    """Submit jobs to an executor, and yield each with its future when it is done.

    Parameters
    ----------
    pool : Executor
        Computes the jobs.
    jobs : sequence of Job
        The jobs.
    most : int
        Largest number of jobs that are submitted and not done.
    running : dict
        These jobs. A future is removed after it was yielded, so that its result can be released.
    waiting : callable
        Called repeatedly.
    """
    rest = iter(jobs)
    while True:
        for job in islice(rest, most - len(running)):
            running[pool.submit(timed, job, job.key)] = job
        if not running:
            return
        done, _ = wait(running, timeout=_BEAT, return_when=FIRST_COMPLETED)
        for future in done:
            yield running[future], future
            del running[future]
        waiting()
