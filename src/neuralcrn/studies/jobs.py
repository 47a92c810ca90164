"""Jobs that run in parallel processes, with cached results, one file per job."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, final

import neuralcrn
from neuralcrn.errors import NeuralCRNWarning, RunError
from neuralcrn.registry import extending_packages
from neuralcrn.runs.files import read_json, write_json
from neuralcrn.status import OnStatus, Status

_COMPUTING = ("numpy", "scipy", "numba", "llvmlite", "scikit-learn")
"""Packages whose versions affect the last digits of results."""
_COMPILING = "Compiling the simulation kernels, once on this machine, about 20 seconds"
_BEAT = 0.5
"""Seconds between two statuses while jobs run."""
_PATIENCE = 3
"""Maximum number of consecutive times that processes may be killed before a job is finished."""


@final
@dataclass(frozen=True, slots=True)
class Job:
    """A computation: a function of a module, and its arguments.

    Attributes
    ----------
    name : str
        Name of the result file, without extension.
    work : callable
        Returns numbers, strings, and lists, mappings and dataclasses of them.
    arguments : tuple
        Arguments of `work`; their text, with the sources of the package and of `work`, determines whether a
        cached result is valid.
    """

    name: str
    work: Callable[..., Any]
    arguments: tuple[Any, ...]

    @property
    def key(self) -> str:
        """Hash of everything that the result depends on."""
        package, own = Path(neuralcrn.__file__).parent, Path(str(sys.modules[self.work.__module__].__file__))
        words = (self.work.__module__, self.work.__qualname__, self.arguments, sources_digest(package, own))
        return hashlib.sha256(repr(words).encode()).hexdigest()


@final
@dataclass(frozen=True, slots=True)
class JobResult:
    """Return value of a job, and its duration in seconds."""

    value: Any
    seconds: float


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


class Store:
    """Folder for results.

    Parameters
    ----------
    folder : Path
        Created if it does not exist.

    Raises
    ------
    RunError
        If the folder is not writable.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{folder}: cannot be written: {error.strerror}: choose another --out") from error
        write_json(folder / "written.json", {"version": neuralcrn.__version__})

    def find(self, job: Job) -> JobResult | None:
        """Return the cached result of a job; None if there is none, or it is outdated or damaged."""
        try:
            kept = read_json(self._path(job))
        except RunError:
            return None
        if not isinstance(kept, dict) or kept.get("key") != job.key:
            return None
        return JobResult(kept["value"], kept["seconds"])

    def keep(self, job: Job, result: JobResult) -> None:
        """Write a result."""
        write_json(self._path(job), {"key": job.key, "value": result.value, "seconds": result.seconds})

    def _path(self, job: Job) -> Path:
        return self.folder / f"{job.name}.json"


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
            with closing(_run(list(missing.values()), processes, waiting)) as done:
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


def _run(
    jobs: Sequence[Job], processes: int, waiting: Callable[[], None]
) -> Generator[tuple[Job, JobResult]]:
    """Yield jobs in order of completion, computed in separate processes."""
    # Spawned, not forked, because threads do not survive a fork.
    spawned = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(processes, len(jobs)), mp_context=spawned, initializer=_follow_the_caller)
    try:
        running = {pool.submit(_timed, job): job for job in jobs}
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


def collect(jobs: Sequence[Job], store: Store, processes: int, counter: JobCounter) -> dict[str, JobResult]:
    """Return the results of all jobs by name; see `compute`."""
    results: dict[str, JobResult] = {}
    with closing(compute(jobs, store, processes, counter.tell)) as done:
        for job, result in done:
            results[job.name] = result
            counter.add(job, result)
    return results


def _follow_the_caller() -> None:
    """Ignore interruptions, which the calling process handles, and exit together with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    caller = multiprocessing.parent_process()

    def watch() -> None:
        if caller is not None:
            caller.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _timed(job: Job) -> JobResult:
    start = time.perf_counter()
    value = job.work(*job.arguments)
    # In the form of the file: lists instead of tuples, mappings instead of dataclasses.
    return JobResult(json.loads(json.dumps(value, default=asdict)), time.perf_counter() - start)


@cache
def sources_digest(package: Path, own: Path) -> str:
    """Return a hash of all files of a package and one more, and of other dependencies of results.

    The latter are the versions of numerical packages, and all files of packages that extend neuralcrn. All
    files are included, because a list of the relevant ones could be incomplete. They are read once per
    process, which takes some hundredths of a second.
    """
    contents = [_contents(folder) for folder in (package, *extending_packages())]
    words = (sys.version_info[:3], _versions(), contents, own.read_bytes())
    return hashlib.sha256(repr(words).encode()).hexdigest()


def _contents(package: Path) -> list[tuple[str, bytes]]:
    """Return names and contents of the files of a package, or of a module."""
    found = sorted(package.rglob("*")) if package.is_dir() else [package]
    files = [path for path in found if path.is_file() and path.suffix != ".pyc"]
    return [(str(path.relative_to(package)), path.read_bytes()) for path in files]


def _versions() -> list[str]:
    """Return the version of each numerical package, empty for missing ones."""
    found: list[str] = []
    for name in _COMPUTING:
        try:
            found.append(version(name))
        except PackageNotFoundError:
            found.append("")
    return found
