"""Training in one call, for scripts and notebooks; the command line adds run folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.circuits import Circuit, Distribution, find_family, make_circuit
from neuralcrn.display import Displayed, Document
from neuralcrn.engines.kinetics import Kinetics
from neuralcrn.engines.native.lowering import LoweredProgram, lower
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.learning.doses import checked_doses
from neuralcrn.learning.page import describe_trained, trained_document
from neuralcrn.learning.progress import Callback, Progress, continue_training
from neuralcrn.learning.recipes import own_setting
from neuralcrn.learning.settings import (
    Setting,
    default_gradient,
    find_setting,
    initial_laws,
    override,
    refuse_epochs,
)
from neuralcrn.learning.trainer import (
    Metrics,
    Tolerances,
    Trainer,
    TrainingState,
    default_tolerances,
)
from neuralcrn.tasks import TASKS, Task, make_task


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
        doses = checked_doses(features, trainer.task, trainer.lowered.program, "features")
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
    gradient: str | None = None,
    epochs: int | None = None,
    **options: Any,
) -> tuple[str, str, Setting]:
    """Return circuit, gradient mode and setting for a task, with what is given in place of defaults.

    Parameters
    ----------
    task : str or Task
        A name in the registry, for the recorded setting; or a task of your own, for one that suits the
        scale of its data.
    circuit, gradient : str, optional
        Family and gradient mode.
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
    >>> plan("xor")[:2], plan(make_task("xor"))[:2]
    (('cubic-quadratic', 'linear-reversal'), ('mixing', 'exact'))
    """
    if isinstance(task, str):
        name = circuit or TASKS.find(task).circuit
        mode = gradient or default_gradient(task, name)
        return name, mode, override(find_setting(task, name, mode), epochs=epochs, **options)
    if epochs is not None:
        refuse_epochs(epochs)
    one_rail = task.non_negative_inputs if task.scaling is None else task.scaling.low >= 0.0
    name, setting = own_setting(
        task.train.features,
        task.outputs,
        circuit,
        epochs=epochs,
        non_negative=one_rail,
        gradient=gradient,
        **options,
    )
    return name, gradient or find_family(name).defaults.gradient, setting


def circuit_for(task: Task, circuit: str, gradient: str, setting: Setting) -> Circuit:
    """Return the circuit of a family that fits a task."""
    fitting = {
        "outputs": task.outputs,
        "non_negative": task.non_negative_inputs,
        "positive_targets": task.non_negative_targets,
        "gradient": gradient,
    }
    return make_circuit(circuit, task.inputs, **{**fitting, **setting.circuit_options})


def train_circuit(
    circuit: Circuit,
    task: Task,
    *,
    initial: Mapping[str, Distribution] | None = None,
    autonomy: str = "staged",
    clock: str = "",
    seed: int = 0,
    epochs: int = 50,
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
    refuse_epochs(epochs)
    laws = initial or {}
    learned = {parameter.name for parameter in circuit.trained_parameters}
    for name in laws:
        if name not in learned:
            raise InvalidValueError(f"initial: {UnknownNameError('trained parameter', name, learned)}")

    def recompile(**changes: Any) -> LoweredProgram:
        return lower(circuit.with_(**changes).compile(autonomy, clock))

    lowered = recompile()
    limits = tolerances or default_tolerances(autonomy)
    trainer = Trainer(lowered, task, seed=seed, tolerances=limits, kinetics=kinetics)
    progress = Progress(trainer, trainer.fresh_state(laws), epochs)
    for reached in continue_training(progress, recompile if retry else None):
        progress = reached
        if callback is not None:
            callback(progress)
    return Trained(progress.trainer, progress.state, progress.metrics)


def train_task(
    task: str | Task,
    circuit: str | None = None,
    *,
    gradient: str | None = None,
    autonomy: str = "staged",
    clock: str = "",
    seed: int = 0,
    epochs: int | None = None,
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
    name, mode, setting = plan(task, circuit, gradient=gradient, epochs=epochs, **circuit_options)
    data = make_task(task, seed, **setting.task_options) if isinstance(task, str) else task
    chosen = circuit_for(data, name, mode, setting)
    learned = {parameter.name for parameter in chosen.trained_parameters}
    laws = initial_laws(name, setting)
    return train_circuit(
        chosen,
        data,
        # A family has laws for a readout that is trained only in some of its circuits.
        initial={name: law for name, law in laws.items() if name in learned},
        autonomy=autonomy,
        clock=clock,
        seed=seed,
        epochs=setting.epochs,
        kinetics=kinetics,
        tolerances=tolerances,
        callback=callback,
    )
