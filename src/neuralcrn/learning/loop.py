"""Training as a stream: the one loop over epochs, and what it tells whoever looks on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from neuralcrn.compiler import Program
from neuralcrn.errors import SimulationError
from neuralcrn.learning.retrying import begin_again, refuse_loss
from neuralcrn.learning.spec import TrainingSpec
from neuralcrn.learning.state import Metrics, TrainingState
from neuralcrn.learning.trainer import Trainer
from neuralcrn.tasks import Task


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Progress:
    """How far a training has come; state and metrics always belong together.

    Attributes
    ----------
    trainer : Trainer
        The circuit with its task: ``progress.trainer.predict(progress.state, features)`` asks the
        chemistry as it is now.
    state : TrainingState
        What is in the pot.
    epochs : int
        Passes over the training samples that are planned.
    metrics : tuple of Metrics
        One a complete epoch.

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
        """Samples learned so far, each counted once an epoch."""
        return self.state.epoch * self.samples + self.state.position

    @property
    def total(self) -> int:
        """Samples to be learned in all epochs."""
        return self.epochs * self.samples

    @property
    def fraction(self) -> float:
        """Part of the samples that are learned, from 0 to 1."""
        return self.done / self.total

    def __repr__(self) -> str:
        return f"<Progress: {self.done:,} of {self.total:,} samples in {self.epochs:,} epochs>"


class Callback(Protocol):
    """Whatever takes a `Progress`: a function that draws, writes or stops; see `progress_bar`.

    It is called in the thread that trains, before the first sample, after every few samples and after
    every epoch. What it raises ends the training.
    """

    def __call__(self, progress: Progress, /) -> None:
        """Look at how far the training has come."""
        ...


def begin_training(
    spec: TrainingSpec, task: Task, *, program: Program | None = None, threads: int = 2
) -> Progress:
    """Compile the circuit of a training and draw its parameters; nothing is learned yet.

    Parameters
    ----------
    spec : TrainingSpec
        What is to be done.
    task : Task
        ``spec.make_task()``, or the data of the user's file.
    program : Program, optional
        What is executed in place of the described program, such as one with wrong rate constants.
    threads : int
        Threads for predictions; the results do not depend on it.

    Raises
    ------
    DataError
        If circuit and task do not fit together.

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
    )
    initializers = spec.initializers_of(trainer.program.circuit)
    return Progress(trainer, trainer.fresh_state(initializers), spec.epochs)


def continue_training(start: Progress, *, retry: bool = True, optimise: bool = True) -> Iterator[Progress]:
    """Train from where `start` is to the last planned epoch.

    Parameters
    ----------
    start : Progress
        A fresh state, or one that was kept; both lead to the same bits.
    retry : bool
        Whether an epoch that diverges begins again at half the rate, up to `RETRIES` times, with a warning
        each time.
    optimise : bool
        Whether the executor may prepare for a long training, with machine code; the results are the same.

    Yields
    ------
    Progress
        First `start` itself, then one after every few samples and one after every epoch. Each is whole:
        whenever the training is stopped, it can go on from the last one.

    Raises
    ------
    DivergenceError
        If a solve fails or a parameter leaves its range.

    Notes
    -----
    In a pot, where a prediction costs a cycle, only the last epoch measures the task's test grid.
    """
    progress = start
    staged = not start.trainer.program.is_pot
    yield progress
    begin = time.perf_counter()
    while progress.state.epoch < progress.epochs:
        trainer = progress.trainer
        try:
            for state in trainer.advance(progress.state):
                progress = replace(progress, state=state)
                yield progress
            last = progress.state.epoch + 1 == progress.epochs
            state, measured = trainer.finish(progress.state, test=staged or last)
            if retry:
                refuse_loss(trainer, measured)
        except SimulationError as error:
            if not retry:
                raise
            trainer, state = begin_again(trainer, progress.state, error)
            progress = replace(progress, trainer=trainer, state=state)
            yield progress
            continue
        progress = replace(progress, state=state, metrics=(*progress.metrics, measured))
        yield progress
        # Only now: before the first epoch is shown, every core is wanted for it.
        if optimise:
            spent = (time.perf_counter() - begin) / (state.epoch - start.state.epoch)
            trainer.executable.optimise_for(spent * (progress.epochs - state.epoch))
    progress.trainer.executable.close()
