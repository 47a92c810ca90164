"""The description of a run as a file, ``config.json``, with a checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, replace
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec

from neuralcrn.circuits import Distribution
from neuralcrn.engines import Kinetics, Tolerances
from neuralcrn.errors import NeuralCRNError, RunError
from neuralcrn.files import digest
from neuralcrn.learning import DataFile, TrainingSpec
from neuralcrn.tasks import CsvData, Reading, Task, read_csv
from neuralcrn.version import __version__

FORMAT = 4
SEAL = "sha256"
DATA_FILE = "data.csv"
"""Name of the copy of the user's data in a run folder."""
_EARLIER = "0.1.0"
"""Version that wrote earlier formats."""


_Finite = Annotated[float, msgspec.Meta(gt=-1e308, lt=1e308)]


class _Data(msgspec.Struct, forbid_unknown_fields=True):
    """The file of the user."""

    target: str
    reading: dict[str, Any]
    sha256: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """Contents of the file, with the ranges of its numbers."""

    format: int
    version: str
    task: str
    data: _Data | None
    task_options: dict[str, bool | int | _Finite]
    circuit: str
    circuit_options: dict[str, bool | int | _Finite | str | list[int] | dict[str, _Finite]]
    rule: str
    level: str
    clock: str
    executor: str
    method: str
    volume: Annotated[float, msgspec.Meta(ge=0.0, lt=1e308)]
    readings: Annotated[int, msgspec.Meta(ge=1)]
    rtol: Annotated[float, msgspec.Meta(ge=1e-14, lt=1e308)]
    atol: Annotated[float, msgspec.Meta(ge=1e-300, lt=1e308)]
    max_steps: Annotated[int, msgspec.Meta(ge=1)]
    seed: Annotated[int, msgspec.Meta(ge=0)]
    epochs: Annotated[int, msgspec.Meta(ge=1)]
    initializers: dict[str, tuple[str, _Finite, _Finite, str]]
    source: str
    sha256: str


def spec_to_json(spec: TrainingSpec) -> dict[str, Any]:
    """Return a description as plain values with a checksum that detects changes."""
    values = _plain(spec)
    return {**values, SEAL: _sha256(values)}


def spec_digest(spec: TrainingSpec) -> str:
    """Return the SHA-256 of everything that a state depends on, which excludes the number of epochs."""
    return _sha256({name: value for name, value in _plain(spec).items() if name not in ("epochs", "version")})


def spec_from_json(data: object, where: Path) -> TrainingSpec:
    """Read a description.

    Raises
    ------
    RunError
        If it was written by another version, a key is missing or unknown, a value has the wrong type or is
        out of range, or the file was changed.
    """
    _check_format(data, where)
    try:
        read = msgspec.convert(data, _File)
        if not isinstance(data, dict) or read.sha256 != _sha256({k: v for k, v in data.items() if k != SEAL}):
            raise RunError(f"{where}: is damaged: it was changed since it was written")
        return TrainingSpec(
            task=read.task,
            data=None if read.data is None else _data_file(read.data),
            task_options=read.task_options,
            circuit=read.circuit,
            circuit_options={
                name: tuple(value) if isinstance(value, list) else value
                for name, value in read.circuit_options.items()
            },
            rule=read.rule,
            level=read.level,
            clock=read.clock,
            executor=read.executor,
            kinetics=Kinetics(read.method, read.volume),
            readings=read.readings,
            tolerances=Tolerances(read.rtol, read.atol, read.max_steps),
            seed=read.seed,
            epochs=read.epochs,
            initializers={name: Distribution(*law) for name, law in read.initializers.items()},
            source=read.source,
        )
    except msgspec.ValidationError as error:
        raise RunError(f"{where}: this is no description of a run: {error}") from error
    except RunError:
        raise
    except NeuralCRNError as error:
        raise RunError(f"{where}: {error}") from error


def task_of(spec: TrainingSpec, folder: Path) -> Task:
    """Return the task of a run, from the registry or from the copy of the user's file in its folder.

    Raises
    ------
    RunError
        If the copy is not the original file.
    """
    if spec.data is None:
        return spec.make_task()
    path = folder / DATA_FILE
    if path.is_file() and digest(path) != spec.data.sha256:
        raise RunError(f"{path}: is not the file that the run began with: its contents have changed")
    return read_data(spec, spec.data, path).task


def read_data(spec: TrainingSpec, data: DataFile, path: Path) -> CsvData:
    """Return the task in the file of the user, and the options with which the file was read."""
    # Inputs have one rail unless the circuit has two.
    one_rail = bool(spec.circuit_options.get("non_negative", True))
    read = read_csv(path, data.target, data.reading, rng=spec.seed, non_negative=one_rail)
    return replace(read, task=replace(read.task, name=spec.task))


def _data_file(data: _Data) -> DataFile:
    return DataFile(data.target, Reading.from_json(data.reading), data.sha256)


def _plain(spec: TrainingSpec) -> dict[str, Any]:
    data = spec.data
    return {
        "format": FORMAT,
        "version": __version__,
        "task": spec.task,
        "data": data and {"target": data.target, "reading": data.reading.to_json(), "sha256": data.sha256},
        "task_options": dict(spec.task_options),
        "circuit": spec.circuit,
        "circuit_options": dict(spec.circuit_options),
        "rule": spec.rule,
        "level": spec.level,
        "clock": spec.clock,
        "executor": spec.executor,
        "method": spec.kinetics.method,
        "volume": spec.kinetics.volume,
        "readings": spec.readings,
        "rtol": spec.accuracy.rtol,
        "atol": spec.accuracy.atol,
        "max_steps": spec.accuracy.max_steps,
        "seed": spec.seed,
        "epochs": spec.epochs,
        "initializers": {name: list(astuple(law)) for name, law in spec.initializers.items()},
        "source": spec.source,
    }


def _sha256(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _check_format(data: object, where: Path) -> None:
    """Reject descriptions of other versions, in which reading, scaling or training differ."""
    values = cast(dict[str, Any], data) if isinstance(data, dict) else {}
    known = values.get("format")
    if isinstance(known, int) and known != FORMAT:
        version = values.get("version", _EARLIER if known < FORMAT else "a later version")
        raise RunError(
            f"{where}: this run was made by neuralcrn {version} (format {known}), and this is neuralcrn "
            f"{__version__} (format {FORMAT}): use that version, or train it again"
        )
