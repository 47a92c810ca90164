"""Experiments of the report: a training, its measure, and the result to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neuralcrn.learning import TrainingSpec

LOSS, GRID, HELD = "validation_loss", "test_accuracy", "accuracy"
MEASURES = {LOSS: "validation loss", GRID: "accuracy on the test grid", HELD: "validation accuracy"}
"""Measures by the name of the metric."""

PUBLICATION, VARIATIONS, LAYERED, ONE_POT, CIRCUITS, OPTIMISERS = (
    "publication",
    "variations",
    "layered",
    "one-pot",
    "circuits",
    "optimisers",
)
GROUPS = (PUBLICATION, VARIATIONS, LAYERED, ONE_POT, CIRCUITS, OPTIMISERS)
"""Groups of experiments: the publication's own, its tasks with one change, and ours."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One training, over the requested number of seeds.

    Attributes
    ----------
    name, title : str
        Name on the command line, and title in the report.
    group : str
        Section of the report.
    spec : TrainingSpec
        The training, except its seed.
    measure : str
        Reported metric, one of `MEASURES`.
    published : float or None
        Published result.
    published_counts : tuple of int or None
        Published numbers of species and reactions, if known.
    beside : str
        Name of the experiment to compare with; empty for none.
    share : int
        The experiment is run for one nth of the seeds, if a training takes long.
    note : str
        Reason for a difference from the published result, if known.
    """

    name: str
    title: str
    group: str
    spec: TrainingSpec
    measure: str
    published: float | None = None
    published_counts: tuple[int, int] | None = None
    beside: str = ""
    share: int = 1
    note: str = ""

    @property
    def smaller_is_better(self) -> bool:
        """Whether the measure is a loss."""
        return self.measure == LOSS

    def reaches(self, value: float, bound: float) -> bool:
        """Return whether a value of the measure is as good as another.

        Examples
        --------
        >>> from neuralcrn.studies.reproduction.trainings import find_experiment
        >>> find_experiment("xor-cubic").reaches(0.86, 0.847)
        True
        """
        return value <= bound if self.smaller_is_better else value >= bound

    def runs(self, seeds: int) -> int:
        """Return the number of seeds of this experiment for a requested number; it may be zero."""
        return seeds // self.share
