"""Training in one call, for scripts and notebooks; the command line adds run folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.circuits import Circuit, Distribution
from neuralcrn.display import Displayed, Document
from neuralcrn.engines import DEFAULT_EXECUTOR, Kinetics, Tolerances
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.learning.doses import checked_doses
from neuralcrn.learning.loop import Callback, Progress, begin_training, continue_training
from neuralcrn.learning.page import describe_trained, trained_document
from neuralcrn.learning.recipes import own_spec
from neuralcrn.learning.settings import default_rule, recorded_spec
from neuralcrn.learning.spec import TrainingSpec, check_epochs
from neuralcrn.learning.state import Metrics, TrainingState
from neuralcrn.learning.trainer import Trainer
from neuralcrn.tasks import TASKS, Task


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Trained(Displayed):
    """A finished training.

    Attributes
    ----------
    trainer : Trainer
        The circuit with its task.
    state : TrainingState
        The pot after the last epoch.
    metrics : tuple of Metrics
        One an epoch.
    """

    trainer: Trainer
    state: TrainingState
    metrics: tuple[Metrics, ...]

    def predict(self, features: ArrayLike) -> NDArray[np.float64]:
        """Return the outputs of the trained chemistry, shape (n, outputs), concentration.

        Parameters
        ----------
        features : array-like, shape (n, inputs), concentration
            One sample a row.

        Raises
        ------
        DataError
            If they are no table of finite numbers of the task's width, or one would be a negative dose.
        """
        trainer = self.trainer
        doses = checked_doses(features, trainer.task, trainer.program, "features")
        return trainer.predict(self.state, doses)

    def __repr__(self) -> str:
        return f"<Trained: {describe_trained(self)}>"

    def document(self) -> Document:
        """Return the measures of the first and the last epoch, the losses and the parameters."""
        return trained_document(self)


def plan(
    task: str | Task,
    circuit: str | None = None,
    *,
    rule: str | None = None,
    epochs: int | None = None,
    **options: Any,
) -> TrainingSpec:
    """Return how a task is learned: what is given, and defaults for the rest.

    Parameters
    ----------
    task : str or Task
        A name in the registry, for the recorded training; or a task of your own, for one that suits the
        scale of its data.
    circuit, rule : str, optional
        Family of circuits, and learning rule.
    epochs : int, optional
        Passes over the data.
    **options
        Options of the family; those that are None are not given.

    Raises
    ------
    InvalidValueError
        If the number of epochs is out of range.

    Examples
    --------
    >>> from neuralcrn.tasks import make_task
    >>> plan("xor").rule, plan(make_task("xor")).circuit
    ('linear-reversal', 'mixing')
    """
    if isinstance(task, str):
        name = circuit or TASKS.find(task).circuit
        spec = recorded_spec(task, name, rule or default_rule(task, name))
        return spec.with_options(epochs=epochs, **options)
    if epochs is not None:
        check_epochs(epochs)
    one_rail = task.non_negative_inputs if task.scaling is None else task.scaling.low >= 0.0
    return own_spec(
        task.name,
        task.train.features,
        task.outputs,
        circuit,
        rule=rule,
        epochs=epochs,
        non_negative=one_rail,
        **options,
    )


def train_circuit(
    circuit: Circuit,
    task: Task,
    *,
    initial: Mapping[str, Distribution] | None = None,
    autonomy: str = "staged",
    clock: str = "",
    seed: int = 0,
    epochs: int = 50,
    executor: str = DEFAULT_EXECUTOR,
    kinetics: Kinetics | None = None,
    tolerances: Tolerances | None = None,
    callback: Callback | None = None,
    retry: bool = True,
) -> Trained:
    """Train a circuit of any origin on a task of any origin.

    Parameters
    ----------
    circuit : Circuit
        With as many features and outputs as the task has.
    task : Task
        What is to be learned.
    initial : mapping of str to Distribution, optional
        Laws of the parameters before training, by name; the readout's are ``w`` and ``b``. What is not
        named is drawn from the standard normal law.
    autonomy, clock : str
        Level at which the circuit is compiled, and the clock of an autonomous one; see `Circuit.compile`.
    seed : int
        Of initial parameters and order of the samples.
    epochs : int
        Passes over the data.
    executor : str
        Name of the executor that simulates the program, see `neuralcrn.engines.EXECUTORS`.
    kinetics : Kinetics, optional
        Numbers of molecules in place of concentrations: ``Kinetics("ssa", volume=1000)``.
    tolerances : Tolerances, optional
        Accuracy of every solve.
    callback : Callback, optional
        Told how far the training has come; `progress_bar` makes one.
    retry : bool
        Whether an epoch that diverges begins again at half the rate.

    Raises
    ------
    InvalidValueError
        If the number of epochs is out of range, or a law is given for what is no trained parameter.
    DataError
        If circuit and task do not fit together.
    DivergenceError
        If an epoch diverges, and did so after the rate was halved eight times if that is wanted; each time a
        warning says so.

    Examples
    --------
    >>> from neuralcrn.algebra import SignedSystem
    >>> shapes = {"states": {"z": 2}, "inputs": {"x": 2}, "parameters": {"theta": 2}}
    >>> system = SignedSystem.parse("dz = theta*x - 0.1*z", **shapes)
    >>> mine = Circuit(name="mine", system=system, features=2)
    >>> laws = {"theta": Distribution("uniform", 0.1, 0.5)}
    >>> trained = train_circuit(mine, make_task("linear-regression", 1), initial=laws, epochs=3)
    >>> trained.metrics[2].train_loss < trained.metrics[0].train_loss
    True
    """
    check_epochs(epochs)
    laws = initial or {}
    learned = {parameter.name for parameter in circuit.trained_parameters}
    for name in laws:
        if name not in learned:
            raise InvalidValueError(f"initial: {UnknownNameError('trained parameter', name, learned)}")

    program = circuit.compile(autonomy, clock)
    trainer = Trainer(program, task, seed=seed, tolerances=tolerances, kinetics=kinetics, executor=executor)
    return _trained(Progress(trainer, trainer.fresh_state(laws), epochs), callback, retry=retry)


def train_task(
    task: str | Task,
    circuit: str | None = None,
    *,
    gradient: str | None = None,
    autonomy: str = "staged",
    clock: str = "",
    seed: int = 0,
    epochs: int | None = None,
    executor: str = DEFAULT_EXECUTOR,
    kinetics: Kinetics | None = None,
    tolerances: Tolerances | None = None,
    callback: Callback | None = None,
    **circuit_options: Any,
) -> Trained:
    """Train a circuit on a task: by the recorded setting, or by one that suits your own data.

    Parameters
    ----------
    task : str or Task
        A name in the registry, or a task of your own, as `read_csv_task` makes it.
    circuit : str, optional
        Name in the registry; the task's default circuit if none is given.
    gradient : str, optional
        Gradient mode; the default of task and circuit if none is given.
    autonomy, clock : str
        Level at which the circuit is compiled, and the clock of an autonomous one; see `Circuit.compile`.
    seed : int
        Of data, initial parameters and order of the samples.
    epochs : int, optional
        Passes over the data.
    executor : str
        Name of the executor that simulates the program, see `neuralcrn.engines.EXECUTORS`.
    kinetics : Kinetics, optional
        Numbers of molecules in place of concentrations: ``Kinetics("ssa", volume=1000)``.
    tolerances : Tolerances, optional
        Accuracy of every solve.
    callback : Callback, optional
        Told how far the training has come; `progress_bar` makes one.
    **circuit_options
        Options of the family in place of the setting's.

    Examples
    --------
    >>> trained = train_task("linear-regression", epochs=2)
    >>> trained.metrics[1].train_loss < trained.metrics[0].train_loss
    True
    """
    spec = replace(
        plan(task, circuit, rule=gradient, epochs=epochs, **circuit_options),
        level=autonomy,
        clock=clock,
        seed=seed,
        executor=executor,
        kinetics=kinetics or Kinetics(),
        tolerances=tolerances,
    )
    data = spec.make_task() if isinstance(task, str) else task
    return _trained(begin_training(spec, data), callback)


def _trained(progress: Progress, callback: Callback | None, *, retry: bool = True) -> Trained:
    """Train to the end, and report to the callback."""
    for reached in continue_training(progress, retry=retry):
        progress = reached
        if callback is not None:
            callback(progress)
    return Trained(progress.trainer, progress.state, progress.metrics)
