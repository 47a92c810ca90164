"""What an experiment of the report is: a training, what is measured of it, and what it is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

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
    task, circuit, gradient : str
        What is learned, by which family and gradient mode.
    measure : str
        Metric that is reported: one of `MEASURES`.
    published : float or None
        The authors' figure of it.
    published_counts : tuple of int or None
        Their species and reactions, where a circuit was published for its size.
    options : tuple of (str, value)
        Options of the circuit in place of the recorded setting's.
    epochs : int or None
        Passes over the samples; the recorded setting's if not given.
    autonomy : str
        Level at which the circuit is compiled.
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
    task: str
    circuit: str
    gradient: str
    measure: str
    published: float | None = None
    published_counts: tuple[int, int] | None = None
    options: tuple[tuple[str, Any], ...] = ()
    epochs: int | None = None
    autonomy: str = "staged"
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
