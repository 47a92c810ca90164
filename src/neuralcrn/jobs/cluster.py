"""Workers of a dask cluster that compute jobs."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, final

from neuralcrn.errors import InvalidValueError, RunError, printable, shown_path
from neuralcrn.jobs.job import Job, JobResult
from neuralcrn.jobs.workers import JobFailure, Workers, grouped, submitted

_PATIENCE = 20.0
"""Seconds to wait for the scheduler, and for its first worker."""
_AHEAD = 2
"""Jobs that are submitted for each worker thread, so that no worker waits."""


@final
@dataclass(frozen=True, slots=True)
class Cluster(Workers):
    """Workers of a running dask scheduler (the extra ``cluster``).

    Jobs are pure functions, so that the scheduler can repeat those of a worker that was lost. A job that ends
    four workers fails, and all others go on.

    Attributes
    ----------
    scheduler : str
        Address of the scheduler, such as ``tcp://10.0.0.1:8786``, or the path of its scheduler file.
    """

    scheduler: str

    def run(
        self, jobs: Sequence[Job], waiting: Callable[[], None]
    ) -> Generator[tuple[Job, JobResult | JobFailure]]:
        with self._connected() as client:
            from distributed.scheduler import KilledWorker

            ahead = _AHEAD * _checked_threads(client, self.scheduler)
            pool = client.get_executor(pure=False)
            missing = grouped(jobs, ahead)
            try:
                while missing:
                    groups, missing = missing, []
                    with closing(submitted(pool, groups, ahead, {}, waiting)) as done:
                        for group, future in done:
                            try:
                                yield from zip(group, future.result(), strict=True)
                            except KilledWorker as error:
                                if len(group) > 1:  # one of them is the cause
                                    missing += [[job] for job in group]
                                    continue
                                workers = error.allowed_failures + 1
                                reason = f"it ended {workers} workers, possibly for lack of memory"
                                yield group[0], JobFailure(reason)
            except (CancelledError, OSError) as error:
                raise RunError(
                    f"{shown_path(self.scheduler)}: the connection to the scheduler was lost: start it again "
                    "and repeat the command; results are saved"
                ) from error
            finally:
                pool.shutdown(wait=False)

    @contextmanager
    def _connected(self) -> Generator[Any]:
        """Connect to the scheduler.

        Raises
        ------
        InvalidValueError
            If the extra is not installed.
        RunError
            If there is no scheduler.
        """
        try:
            from distributed import Client
        except ImportError as error:
            raise InvalidValueError("a cluster needs pip install 'neuralcrn[cluster]'") from error

        target: dict[str, Any] = {
            "scheduler_file" if os.path.isfile(self.scheduler) else "address": self.scheduler
        }
        try:
            client = Client(**target, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, KeyError) as error:
            raise RunError(
                f"{shown_path(self.scheduler)}: no scheduler answers: give the address or the scheduler file "
                "of 'dask scheduler'"
            ) from error
        try:
            yield client
        finally:
            client.close()


def _checked_threads(client: Any, scheduler: str) -> int:
    """Return the number of worker threads.

    Raises
    ------
    RunError
        If there is no worker, or one has several threads, or cannot import this package.
    """
    from distributed import TimeoutError as NoWorker

    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except NoWorker as error:
        raise RunError(f"{printable(scheduler)}: it has no workers: start 'dask worker'") from error
    workers = client.scheduler_info(n_workers=-1)["workers"]
    for address, worker in workers.items():
        if worker["nthreads"] != 1:
            raise RunError(
                f"worker {printable(address)} has {worker['nthreads']} threads: start 'dask worker' with "
                "--nthreads 1, one worker for each core"
            )
    for address, answer in client.run(_version_of_worker, on_error="return").items():
        if isinstance(answer, BaseException):
            raise RunError(
                f"worker {printable(address)} cannot import neuralcrn ({type(answer).__name__}): install the "
                "same version, with the extra cluster, on every worker"
            )
    return len(workers)


def _version_of_worker() -> str:
    from neuralcrn.version import __version__

    return __version__
