"""Tolerance of a learning circuit: disturbed chemistries learn and are scored, over strengths and seeds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, final

from neuralcrn.errors import InvalidValueError, RunError
from neuralcrn.learning import TrainingSpec, plan
from neuralcrn.runs.files import read_json, write_json
from neuralcrn.runs.spec_file import SEAL, spec_from_json, spec_to_json
from neuralcrn.status import OnStatus, ignore_status
from neuralcrn.studies.jobs import Job, JobCounter, Store, collect
from neuralcrn.studies.robustness.cases import NONE, disturbed, strengths_of
from neuralcrn.studies.robustness.disturbances import DISTURBANCES
from neuralcrn.studies.robustness.learning import Score, begin_trial, learn

TOLERATED_LOSS = 0.05
"""Loss of score that is tolerated."""
DEFAULT_EPOCHS, DEFAULT_SEEDS = 30, 3
QUICK_EPOCHS, QUICK_SEEDS = 3, 2
MAX_SEEDS = 1_000
SWEEP = "sweep.json"


@final
@dataclass(frozen=True, slots=True)
class Trial:
    """One training: what is disturbed, how much, and the seed of everything."""

    disturbance: str
    strength: float
    seed: int


@final
@dataclass(frozen=True, slots=True)
class Sweep:
    """What is tried.

    Attributes
    ----------
    spec : TrainingSpec
        Of every training, but for its seed.
    strengths : mapping of str to tuple of float
        For each disturbance, from mild to harsh.
    seeds : int
        Trainings at each strength; seed k has the same data, parameters and order at all of them.
    measure : str
        What a score is: ``accuracy`` or ``R²``, see `Score`.
    """

    spec: TrainingSpec
    strengths: Mapping[str, tuple[float, ...]]
    seeds: int
    measure: str

    @property
    def cases(self) -> tuple[tuple[str, float], ...]:
        """Every disturbance with every strength, after the undisturbed case."""
        return ((NONE, 0.0), *((name, s) for name, row in self.strengths.items() for s in row))

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trainings, the undisturbed ones first."""
        return tuple(Trial(*case, seed) for case in self.cases for seed in range(self.seeds))


@final
@dataclass(frozen=True, slots=True)
class RobustnessReport:
    """What a sweep found.

    Attributes
    ----------
    sweep : Sweep
        What was tried.
    scores : mapping of Trial to Score
        In the order of the sweep's trials.
    """

    sweep: Sweep
    scores: Mapping[Trial, Score]

    def at(self, disturbance: str, strength: float) -> list[Score]:
        """Return the scores at one strength, seed by seed."""
        return [self.scores[Trial(disturbance, strength, seed)] for seed in range(self.sweep.seeds)]

    def median(self, disturbance: str, strength: float) -> float:
        """Return the median score at one strength."""
        return statistics.median(score.value for score in self.at(disturbance, strength))

    def failures(self, disturbance: str, strength: float) -> int:
        """Return how many trainings failed at one strength."""
        return sum(bool(score.failure) for score in self.at(disturbance, strength))

    def cost(self, disturbance: str, strength: float) -> float:
        """Return the median over seeds of what a disturbance takes from the score of the same seed."""
        pairs = zip(self.at(NONE, 0.0), self.at(disturbance, strength), strict=True)
        return statistics.median(before.value - after.value for before, after in pairs)

    def tolerated(self, disturbance: str) -> float | None:
        """Return the largest strength up to which every one costs less than `TOLERATED_LOSS`, or None."""
        largest = None
        for strength in self.sweep.strengths[disturbance]:
            if self.cost(disturbance, strength) >= TOLERATED_LOSS:
                break
            largest = strength
        return largest


