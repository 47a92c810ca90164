"""Experiments of the report: a training, its measure, and the result to compare with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, final

from neuralcrn.learning import TrainingSpec, plan

LOSS, GRID, HELD, NRMSE, CAPACITY = "validation_loss", "test_accuracy", "accuracy", "nrmse", "capacity"
MEASURES = {
    LOSS: "validation loss",
    GRID: "accuracy on the test grid",
    HELD: "validation accuracy",
    NRMSE: "validation error divided by the deviation of the targets",
    CAPACITY: "memory capacity",
}
"""Measures by the name of the metric."""

PUBLICATION, VARIATIONS, LAYERED, ONE_POT, CIRCUITS, OPTIMISERS, LEARNERS = (
    "publication",
    "variations",
    "layered",
    "one-pot",
    "circuits",
    "optimisers",
    "learners",
)
GROUPS = (PUBLICATION, VARIATIONS, LAYERED, ONE_POT, CIRCUITS, OPTIMISERS, LEARNERS)
"""Groups of experiments: the publication's own, its tasks with one change, ours, and those of other published
learners.
"""


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
    solved : float or None
        Value of the measure with which a start counts as solved, if starts are counted.
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
    solved: float | None = None
    beside: str = ""
    share: int = 1
    note: str = ""

    @property
    def smaller_is_better(self) -> bool:
        """Whether the measure is an error."""
        return self.measure in (LOSS, NRMSE)

    @property
    def structure(self) -> tuple[str, ...]:
        """The description of its circuit without learning rate and values of other real numbers: circuits
        with different structures cannot be simulated together.

        Examples
        --------
        >>> from neuralcrn.studies.reproduction.trainings import find_experiment
        >>> find_experiment("rings-momentum-slow").structure
        ('cubic-quadratic', 'linear-reversal', 'staged', 'augmentation', 'momentum')
        """
        spec = self.spec
        options = {name: value for name, value in spec.circuit_options.items() if name != "learning_rate"}
        words = (name if isinstance(value, float) else f"{name}={value}" for name, value in options.items())
        return (spec.circuit, spec.rule, spec.level, *sorted(words))

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


def make_experiment(
    group: str,
    name: str,
    title: str,
    what: tuple[str, str, str, str],
    *,
    level: str = "staged",
    epochs: int | None = None,
    options: tuple[tuple[str, Any], ...] = (),
    task_options: tuple[tuple[str, Any], ...] = (),
    **rest: Any,
) -> Experiment:
    """Return an experiment of a task, a circuit, a learning rule and a measure, with the recorded training.

    Examples
    --------
    >>> make_experiment(CIRCUITS, "mine", "mine", ("xor", "cubic", "exact", GRID)).spec.epochs
    80
    """
    task, circuit, rule, measure = what
    spec = replace(plan(task, circuit, rule=rule, epochs=epochs, **dict(options)), level=level)
    spec = replace(spec, task_options={**spec.task_options, **dict(task_options)})
    return Experiment(name=name, title=title, group=group, spec=spec, measure=measure, **rest)
