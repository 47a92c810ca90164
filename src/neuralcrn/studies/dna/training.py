"""Comparison of training by strand displacement and by the formal reactions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from neuralcrn.circuits import Circuit, Distribution
from neuralcrn.compiler import DnaConditions, Program, dna_program
from neuralcrn.learning import Metrics, Progress, Trainer, continue_training
from neuralcrn.tasks import Task


@dataclass(frozen=True, slots=True, eq=False)
class DnaTraining:
    """Two trainings with the same samples, order and initial parameters.

    Attributes
    ----------
    formal, actual : tuple of Metrics
        One per epoch, for the formal reactions and for their strand displacement.
    """

    formal: tuple[Metrics, ...]
    actual: tuple[Metrics, ...]


def compare_training(
    circuit: Circuit,
    task: Task,
    conditions: DnaConditions,
    *,
    initial: Mapping[str, Distribution] | None = None,
    epochs: int = 5,
    seed: int = 0,
    buffers: bool = True,
) -> DnaTraining:
    """Train a staged circuit on a task by its formal reactions, and by strand displacement.

    Parameters
    ----------
    circuit : Circuit
        The number of features and outputs must be that of the task.
    task : Task
        The task.
    conditions : DnaConditions
        Units and limits.
    initial : mapping of str to Distribution, optional
        Initial distributions of the parameters; by default the standard normal distribution.
    epochs : int
        Passes over the data.
    seed : int
        Seed of initial parameters and of the order of samples.
    buffers : bool
        Whether buffers are added; see `compile_dna`.

    Raises
    ------
    CompileError
        See `dna_program`.
    DataError
        If the dimensions of circuit and task differ.
    DivergenceError
        If an integration fails or a parameter leaves its range.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> from neuralcrn.tasks import make_task
    >>> circuit = make_circuit("minimal", inputs=1, annihilation=5.0)
    >>> conditions = DnaConditions(unit_concentration=1e-8, unit_time=1e4)
    >>> both = compare_training(circuit, make_task("linear-regression", 0), conditions, epochs=1)
    Traceback (most recent call last):
    ...
    neuralcrn.errors.DataError: task linear-regression has 2 inputs and 1 outputs, circuit minimal takes 1 ...
    """
    program = circuit.compile()

    def metrics(executed: Program) -> tuple[Metrics, ...]:
        trainer = Trainer(executed, task, seed=seed)
        begun = Progress(trainer, trainer.fresh_state(initial or {}), epochs)
        *_, last = continue_training(begun, retry=False)
        return last.metrics

    return DnaTraining(metrics(program), metrics(dna_program(program, conditions, buffers=buffers)))
