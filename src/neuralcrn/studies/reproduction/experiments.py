"""What an experiment of the report is: a training, what is measured of it, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from neuralcrn.learning import TrainingSpec

LOSS, GRID, HELD = "validation_loss", "test_accuracy", "accuracy"
MEASURES = {LOSS: "validation loss", GRID: "accuracy on the test grid", HELD: "validation accuracy"}
"""What is reported of a run, by the name of the metric."""

PUBLICATION, VARIATIONS, ONE_POT, CIRCUITS, OPTIMISERS = (
    "publication",
    "variations",
    "one-pot",
    "circuits",
    "optimisers",
)
GROUPS = (PUBLICATION, VARIATIONS, ONE_POT, CIRCUITS, OPTIMISERS)
"""Groups of experiments: the publication's own, its tasks with one thing changed, and what is ours."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One training, over as many seeds as are asked for.

    Attributes
    ----------
    name, title : str
        What it is called on the command line and in the report.
    group : str
        Part of the report.
    spec : TrainingSpec
        The training, but for its seed.
    measure : str
        Metric that is reported: one of `MEASURES`.
    published : float or None
        The authors' figure of it.
    published_counts : tuple of int or None
        Their species and reactions, where a circuit was published for its size.
    beside : str
        Name of the experiment that this one is compared with; empty for none.
    share : int
        One in how many seeds is run, where a training takes long.
    note : str
        Why the figures differ, where that is known.
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
        """Tell whether a value of the measure is as good as another.

        Examples
        --------
        >>> from neuralcrn.studies.reproduction.trainings import find_experiment
        >>> find_experiment("xor-cubic").reaches(0.86, 0.847)
        True
        """
        return value <= bound if self.smaller_is_better else value >= bound

    def runs(self, seeds: int) -> int:
        """Return how many seeds are run where so many are asked for; none where that is too few."""
        return seeds // self.share
