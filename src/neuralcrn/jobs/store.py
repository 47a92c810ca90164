"""Folder with the results of jobs, one file per job."""

from __future__ import annotations

from pathlib import Path

from neuralcrn.errors import RunError
from neuralcrn.files import make_folder, read_json, write_json
from neuralcrn.jobs.job import Job, JobResult
from neuralcrn.jobs.workers import JobFailure
from neuralcrn.version import __version__


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
        make_folder(folder)
        write_json(folder / "written.json", {"version": __version__})

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

    def keep_failure(self, job: Job, failure: JobFailure) -> None:
        """Write what happened to a job, with its arguments; the job is missing as before."""
        record = {"failed": failure.reason, "arguments": repr(job.arguments)}
        write_json(self.folder / f"{job.name}.failed.json", record)

    def _path(self, job: Job) -> Path:
        return self.folder / f"{job.name}.json"
