"""Trials of a comparison in parallel processes, with results that are kept in a folder."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any, final

from neuralcrn.jobs import Job, JobCounter, JobResult, Store, Workers, collect
from neuralcrn.learners import LEARNERS, Learner
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

    Trainings are disturbed only where undisturbed trainings of the same length learn something. After an
    interruption the same call continues. Neither interruptions nor the workers affect the results, except the
    durations.

    Raises
    ------
    RunError
        If the folder is not writable.
    """
    store = Store(folder / "trials")

    def computed(what: str, jobs: Iterable[Job]) -> Mapping[str, JobResult]:
        listed = list(jobs)
        return collect(listed, store, workers, JobCounter(what, len(listed), on_status))

    learners = [_LearnerJobs.of(plan, name, folder) for name in plan.trained]
    alone = computed("compare", (job for own in learners for job in own.undisturbed))
    rows = [own.row(alone) for own in learners]
    trials = [own.disturbed(row) for own, row in zip(learners, rows, strict=True)]
    results = computed("disturbed", (job for own in trials for jobs in own.values() for job in jobs))
    complete = (
        replace(row, disturbed={case: _scores(jobs, results) for case, jobs in own.items()})
        for row, own in zip(rows, trials, strict=True)
    )
    return Comparison(plan, tuple(complete))


def _scores(jobs: Sequence[Job], results: Mapping[str, JobResult]) -> tuple[Score, ...]:
    return tuple(Score(**results[job.name].value) for job in jobs)


@final
@dataclass(frozen=True, slots=True)
class _LearnerJobs:
    """The jobs of one learner."""

    plan: ComparisonPlan
    name: str
    where: str
    """Folder of the user's file; empty for other tasks, whose results do not depend on it."""
    per_epoch: int
    """Samples of an epoch."""

    @classmethod
    def of(cls, plan: ComparisonPlan, name: str, folder: Path) -> _LearnerJobs:
        spec = plan.trained[name]
        return cls(plan, name, str(folder) if spec.data else "", len(task_of(spec, folder).train))

    @property
    def undisturbed(self) -> tuple[Job, ...]:
        """All jobs without disturbances."""
        return (*self._learned, *(job for jobs in self._alone.values() for job in jobs), self._strands)

    def row(self, results: Mapping[str, JobResult]) -> Row:
        """Return the row of the learner, without disturbances."""
        spec, learned = self._spec, [results[job.name] for job in self._learned]
        return Row(
            learner=self._learner,
            level=spec.level,
            clock=spec.clock,
            runs=tuple(Learned(**result.value) for result in learned),
            baselines={samples: _scores(jobs, results) for samples, jobs in self._alone.items()},
            disturbed={},
            strands=Strands(**results[self._strands.name].value),
            seconds=statistics.median(result.seconds for result in learned),
        )

    def disturbed(self, row: Row) -> dict[Case, tuple[Job, ...]]:
        """Return the trainings with the disturbances that can be judged."""
        lengths = {case: self.plan.samples_of(case) for case in self.plan.cases()}
        return {case: self._trials(case, samples) for case, samples in lengths.items() if row.learns(samples)}

    @property
    def _spec(self) -> TrainingSpec:
        return self.plan.trained[self.name]

    @property
    def _learner(self) -> Learner:
        return LEARNERS.find(self.name)

    def _setting(self, seed: int) -> dict[str, Any]:
        """Return the description of a training of full length."""
        whole = limited(self._spec, self.plan.extent.samples, self.per_epoch)
        return spec_to_json(replace(whole, seed=seed))

    @property
    def _learned(self) -> tuple[Job, ...]:
        """Trainings of full length."""
        silico = self._learner.in_silico
        work, first = (learn_in_silico, (self.name,)) if silico else (learn, ())
        return tuple(
            Job(f"{self.name}-{seed}", work, (*first, self._setting(seed), self.where))
            for seed in range(self.plan.extent.seeds)
        )

    @property
    def _alone(self) -> dict[int, tuple[Job, ...]]:
        """Trainings of the lengths of those with disturbances."""
        if self._learner.in_silico:
            return {}
        lengths = dict.fromkeys(map(self.plan.samples_of, self.plan.cases()))
        return {samples: self._trials(Case(), samples) for samples in lengths}

    @property
    def _strands(self) -> Job:
        name = f"{self.name}-strands"
        if self._learner.in_silico:
            return Job(name, strands_in_silico, (self.name, self._setting(0), self.where))
        return Job(name, strands, (spec_to_json(self._spec), self.where, self.plan.extent.fuels))

    def _trials(self, case: Case, samples: int) -> tuple[Job, ...]:
        """Return the trainings of a length with a disturbance."""
        short = limited(self._spec, samples, self.per_epoch)
        label = f"{self.name}-{case.disturbance}-{case.strength}-{samples}"
        return tuple(
            Job(
                f"{label}-{seed}",
                attempt,
                (spec_to_json(replace(short, seed=seed)), self.where, astuple(case)),
                alone=case.is_stochastic,
            )
            for seed in self.plan.repeats
        )
