"""A training that can be advanced, changed and undone while it runs.

Everything is a deterministic function of the first scene and of the changes with the number of samples at
which they were made: neither the sizes of the blocks by which the training is advanced nor what is looked at
in between affect it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import msgspec
import numpy as np

from neuralcrn.app.live.chemistry import Chemistry, chemistry_of, keys_of
from neuralcrn.app.live.scene import Scene
from neuralcrn.compiler import Program
from neuralcrn.errors import SimulationError
from neuralcrn.learning import Progress
from neuralcrn.learning.retrying import check_loss
from neuralcrn.status import OnStatus, Status, ignore_status
from neuralcrn.tasks import Task

KEPT = 50
"""Largest number of changes that can be undone."""


@final
@dataclass(frozen=True, slots=True)
class Change:
    """A change of the scene.

    Attributes
    ----------
    samples : int
        Number of samples that were learned before.
    label : str
        What was changed, for people.
    scene : Scene
        The scene from then on.
    """

    samples: int
    label: str
    scene: Scene


@final
@dataclass(frozen=True, slots=True)
class Loss:
    """Losses after an epoch.

    Attributes
    ----------
    samples : int
        Number of samples learned so far.
    train, validation : float, concentration squared
        Half the squared error, see `neuralcrn.learning.Metrics`.
    accuracy : float or None
        Fraction of correctly classified validation samples.
    """

    samples: int
    train: float
    validation: float
    accuracy: float | None


@final
@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Everything about a training between two samples.

    Attributes
    ----------
    scene : Scene
        What is trained.
    chemistry : Chemistry
        Its samples and reactions.
    progress : Progress
        Contents of the pot.
    samples : int
        Number of samples learned so far.
    log : tuple of Change
        The first scene, and every change.
    losses : tuple of Loss
        One per epoch.
    stopped : str or None
        Why the training cannot continue.
    """

    scene: Scene
    chemistry: Chemistry
    progress: Progress
    samples: int
    log: tuple[Change, ...]
    losses: tuple[Loss, ...] = ()
    stopped: str | None = None


History = tuple[Sequence[tuple[str, Moment]], Sequence[tuple[str, Moment]]]
"""Moments before and after the present one."""


