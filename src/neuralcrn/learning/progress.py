"""Training as a stream: the one loop over epochs, and what it tells whoever looks on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from neuralcrn.errors import SimulationError
from neuralcrn.learning.retrying import Recompile, begin_again, refuse_loss
from neuralcrn.learning.state import Metrics, TrainingState
from neuralcrn.learning.trainer import Trainer


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
    >>> from neuralcrn.engines import lower
    >>> trainer = Trainer(lower(make_circuit("linear").compile()), make_task("linear-regression"), seed=0)
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


def continue_training(start: Progress, recompile: Recompile | None = None) -> Iterator[Progress]:
    """Train from where `start` is to the last planned epoch.

    Parameters
    ----------
    start : Progress
        A fresh state, or one that was kept; both lead to the same bits.
    recompile : callable, optional
        Compiles the circuit at another rate. With it an epoch that diverges is begun again at half the
        rate, up to `RETRIES` times, with a warning each time; without it the training ends there.

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
    staged = not start.trainer.lowered.program.gates
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
            if recompile is not None:
                refuse_loss(trainer, measured)
        except SimulationError as error:
            if recompile is None:
                raise
            trainer, state = begin_again(trainer, progress.state, error, recompile)
            progress = replace(progress, trainer=trainer, state=state)
            yield progress
            continue
        progress = replace(progress, state=state, metrics=(*progress.metrics, measured))
        yield progress
        # Only now: before the first epoch is shown, every core is wanted for it.
        spent = (time.perf_counter() - begin) / (state.epoch - start.state.epoch)
        trainer.specialise_if_worth(spent * (progress.epochs - state.epoch))
    progress.trainer.stop_specialising()
