"""Trials of a comparison in parallel processes, with results that are kept in a folder."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import final

from neuralcrn.jobs import Job, JobCounter, JobResult, Store, Workers, collect
from neuralcrn.learners import LEARNERS
from neuralcrn.learning import TrainingSpec
from neuralcrn.runs.spec_file import spec_to_json, task_of
from neuralcrn.status import OnStatus, ignore_status
from neuralcrn.studies.comparison.measuring import (
    Learned,
    Strands,
    attempt,
    learn,
    learn_in_silico,
    strands,
    strands_in_silico,
)
from neuralcrn.studies.comparison.plan import ComparisonPlan, limited
from neuralcrn.studies.comparison.report import Comparison, Row
from neuralcrn.studies.robustness import Case
from neuralcrn.studies.robustness.scoring import Score


def run_comparison(
    plan: ComparisonPlan, folder: Path, workers: Workers, on_status: OnStatus = ignore_status
) -> Comparison:
    """Compute the missing results of a comparison in a folder, and return all.

    After an interruption the same call continues. Neither interruptions nor the workers affect the
    results, except the durations.

    Raises
    ------
    RunError
        If the folder is not writable.
    """
    jobs = {name: _LearnerJobs.of(plan, name, folder) for name in plan.trained}
    listed = [job for own in jobs.values() for job in own.all]
    results = collect(
        listed, Store(folder / "trials"), workers, JobCounter("compare", len(listed), on_status)
    )
    rows = tuple(own.row(plan, name, results) for name, own in jobs.items())
    return Comparison(plan, rows)


@final
@dataclass(frozen=True, slots=True)
class _LearnerJobs:
    """All jobs of one learner."""

    learned: tuple[Job, ...]
    alone: Mapping[int, tuple[Job, ...]]
    """Undisturbed trainings by their largest number of samples."""
    disturbed: Mapping[Case, tuple[Job, ...]]
    strands: Job

    @classmethod
    def of(cls, plan: ComparisonPlan, name: str, folder: Path) -> _LearnerJobs:
        spec, extent = plan.trained[name], plan.extent
        where = str(folder) if spec.data else ""  # results of other tasks do not depend on the folder
        per_epoch = len(task_of(spec, folder).train)

        def trial(case: Case, samples: int, seed: int) -> Job:
            short = replace(limited(spec, samples, per_epoch), seed=seed)
            label = f"{name}-{case.disturbance}-{case.strength}-{samples}-{seed}"
            return Job(label, attempt, (spec_to_json(short), where, astuple(case)))

        whole = limited(spec, extent.samples, per_epoch)
        settings = [spec_to_json(replace(whole, seed=seed)) for seed in range(extent.seeds)]
        if LEARNERS.find(name).in_silico:
            own = [(name, setting, where) for setting in settings]
            learned = tuple(Job(f"{name}-{k}", learn_in_silico, chosen) for k, chosen in enumerate(own))
            return cls(learned, {}, {}, Job(f"{name}-strands", strands_in_silico, own[0]))
        cases = plan.cases()
        lengths = dict.fromkeys(plan.samples_of(case) for case in cases)
        return cls(
            tuple(Job(f"{name}-{k}", learn, (setting, where)) for k, setting in enumerate(settings)),
            {samples: tuple(trial(Case(), samples, seed) for seed in plan.repeats) for samples in lengths},
            {case: tuple(trial(case, plan.samples_of(case), k) for k in plan.repeats) for case in cases},
            Job(f"{name}-strands", strands, (spec_to_json(spec), where, extent.fuels)),
        )

    @property
    def all(self) -> tuple[Job, ...]:
        """Every job."""
        disturbed = (job for jobs in (*self.alone.values(), *self.disturbed.values()) for job in jobs)
        return (*self.learned, *disturbed, self.strands)

    def row(self, plan: ComparisonPlan, name: str, results: Mapping[str, JobResult]) -> Row:
        """Return the row of the learner."""
        spec: TrainingSpec = plan.trained[name]

        def scores(jobs: tuple[Job, ...]) -> tuple[Score, ...]:
            return tuple(Score(**results[job.name].value) for job in jobs)

        return Row(
            learner=LEARNERS.find(name),
            level=spec.level,
            clock=spec.clock,
            runs=tuple(Learned(**results[job.name].value) for job in self.learned),
            baselines={samples: scores(jobs) for samples, jobs in self.alone.items()},
            disturbed={case: scores(jobs) for case, jobs in self.disturbed.items()},
            strands=Strands(**results[self.strands.name].value),
            seconds=statistics.median(results[job.name].seconds for job in self.learned),
        )