def make_sweep(
    task: str,
    circuit: str,
    *,
    gradient: str | None = None,
    autonomy: str = "staged",
    clock: str = "",
    strengths: Mapping[str, tuple[float, ...]] | None = None,
    seeds: int | None = None,
    epochs: int | None = None,
    quick: bool = False,
) -> Sweep:
    """Return the plan of a sweep, which fits together: its program was compiled for its task.

    Parameters
    ----------
    task, circuit : str
        Names in the registries.
    gradient : str, optional
        Gradient mode; the default of task and circuit if none is given.
    autonomy, clock : str
        Level, and the clock of an autonomous one; see `Circuit.compile`.
    strengths : mapping of str to tuple of float, optional
        Disturbances and what is tried of them: fractions, or for a stochastic method (``ssa``, ``tau``,
        ``langevin``) molecules per unit concentration. All disturbances but no method if none is given, and
        the recorded strengths where a tuple is empty.
    seeds, epochs : int, optional
        Trainings at each strength, and passes over the data; if not given `DEFAULT_SEEDS` (3), and the
        recorded number or `DEFAULT_EPOCHS` (30), whichever is less.
    quick : bool
        Two seeds, three epochs, and of each disturbance the mildest and the harshest strength, unless they
        are given.

    Raises
    ------
    UnknownNameError
        If a name is not in its registry.
    InvalidValueError
        If a number is out of range.
    DataError, CompileError
        If task, circuit and level do not fit together.

    Examples
    --------
    >>> sweep = make_sweep("bilinear", "quadratic", strengths={"rates": (0.5, 0.1), "leaks": ()}, seeds=2)
    >>> dict(sweep.strengths), len(sweep.trials)
    ({'rates': (0.1, 0.5), 'leaks': (0.0001, 0.001, 0.01, 0.1)}, 14)
    """
    count = seeds if seeds is not None else QUICK_SEEDS if quick else DEFAULT_SEEDS
    if not 1 <= count <= MAX_SEEDS:
        raise InvalidValueError(f"seeds = {count}: give a number from 1 to {MAX_SEEDS:,}")
    chosen = {
        name: strengths_of(name, given, quick=quick)
        for name, given in (strengths or dict.fromkeys(DISTURBANCES, ())).items()
    }
    spec = replace(plan(task, circuit, rule=gradient, epochs=epochs), level=autonomy, clock=clock)
    if epochs is None:
        spec = replace(spec, epochs=min(spec.epochs, QUICK_EPOCHS if quick else DEFAULT_EPOCHS))
    data = spec.make_task()
    begin_trial(spec, data, spec.make_program(data))
    measure = "accuracy" if data.kind == "classification" else "R²"
    return Sweep(spec, MappingProxyType(chosen), count, measure)


def run_sweep(
    sweep: Sweep, folder: Path, processes: int, on_status: OnStatus = ignore_status
) -> RobustnessReport:
    """Do what is missing of a sweep in a folder, and return what it found.

    Interrupted, it goes on where it was when it is called again; more seeds or other strengths take over
    what is there. Neither that nor the number of processes changes a bit of what is found.

    Raises
    ------
    RunError
        If the folder cannot be written, or belongs to a sweep of something else.
    """
    _refuse_foreign(folder / SWEEP, sweep.spec)
    store = Store(folder / "trials")
    write_json(folder / SWEEP, spec_to_json(sweep.spec))
    jobs = {trial: _job(sweep, trial) for trial in sweep.trials}
    results = collect(list(jobs.values()), store, processes, JobCounter("robustness", len(jobs), on_status))
    return RobustnessReport(sweep, {trial: Score(**results[job.name].value) for trial, job in jobs.items()})


def attempt(spec: Mapping[str, Any], disturbance: str, strength: float) -> Score:
    """Let a disturbed program learn.

    Parameters
    ----------
    spec : mapping
        What `spec_to_json` returns, for jobs are named by plain values.
    disturbance : str
        Its name, or a stochastic method, or `NONE`.
    strength : float
        See `disturb`; molecules per unit concentration of a method.
    """
    chosen = spec_from_json(spec, Path("trial"))
    task = chosen.make_task()
    tried, program = disturbed(chosen, chosen.make_program(task), disturbance, strength)
    return learn(tried, task, program)


def _job(sweep: Sweep, trial: Trial) -> Job:
    spec = spec_to_json(replace(sweep.spec, seed=trial.seed))
    name = f"{trial.disturbance}-{trial.strength!r}-{trial.seed}"
    return Job(name, attempt, (spec, trial.disturbance, trial.strength))


def _refuse_foreign(path: Path, spec: TrainingSpec) -> None:
    """Refuse a folder that holds a sweep of something else."""
    if not path.exists():
        return
    there, own = spec_to_json(spec_from_json(read_json(path), path)), spec_to_json(spec)
    if differing := [key for key in own if key != SEAL and own[key] != there[key]]:
        raise RunError(
            f"{path.parent}: holds a sweep of something else ({', '.join(differing)} differ, see "
            f"{path.name}): choose another --out"
        )
