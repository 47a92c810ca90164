"""Plan of a report: trainings over seeds, baselines, studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.jobs import Job
from neuralcrn.studies.reproduction.baselines import judge, scikit_is_there
from neuralcrn.studies.reproduction.experiments import GROUPS, LAYERED, LEARNERS, PUBLICATION, Experiment
from neuralcrn.studies.reproduction.studies import (
    IN_SILICO,
    IN_SILICO_STUDIES,
    LEARNER_STUDIES,
    STUDIES,
    study_jobs,
)
from neuralcrn.studies.reproduction.training import train, train_alone
from neuralcrn.studies.reproduction.trainings import EXPERIMENTS, with_companions

BASELINES = "baselines"
PARTS = (BASELINES, *STUDIES)
"""Names besides experiments and their groups."""
QUICK_SEEDS, FULL_SEEDS = 3, 10
MAX_SEEDS = 1_000
_FEWEST_TOGETHER = 3
"""Number of seeds from which their trainings are computed together."""


@final
@dataclass(frozen=True, slots=True)
class ReportPlan:
    """Parts of a report.

    Attributes
    ----------
    experiments : tuple of Experiment
        In the order of the report.
    parts : tuple of str
        Baselines and studies.
    seeds : int
        Number of seeds; experiments that take long use fewer.
    quick : bool
        Whether the small form of studies is used.
    """

    experiments: tuple[Experiment, ...]
    parts: tuple[str, ...]
    seeds: int
    quick: bool

    def seeds_of(self, experiment: Experiment) -> range:
        """Return the seeds of an experiment."""
        return range(max(1, experiment.runs(self.seeds)))

    def training_job(self, experiment: Experiment, seed: int) -> Job:
        """Return the job of one training."""
        work = train if len(self.seeds_of(experiment)) >= _FEWEST_TOGETHER else train_alone
        return Job(f"{experiment.name}-{seed}", work, (experiment, seed), kind=experiment.structure)

    @property
    def references(self) -> tuple[Experiment, ...]:
        """The first experiment of each task, published or layered, whose samples are used for the
        baselines.
        """
        if BASELINES not in self.parts:
            return ()
        first: dict[str, Experiment] = {}
        for experiment in self.experiments:
            if experiment.group in (PUBLICATION, LAYERED):
                first.setdefault(experiment.spec.task, experiment)
        return tuple(first.values())

    def baseline_job(self, experiment: Experiment, seed: int) -> Job:
        """Return the job of the baselines for an experiment."""
        return Job(f"baseline-{experiment.spec.task}-{seed}", judge, (experiment, seed))

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All jobs, longest first, to balance the processes, and alike trainings one after the other.

        The first one compiles the kernels, so the next ones are those that need none.
        """
        slowest_first = sorted(self.experiments, key=lambda e: (-e.share, e.structure))
        trainings = [self.training_job(e, seed) for e in slowest_first for seed in self.seeds_of(e)]
        baselines = [self.baseline_job(e, seed) for e in self.references for seed in range(self.seeds)]
        studies = [job for part in self.parts if part in STUDIES for job in study_jobs(part, self.quick)]
        return (*studies[:1], *baselines, *studies[1:], *trainings)


def make_plan(names: Sequence[str], seeds: int, quick: bool) -> ReportPlan:
    """Return the plan of a report on some experiments, groups or parts; by default of everything except other
    published learners and chemistry that is trained on a computer.

    Raises
    ------
    UnknownNameError
        If a name is unknown; the message suggests the nearest name.
    InvalidValueError
        If the number of seeds is out of range.

    Examples
    --------
    >>> plan = make_plan(["pot-xor"], seeds=3, quick=True)
    >>> [(experiment.name, len(plan.seeds_of(experiment))) for experiment in plan.experiments]
    [('xor-cubic-quadratic', 3), ('pot-xor', 1)]
    """
    if not 1 <= seeds <= MAX_SEEDS:
        raise InvalidValueError(f"seeds = {seeds}: give a number from 1 to {MAX_SEEDS:,}")
    known = {*GROUPS, IN_SILICO, *PARTS, *(e.name for e in EXPERIMENTS)}
    for name in names:
        if name not in known:
            raise UnknownNameError("experiment", name, known)
    wanted = set(names or ({*GROUPS, *PARTS} - {LEARNERS, *LEARNER_STUDIES, *IN_SILICO_STUDIES}))
    if LEARNERS in wanted:
        wanted |= {*LEARNER_STUDIES}
    if IN_SILICO in wanted:
        wanted |= {*IN_SILICO_STUDIES}
    if wanted == {BASELINES}:
        wanted.add(PUBLICATION)  # the experiments to compare with
    if LAYERED in wanted:
        wanted.add(BASELINES)
    chosen = with_companions(e for e in EXPERIMENTS if e.name in wanted or e.group in wanted)
    possible = [part for part in PARTS if part in wanted and (part in STUDIES or scikit_is_there())]
    enough = tuple(e for e in chosen if e.runs(seeds) or e.name in names)
    return ReportPlan(enough, tuple(possible), seeds, quick)
