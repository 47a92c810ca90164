"""A training run with a folder: starting, interrupting, resuming, finishing."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from neuralcrn.chemistry import Network, format_network
from neuralcrn.errors import CancelledError, InvalidValueError, RunError, SimulationError
from neuralcrn.files import digest, read_json, write_bytes, write_json, write_text
from neuralcrn.formats import network_to_json
from neuralcrn.learning import (
    Callback,
    Metrics,
    Progress,
    Trainer,
    TrainingSpec,
    TrainingState,
    begin_training,
    continue_training,
)
from neuralcrn.learning.trainer import determination
from neuralcrn.runs.checkpoint import load_checkpoint, save_checkpoint
from neuralcrn.runs.listing import LAB_FILE, SUMMARY, now
from neuralcrn.runs.spec_file import (
    DATA_FILE,
    read_data,
    spec_digest,
    spec_from_json,
    spec_to_json,
    task_of,
)
from neuralcrn.tasks import Task

SPEC_FILE = "config.json"
_CHECKPOINT_SECONDS = 5.0
_SMALLEST = 1e-200
"""Concentrations below this are written as 0."""


@dataclass(slots=True)
class Session:
    """A run in progress.

    Attributes
    ----------
    folder : Path
        Folder of the run.
    spec : TrainingSpec
        Description of the training.
    task : Task
        The data.
    progress : Progress
        Progress with trainer, state and metrics. It is replaced atomically, so state and metrics are always
        consistent.
    skipped : list of str
        Damaged checkpoints that were skipped when resuming.
    notes : tuple of str
        Automatic decisions when the file of the user was first read.
    learned, seconds : int, float
        Samples learned in this process, and the time this took.
    """

    folder: Path
    spec: TrainingSpec
    task: Task
    progress: Progress
    skipped: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    learned: int = 0
    seconds: float = 0.0
    started: str = field(default_factory=now)

    @property
    def trainer(self) -> Trainer:
        """The trainer."""
        return self.progress.trainer

    @property
    def state(self) -> TrainingState:
        """The current state."""
        return self.progress.state

    @property
    def metrics(self) -> tuple[Metrics, ...]:
        """One per completed epoch."""
        return self.progress.metrics

    def run(self, callback: Callback) -> dict[str, Any]:
        """Train to the last epoch and write the results.

        A checkpoint is written every few seconds, at the end, and when the run is interrupted or diverges;
        then the exception is raised again.

        Parameters
        ----------
        callback : Callback
            Called with the progress of the run.

        Returns
        -------
        dict
            The summary that the command line prints as JSON. Its status is finished; in the list of runs it
            may also be interrupted, diverged, failed, or unfinished: still running, or killed.
        """
        begin = saved = time.perf_counter()
        first = self.progress.done
        write_json(self.folder / SUMMARY, self.summary("unfinished"))
        status = "failed"
        try:
            for reached in continue_training(self.progress):
                self.progress = reached
                callback(reached)
                if time.perf_counter() - saved > _CHECKPOINT_SECONDS:
                    self.save()
                    saved = time.perf_counter()
            status = "finished"
        except (KeyboardInterrupt, CancelledError):
            status = "interrupted"
            raise
        except SimulationError:
            status = "diverged"
            raise
        finally:
            self.save()
            self.learned = self.progress.done - first
            self.seconds = time.perf_counter() - begin
            write_json(self.folder / SUMMARY, self.summary(status))
        self.write_results()
        return self.summary(status)

    def fresh_state(self) -> TrainingState:
        """Return the state before training, as at the start of the run."""
        return self.trainer.fresh_state(self.spec.initializers_of(self.trainer.program.circuit))

    def create(self, data: bytes | None) -> None:
        """Write a new folder with the description, a first checkpoint and the file of the user, if any.

        Raises
        ------
        RunError
            If it cannot be written.
        """
        try:
            (self.folder / "checkpoints").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{self.folder}: cannot be written: {error.strerror}") from error
        if data is not None:
            write_bytes(self.folder / DATA_FILE, data)
        write_text(self.folder / "program.txt", str(self.trainer.program) + "\n")
        write_json(self.folder / SPEC_FILE, spec_to_json(self.spec))
        self.save()

    def save(self) -> None:
        """Write a checkpoint of the current state."""
        save_checkpoint(self.folder / "checkpoints", self.state, self.metrics, spec_digest(self.spec))

    def summary(self, status: str) -> dict[str, Any]:
        """Return the summary of the run."""
        program = self.trainer.program
        last = self.metrics[-1] if self.metrics else None
        return {
            "run": str(self.folder),
            "status": status,
            "task": self.spec.task,
            "circuit": self.spec.circuit,
            "rule": self.spec.rule,
            "level": self.spec.level,
            "clock": self.spec.clock or None,
            "executor": self.spec.executor,
            "seed": self.spec.seed,
            "method": self.spec.kinetics.method,
            "volume": self.spec.kinetics.volume or None,
            "readings": self.spec.readings,
            "epochs": len(self.metrics),
            "planned": self.progress.epochs,
            "train_loss": last and last.train_loss,
            "val_loss": last and last.validation_loss,
            "val_accuracy": last and last.accuracy,
            "test_accuracy": last and last.test_accuracy,
            "val_r2": self._determination(),
            "val_nrmse": last and last.nrmse,
            "val_capacity": last and last.capacity,
            "species": len(program.species),
            "reactions": program.reaction_count,
            "max_order": program.max_order,
            "cycles": self.progress.done,
            "period": last and last.period,
            "period_drift": last and last.period / self.metrics[0].period - 1.0,
            "learning_rate": program.circuit.learning_rate,
            "retries": len(self.state.retries),
            "samples_per_second": round(self.learned / self.seconds, 1) if self.seconds else None,
            "seconds": round(self.seconds, 3),
            "started": self.started,
        }

    def _determination(self) -> float | None:
        """Return R² for the validation rows after the last epoch of a regression."""
        if self.task.kind != "regression" or not self.metrics:
            return None
        return determination(self.metrics[-1].validation_loss, self.task.validation.targets)

    def write_results(self) -> None:
        """Write the trained networks and the metrics; identical for identical configurations."""
        (self.folder / "networks").mkdir(exist_ok=True)
        networks = self.trained_networks()
        for name, network in networks.items():
            write_text(self.folder / "networks" / f"{name}.crn", format_network(network) + "\n")
        circuit = self.trainer.program.circuit
        names = [str(parameter) for parameter in circuit.trained_parameters]
        write_json(
            self.folder / "network.json",
            {
                "phases": {
                    phase.name: {"duration": phase.duration, **network_to_json(networks[phase.name])}
                    for phase in self.trainer.program.phases
                },
                "parameters": dict(zip(names, self.trainer.parameters(self.state).tolist(), strict=True)),
                "columns": [column.to_json() for column in self.task.columns],
                "scaling": self.task.scaling and self.task.scaling.to_json(),
                "classes": list(self.task.classes),
            },
        )
        write_text(self.folder / "metrics.csv", _metrics_csv(self.metrics, names))
        if self.state.retries:
            write_json(self.folder / "retries.json", [asdict(retry) for retry in self.state.retries])
            write_text(self.folder / "program.txt", str(self.trainer.program) + "\n")

    def trained_networks(self) -> dict[str, Network]:
        """Return the network of every phase with the trained parameters as initial concentrations."""
        program = self.trainer.program
        # Annihilation leaves amounts that are too small for formats.
        amounts = np.where(self.state.pot < _SMALLEST, 0.0, self.state.pot)
        pot = dict(zip(program.pot_species, amounts.tolist(), strict=True))
        return {
            phase.name: phase.network.with_initial({name: pot[name] for name in phase.network.species})
            for phase in program.phases
        }


def start(
    spec: TrainingSpec,
    folder: Path,
    data: Path | None = None,
    *,
    threads: int = 2,
    check: Callable[[TrainingSpec, Task], None] | None = None,
) -> Session:
    """Start a run in a new folder.

    Parameters
    ----------
    spec : TrainingSpec
        Description of the training.
    folder : Path
        It must not exist.
    data : Path, optional
        The file of the user, which is copied to the run.
    threads : int
        Number of threads for predictions.
    check : callable, optional
        Called with description and task before anything is written; exceptions end the run.

    Raises
    ------
    RunError
        If the folder exists or cannot be written.
    NeuralCRNError
        If the task or the circuit is invalid; then nothing is written.
    """
    if folder.exists():
        raise RunError(f"{folder}: exists already: choose another --out, or go on with --resume {folder}")
    spec, task, notes = with_task(spec, data)
    if check is not None:
        check(spec, task)
    progress = begin_training(spec, task, threads=threads)
    if task.ordered and not progress.trainer.program.remembers:
        notes += (
            f"circuit {spec.circuit} has no memory: it learns from the present input of {task.name} alone",
        )
    session = Session(folder, spec, task, progress, notes=notes)
    session.create(None if data is None else data.read_bytes())
    return session


def with_task(spec: TrainingSpec, data: Path | None) -> tuple[TrainingSpec, Task, tuple[str, ...]]:
    """Return a description with the options detected in the file of the user, its task, and the automatic
    decisions when the file was read.
    """
    if data is None or spec.data is None:
        return spec, spec.make_task(), ()
    read = read_data(spec, spec.data, data)
    found = replace(spec.data, reading=read.reading, sha256=digest(data))
    return replace(spec, data=found), read.task, read.notes


def resume(folder: Path, *, epochs: int | None = None, threads: int = 2) -> Session:
    """Resume a run from its newest valid checkpoint.

    Parameters
    ----------
    folder : Path
        The run.
    epochs : int, optional
        New total number of epochs: a finished run is continued, with the same result as a run that was
        started with this number.
    threads : int
        Number of threads for predictions.

    Raises
    ------
    RunError
        If the folder is not a run, or no checkpoint is valid.
    InvalidValueError
        If the run has already completed this number of epochs.
    """
    if not folder.is_dir():
        raise RunError(f"{folder}: is no run folder: 'neuralcrn runs' lists them")
    if (folder / LAB_FILE).exists() and not (folder / SPEC_FILE).exists():
        raise RunError(f"{folder}: was changed in the lab, and can only be continued there: neuralcrn lab")
    spec = spec_from_json(read_json(folder / SPEC_FILE), folder / SPEC_FILE)
    task = task_of(spec, folder)
    progress = begin_training(spec, task, threads=threads)
    trainer = progress.trainer
    samples = len(task.train)
    shapes = {"pot": progress.state.pot.shape, "errors": (samples, task.outputs), "times": (samples,)}
    state, metrics, skipped = load_checkpoint(folder / "checkpoints", spec_digest(spec), shapes)
    if epochs is not None and epochs != spec.epochs:
        if epochs <= state.epoch:
            raise InvalidValueError(f"{folder}: has learned {state.epoch} epochs: give more than that in all")
        spec = spec.with_options(epochs=epochs)
        write_json(folder / SPEC_FILE, spec_to_json(spec))
    if trainer.program.is_pot:
        # The test grid of a pot is only evaluated after the last epoch, which may have changed.
        metrics = [row if row.epoch == spec.epochs else replace(row, test_accuracy=None) for row in metrics]
    if state.retries:
        trainer = trainer.with_program(
            trainer.program.recompiled(learning_rate=state.retries[-1].learning_rate)
        )
    return Session(folder, spec, task, Progress(trainer, state, spec.epochs, tuple(metrics)), skipped)


def _metrics_csv(metrics: Sequence[Metrics], names: Sequence[str]) -> str:
    """Return the metrics as a table with one row per epoch, numbers at full precision."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["epoch", "train_loss", "val_loss", "val_accuracy", "test_accuracy", "period", *names])
    for row in metrics:
        measured = (row.train_loss, row.validation_loss, row.accuracy, row.test_accuracy, row.period)
        numbers = (*measured, *row.parameters)
        writer.writerow([row.epoch, *("" if number is None else repr(number) for number in numbers)])
    return stream.getvalue()
