"""Tolerance of a circuit to perturbations: training and scoring over strengths and seeds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, final

from neuralcrn.display import Displayed, Document, Heading, Paragraph, Table
from neuralcrn.engines.kinetics import METHODS
from neuralcrn.errors import InvalidValueError, RunError
from neuralcrn.learning import TrainingSpec, plan
from neuralcrn.runs.files import read_json, write_json
from neuralcrn.runs.spec_file import SEAL, spec_from_json, spec_to_json
from neuralcrn.status import OnStatus, ignore_status
from neuralcrn.studies.jobs import Job, JobCounter, Store, collect
from neuralcrn.studies.robustness.cases import NONE, disturbed, strength_text, strengths_of, summary_of
from neuralcrn.studies.robustness.disturbances import DISTURBANCES
from neuralcrn.studies.robustness.scoring import Score, begin_trial, score_training
from neuralcrn.version import __version__

TOLERATED_LOSS = 0.05
"""Tolerated loss of score."""
_MEANING = (
    "The disturbed chemistry learns and predicts; its score is the {} on samples that it did not learn from, "
    "and that of the best constant if it fails. The cost is the median over seeds of what the undisturbed "
    "training of the same seed scores more. A strength is tolerated if it and all milder ones cost less than "
    f"{100.0 * TOLERATED_LOSS:g} points."
)
DEFAULT_EPOCHS, DEFAULT_SEEDS = 30, 3
QUICK_EPOCHS, QUICK_SEEDS = 3, 2
MAX_SEEDS = 1_000
SWEEP = "sweep.json"


@final
@dataclass(frozen=True, slots=True)
class Trial:
    """One training: disturbance, strength and seed."""

    disturbance: str
    strength: float
    seed: int


@final
@dataclass(frozen=True, slots=True)
class Sweep:
    """Definition of a sweep.

    Attributes
    ----------
    spec : TrainingSpec
        The training, except its seed.
    strengths : mapping of str to tuple of float
        For each disturbance, from mild to severe.
    seeds : int
        Number of trainings per strength; seed k has the same data, parameters and order for all strengths.
    measure : str
        Type of score: ``accuracy`` or ``R²``, see `Score`.
    """

    spec: TrainingSpec
    strengths: Mapping[str, tuple[float, ...]]
    seeds: int
    measure: str

    @property
    def cases(self) -> tuple[tuple[str, float], ...]:
        """All disturbances with all strengths, after the unperturbed case."""
        return ((NONE, 0.0), *((name, s) for name, row in self.strengths.items() for s in row))

    @property
    def trials(self) -> tuple[Trial, ...]:
        """All trainings, unperturbed ones first."""
        return tuple(Trial(*case, seed) for case in self.cases for seed in range(self.seeds))


@final
@dataclass(frozen=True, slots=True)
class RobustnessReport(Displayed):
    """Results of a sweep.

    Attributes
    ----------
    sweep : Sweep
        The sweep.
    scores : mapping of Trial to Score
        In the order of the trials of the sweep.
    """

    sweep: Sweep
    scores: Mapping[Trial, Score]

    def at(self, disturbance: str, strength: float) -> list[Score]:
        """Return the scores at one strength, by seed."""
        return [self.scores[Trial(disturbance, strength, seed)] for seed in range(self.sweep.seeds)]

    def median(self, disturbance: str, strength: float) -> float:
        """Return the median score at one strength."""
        return statistics.median(score.value for score in self.at(disturbance, strength))

    def failures(self, disturbance: str, strength: float) -> int:
        """Return the number of failed trainings at one strength."""
        return sum(bool(score.failure) for score in self.at(disturbance, strength))

    def cost(self, disturbance: str, strength: float) -> float:
        """Return the median over seeds of the loss of score compared with the unperturbed training of the
        same seed.
        """
        pairs = zip(self.at(NONE, 0.0), self.at(disturbance, strength), strict=True)
        return statistics.median(before.value - after.value for before, after in pairs)

    def tolerated(self, disturbance: str) -> float | None:
        """Return the largest strength such that all strengths up to it cost less than `TOLERATED_LOSS`, or
        None.
        """
        largest = None
        for strength in self.sweep.strengths[disturbance]:
            if self.cost(disturbance, strength) >= TOLERATED_LOSS:
                break
            largest = strength
        return largest

    def tolerated_text(self, disturbance: str) -> str:
        """Return the largest tolerated strength in words."""
        largest, tried = self.tolerated(disturbance), self.sweep.strengths[disturbance]
        unit = " molecules" if disturbance in METHODS else ""
        if largest is None:
            return f"{'more' if unit else 'less'} than {strength_text(disturbance, tried[0])}{unit}"
        last = ", the largest tested" if largest == tried[-1] else ""
        return f"{strength_text(disturbance, largest)}{unit}{last}"

    def document(self) -> Document:
        """Return the tolerated strengths, and the median score at every strength."""
        spec, measure = self.sweep.spec, self.sweep.measure
        level = f"{spec.level} {spec.clock}".strip()
        settings = (
            f"rule {spec.rule}, {level}, {spec.epochs} epochs, seeds: {self.sweep.seeds}, neuralcrn "
            f"{__version__}."
        )
        tolerated = Table.of(
            ("disturbance", "tolerated up to", "at the strength s"),
            list(self.sweep.strengths),
            lambda name: (name, self.tolerated_text(name), summary_of(name)),
        )
        scores = Table.of(
            ("disturbance", "strength", f"median {measure}", "cost in points", "failed"),
            self.sweep.cases,
            lambda case: (
                case[0],
                strength_text(*case),
                f"{self.median(*case):.3f}",
                f"{100.0 * self.cost(*case):.1f}",
                f"{self.failures(*case)} of {self.sweep.seeds}",
            ),
        )
        return Document.of(
            Heading(f"Robustness of {spec.circuit} on {spec.task}"),
            Paragraph(settings),
            Paragraph(_MEANING.format(measure)),
            tolerated,
            scores,
        )


def make_sweep(
    task: str,
    circuit: str,
    *,
    rule: str | None = None,
    level: str = "staged",
    clock: str = "",
    strengths: Mapping[str, tuple[float, ...]] | None = None,
    seeds: int | None = None,
    epochs: int | None = None,
    quick: bool = False,
) -> Sweep:
    """Return the plan of a sweep, after checking that the program for its task compiles.

    Parameters
    ----------
    task, circuit : str
        Names in the registries.
    rule : str, optional
        Learning rule; by default that of task and circuit.
    level, clock : str
        Level, and the clock for the autonomous level; see `Circuit.compile`.
    strengths : mapping of str to tuple of float, optional
        Disturbances and their strengths: fractions, or molecules per unit concentration for a stochastic
        method (``ssa``, ``tau``, ``langevin``). By default all disturbances but no method; an empty tuple
        means the default strengths.
    seeds, epochs : int, optional
        Trainings per strength, and passes over the data; by default `DEFAULT_SEEDS` (3), and the minimum of
        the recorded number and `DEFAULT_EPOCHS` (30).
    quick : bool
        Two seeds, three epochs, and the mildest and the most severe strength of each disturbance, unless
        given.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError
        If a number is out of range.
    DataError, CompileError
        If task, circuit and level do not match.

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
    spec = replace(plan(task, circuit, rule=rule, epochs=epochs), level=level, clock=clock)
    if epochs is None:
        spec = replace(spec, epochs=min(spec.epochs, QUICK_EPOCHS if quick else DEFAULT_EPOCHS))
    data = spec.make_task()
    begin_trial(spec, data, spec.make_program(data))
    measure = "accuracy" if data.kind == "classification" else "R²"
    return Sweep(spec, MappingProxyType(chosen), count, measure)


