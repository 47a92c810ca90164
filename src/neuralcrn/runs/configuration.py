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
from neuralcrn.errors import RunError
from neuralcrn.runs.files import digest
from neuralcrn.tasks import Task, make_task, read_csv_task
from neuralcrn.training import Kinetics, Setting, Tolerances, circuit_for

FORMAT = 2
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
        return dataclasses.replace(read_csv_task(data, self.target, rng=self.seed), name=self.task)

    def data_in(self, folder: Path) -> Path | None:
        """Return the copy of the user's file in a run folder, or None for a task of the registry."""
        return folder / DATA_FILE if self.target else None

    def make_circuit(self, task: Task) -> Circuit:
        """Return the circuit for the task."""
        return circuit_for(task, self.circuit, self.gradient, self.setting)

    def make_program(self, task: Task) -> Program:
        """Return the compiled circuit for the task."""
        return self.make_circuit(task).compile(self.autonomy, self.clock)

    def to_json(self) -> dict[str, Any]:
        """Return the configuration as plain values."""
        setting = self.setting
        return {
            "format": FORMAT,
            "task": self.task,
            "target": self.target,
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
        """SHA-256 of the configuration."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()

    @classmethod
    def from_json(cls, data: object, where: Path) -> Configuration:
        """Read a configuration back.

        Raises
        ------
        RunError
            If a key is missing or unknown, or a value has the wrong type.
        """
        if not isinstance(data, dict) or set(data) != set(_TYPES):
            found = sorted(data) if isinstance(data, dict) else type(data).__name__
            raise RunError(
                f"{where}: this is no run configuration: expected the keys {sorted(_TYPES)}, got {found}"
            )
        for key, kinds in _TYPES.items():
            value = data[key]
            if not isinstance(value, kinds) or isinstance(value, bool):
                raise RunError(f"{where}: {key} = {value!r:.80} has the wrong type")
        if data["format"] != FORMAT:
            raise RunError(f"{where}: format {data['format']} is not the format {FORMAT} of this version")
        for key, low in (("epochs", 1), ("seed", 0), ("max_steps", 1), ("rtol", 1e-14), ("atol", 1e-300)):
            if not low <= data[key] < math.inf:
                raise RunError(f"{where}: {key} = {data[key]} is out of range: at least {low:g} is needed")
        setting = Setting(
            task_options=_numbers(data, "task_options", where),
            circuit_options=_options(data, "circuit_options", where),
            epochs=data["epochs"],
            initial={name: _law(value, where) for name, value in data["initial"].items()},
            source=data["source"],
        )
        return cls(
            task=data["task"],
            target=data["target"],
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
}


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
