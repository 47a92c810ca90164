"""Comparison of learning chemistries on one task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.studies.comparison import Comparison
    from neuralcrn.tasks import Reading


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonOptions:
    """Options of a comparison.

    Attributes
    ----------
    learners : sequence of str
        Names of learners; by default all.
    seeds : int, optional
        Trainings of each learner; by default 5, or 1 with `quick`.
    quick : bool
        Whether trainings are short and few.
    target : str
        Column to predict of a CSV file.
    reading : Reading, optional
        Options for reading the file.
    """

    learners: Sequence[str] = ()
    seeds: int | None = None
    quick: bool = False
    target: str = ""
    reading: Reading | None = None


@final
@dataclass(frozen=True, slots=True)
class Compared:
    """Results of a comparison, and the location of its files.

    Attributes
    ----------
    folder : Path
        It contains ``comparison.html``, ``comparison.md``, ``comparison.json`` and the trials.
    comparison : Comparison
        The results.
    """

    folder: Path
    comparison: Comparison

    def __str__(self) -> str:
        from neuralcrn.studies.comparison.files import PAGE

        return f"{self.comparison.summary()}\n{self.folder / PAGE}"

    def to_json(self) -> dict[str, Any]:
        """Return all measurements as plain values."""
        from neuralcrn.studies.comparison.files import comparison_json

        return {"folder": str(self.folder), **comparison_json(self.comparison)}


def compare(
    task: str,
    folder: Path,
    options: ComparisonOptions | None = None,
    *,
    processes: int | None = None,
    scheduler: str | None = None,
    on_status: OnStatus = ignore_status,
) -> Compared:
    """Train learning chemistries on one task, also under disturbances, and write one page.

    Parameters
    ----------
    task : str
        A task of the registry, or the path of a CSV file with a header.
    folder : Path
        Folder of the page and of all trials. Existing results are reused.
    options : ComparisonOptions, optional
        Options.
    processes : int, optional
        Number of processes, at most one per core and per trial; by default the maximum.
    scheduler : str, optional
        Address or scheduler file of a dask scheduler, whose workers are used instead.
    on_status : callable
        Called after each completed trial; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError, DataError
        If a number is out of range, or no learner can learn the task.
    RunError
        If the scheduler does not answer, a job fails repeatedly, or the folder is not writable.
    """
    from neuralcrn.jobs import choose_workers
    from neuralcrn.studies.comparison import make_comparison, run_comparison
    from neuralcrn.studies.comparison.files import write_comparison

    chosen = options or ComparisonOptions()
    plan = make_comparison(
        task,
        folder,
        chosen.learners,
        seeds=chosen.seeds,
        quick=chosen.quick,
        target=chosen.target,
        reading=chosen.reading,
    )
    comparison = run_comparison(plan, folder, choose_workers(processes, scheduler, plan.trials), on_status)
    write_comparison(comparison, folder)
    return Compared(folder, comparison)
