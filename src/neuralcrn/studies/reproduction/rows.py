"""Summary of the trainings of one experiment: median, range, and a typical run."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import final

from neuralcrn.studies.reproduction.experiments import Experiment
from neuralcrn.studies.reproduction.training import TrainingResult


@final
@dataclass(frozen=True, slots=True)
class Row:
    """Results of one experiment over its seeds.

    Attributes
    ----------
    experiment : Experiment
        The experiment.
    runs : tuple of TrainingResult
        One per seed, at least one.
    seconds : float
        Median time of a training, with compilation and predictions.
    """

    experiment: Experiment
    runs: tuple[TrainingResult, ...]
    seconds: float

    @property
    def values(self) -> tuple[float, ...]:
        """The measure of every run; the worst possible value for failed ones."""
        return tuple(run.value(self.experiment) for run in self.runs)

    @property
    def median(self) -> float:
        """Median over all runs, including failed ones."""
        return statistics.median(self.values)

    def median_on_seeds_of(self, other: Row) -> float:
        """Return the median over the seeds shared with another experiment."""
        seeds = {run.seed for run in other.runs}
        return statistics.median(run.value(self.experiment) for run in self.runs if run.seed in seeds)

    @property
    def failures(self) -> tuple[str, ...]:
        """Reasons of failed runs."""
        return tuple(run.failure for run in self.runs if run.failure)

    @property
    def met(self) -> bool | None:
        """Whether the median is as good as the published result; None if there is none."""
        published = self.experiment.published
        return None if published is None else self.experiment.reaches(self.median, published)

    @property
    def solved(self) -> int | None:
        """Number of runs that reach the value at which a start counts as solved, if starts are counted."""
        bound = self.experiment.solved
        return None if bound is None else sum(self.experiment.reaches(value, bound) for value in self.values)

    @property
    def typical(self) -> TrainingResult:
        """The run whose value is nearest to the median; for a tie, the one with the lower seed."""
        finished = [run for run in self.runs if not run.failure] or list(self.runs)
        return min(finished, key=lambda run: (abs(run.value(self.experiment) - self.median), run.seed))

    @property
    def setting(self) -> str:
        """The options in short form."""
        spec = self.experiment.spec
        chosen = {"rule": spec.rule, **spec.circuit_options}
        words = [f"{name.replace('_', ' ')} {_short(value)}" for name, value in chosen.items()]
        return ", ".join([*words, f"{spec.epochs} epochs"])

    @property
    def command(self) -> str:
        """The command that repeats the row."""
        return f"neuralcrn reproduce {self.experiment.name} --seeds {len(self.runs) * self.experiment.share}"


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
