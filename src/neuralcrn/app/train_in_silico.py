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
    from neuralcrn.learners import InSilicoModel
    from neuralcrn.tasks import Samples, Task

NETWORK, MODEL = "network.crn", "model.json"
"""Files of the folder: reactions, and parameters with the species of inputs and outputs."""


@final
@dataclass(frozen=True, slots=True)
class TrainedInSilico:
    """A network that was trained by conventional computation, and its scores by simulated reactions.

    Attributes
    ----------
    folder : Path
        It contains ``network.crn``, ``model.json`` and ``summary.json``.
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
    from neuralcrn.learners import LEARNERS, InSilicoLearner
    from neuralcrn.runs.listing import now
    from neuralcrn.studies.baselines import baselines

    chosen = options or TrainingOptions()
    learner = LEARNERS.find(chosen.learner)
    if not isinstance(learner, InSilicoLearner):
        raise InvalidValueError(f"learner {learner.name} learns in chemistry: use begin_run")
    _check_options(chosen)
    data = _task(task, chosen)
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
    _write(place, data, model, result)
    return TrainedInSilico(place, result, baselines(data))


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


def _task(task: str, options: TrainingOptions) -> Task:
    """Return a task of the registry, or that of a file."""
    from neuralcrn.tasks import Reading, make_task, read_csv

    path = Path(task)
    if not (task.endswith(".csv") or path.is_file()):
        return make_task(task, options.seed)
    if not options.target:
        raise InvalidValueError(f"{task}: name the column to predict as its target")
    reading = options.reading or Reading()
    read = read_csv(path, options.target, reading, rng=options.seed, non_negative=True)
    return replace(read.task, name=path.stem)


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


def _write(folder: Path, task: Task, model: InSilicoModel, result: Mapping[str, Any]) -> None:
    """Write the network, the parameters and the scores to a new folder."""
    from neuralcrn.files import write_json, write_text
    from neuralcrn.formats.crn import write_crn
    from neuralcrn.runs.folders import new_folder
    from neuralcrn.runs.listing import SUMMARY

    scaling = task.scaling and task.scaling.to_json()
    with new_folder(folder) as fresh:
        write_text(fresh / NETWORK, write_crn(model.network))
        write_json(fresh / MODEL, {**model.to_json(), "classes": list(task.classes), "scaling": scaling})
        write_json(fresh / SUMMARY, dict(result))