def run_sweep(
    sweep: Sweep, folder: Path, processes: int, on_status: OnStatus = ignore_status
) -> RobustnessReport:
    """Compute the missing results of a sweep in a folder, and return the report.

    After an interruption the same call continues, and existing results are reused with more seeds or other
    strengths. Neither interruptions nor the number of processes affect the results.

    Raises
    ------
    RunError
        If the folder is not writable, or contains another sweep.
    """
    _check_same_sweep(folder / SWEEP, sweep.spec)
    store = Store(folder / "trials")
    write_json(folder / SWEEP, spec_to_json(sweep.spec))
    jobs = {trial: _job(sweep, trial) for trial in sweep.trials}
    results = collect(list(jobs.values()), store, processes, JobCounter("robustness", len(jobs), on_status))
    return RobustnessReport(sweep, {trial: Score(**results[job.name].value) for trial, job in jobs.items()})


def attempt(spec: Mapping[str, Any], disturbance: str, strength: float) -> Score:
    """Train a perturbed program.

    Parameters
    ----------
    spec : mapping
        Output of `spec_to_json`, because jobs are identified by plain values.
    disturbance : str
        Name of the disturbance, a stochastic method, or `NONE`.
    strength : float
        See `disturb`; molecules per unit concentration for a method.
    """
    chosen = spec_from_json(spec, Path("trial"))
    task = chosen.make_task()
    tried, program = disturbed(chosen, chosen.make_program(task), disturbance, strength)
    return score_training(tried, task, program)


def _job(sweep: Sweep, trial: Trial) -> Job:
    spec = spec_to_json(replace(sweep.spec, seed=trial.seed))
    name = f"{trial.disturbance}-{trial.strength!r}-{trial.seed}"
    return Job(name, attempt, (spec, trial.disturbance, trial.strength))


def _check_same_sweep(path: Path, spec: TrainingSpec) -> None:
    """Reject a folder that contains another sweep."""
    if not path.exists():
        return
    there, own = spec_to_json(spec_from_json(read_json(path), path)), spec_to_json(spec)
    if differing := [key for key in own if key != SEAL and own[key] != there[key]]:
        raise RunError(
            f"{path.parent}: contains another sweep ({', '.join(differing)} differ, see "
            f"{path.name}): choose another --out"
        )
