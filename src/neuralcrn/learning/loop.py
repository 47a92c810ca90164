"""Training loop over epochs, as an iterator over its progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from neuralcrn.compiler import Program
from neuralcrn.engines.work import Working, executed
from neuralcrn.errors import SimulationError
from neuralcrn.learning.retrying import begin_again, check_loss
from neuralcrn.learning.spec import TrainingSpec
from neuralcrn.learning.state import Metrics, TrainingState
from neuralcrn.learning.trainer import Trainer
from neuralcrn.status import Status
from neuralcrn.tasks import Task


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Progress:
    """Progress of a training; state and metrics are always consistent.

    Attributes
    ----------
    trainer : Trainer
        The circuit and its task: ``progress.trainer.predict(progress.state, features)`` predicts with the
        current state.
    state : TrainingState
        Contents of the pot.
    epochs : int
        Planned number of passes over the training samples.
    metrics : tuple of Metrics
        One per completed epoch.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> from neuralcrn.tasks import make_task
    >>> trainer = Trainer(make_circuit("linear").compile(), make_task("linear-regression"), seed=0)
    >>> progress = Progress(trainer, trainer.fresh_state({}), epochs=2)
    >>> progress.done, progress.total, progress.fraction
    (0, 82, 0.0)
    """

    trainer: Trainer
    state: TrainingState
    epochs: int
    metrics: tuple[Metrics, ...] = ()

    @property
    def samples(self) -> int:
        """Training samples in one epoch."""
        return len(self.trainer.task.train)

    @property
    def done(self) -> int:
        """Number of samples learned so far, counted in every epoch."""
        return self.state.epoch * self.samples + self.state.position

    @property
    def total(self) -> int:
        """Number of samples in all epochs."""
        return self.epochs * self.samples

    @property
    def fraction(self) -> float:
        """Fraction of the samples that have been learned, from 0 to 1."""
        return self.done / self.total

    @property
    def status(self) -> Status:
        """Completed epochs, with the latest losses and accuracies; see `progress_bar`."""
        complete, within = len(self.metrics), self.state.position / self.samples
        return Status("epoch", complete, self.epochs, self._latest, within)

    @property
    def _latest(self) -> str:
        """What was measured last, in one line."""
        measured, period = "first epoch", ""
        if self.metrics:
            last = self.metrics[-1]
            measured = f"train loss {last.train_loss:.4f}  val loss {last.validation_loss:.4f}"
            if last.nrmse is not None:
                measured += f"  val NRMSE {last.nrmse:.4f}"
            for part, accuracy in (("val", last.accuracy), ("test", last.test_accuracy)):
                if accuracy is not None:
                    measured += f"  {part} accuracy {accuracy:.1%}"
            period = f"  period {last.period:.4g}"
        if self.trainer.program.is_pot:
            return f"cycle {self.done}  {measured}{period}"
        return measured

    def __repr__(self) -> str:
        return f"<Progress: {self.done:,} of {self.total:,} samples in {self.epochs:,} epochs>"


class Callback(Protocol):
    """A callable with a `Progress` argument; see `progress_bar`.

    It is called in the training thread before the first sample, after every few samples and after every
    epoch. Exceptions end the training.
    """

    def __call__(self, progress: Progress, /) -> None:
        """Process the current progress."""
        ...


def begin_training(
    spec: TrainingSpec, task: Task, *, program: Program | None = None, threads: int = 2
) -> Progress:
    """Compile the circuit of a training and draw its parameters, without training.

    Parameters
    ----------
    spec : TrainingSpec
        Description of the training.
    task : Task
        ``spec.make_task()``, or the data of the user's file.
    program : Program, optional
        Program that replaces the described one, for example with perturbed rate constants.
    threads : int
        Number of threads for predictions; the results do not depend on it.

    Raises
    ------
    DataError
        If the dimensions of circuit and task differ.

    Examples
    --------
    >>> from neuralcrn.learning import plan
    >>> spec = plan("linear-regression", epochs=2)
    >>> *_, last = continue_training(begin_training(spec, spec.make_task()))
    >>> last.metrics[1].train_loss < last.metrics[0].train_loss
    True
    """
    trainer = Trainer(
        spec.make_program(task) if program is None else program,
        task,
        seed=spec.seed,
        tolerances=spec.accuracy,
        kinetics=spec.kinetics,
        threads=threads,
        executor=spec.executor,
        readings=spec.readings,
    )
    initializers = spec.initializers_of(trainer.program.circuit)
    return Progress(trainer, trainer.fresh_state(initializers), spec.epochs)


def continue_training(start: Progress, *, retry: bool = True, optimise: bool = True) -> Iterator[Progress]:
    """Train from the state in `start` to the last planned epoch.

    Parameters
    ----------
    start : Progress
        Initial state, or a saved one; the results are identical.
    retry : bool
        Whether an epoch that diverges is repeated with half the learning rate, up to `RETRIES` times, with a
        warning each time.
    optimise : bool
        Whether the executor may generate machine code for a long training; the results are identical.

    Yields
    ------
    Progress
        First `start`, then one after every few samples and one after every epoch. The training can be resumed
        from each of them.

    Raises
    ------
    DivergenceError
        If an integration fails or a parameter leaves its range.

    Notes
    -----
    The test grid of a pot, where a prediction costs a cycle, is only evaluated after the last epoch.
    """
    progress, begin = start, time.perf_counter()
    yield progress
    while progress.state.epoch < progress.epochs:
        before, progress = progress, executed(next_progress(progress, retry=retry))
        yield progress
        # Not earlier, because all cores are needed until the first epoch is shown.
        if optimise and len(progress.metrics) > len(before.metrics):
            spent = (time.perf_counter() - begin) / (progress.state.epoch - start.state.epoch)
            left = progress.epochs - progress.state.epoch
            progress.trainer.executable.optimise_for(spent * left)
    progress.trainer.executable.close()


def next_progress(progress: Progress, *, retry: bool = True) -> Working[Progress]:
    """Learn a few samples or, after the last one, evaluate the epoch; see `continue_training`."""
    trainer, state = progress.trainer, progress.state
    try:
        if state.position < progress.samples:
            return replace(progress, state=(yield from trainer.learning(state)))
        last = state.epoch + 1 == progress.epochs
        test = last or not trainer.program.is_pot
        state, measured = yield from trainer.finishing(state, test=test)
        if retry:
            check_loss(trainer, measured)
    except SimulationError as error:
        if not retry:
            raise
        trainer, state = begin_again(trainer, progress.state, error)
        return replace(progress, trainer=trainer, state=state)
    return replace(progress, state=state, metrics=(*progress.metrics, measured))


def trained(
    start: Progress, *, retry: bool = True, on_progress: Callable[[Progress], None] = lambda _: None
) -> Working[Progress]:
    """Train to the last planned epoch, and return the last progress; see `continue_training`.

    `on_progress` is called with everything that `continue_training` yields.
    """
    progress = start
    on_progress(progress)
    while progress.state.epoch < progress.epochs:
        progress = yield from next_progress(progress, retry=retry)
        on_progress(progress)
    return progress
