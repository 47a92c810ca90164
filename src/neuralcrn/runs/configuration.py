"""What a run was asked to do: everything that its results depend on."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuralcrn.circuits import Circuit, Distribution
from neuralcrn.compiler import Program
from neuralcrn.engines import Kinetics, LoweredProgram, lower
from neuralcrn.errors import NeuralCRNError, RunError
from neuralcrn.learning import Setting, Tolerances, circuit_for
from neuralcrn.learning.settings import override
from neuralcrn.runs.files import digest
from neuralcrn.tasks import CsvData, Reading, Task, make_task, read_csv

FORMAT = 3
SEAL = "sha256"
DATA_FILE = "data.csv"
"""Name of the copy of the user's data in a run folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Everything that the bytes of a run depend on.

    Attributes
    ----------
    task : str
        Name of a task, or of the user's file.
    target : str
        Column to predict; empty for tasks of the registry.
    reading : Reading
        How the user's file is read, with what was found in it.
    circuit, gradient : str
        Family and gradient mode.
    autonomy, clock : str
        Level at which the circuit is compiled, and the clock of an autonomous one; else empty.
    setting : Setting
        Options of task, circuit and training.
    data_sha256 : str
        Of the user's file; empty for tasks of the registry.
    seed : int
        Of data, parameters, order and, where molecules are counted, of every event.
    kinetics : Kinetics
        Concentrations, or numbers of molecules.
    tolerances : Tolerances
        Accuracy of every solve.
    """

    task: str
    target: str
    reading: Reading = field(default_factory=Reading)
    circuit: str
    gradient: str
    autonomy: str = "staged"
    clock: str = ""
    setting: Setting
    data_sha256: str = ""
    seed: int
    kinetics: Kinetics = field(default_factory=Kinetics)
    tolerances: Tolerances

    def make_task(self, data: Path | None) -> Task:
        """Return the task, from the user's file where there is one."""
        if data is None:
            return make_task(self.task, self.seed, **self.setting.task_options)
        if data.is_file() and digest(data) != self.data_sha256:
            raise RunError(f"{data}: is not the file that the run began with: its contents have changed")
        return self.read_data(data).task

    def read_data(self, data: Path) -> CsvData:
        """Return the task in the user's file, and how the file was read."""
        # Inputs have one rail unless the circuit is recorded with two.
        one_rail = bool(self.setting.circuit_options.get("non_negative", True))
        read = read_csv(data, self.target, self.reading, rng=self.seed, non_negative=one_rail)
        return dataclasses.replace(read, task=dataclasses.replace(read.task, name=self.task))

    def data_in(self, folder: Path) -> Path | None:
        """Return the copy of the user's file in a run folder, or None for a task of the registry."""
        return folder / DATA_FILE if self.target else None

    def make_circuit(self, task: Task) -> Circuit:
        """Return the circuit for the task."""
        return circuit_for(task, self.circuit, self.gradient, self.setting)

    def make_program(self, task: Task, **changes: Any) -> Program:
        """Return the compiled circuit for the task, with some of its attributes replaced."""
        return self.make_circuit(task).with_(**changes).compile(self.autonomy, self.clock)

    def lowered(self, task: Task, **changes: Any) -> LoweredProgram:
        """Return that program as index arrays."""
        return lower(self.make_program(task, **changes))

    def with_epochs(self, epochs: int) -> Configuration:
        """Return the configuration of a longer or shorter run, of which every epoch is the same."""
        return dataclasses.replace(self, setting=override(self.setting, epochs=epochs))

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain values, with a seal by which a change of them is seen."""
        values = self._plain()
        return {**values, SEAL: _sha256(values)}

    def _plain(self) -> dict[str, Any]:
        setting = self.setting
        return {
            "format": FORMAT,
            "task": self.task,
            "target": self.target,
            "reading": self.reading.to_json(),
            "circuit": self.circuit,
            "gradient": self.gradient,
            "autonomy": self.autonomy,
            "clock": self.clock,
            "task_options": dict(setting.task_options),
            "circuit_options": dict(setting.circuit_options),
            "epochs": setting.epochs,
            "initial": {name: dataclasses.astuple(law) for name, law in setting.initial.items()},
            "source": setting.source,
            "data_sha256": self.data_sha256,
            "seed": self.seed,
            "method": self.kinetics.method,
            "volume": self.kinetics.volume,
            "rtol": self.tolerances.rtol,
            "atol": self.tolerances.atol,
            "max_steps": self.tolerances.max_steps,
        }

    @property
    def digest(self) -> str:
        """SHA-256 of what a state depends on: everything but the number of epochs that are planned."""
        return _sha256({name: value for name, value in self._plain().items() if name != "epochs"})

    @classmethod
    def from_json(cls, data: object, where: Path) -> Configuration:
        """Read a configuration back.

        Raises
        ------
        RunError
            If a key is missing or unknown, a value has the wrong type, or anything was changed since it was
            written.
        """
        _refuse_other_formats(data, where)
        if not isinstance(data, dict) or set(data) != set(_TYPES):
            found = sorted(data) if isinstance(data, dict) else type(data).__name__
            raise RunError(
                f"{where}: this is no run configuration: expected the keys {sorted(_TYPES)}, got {found}"
            )
        for key, kinds in _TYPES.items():
            value = data[key]
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise RunError(f"{where}: {key} = {value!r:.80} has the wrong type")
        for key, low in (("epochs", 1), ("seed", 0), ("max_steps", 1), ("rtol", 1e-14), ("atol", 1e-300)):
            if not low <= data[key] < math.inf:
                raise RunError(f"{where}: {key} = {data[key]} is out of range: at least {low:g} is needed")
        try:
            reading = Reading.from_json(data["reading"])
        except NeuralCRNError as error:
            raise RunError(f"{where}: {error}") from error
        setting = Setting(
            task_options=_numbers(data, "task_options", where),
            circuit_options=_options(data, "circuit_options", where),
            epochs=data["epochs"],
            initial={name: _law(value, where) for name, value in data["initial"].items()},
            source=data["source"],
        )
        if data[SEAL] != _sha256({name: value for name, value in data.items() if name != SEAL}):
            raise RunError(f"{where}: is damaged: it was changed since it was written")
        return cls(
            task=data["task"],
            target=data["target"],
            reading=reading,
            circuit=data["circuit"],
            gradient=data["gradient"],
            autonomy=data["autonomy"],
            clock=data["clock"],
            setting=setting,
            data_sha256=data["data_sha256"],
            seed=data["seed"],
            kinetics=Kinetics(data["method"], float(data["volume"])),
            tolerances=Tolerances(float(data["rtol"]), float(data["atol"]), data["max_steps"]),
        )


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "format": int,
    "task": str,
    "target": str,
    "reading": dict,
    "circuit": str,
    "gradient": str,
    "autonomy": str,
    "clock": str,
    "task_options": dict,
    "circuit_options": dict,
    "epochs": int,
    "initial": dict,
    "source": str,
    "data_sha256": str,
    "seed": int,
    "method": str,
    "volume": (int, float),
    "rtol": (int, float),
    "atol": (int, float),
    "max_steps": int,
    SEAL: str,
}


def _sha256(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _refuse_other_formats(data: object, where: Path) -> None:
    """Refuse the configuration of another version, which read, scaled or trained in another way."""
    known = data.get("format") if isinstance(data, dict) else None
    if isinstance(known, int) and known != FORMAT:
        age = "an earlier" if known < FORMAT else "a later"
        raise RunError(
            f"{where}: format {known}: this run was made by {age} version of neuralcrn, which trained in "
            f"another way (this version writes format {FORMAT}): use that version, or train it again"
        )


def _numbers(data: dict[str, Any], key: str, where: Path) -> dict[str, float]:
    for name, value in data[key].items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise RunError(f"{where}: {key}.{name} = {value!r:.80} is not a finite number")
    return data[key]


def _options(data: dict[str, Any], key: str, where: Path) -> dict[str, Any]:
    for name, value in data[key].items():
        if not isinstance(value, (int, float, str)):
            raise RunError(f"{where}: {key}.{name} = {value!r:.80} is neither a number nor a word")
    return data[key]


def _law(value: object, where: Path) -> Distribution:
    match value:
        case [str(kind), int() | float() as first, int() | float() as second]:
            return Distribution(kind, float(first), float(second))
        case _:
            raise RunError(f"{where}: initial: {value!r:.80} is no law of a parameter")
