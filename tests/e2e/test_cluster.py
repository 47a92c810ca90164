"""Jobs on a dask scheduler and workers in processes of their own, as the documentation starts them."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from types import ModuleType

import pytest

import neuralcrn
from neuralcrn.errors import InvalidValueError, RunError
from neuralcrn.files import read_json
from neuralcrn.jobs import Cluster, Job, Processes, Store, choose_workers, compute
from neuralcrn.jobs.job import timed

WORK = """
import os, signal, time

def square(number, folder):
    with open(os.path.join(folder, "done"), "a") as stream:
        stream.write(f"{number} {os.getpid()}" + chr(10))
    time.sleep(0.3)
    return {"square": number**2, "text": (str(number),)}

def end():
    os.kill(os.getpid(), signal.SIGKILL)
"""
CLIENT = """
import sys
from pathlib import Path
import cluster_work
from neuralcrn.jobs import Cluster, Job, Store, compute

folder, scheduler = sys.argv[1:]
jobs = [Job(f"square-{k}", cluster_work.square, (k, folder)) for k in range(16)]
for job, result in compute(jobs, Store(Path(folder) / "results"), Cluster(scheduler)):
    print(job.name, flush=True)
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Generator[ModuleType]:
    """A module of functions, for this process and the workers."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "cluster_work.py").write_text(WORK)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(Path(neuralcrn.__file__).parents[1])]))
        yield importlib.import_module("cluster_work")


class Started:
    """A scheduler and its workers."""

    def __init__(self, folder: Path, workers: int, threads: int = 1):
        self.file = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", "0")
        self.workers = [self._start("worker", "--nthreads", str(threads)) for _ in range(workers)]

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--scheduler-file", str(self.file)]
        return subprocess.Popen(
            [*command, "--no-dashboard", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.terminate()
        for process in (*self.workers, self.scheduler):
            process.wait(30.0)


@pytest.fixture(scope="module")
def two_workers(work: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    started = Started(tmp_path_factory.mktemp("cluster"), 2)
    while not started.file.exists():
        time.sleep(0.1)
    yield str(started.file)
    started.end()


def squares(work: ModuleType, folder: Path) -> list[Job]:
    return [Job(f"square-{number}", work.square, (number, str(folder))) for number in range(16)]


def done(folder: Path) -> list[tuple[int, int]]:
    """Return number and process of every computation that began."""
    lines = (folder / "done").read_text().splitlines()
    return [(int(number), int(process)) for number, process in map(str.split, lines)]


def values(folder: Path) -> dict[str, object]:
    return {path.name: read_json(path)["value"] for path in folder.glob("square-*.json")}


def test_a_killed_worker_costs_nothing_and_results_are_those_of_processes(
    work: ModuleType, two_workers: str, tmp_path: Path
) -> None:
    jobs = squares(work, tmp_path)
    killed: list[int] = []
    names: list[str] = []
    for job, _ in compute(jobs, Store(tmp_path / "cluster"), Cluster(two_workers)):
        names.append(job.name)
        if len(names) == 3:
            killed.append(done(tmp_path)[-1][1])
            os.kill(killed[0], signal.SIGKILL)
    assert sorted(names) == sorted(job.name for job in jobs)
    assert len({process for _, process in done(tmp_path)}) >= 2
    list(compute(jobs, Store(tmp_path / "processes"), Processes(2)))
    assert values(tmp_path / "cluster") == values(tmp_path / "processes")
    assert len(values(tmp_path / "cluster")) == 16


def test_a_job_that_ends_its_workers_fails_and_all_others_are_done(
    work: ModuleType, two_workers: str, tmp_path: Path
) -> None:
    jobs = [Job("ends", work.end, ()), *squares(work, tmp_path)[:6]]
    with pytest.raises(RunError, match=r"1 of 7 jobs failed \(ends: it ended 4 workers"):
        list(compute(jobs, Store(tmp_path / "results"), Cluster(two_workers)))
    assert len(values(tmp_path / "results")) == 6
    assert read_json(tmp_path / "results" / "ends.failed.json")["arguments"] == "()"


def test_after_the_caller_was_killed_only_the_rest_is_computed(
    work: ModuleType, two_workers: str, tmp_path: Path
) -> None:
    caller = subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(tmp_path), two_workers], stdout=subprocess.PIPE, text=True
    )
    assert caller.stdout is not None
    kept = {caller.stdout.readline().strip() for _ in range(4)}
    caller.kill()
    caller.communicate()
    kept |= {path.stem for path in (tmp_path / "results").glob("square-*.json")}
    before = len(done(tmp_path))
    store = Store(tmp_path / "results")
    assert len(list(compute(squares(work, tmp_path), store, Cluster(two_workers)))) == 16
    again = {f"square-{number}" for number, _ in done(tmp_path)[before:]}
    assert again.isdisjoint(kept)
    assert len(kept) >= 4


def test_a_scheduler_that_ends_is_said_and_results_are_kept(work: ModuleType, tmp_path: Path) -> None:
    started = Started(tmp_path, 1)
    while not started.file.exists():
        time.sleep(0.1)
    results = compute(squares(work, tmp_path), Store(tmp_path / "results"), Cluster(str(started.file)))
    try:
        next(results), next(results)
        started.scheduler.kill()
        with pytest.raises(RunError, match="connection to the scheduler was lost"):
            list(results)
    finally:
        started.end()
    assert len(values(tmp_path / "results")) >= 2


def test_workers_that_do_not_fit_are_refused_before_work(work: ModuleType, tmp_path: Path) -> None:
    started = Started(tmp_path, 1, threads=2)
    while not started.file.exists():
        time.sleep(0.1)
    try:
        with pytest.raises(RunError, match="has 2 threads"):
            list(compute(squares(work, tmp_path), Store(tmp_path / "results"), Cluster(str(started.file))))
    finally:
        started.end()
    assert not (tmp_path / "done").exists()
    with pytest.raises(RunError, match="install the same everywhere"):
        timed(squares(work, tmp_path)[:1], ["the key of other sources"])


def test_a_scheduler_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuralcrn.jobs.cluster._PATIENCE", 1.0)
    with pytest.raises(RunError, match=r"tcp://127\.0\.0\.1:1: no scheduler answers"):
        list(Cluster("tcp://127.0.0.1:1").run([], lambda: None))
    with pytest.raises(RunError, match="nonsense: no scheduler answers"):
        list(Cluster("nonsense").run([], lambda: None))
    with pytest.raises(InvalidValueError, match="omit the number of processes"):
        choose_workers(2, "tcp://127.0.0.1:1", 5)
