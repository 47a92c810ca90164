"""Interface of what computes jobs, and the loop that all of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from itertools import groupby, islice
from typing import final

from neuralcrn.jobs.job import Job, JobResult, timed

LARGEST_GROUP = 16
"""Maximum number of jobs that are computed together: two for each lane of a vector register."""
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


Group = Sequence[Job]
"""Jobs that are computed together."""


def grouped(jobs: Sequence[Job], workers: int) -> list[Group]:
    """Return groups of consecutive jobs of one kind, of one job each if they cannot be computed together.

    The groups are small enough for every worker to have one.
    """
    size = max(1, min(LARGEST_GROUP, len(jobs) // workers))
    groups: list[Group] = []
    for _, alike in groupby(jobs, lambda job: (job.work, job.kind) if job.can_be_joined else job):
        listed = list(alike)
        groups += [listed[k : k + size] for k in range(0, len(listed), size)]
    return groups


def submitted(
    pool: Executor,
    groups: Sequence[Group],
    most: int,
    running: dict[Future[list[JobResult]], Group],
    waiting: Callable[[], None],
) -> Generator[tuple[Group, Future[list[JobResult]]]]:
    """Submit groups of jobs to an executor, and yield each with its future when it is done.

    Parameters
    ----------
    pool : Executor
        Computes the jobs.
    groups : sequence of sequence of Job
        The jobs.
    most : int
        Largest number of groups that are submitted and not done.
    running : dict
        These groups. A future is removed after it was yielded, so that its result can be released.
    waiting : callable
        Called repeatedly.
    """
    rest = iter(groups)
    while True:
        for group in islice(rest, most - len(running)):
            running[pool.submit(timed, group, [job.key for job in group])] = group
        if not running:
            return
        done, _ = wait(running, timeout=_BEAT, return_when=FIRST_COMPLETED)
        for future in done:
            yield running[future], future
            del running[future]
        waiting()
