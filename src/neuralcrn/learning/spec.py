"""Description of a training, with everything that its results depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Self, final

from neuralcrn.circuits import FAMILIES, Circuit, Distribution, make_circuit
from neuralcrn.compiler import RULES, Program
from neuralcrn.engines import DEFAULT_EXECUTOR, Kinetics, Tolerances, default_tolerances
from neuralcrn.errors import InvalidValueError
from neuralcrn.tasks import Reading, Task, make_task

_CACHED = 16
"""Number of cached programs; those of 64 inputs and ten classes take 13 MB."""


@final
@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file of the user.

    Attributes
    ----------
    target : str
        Column to predict.
    reading : Reading
        Options for reading the file, including detected ones.
    sha256 : str
        Hash of its contents; empty before the file was read.
    """

    target: str
    reading: Reading = field(default_factory=Reading)
    sha256: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSpec:
    """Everything that the results of a training depend on.

    Recorded settings, run folders, estimators, studies and the command line all create one, with
    `neuralcrn.learning.plan` for defaults, and pass it to `begin_training`.

    Attributes
    ----------
    task : str
        Name of a task in the registry, or of the user's data.
    data : DataFile or None
        The file of the user, if the task is not in the registry.
    task_options : mapping
        Options of the task's generator.
    circuit : str
        Name of a family of circuits.
    circuit_options : mapping
        Options of the family; the others are determined by the task.
    rule : str
        Name of the learning rule.
    level, clock : str
        Level at which the circuit is compiled, and the clock for the autonomous level; see `Circuit.compile`.
    executor : str
        Name of the executor.
    kinetics : Kinetics
        Deterministic or stochastic simulation.
    readings : int
        Number of readings for a prediction, see `Trainer`.
    tolerances : Tolerances
        Accuracy of the integration; by default that of the level.
    seed : int
        Seed of data, parameters, the order of samples and, for stochastic simulation, of every random event.
    epochs : int
        Passes over the training samples.
    initializers : mapping of str to Distribution
        Initial distributions of parameters that differ from those of the family.
    source : str
        Source of the values.

    Raises
    ------
    InvalidValueError
        If the number of epochs is out of range.

    Examples
    --------
    >>> spec = TrainingSpec(task="xor", circuit="cubic", rule="exact", epochs=80)
    >>> spec.make_program(spec.make_task()).max_order
    3
    >>> spec.with_options(epochs=5, learning_rate=0.05).epochs
    5
    """

    task: str
    data: DataFile | None = None
    task_options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    circuit: str
    circuit_options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rule: str
    level: str = "staged"
    clock: str = ""
    executor: str = DEFAULT_EXECUTOR
    kinetics: Kinetics = field(default_factory=Kinetics)
    readings: int = 1
    tolerances: Tolerances | None = None
    seed: int = 0
    epochs: int = 50
    initializers: Mapping[str, Distribution] = field(default_factory=dict[str, Distribution])
    source: str = "ours"

    def __post_init__(self) -> None:
        check_epochs(self.epochs)

    @property
    def accuracy(self) -> Tolerances:
        """Accuracy of the integration."""
        return self.tolerances or default_tolerances(self.level)

    def with_options(self, *, epochs: int | None = None, **circuit_options: Any) -> Self:
        """Return the description with epochs and options of the circuit replaced; None means unchanged.

        Raises
        ------
        InvalidValueError
            If the number of epochs is out of range.
        """
        chosen = {name: value for name, value in circuit_options.items() if value is not None}
        return replace(
            self,
            epochs=self.epochs if epochs is None else epochs,
            circuit_options={**self.circuit_options, **chosen},
        )

    def make_task(self) -> Task:
        """Return the task of the registry, generated from the seed."""
        return make_task(self.task, self.seed, **self.task_options)

    @property
    def _needs_classes(self) -> bool:
        loss = self.circuit_options.get("loss", FAMILIES.find(self.circuit).defaults.loss)
        rule = RULES.get(self.rule)  # an unknown one is refused with the name of the circuit
        return loss != "squared" or (rule is not None and rule.needs_classes)

    def make_circuit(self, task: Task) -> Circuit:
        """Return the circuit for a task."""
        return self.circuit_of(**self.fitting(task))

    def fitting(self, task: Task) -> dict[str, Any]:
        """Return the arguments of `circuit_of` for a task: all that its circuit depends on."""
        low, high = float(task.train.targets.min()), float(task.train.targets.max())
        classes = {"target_low": low, "target_high": high} if self._needs_classes else {}
        boundary = 0.5 * (low + high) if task.threshold is None else task.threshold
        return {
            "inputs": task.inputs,
            **classes,
            "reference": boundary if task.kind == "classification" else 0.0,
            "outputs": task.outputs,
            "non_negative": task.non_negative_inputs,
            "positive_targets": task.non_negative_targets,
        }

    def circuit_of(self, inputs: int, **fitting: Any) -> Circuit:
        """Return the circuit for a number of inputs; `fitting` contains options that are not in the
        description.
        """
        options = {**fitting, **self.circuit_options}
        return make_circuit(self.circuit, inputs, rule=self.rule, **options)

    def make_program(self, task: Task) -> Program:
        """Return the compiled circuit for a task."""
        return self.make_circuit(task).compile(self.level, self.clock)

    def program_of(self, inputs: int) -> Program:
        """Return the compiled circuit for a number of inputs, if all its options are given.

        It is compiled once per process.
        """
        options = tuple(
            (name, tuple(value.items()) if isinstance(value, Mapping) else value)
            for name, value in self.circuit_options.items()
        )
        return _compiled(self.circuit, inputs, options, self.rule, self.level, self.clock)

    def initializers_of(self, circuit: Circuit) -> dict[str, Distribution]:
        """Return the initial distributions of the trained parameters of a circuit.

        Distributions of a readout that is not trained in this circuit are omitted.
        """
        known = {**FAMILIES.find(self.circuit).initial, **self.initializers}
        trained = {parameter.name for parameter in circuit.trained_parameters}
        return {name: law for name, law in known.items() if name in trained}


@lru_cache(maxsize=_CACHED)
def _compiled(
    circuit: str, inputs: int, options: tuple[tuple[str, Any], ...], rule: str, level: str, clock: str
) -> Program:
    return make_circuit(circuit, inputs, rule=rule, **dict(options)).compile(level, clock)


def check_epochs(epochs: int) -> None:
    """Check the number of epochs."""
    if not 1 <= epochs <= 1_000_000:
        raise InvalidValueError(f"epochs = {epochs}: choose 1 to 1,000,000")
