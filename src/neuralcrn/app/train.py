"""Training runs: starting, resuming, and training to the last epoch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from neuralcrn.errors import DataError, DivergenceError, InvalidValueError
from neuralcrn.status import OnStatus, Status, ignore_status

if TYPE_CHECKING:
    from neuralcrn.learning import TrainingSpec
    from neuralcrn.runs import Session
    from neuralcrn.tasks import Reading, Task

_CLOCK_CYCLES = 1_000
"""Maximum number of cycles for the trial of a clock before a run."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """Options of a training.

    Attributes
    ----------
    learner : str
        Name of a learner, which determines circuit and rule; empty for none.
    circuit, rule : str, optional
        Names of the circuit and of the learning rule; by default those of the task.
    circuit_options : mapping
        Further options of the circuit, such as ``rate``, ``hidden``, ``horizon`` and ``momentum``; None means
        the default.
    level, clock : str
        Level, and clock of an autonomous program; see `Circuit.compile`.
    method, volume : str, float
        Method of simulation, and molecules per unit concentration for a stochastic method.
    readings : int
        Number of readings for a prediction by a stochastic method.
    executor : str, optional
        Name of the executor that runs the program; None for the compiled one.
    seed : int
        Random seed.
    epochs : int, optional
        Passes over the training samples.
    target : str
        Target column of a file.
    reading : Reading, optional
        Options for reading a file.
    """

    learner: str = ""
    circuit: str | None = None
    rule: str | None = None
    circuit_options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    level: str = "staged"
    clock: str = ""
    method: str = "ode"
    volume: float = 0.0
    readings: int = 1
    executor: str | None = None
    seed: int = 0
    epochs: int | None = None
    target: str = ""
    reading: Reading | None = None


@final
@dataclass(frozen=True, slots=True)
class TrainedRun:
    """Result of a completed run.

    Attributes
    ----------
    summary : mapping
        Counts, losses, accuracies and times of the run.
    baselines : mapping from str to float
        Scores of baseline models on the same validation rows.
    rows : int
        Number of validation rows.
    """

    summary: Mapping[str, Any]
    baselines: Mapping[str, float | None]
    rows: int

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {**self.summary, "baselines": dict(self.baselines)}

    def __str__(self) -> str:
        summary = self.summary
        scores = (
            ("accuracy", summary["val_accuracy"]),
            ("NRMSE", summary["val_nrmse"]),
            ("R²", summary["val_r2"]),
        )
        name, value = next((pair for pair in scores if pair[1] is not None), scores[-1])
        others = ", ".join(f"{model} {_shown(name, known)}" for model, known in self.baselines.items())
        lines = [f"validation {name} {_shown(name, value)} ({self.rows:,} rows); baselines: {others}"]
        if summary["test_accuracy"] is not None:
            lines.append(f"test accuracy {_shown('accuracy', summary['test_accuracy'])} (grid)")
        lines.append(
            f"train loss {summary['train_loss']:.4f}, validation loss {summary['val_loss']:.4f} (scaled) "
            f"after {summary['epochs']} epochs in {summary['seconds']:.1f} s "
            f"({summary['samples_per_second']:.0f} samples per second)"
        )
        return "\n".join([*lines, summary["run"]])


def begin_run(task: str, folder: Path | None = None, options: TrainingOptions | None = None) -> Session:
    """Create a training run in a new folder, without training.

    Parameters
    ----------
    task : str
        A task of the registry, or the path of a CSV file with a header.
    folder : Path, optional
        It must not exist; by default a new folder under ``runs``.
    options : TrainingOptions, optional
        Options of the training.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError, DataError, CompileError
        If options are incompatible, or the file cannot be used.
    RunError
        If the folder exists or cannot be written.
    """
    from neuralcrn.runs import start

    chosen = options or TrainingOptions()
    data = Path(task) if task.endswith(".csv") or Path(task).is_file() else None
    spec = training_spec(task, data, chosen)
    return start(
        spec, folder or free_folder(f"{spec.task}-{spec.circuit}-{spec.seed}"), data, check=_check_clock
    )


def resume_run(folder: Path, *, epochs: int | None = None) -> Session:
    """Resume a run from its newest valid checkpoint.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    epochs : int, optional
        New total number of epochs.

    Raises
    ------
    RunError
        If the folder is not a run, or no checkpoint is valid.
    InvalidValueError
        If the run has already completed this number of epochs.
    """
    from neuralcrn.runs import resume

    return resume(folder, epochs=epochs)


def train(run: Session, *, image: str | None = "png", on_status: OnStatus = ignore_status) -> TrainedRun:
    """Train a run to its last epoch by simulating its reactions, and write its results.

    Parameters
    ----------
    run : Session
        Result of `begin_run` or `resume_run`.
    image : str, optional
        Format of the figures, ``png``, ``svg`` or ``pdf``; None for no figures.
    on_status : callable
        Called with completed epochs and their losses; see `neuralcrn.app`. Exceptions end the training after
        a checkpoint is written, from which `resume_run` continues.

    Raises
    ------
    DivergenceError
        If it diverges at every tried learning rate; the last valid state is kept.
    RunError
        If the folder is not writable.
    """
    from neuralcrn.studies.baselines import baselines

    try:
        summary = run.run(lambda progress: on_status(progress.status))
    except DivergenceError as error:
        raise DivergenceError(f"{error}. The last good state is kept in {run.folder}") from error
    if image is not None:
        from neuralcrn.app.run_figures import draw_run

        on_status(Status("Drawing the figures"))
        draw_run(run, image)
    return TrainedRun(summary, baselines(run.task), len(run.task.validation))


def training_spec(task: str, data: Path | None, options: TrainingOptions) -> TrainingSpec:
    """Return the description of a training of a task, or of a file."""
    from neuralcrn.compiler.pot.assembly import suitable_clock
    from neuralcrn.engines import DEFAULT_EXECUTOR, Kinetics
    from neuralcrn.learning import DataFile
    from neuralcrn.tasks import TASKS, Reading, read_csv

    if data is None:
        TASKS.find(task)
    elif not options.target:
        raise InvalidValueError(f"{task}: name the column to predict as its target")
    if options.clock and options.level != "autonomous":
        raise InvalidValueError(f"clock {options.clock} belongs to the level autonomous")
    reading = options.reading or Reading()
    planned = read_csv(data, options.target, reading, rng=options.seed).task if data else task
    chosen = _plan_of_learner if options.learner else _plan_of_circuit
    spec = replace(
        chosen(planned, options),
        task=data.stem if data else task,
        data=DataFile(options.target, reading) if data else None,
        seed=options.seed,
        executor=options.executor or DEFAULT_EXECUTOR,
        kinetics=Kinetics(options.method, options.volume),
        readings=options.readings,
    )
    if spec.level != "autonomous" or spec.clock:
        return spec
    data_of_task = spec.make_task() if isinstance(planned, str) else planned
    return replace(spec, clock=suitable_clock(spec.make_circuit(data_of_task)))


def _plan_of_circuit(task: str | Task, options: TrainingOptions) -> TrainingSpec:
    """Return the training of a circuit by name, or of that of the task."""
    from neuralcrn.compiler.pot.clocks import CLOCKS
    from neuralcrn.learning import plan

    spec = plan(task, options.circuit, rule=options.rule, epochs=options.epochs, **options.circuit_options)
    clock = CLOCKS.find(options.clock).name if options.clock else ""
    return replace(spec, level=options.level, clock=clock)


def _plan_of_learner(task: str | Task, options: TrainingOptions) -> TrainingSpec:
    """Return the training that a learner plans for a task."""
    from neuralcrn.learners import LEARNERS

    learner = LEARNERS.find(options.learner)
    if learner.in_silico:
        raise InvalidValueError(f"learner {learner.name} is trained in silico: use train_in_silico")
    named = {"circuit": options.circuit, "rule": options.rule, "clock": options.clock or None}
    for name, value in {**named, "level": None if options.level == "staged" else options.level}.items():
        if value is not None:
            raise InvalidValueError(
                f"--{name} {value}: learner {learner.name} determines it: omit one of both"
            )
    try:
        planned = learner.plan(task)
    except DataError as error:
        name = task if isinstance(task, str) else task.name
        raise DataError(f"{name}: learner {learner.name} cannot learn it: {error}") from error
    return planned.with_options(epochs=options.epochs, **options.circuit_options)


def _check_clock(spec: TrainingSpec, task: Task) -> None:
    """Simulate the clock of an autonomous run for the planned cycles, up to a limit."""
    if spec.level != "autonomous":
        return
    from neuralcrn.compiler.pot.clocks import CLOCKS
    from neuralcrn.studies.clock import check_clock, tolerated_overlap

    overlap = tolerated_overlap(spec.make_circuit(task))
    planned = spec.epochs * len(task.train)
    check_clock(CLOCKS.find(spec.clock), overlap, cycles=max(2, min(planned, _CLOCK_CYCLES)))


def free_folder(what: str) -> Path:
    """Return a new folder name under runs/."""
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", what)[:80]
    base = f"{stem}-{datetime.now().strftime('%Y%m%d-%H%M%S')}"
    candidates = [Path("runs") / base, *(Path("runs") / f"{base}-{i}" for i in range(2, 1000))]
    return next(path for path in candidates if not path.exists())


def _shown(name: str, value: float | None) -> str:
    if value is None:
        return "undefined (all targets equal)"
    return f"{value:.1%}" if name == "accuracy" else f"{value:.4f}"
