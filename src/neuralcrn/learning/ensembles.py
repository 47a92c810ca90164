"""Many trainings at once, whose simulations are executed together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from neuralcrn.compiler import Program
from neuralcrn.display import Displayed, Document, Table
from neuralcrn.engines.work import Working, together
from neuralcrn.errors import SimulationError
from neuralcrn.learning.api import Trained
from neuralcrn.learning.loop import Progress, begin_training, trained
from neuralcrn.learning.spec import TrainingSpec
from neuralcrn.tasks import Task


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TrainedSeeds(Displayed):
    """Trainings that differ in their seeds.

    Attributes
    ----------
    trained : mapping of int to Trained
        Result of each seed; those of `train_task` with this seed.
    failures : mapping of int to SimulationError
        Error of each seed whose training diverges.
    """

    trained: Mapping[int, Trained]
    failures: Mapping[int, SimulationError]

    def __repr__(self) -> str:
        failed = f", {len(self.failures)} failed" if self.failures else ""
        return f"<TrainedSeeds: {len(self.trained)} trainings{failed}>"

    def document(self) -> Document:
        """Return the final measures of every seed."""
        ends = {seed: one.metrics[-1] for seed, one in self.trained.items()}
        rows = {
            seed: (f"{end.train_loss:.4g}", f"{end.validation_loss:.4g}", "") for seed, end in ends.items()
        }
        rows |= {seed: ("-", "-", str(error)) for seed, error in self.failures.items()}
        head = ("seed", "training loss", "validation loss", "failure")
        return Document.of(Table.of(head, sorted(rows.items()), lambda row: (str(row[0]), *row[1])))


class SeedCallback(Protocol):
    """A callable with a seed and the `Progress` of its training, see `Callback`."""

    def __call__(self, seed: int, progress: Progress, /) -> None:
        """Process the current progress of one training."""
        ...


def train_many(
    spec: TrainingSpec,
    *,
    seeds: Iterable[int],
    task: Task | None = None,
    program_of: Callable[[int], Program] | None = None,
    callback: SeedCallback | None = None,
    retry: bool = True,
    threads: int = 2,
) -> TrainedSeeds:
    """Train with several seeds at once.

    Programs that differ only in numbers, such as rate constants, are simulated together in the lanes of
    vector registers. The result of every seed is that of its own training, to the last bit, whatever the
    others are.

    Parameters
    ----------
    spec : TrainingSpec
        The training, except its seed.
    seeds : iterable of int
        Seeds of data, parameters, and the order of samples.
    task : Task, optional
        Your own data, the same for all seeds; by default the task of the registry, generated from each seed.
    program_of : callable, optional
        Function from a seed to the program that replaces the described one, for example with perturbed rate
        constants.
    callback : SeedCallback, optional
        Called with the progress of every training.
    retry : bool
        Whether an epoch that diverges is repeated with half the learning rate.
    threads : int
        Number of threads; the results do not depend on it.

    Returns
    -------
    TrainedSeeds
        The trainings by seed. One that diverges ends alone, and is in `failures`.

    Examples
    --------
    >>> from neuralcrn.learning import plan
    >>> many = train_many(plan("linear-regression", epochs=2), seeds=range(3))
    >>> many
    <TrainedSeeds: 3 trainings>
    >>> all(one.metrics[1].train_loss < one.metrics[0].train_loss for one in many.trained.values())
    True
    """
    chosen = list(dict.fromkeys(seeds))
    programs = _Programs(spec, program_of)

    def training(seed: int) -> Working[Trained | SimulationError]:
        own = replace(spec, seed=seed)
        data = own.make_task() if task is None else task
        start = begin_training(own, data, program=programs.of(seed, data), threads=1)
        try:
            last = yield from trained(
                start, retry=retry, on_progress=lambda progress: _tell(callback, seed, progress)
            )
        except SimulationError as error:
            return error
        return Trained(last.trainer, last.state, last.metrics)

    found = dict(together(map(training, chosen), threads=threads))
    results = {seed: found[place] for place, seed in enumerate(chosen)}
    return TrainedSeeds(
        {seed: one for seed, one in results.items() if isinstance(one, Trained)},
        {seed: one for seed, one in results.items() if not isinstance(one, Trained)},
    )


def _tell(callback: SeedCallback | None, seed: int, progress: Progress) -> None:
    if callback is not None:
        callback(seed, progress)


class _Programs:
    """The program of each seed, compiled once if the circuits are the same."""

    def __init__(self, spec: TrainingSpec, program_of: Callable[[int], Program] | None):
        self._spec, self._program_of = spec, program_of
        self._last: tuple[dict[str, Any], Program] | None = None

    def of(self, seed: int, task: Task) -> Program:
        if self._program_of is not None:
            return self._program_of(seed)
        fitting = self._spec.fitting(task)
        if self._last is None or self._last[0] != fitting:
            self._last = fitting, self._spec.make_program(task)
        return self._last[1]
