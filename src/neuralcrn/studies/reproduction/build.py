"""Computation of missing results, and construction of the report."""

from __future__ import annotations

import base64
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from neuralcrn.jobs import Job, JobCounter, JobResult, Store, Workers, collect
from neuralcrn.plots import png_of, spread_figure
from neuralcrn.status import OnStatus, ignore_status
from neuralcrn.studies.reproduction.baselines import scikit_is_there
from neuralcrn.studies.reproduction.experiments import PUBLICATION, Experiment
from neuralcrn.studies.reproduction.figures import draw
from neuralcrn.studies.reproduction.plan import ReportPlan
from neuralcrn.studies.reproduction.report import Baseline, Contents, write_report
from neuralcrn.studies.reproduction.rows import Row
from neuralcrn.studies.reproduction.studies import STUDIES, show_study
from neuralcrn.studies.reproduction.training import TrainingResult

RESULTS = "results"
_MISSING = (
    "scikit-learn baselines and real data are omitted, because scikit-learn is not installed: "
    "pip install 'neuralcrn[sklearn]'"
)


def build_report(
    plan: ReportPlan, folder: Path, workers: Workers, command: str, on_status: OnStatus = ignore_status
) -> Contents:
    """Compute everything in a plan, write the report to a folder and return its contents.

    After an interruption it continues when called again with the same folder.

    Raises
    ------
    RunError
        If the folder is not writable.
    """
    store = Store(folder / RESULTS)
    counter = JobCounter("reproduce", len(plan.jobs) + len(plan.experiments), on_status)
    results = collect(plan.jobs, store, workers, counter)
    rows = tuple(_row(plan, experiment, results) for experiment in plan.experiments)
    figures = collect([_drawing(row) for row in rows], store, workers, counter)
    studies = [show_study(part, plan.quick, results) for part in plan.parts if part in STUDIES]
    contents = Contents(
        rows=rows,
        figures={row.experiment.name: figures[_drawing(row).name].value for row in rows},
        overview=_overview(rows),
        baselines=_baselines(plan, rows, results),
        studies=tuple(study for study in studies if study is not None),
        missing="" if scikit_is_there() else _MISSING,
        seeds=plan.seeds,
        command=command,
    )
    write_report(contents, folder)
    return contents


def _row(plan: ReportPlan, experiment: Experiment, results: Mapping[str, JobResult]) -> Row:
    own = [results[plan.training_job(experiment, seed).name] for seed in plan.seeds_of(experiment)]
    runs = tuple(TrainingResult.from_json(result.value) for result in own)
    return Row(experiment, runs, statistics.median(result.seconds for result in own))


def _drawing(row: Row) -> Job:
    arguments = (row.experiment, row.runs, row.typical)
    return Job(f"figures-{row.experiment.name}", draw, arguments)


def _overview(rows: Sequence[Row]) -> dict[str, str]:
    """Return figures of losses and of accuracies of the publication's experiments."""
    pictures: dict[str, str] = {}
    published = [row for row in rows if row.experiment.group == PUBLICATION]
    for smaller, label in ((True, "validation loss (smaller is better)"), (False, "accuracy")):
        chosen = [row for row in published if row.experiment.smaller_is_better == smaller]
        if chosen:
            values = {row.experiment.title: row.values for row in chosen}
            others = {row.experiment.title: row.experiment.published for row in chosen}
            picture = png_of(spread_figure(values, others, label))
            caption = f"Our results over seeds and the published results: {label}."
            pictures[caption] = base64.b64encode(picture).decode()
    return pictures


def _baselines(
    plan: ReportPlan, rows: Sequence[Row], results: Mapping[str, JobResult]
) -> tuple[Baseline, ...]:
    """Combine the baselines of each task with its best chemistry."""
    lines: list[Baseline] = []
    for reference in plan.references:
        own = [row for row in rows if row.experiment.spec.task == reference.spec.task]
        same = [row for row in own if row.experiment.measure == reference.measure]
        if not same:
            continue
        best = min(same, key=lambda row: row.median if reference.smaller_is_better else -row.median)
        judged = [results[plan.baseline_job(reference, seed).name].value for seed in range(plan.seeds)]
        models = {name: statistics.median(judge[name] for judge in judged) for name in judged[0]}
        lines.append(Baseline(reference.spec.task, reference.measure, best, models))
    return tuple(lines)
