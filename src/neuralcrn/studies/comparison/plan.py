"""Plan of a comparison: the learners that can learn a task, the reasons of the others, and all trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

from neuralcrn.errors import DataError, InvalidValueError
from neuralcrn.files import digest, write_bytes
from neuralcrn.learners import LEARNERS, Learner
from neuralcrn.learning import DataFile, TrainingSpec
from neuralcrn.runs.spec_file import DATA_FILE
from neuralcrn.studies.robustness import Case
from neuralcrn.tasks import Reading, Task, make_task, read_csv

MAX_SEEDS = 1_000
ERRORS = ("common", "mismatch", "rates")
"""Disturbances of rate constants: those that rails share, those by which they differ, and both."""
MOLECULES = "ssa"


@final
@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes
    ----------
    seeds : int
        Number of trainings of each learner.
    samples : int or None
        Largest number of samples of a training; None for the planned number of epochs.
    disturbed_seeds : int
        Largest number of trainings of each learner with each disturbance, because these are most of the work.
    disturbed_samples : int
        Largest number of samples of a training with wrong rate constants.
    errors : tuple of float
        Deviations of the logarithm of rate constants, increasing.
    counted_samples : int
        Largest number of samples of a training with a finite number of molecules.
    molecules : tuple of float
        Molecules per unit of concentration, decreasing.
    fuels : bool
        Whether the fuel of a training step by strand displacement is measured.
    """

    seeds: int
    samples: int | None
    disturbed_seeds: int
    disturbed_samples: int
    errors: tuple[float, ...]
    counted_samples: int
    molecules: tuple[float, ...]
    fuels: bool


FULL = Extent(5, None, 3, 4_000, (0.03, 0.1, 0.3, 0.5, 1.0), 1_000, (1_000.0, 300.0, 100.0), True)
QUICK = Extent(1, 3_000, 1, 1_500, (0.1, 0.5), 0, (), False)


@final
@dataclass(frozen=True, slots=True)
class ComparisonPlan:
    """A task, and the learners to compare on it.

    Attributes
    ----------
    task : str
        Name of the task, or of the file.
    kind : str
        ``regression`` or ``classification``.
    trained : mapping of str to TrainingSpec
        The training of each learner that can learn the task, except its seed.
    refused : mapping of str to str
        The reasons of all others.
    extent : Extent
        What is measured.
    command : str
        The command that repeats the comparison.
    """

    task: str
    kind: str
    trained: Mapping[str, TrainingSpec]
    refused: Mapping[str, str]
    extent: Extent
    command: str

    @property
    def measure(self) -> str:
        """Type of score."""
        return "accuracy" if self.kind == "classification" else "R²"

    @property
    def trials(self) -> int:
        """Number of all trainings."""
        lengths = {self.samples_of(case) for case in self.cases()}
        repeated = len(self.repeats) * (len(lengths) + len(self.cases()))
        disturbed = sum(not LEARNERS.find(name).in_silico for name in self.trained)
        return len(self.trained) * self.extent.seeds + disturbed * repeated

    @property
    def repeats(self) -> range:
        """Seeds of the trainings with each disturbance."""
        return range(min(self.extent.seeds, self.extent.disturbed_seeds))

    def cases(self) -> tuple[Case, ...]:
        """Return all disturbances, each from mild to severe."""
        extent = self.extent
        wrong = [Case(name, strength) for name in ERRORS for strength in extent.errors]
        return (*wrong, *(Case(MOLECULES, volume) for volume in extent.molecules))

    def samples_of(self, case: Case) -> int:
        """Return the largest number of samples of a training with a disturbance."""
        extent = self.extent
        return extent.counted_samples if case.disturbance == MOLECULES else extent.disturbed_samples


def limited(spec: TrainingSpec, samples: int | None, per_epoch: int) -> TrainingSpec:
    """Return a training with at most a number of samples, but at least one epoch.

    Examples
    --------
    >>> limited(TrainingSpec(task="xor", circuit="cubic", rule="exact", epochs=80), 1_000, 101).epochs
    9
    """
    if samples is None:
        return spec
    return replace(spec, epochs=max(1, min(spec.epochs, samples // per_epoch)))


def make_comparison(
    task: str,
    folder: Path,
    learners: Sequence[str] = (),
    *,
    seeds: int | None = None,
    quick: bool = False,
    target: str = "",
    reading: Reading | None = None,
) -> ComparisonPlan:
    """Return the plan of a comparison.

    Parameters
    ----------
    task : str
        Name of a task, or the path of a CSV file, which is copied to the folder.
    folder : Path
        Folder of the results.
    learners : sequence of str
        Names of learners; by default all.
    seeds : int, optional
        Number of trainings of each learner; by default 5, or 1 with `quick`.
    quick : bool
        Whether trainings are short and few.
    target : str
        Column to predict of a CSV file.
    reading : Reading, optional
        Options for reading the file.

    Raises
    ------
    UnknownNameError
        If a name is unknown.
    InvalidValueError
        If the number of seeds is out of range, a learner is given twice, or no target is given for a file.
    DataError
        If no learner can learn the task; the message gives the reason of each.
    RunError
        If the folder contains the data of another file.
    """
    extent = QUICK if quick else FULL
    extent = extent if seeds is None else replace(extent, seeds=seeds)
    if not 1 <= extent.seeds <= MAX_SEEDS:
        raise InvalidValueError(f"seeds = {seeds}: give a number from 1 to {MAX_SEEDS:,}")
    if repeated := [name for name in learners if list(learners).count(name) > 1]:
        raise InvalidValueError(f"learner {repeated[0]} is given twice: each is compared once")
    chosen = [LEARNERS.find(name) for name in learners or LEARNERS]
    given, data, file = _read(task, folder, target, reading or Reading())
    trained: dict[str, TrainingSpec] = {}
    refused: dict[str, str] = {}
    for learner in chosen:
        try:
            trained[learner.name] = replace(_planned(learner, given, file), seed=0)
        except DataError as error:
            refused[learner.name] = str(error)
    if not trained:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in refused.items())
        raise DataError(f"{task}: no learner can learn this task: {reasons}")
    words = ["neuralcrn", "compare", task, *(["--target", target] if target else [])]
    words += ["--learners", ",".join(learners)] if learners else []
    words += [*(["--quick"] if quick else []), "--seeds", str(extent.seeds)]
    return ComparisonPlan(data.name, data.kind, trained, refused, extent, " ".join(words))


def _planned(learner: Learner, task: str | Task, file: DataFile | None) -> TrainingSpec:
    return replace(learner.plan(task), data=file)


def _read(task: str, folder: Path, target: str, reading: Reading) -> tuple[str | Task, Task, DataFile | None]:
    """Return what learners plan a training on, its data, and the description of the file if it is one."""
    path = Path(task)
    if not (task.endswith(".csv") or path.is_file()):
        return task, make_task(task), None
    if not target:
        raise InvalidValueError(f"{task}: name the column to predict as its target")
    read = read_csv(path, target, reading, rng=0, non_negative=True)
    copy = folder / DATA_FILE
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(copy, path.read_bytes())
    named = replace(read.task, name=path.stem)
    return named, named, DataFile(target, read.reading, digest(copy))