@final
class LiveTraining:
    """A training that can be changed while it runs.

    Use `begin` to create one.

    Attributes
    ----------
    moment : Moment
        The present; it is replaced and never changed, so it can be kept.

    Examples
    --------
    >>> from neuralcrn.app.live.scene import RegistryTask
    >>> scene = Scene(task=RegistryTask("linear-regression"), circuit="linear")
    >>> training = LiveTraining.begin(scene)
    >>> training.advance(41), training.epoch, len(training.losses)
    (41, 1, 1)
    >>> training.change(scene.patched({"options": {"learning_rate": 0.05}}), "learning rate 0.05")
    >>> training.program.circuit.learning_rate, training.undo_label
    (0.05, 'learning rate 0.05')
    >>> training.undo()
    >>> training.program.circuit.learning_rate
    0.1
    """

    def __init__(self, moment: Moment, *, threads: int = 1, history: History = ((), ())) -> None:
        self.moment = moment
        self._threads = threads
        self._done, self._undone = list(history[0]), list(reversed(history[1]))
        self._key: str | None = None

    @classmethod
    def begin(cls, scene: Scene, *, threads: int = 1, on_status: OnStatus = ignore_status) -> LiveTraining:
        """Compile the chemistry of a scene and draw its parameters, without training.

        Parameters
        ----------
        scene : Scene
            What is trained.
        threads : int
            Number of threads for predictions; the results do not depend on it.
        on_status : callable
            Called before each step; see `neuralcrn.app`.

        Raises
        ------
        NeuralCRNError
            If the scene is invalid; see `neuralcrn.app.live.chemistry.chemistry_of`.
        """
        return cls(_new(scene, threads, on_status), threads=threads)

    @property
    def scene(self) -> Scene:
        """The current scene."""
        return self.moment.scene

    @property
    def program(self) -> Program:
        """The current reactions."""
        return self.moment.chemistry.program

    @property
    def task(self) -> Task:
        """The current samples."""
        return self.moment.chemistry.task

    @property
    def progress(self) -> Progress:
        """Trainer and contents of the pot."""
        return self.moment.progress

    @property
    def samples(self) -> int:
        """Number of samples learned so far."""
        return self.moment.samples

    @property
    def epoch(self) -> int:
        """Number of completed passes over the samples."""
        return self.progress.state.epoch

    @property
    def losses(self) -> tuple[Loss, ...]:
        """Losses after each epoch."""
        return self.moment.losses

    @property
    def log(self) -> tuple[Change, ...]:
        """The first scene, and every change of it."""
        return self.moment.log

    @property
    def stopped(self) -> str | None:
        """Why the training cannot continue, as the command line says it; None if it can."""
        return self.moment.stopped

    @property
    def finished(self) -> bool:
        """Whether all planned epochs are completed."""
        return self.epoch >= self.progress.epochs

    @property
    def history(self) -> History:
        """The moments that can be undone, oldest first, and those that can be made again, in their order.

        Each of them has the label of its change.
        """
        return tuple(self._done), tuple(reversed(self._undone))

    @property
    def undo_label(self) -> str | None:
        """What `undo` takes back; None if there is nothing."""
        return self._done[-1][0] if self._done else None

    @property
    def redo_label(self) -> str | None:
        """What `redo` makes again; None if there is nothing."""
        return self._undone[-1][0] if self._undone else None

    def advance(self, samples: int = 1) -> int:
        """Train on the next samples, and return how many were learned.

        It is less than asked if all planned epochs are completed, or if the training stops, whose reason is
        then in `stopped`.
        """
        first = self.samples
        while self.samples < first + samples and not self.finished and self.stopped is None:
            self._learn(first + samples - self.samples)
        return self.samples - first

    def change(
        self, scene: Scene, label: str = "change", key: str | None = None, *, anew: bool = False
    ) -> None:
        """Continue with another scene, with the same pot.

        Species that both programs have keep their concentrations. New ones start as in a new pot, and new
        parameters are drawn from their distributions with the seed of the scene. With other samples, the
        current epoch begins again. Factors and removals of what the new program does not have any more are
        left out of the scene.

        Parameters
        ----------
        scene : Scene
            The scene from now on.
        label : str
            What is changed, for people.
        key : str, optional
            Consecutive changes with the same key, such as those of dragging a slider, are undone together. If
            no sample was learned in between, the later one replaces the earlier one.
        anew : bool
            Begin again with a new pot and new parameters, as for another circuit or other samples.

        Raises
        ------
        NeuralCRNError
            If the scene is invalid; then nothing is changed.
        """
        again = key is not None and self._key == key
        before = self._done[-1][1] if again else self.moment
        now = before if before.samples == self.moment.samples else self.moment
        scene = _pruned(scene, now.scene)
        moment = _new(scene, self._threads) if anew else _changed(now, scene, label, self._threads)
        if again:
            self._done.pop()
        self._remember(label, before, key)
        self.moment = moment

    def undo(self) -> None:
        """Return to the moment before the last change: its scene, and the contents of its pot."""
        if self._done:
            label, moment = self._done.pop()
            self._key = None
            self._undone.append((label, self.moment))
            self.moment = moment

    def redo(self) -> None:
        """Return to the moment in which `undo` was called."""
        if self._undone:
            label, moment = self._undone.pop()
            self._done.append((label, self.moment))
            self.moment = moment

    def rewind(self, seed: int | None = None) -> None:
        """Begin again with the current scene, without the changes before it.

        With the same seed everything is repeated bit for bit; another seed draws other data, parameters and
        orders of samples.
        """
        scene = self.scene if seed is None else msgspec.structs.replace(self.scene, seed=seed)
        moment = _new(scene, self._threads)
        self._remember("rewind" if seed is None else f"seed {seed}", self.moment)
        self.moment = moment

    def _remember(self, label: str, moment: Moment, key: str | None = None) -> None:
        self._undone.clear()
        self._key = key
        self._done.append((label, moment))
        del self._done[:-KEPT]

    def _learn(self, most: int) -> None:
        """Train on some samples of the current epoch, and evaluate it at its end."""
        now, progress = self.moment, self.progress
        start, stopped = progress.state.position, None
        wanted = min(most, progress.samples - start)
        try:
            for state in progress.trainer.advance(progress.state, at_once=wanted):
                progress = dataclasses.replace(progress, state=state)
                if state.position - start == wanted:
                    break
        except SimulationError as error:
            stopped = str(error)
        samples = now.samples + progress.state.position - start
        self.moment = dataclasses.replace(now, progress=progress, samples=samples, stopped=stopped)
        if stopped is None and progress.state.position == progress.samples:
            self._finish()

    def _finish(self) -> None:
        """Evaluate a completed epoch, as `neuralcrn.learning.continue_training` does."""
        now, progress = self.moment, self.progress
        last = progress.state.epoch + 1 == progress.epochs
        try:
            state, measured = progress.trainer.finish(progress.state, test=last or not self.program.is_pot)
            check_loss(progress.trainer, measured)
        except SimulationError as error:
            self.moment = dataclasses.replace(now, stopped=str(error))
            return
        progress = dataclasses.replace(progress, state=state, metrics=(*progress.metrics, measured))
        loss = Loss(now.samples, measured.train_loss, measured.validation_loss, measured.accuracy)
        self.moment = dataclasses.replace(now, progress=progress, losses=(*now.losses, loss))


