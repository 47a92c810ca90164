"""Reproduction of the publication as one report."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from neuralcrn.display import Displayed, Document, Listing, Table
from neuralcrn.status import OnStatus, ignore_status

if TYPE_CHECKING:
    from neuralcrn.studies.reproduction.report import Contents
    from neuralcrn.studies.reproduction.rows import Row


@final
@dataclass(frozen=True, slots=True)
class Reproduction(Displayed):
    """Contents and location of a report.

    Attributes
    ----------
    folder : Path
        It contains ``report.html``, ``report.md`` and the results of all jobs.
    contents : Contents
        Rows, baselines and studies.
    """

    folder: Path
    contents: Contents

    def document(self) -> Document:
        """Return one row per experiment, and where the report is."""
        from neuralcrn.studies.reproduction.report import HTML

        head = ("experiment", "authors", "median", "range", "seeds", "")
        rows = self.contents.rows
        table = [Table.of(head, rows, _cells, limit=len(rows))] if rows else []
        return Document.of(*table, Listing((str(self.folder / HTML),)))

    def to_json(self) -> dict[str, Any]:
        """Return the tables of the report as plain values."""
        from neuralcrn.studies.reproduction.report import HTML

        contents = self.contents
        return {
            "report": str(self.folder / HTML),
            "command": contents.command,
            "experiments": [_row_json(row) for row in contents.rows],
            "baselines": [
                {
                    "task": line.task,
                    "measure": line.measure,
                    "chemistry": line.chemistry.experiment.name,
                    "median": line.chemistry.median,
                    **line.models,
                }
                for line in contents.baselines
            ],
            "studies": [
                {"title": study.title, "columns": study.columns, "rows": study.cells}
                for study in contents.studies
            ],
        }


def _cells(row: Row) -> tuple[str, ...]:
    from neuralcrn.studies.reproduction.report import number, span, verdict

    figures = number(row.experiment.published), number(row.median)
    return row.experiment.title, *figures, span(row.values), str(len(row.runs)), verdict(row)


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.experiment.name,
        "group": row.experiment.group,
        "measure": row.experiment.measure,
        "published": row.experiment.published,
        "median": row.median,
        "values": list(row.values),
        "met": row.met,
        "solved": row.solved,
        "reactions": row.typical.reactions,
        "species": row.typical.species,
        "max_order": row.typical.max_order,
        "doses": row.typical.doses,
        "seconds": row.seconds,
        "failures": list(row.failures),
        "command": row.command,
    }


def reproduce(
    names: Sequence[str],
    folder: Path,
    *,
    seeds: int | None = None,
    quick: bool = False,
    processes: int | None = None,
    scheduler: str | None = None,
    on_status: OnStatus = ignore_status,
) -> Reproduction:
    """Reproduce experiments of the publication by simulating their chemistry, and write a report.

    Parameters
    ----------
    names : sequence of str
        Experiments, groups or studies; by default all except other published learners and the group
        in-silico.
    folder : Path
        Folder of results and report. Existing results are reused.
    seeds : int, optional
        Number of seeds per experiment; by default 10, or 3 with `quick`.
    quick : bool
        Whether the small form of studies is used.
    processes : int, optional
        Number of processes, at most one per core and per job; by default the maximum.
    scheduler : str, optional
        Address or scheduler file of a dask scheduler, whose workers are used instead.
    on_status : callable
        Called after each completed job; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError
        If the number of seeds is out of range.
    RunError
        If the scheduler does not answer, a job fails repeatedly, or the folder is not writable.
    """
    from neuralcrn.jobs import choose_workers
    from neuralcrn.studies.reproduction.build import build_report
    from neuralcrn.studies.reproduction.plan import FULL_SEEDS, QUICK_SEEDS, make_plan

    plan = make_plan(names, seeds if seeds is not None else QUICK_SEEDS if quick else FULL_SEEDS, quick)
    words = ["neuralcrn", "reproduce", *names, *(["--quick"] if quick else []), "--seeds", str(plan.seeds)]
    workers = choose_workers(processes, scheduler, len(plan.jobs))
    return Reproduction(folder, build_report(plan, folder, workers, shlex.join(words), on_status))


def experiments() -> str:
    """Return the names for `reproduce` as text.

    Examples
    --------
    >>> "sin-square" in experiments()
    True
    """
    from neuralcrn.studies.reproduction.experiments import GROUPS
    from neuralcrn.studies.reproduction.plan import PARTS
    from neuralcrn.studies.reproduction.studies import IN_SILICO, IN_SILICO_STUDIES
    from neuralcrn.studies.reproduction.trainings import EXPERIMENTS

    lines: list[str] = []
    for group in GROUPS:
        lines.append(f"{group}:")
        lines += [f"  {one.name:28} {one.title}" for one in EXPERIMENTS if one.group == group]
    lines.append(f"{IN_SILICO}: the studies {', '.join(IN_SILICO_STUDIES)}")
    return "\n".join([*lines, f"studies:\n  {', '.join(PARTS)}"])
