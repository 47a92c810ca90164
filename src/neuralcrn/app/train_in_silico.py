"""Training of a learner by conventional computation, with a folder of results."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from neuralcrn.app.train import TrainingOptions, free_folder
from neuralcrn.errors import DataError, InvalidValueError, RunError
from neuralcrn.status import OnStatus, Status, ignore_status

if TYPE_CHECKING:
    from neuralcrn.learners import InSilicoLearner, InSilicoModel
    from neuralcrn.learning import DataFile, TrainingSpec
    from neuralcrn.runs import Predictor
    from neuralcrn.tasks import Samples, Task

NETWORK, MODEL, TASK = "network.crn", "model.json", "task.json"
"""Files of the folder: reactions, parameters with the species of inputs and outputs, and what was learned."""


@final
@dataclass(frozen=True, slots=True)
class TrainedInSilico:
    """A network that was trained by conventional computation, and its scores by simulated reactions.

    Attributes
    ----------
    folder : Path
        It contains ``network.crn``, ``model.json``, ``task.json``, ``summary.json`` and a copy of the user's
        file.
    result : mapping
        Task, learner, size and accuracies.
    baselines : mapping from str to float
        Scores of baseline models on the same validation rows.
    """

    folder: Path
    result: Mapping[str, Any]
    baselines: Mapping[str, float | None]

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {"run": str(self.folder), **self.result, "baselines": dict(self.baselines)}

    def __str__(self) -> str:
        result = self.result
        others = ", ".join(
            f"{name} {value:.1%}" for name, value in self.baselines.items() if value is not None
        )
        test = result["test_accuracy"]
        grid = [] if test is None else [f"test accuracy {test:.1%} (grid)"]
        size = f"{result['species']:,} species, {result['reactions']:,} reactions, "
        size += f"order {result['max_order']}"
        return "\n".join(
            (
                f"{result['task']}: trained in silico by {result['learner']}: {size}",
                f"validation accuracy {result['val_accuracy']:.1%} ({result['val_rows']:,} rows); "
                f"baselines: {others}",
                *grid,
                f"training accuracy {result['train_accuracy']:.1%} ({result['train_rows']:,} rows)",
                "all predictions are final amounts of simulated reactions",
                str(self.folder),
            )
        )


def train_in_silico(
    task: str,
    folder: Path | None = None,
    options: TrainingOptions | None = None,
    *,
    on_status: OnStatus = ignore_status,
) -> TrainedInSilico:
    """Train a learner by conventional computation, predict by simulated reactions, and write the results.

    Parameters
    ----------
    task : str
        A task of the registry, or the path of a CSV file with a header.
    folder : Path, optional
        It must not exist; by default a new folder under ``runs``.
    options : TrainingOptions
        Learner, seed and options of a file; the others do not apply.
    on_status : callable
        Called after every epoch; see `neuralcrn.app`.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError
        If the learner is not trained in silico, or options do not apply.
    DataError
        If it cannot learn the task, or the file cannot be used.
    RunError
        If the folder exists or cannot be written.
    """
    from neuralcrn.runs.listing import now
    from neuralcrn.studies.baselines import baselines

    chosen = options or TrainingOptions()
    learner = _learner(chosen.learner)
    _check_options(chosen)
    data, file = _task(task, chosen)
    try:
        learner.check(data)
    except DataError as error:
        raise DataError(f"{data.name}: learner {learner.name} cannot learn it: {error}") from error
    place = folder or free_folder(f"{data.name}-{learner.name}-{chosen.seed}")
    if place.exists():
        raise RunError(f"{place}: exists already: choose another --out")
    begin, started = time.perf_counter(), now()
    model = learner.fit(data, seed=chosen.seed, on_status=on_status)
    on_status(Status("Simulating the predictions"))
    result = {
        "trained": "in silico",
        "status": "finished",
        "task": data.name,
        "learner": learner.name,
        "seed": chosen.seed,
        "epochs": None,
        "planned": None,
        "val_loss": None,
        **_measured(data, model),
        "seconds": round(time.perf_counter() - begin, 3),
        "started": started,
    }
    spec = replace(learner.plan(data), data=file, seed=chosen.seed)
    _write(place, data, model, result, spec, Path(task) if file else None)
    return TrainedInSilico(place, result, baselines(data))


def predictor_in_silico(folder: Path) -> Predictor:
    """Return the network of a folder that `train_in_silico` has written.

    Raises
    ------
    RunError
        If a file of the folder is missing or was changed.
    """
    from neuralcrn.files import read_json
    from neuralcrn.runs import Predictor
    from neuralcrn.runs.folders import check_folder
    from neuralcrn.runs.listing import SUMMARY
    from neuralcrn.runs.spec_file import spec_from_json, task_of

    check_folder(folder)
    if not (folder / TASK).is_file():
        raise RunError(f"{folder}: was written by an earlier version, without {TASK}: train it again")
    spec = spec_from_json(read_json(folder / TASK), folder / TASK)
    model = _learner(read_json(folder / SUMMARY)["learner"]).read(read_json(folder / MODEL))
    task = task_of(spec, folder)
    return Predictor(
        task,
        spec.data,
        task.non_negative_inputs,
        model.outputs,
        lambda outputs: outputs.argmax(axis=1),
        task.classes,
    )


def _learner(name: str) -> InSilicoLearner:
    from neuralcrn.learners import LEARNERS, InSilicoLearner

    learner = LEARNERS.find(name)
    if not isinstance(learner, InSilicoLearner):
        raise InvalidValueError(f"learner {learner.name} learns in chemistry: use begin_run")
    return learner


def _check_options(options: TrainingOptions) -> None:
    """Reject options of a training by reactions."""
    given = {
        "circuit": options.circuit,
        "rule": options.rule,
        "epochs": options.epochs,
        "executor": options.executor,
        "level": None if options.level == "staged" else options.level,
        "clock": options.clock or None,
        "method": None if options.method == "ode" else options.method,
        **options.circuit_options,
    }
    if named := [name for name, value in given.items() if value is not None]:
        raise InvalidValueError(
            f"learner {options.learner} is trained in silico: omit {', '.join(named)}, for circuits only"
        )


def _task(task: str, options: TrainingOptions) -> tuple[Task, DataFile | None]:
    """Return a task of the registry, or that of a file and how it was read."""
    from neuralcrn.files import digest
    from neuralcrn.learning import DataFile
    from neuralcrn.tasks import Reading, make_task, read_csv

    path = Path(task)
    if not (task.endswith(".csv") or path.is_file()):
        return make_task(task, options.seed), None
    if not options.target:
        raise InvalidValueError(f"{task}: name the column to predict as its target")
    reading = options.reading or Reading()
    read = read_csv(path, options.target, reading, rng=options.seed, non_negative=True)
    return replace(read.task, name=path.stem), DataFile(options.target, read.reading, digest(path))


def _measured(task: Task, model: InSilicoModel) -> dict[str, Any]:
    """Return size and accuracies."""

    def accuracy(samples: Samples) -> float:
        return float((model.classify(samples.features) == task.labels(samples.targets)).mean())

    network = model.network
    return {
        "species": len(network.species),
        "reactions": len(network.reactions),
        "max_order": network.max_order,
        "train_accuracy": accuracy(task.train),
        "train_rows": len(task.train),
        "val_accuracy": accuracy(task.validation),
        "val_rows": len(task.validation),
        "test_accuracy": None if task.test is None else accuracy(task.test),
    }


def _write(
    folder: Path,
    task: Task,
    model: InSilicoModel,
    result: Mapping[str, Any],
    spec: TrainingSpec,
    file: Path | None,
) -> None:
    """Write the network, the parameters, the scores and the user's file to a new folder."""
    from neuralcrn.files import write_bytes, write_json, write_text
    from neuralcrn.formats.crn import write_crn
    from neuralcrn.runs.folders import new_folder
    from neuralcrn.runs.listing import SUMMARY
    from neuralcrn.runs.spec_file import DATA_FILE, spec_to_json

    scaling = task.scaling and task.scaling.to_json()
    with new_folder(folder) as fresh:
        write_text(fresh / NETWORK, write_crn(model.network))
        write_json(fresh / MODEL, {**model.to_json(), "classes": list(task.classes), "scaling": scaling})
        write_json(fresh / TASK, spec_to_json(spec))
        write_json(fresh / SUMMARY, dict(result))
        if file is not None:
            write_bytes(fresh / DATA_FILE, file.read_bytes())
