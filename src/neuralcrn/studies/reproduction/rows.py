"""The trainings of one experiment put together: median, range, and the run that stands for all."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import final

from neuralcrn.studies.reproduction.experiments import Experiment
from neuralcrn.studies.reproduction.measure import Measurement


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One experiment over its seeds.

    Attributes
    ----------
    experiment : Experiment
        What was trained.
    runs : tuple of Measurement
        One a seed, at least one.
    seconds : float
        Median time of a training, with compilation and predictions.
    """

    experiment: Experiment
    runs: tuple[Measurement, ...]
    seconds: float

    @property
    def values(self) -> tuple[float, ...]:
        """The measure of every run; the worst there is for one that failed."""
        return tuple(run.value(self.experiment) for run in self.runs)

    @property
    def median(self) -> float:
        """Median over the runs, those that failed counted in."""
        return statistics.median(self.values)

    def median_on_seeds_of(self, other: Row) -> float:
        """Return the median over those seeds that another experiment has too."""
        seeds = {run.seed for run in other.runs}
        return statistics.median(run.value(self.experiment) for run in self.runs if run.seed in seeds)

    @property
    def failures(self) -> tuple[str, ...]:
        """What stopped the runs that failed."""
        return tuple(run.failure for run in self.runs if run.failure)

    @property
    def met(self) -> bool | None:
        """Whether the median is as good as the published figure; None where there is none."""
        published = self.experiment.published
        return None if published is None else self.experiment.reaches(self.median, published)

    @property
    def typical(self) -> Measurement:
        """The run whose value is nearest the median; of two, that of the lower seed."""
        finished = [run for run in self.runs if not run.failure] or list(self.runs)
        return min(finished, key=lambda run: (abs(run.value(self.experiment) - self.median), run.seed))

    @property
    def setting(self) -> str:
        """What was chosen, in a few words."""
        spec = self.experiment.spec
        chosen = {"rule": spec.rule, **spec.circuit_options}
        words = [f"{name.replace('_', ' ')} {_short(value)}" for name, value in chosen.items()]
        return ", ".join([*words, f"{spec.epochs} epochs"])

    @property
    def command(self) -> str:
        """What repeats the row."""
        return f"neuralcrn reproduce {self.experiment.name} --seeds {len(self.runs) * self.experiment.share}"


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