def _new(scene: Scene, threads: int, on_status: OnStatus = ignore_status) -> Moment:
    """Return the moment before the first sample."""
    on_status(Status("Compiling the reactions"))
    chemistry = chemistry_of(scene)
    on_status(Status("Preparing the simulation"))
    return Moment(scene, chemistry, chemistry.begin(threads), 0, (Change(0, "begin", scene),))


def _changed(now: Moment, scene: Scene, label: str, threads: int) -> Moment:
    """Return the moment in which another scene continues with the same pot."""
    chemistry = chemistry_of(scene)
    return dataclasses.replace(
        now,
        scene=scene,
        chemistry=chemistry,
        progress=_carried(now, chemistry, threads),
        log=(*now.log, Change(now.samples, label, scene)),
        stopped=None,
    )


def _pruned(scene: Scene, before: Scene) -> Scene:
    """Return a scene without the factors and removals of the scene before that its program does not have."""
    if not scene.factors and not scene.removed:
        return scene
    program = chemistry_of(msgspec.structs.replace(scene, factors={}, removed=())).program
    species, keys = set(program.pot_species), keys_of(program)
    removed = tuple(name for name in scene.removed if name in species or name not in before.removed)
    if removed:
        without = chemistry_of(msgspec.structs.replace(scene, factors={}, removed=removed)).program
        keys |= keys_of(without)
    kept = {key: f for key, f in scene.factors.items() if key in keys or key not in before.factors}
    return msgspec.structs.replace(scene, factors=kept, removed=removed)


def _carried(now: Moment, chemistry: Chemistry, threads: int) -> Progress:
    """Return the progress of another chemistry with the contents of the present pot."""
    old, new = now.progress, chemistry.begin(threads)
    state, trainer = old.state, new.trainer
    pot = new.state.pot.copy()
    before = old.trainer.executable.positions
    for name, place in trainer.executable.positions.items():
        if name in before:
            pot[place] = state.pot[before[name]]
    pot[[trainer.executable.positions[name] for name in chemistry.removed]] = 0.0
    if _same_samples(now.chemistry.task, chemistry.task):
        carried = dataclasses.replace(state, pot=pot, begun=None)
    else:
        carried = trainer.empty_epoch(pot, state.epoch)
    return Progress(trainer, carried, new.epochs, old.metrics)


def _same_samples(one: Task, other: Task) -> bool:
    """Return whether the training samples of two tasks are equal."""
    pairs = ((one.train.features, other.train.features), (one.train.targets, other.train.targets))
    return one.ordered == other.ordered and all(np.array_equal(a, b) for a, b in pairs)
