"""Training in one call, for scripts and notebooks; the command line also writes run folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.circuits import FAMILIES, Circuit, Distribution, EquationFamily
from neuralcrn.display import Displayed, Document
from neuralcrn.engines import DEFAULT_EXECUTOR, Kinetics, Tolerances
from neuralcrn.errors import InvalidValueError, UnknownNameError
from neuralcrn.learning.doses import checked_doses
from neuralcrn.learning.loop import Callback, Progress, begin_training, continue_training
from neuralcrn.learning.page import describe_trained, trained_document
from neuralcrn.learning.recipes import own_spec
from neuralcrn.learning.settings import SETTINGS, default_rule, recorded_spec
from neuralcrn.learning.spec import TrainingSpec, check_epochs
from neuralcrn.learning.state import Metrics, TrainingState
from neuralcrn.learning.trainer import Trainer
from neuralcrn.tasks import TASKS, Task, make_task


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Trained(Displayed):
    """A finished training.

    Attributes
    ----------
    trainer : Trainer
        The circuit and its task.
    state : TrainingState
        State after the last epoch.
    metrics : tuple of Metrics
        One per epoch.
    """

    trainer: Trainer
    state: TrainingState
    metrics: tuple[Metrics, ...]

    def predict(self, features: ArrayLike) -> NDArray[np.float64]:
        """Return the outputs of the trained chemistry, shape (n, outputs), concentration.

        Parameters
        ----------
        features : array-like, shape (n, inputs), concentration
            One sample per row.

        Raises
        ------
        DataError
            If they are not a table of finite numbers with the task's number of columns, or a dose would be
            negative.
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
    """Return the description of a training, with defaults for values that are not given.

    Parameters
    ----------
    task : str or Task
        A name in the registry, for the recorded training; or your own task, for defaults according to the
        scale of its data.
    circuit, rule : str, optional
        Family of circuits, and learning rule.
    epochs : int, optional
        Passes over the data.
    **options
        Options of the family; None means the default.

    Raises
    ------
    InvalidValueError
        If the number of epochs is out of range.

    Examples
    --------
    >>> spec = plan("xor")
    >>> spec.circuit, spec.rule, spec.epochs, round(spec.circuit_options["learning_rate"], 4)
    ('perceptron', 'backpropagation', 595, 0.0182)
    >>> plan("xor", "cubic").source, plan(make_task("xor")).source
    ('arXiv 2409.00034', 'own data')
    """
    if isinstance(task, str):
        name = circuit or TASKS.find(task).circuit
        learned_by = rule or default_rule(task, name)
        is_recorded = (task, name, learned_by) in SETTINGS
        if is_recorded or isinstance(FAMILIES.find(name), EquationFamily):
            return recorded_spec(task, name, learned_by).with_options(epochs=epochs, **options)
        return plan_scaled(task, name, rule=rule, epochs=epochs, **options)
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


def plan_scaled(task: str, circuit: str, **chosen: Any) -> TrainingSpec:
    """Return the description of a training on a task of the registry with features scaled into [0, 1], and
    defaults according to the scale, even if a training is recorded; see `plan`.

    Examples
    --------
    >>> plan_scaled("bilinear", "quadratic").task_options
    {'scaled': True}
    """
    spec = plan(make_task(task, scaled=True), circuit, **chosen)
    return replace(spec, task=task, task_options={"scaled": True}, source="ours")


def train_circuit(
    circuit: Circuit,
    task: Task,
    *,
    initial: Mapping[str, Distribution] | None = None,
    level: str = "staged",
    clock: str = "",
    seed: int = 0,
    epochs: int = 50,
    executor: str = DEFAULT_EXECUTOR,
    kinetics: Kinetics | None = None,
    readings: int = 1,
    tolerances: Tolerances | None = None,
    callback: Callback | None = None,
    retry: bool = True,
) -> Trained:
    """Train any circuit on any task.

    Parameters
    ----------
    circuit : Circuit
        The number of features and outputs must be that of the task.
    task : Task
        The task.
    initial : mapping of str to Distribution, optional
        Initial distributions of parameters by name; those of the readout are ``w`` and ``b``. The default is
        the standard normal distribution.
    level, clock : str
        Level at which the circuit is compiled, and the clock for the autonomous level; see `Circuit.compile`.
    seed : int
        Seed of initial parameters and of the order of samples.
    epochs : int
        Passes over the data.
    executor : str
        Name of the executor that simulates the program, see `neuralcrn.engines.EXECUTORS`.
    kinetics : Kinetics, optional
        Kinetics; ``Kinetics("ssa", volume=1000)`` simulates stochastically.
    readings : int
        Number of readings of the pot whose mean is a prediction; with stochastic kinetics they differ.
    tolerances : Tolerances, optional
        Accuracy of the integration.
    callback : Callback, optional
        Called with the progress of the training; see `progress_bar`.
    retry : bool
        Whether an epoch that diverges is repeated with half the learning rate.

    Raises
    ------
    InvalidValueError
        If the number of epochs is out of range, or `initial` contains a name that is not a trained parameter.
    DataError
        If the dimensions of circuit and task differ.
    DivergenceError
        If an epoch diverges; with `retry`, if it still diverges after the rate was halved eight times, each
        time with a warning.

    Examples
    --------
    >>> from neuralcrn.algebra import SignedSystem
    >>> shapes = {"states": {"z": 2}, "inputs": {"x": 2}, "parameters": {"theta": 2}}
    >>> system = SignedSystem.parse("dz = theta*x - 0.1*z", **shapes)
    >>> mine = Circuit(name="mine", system=system, features=2)
    >>> from neuralcrn.tasks import make_task
    >>> initial = {"theta": Distribution("uniform", 0.1, 0.5)}
    >>> trained = train_circuit(mine, make_task("linear-regression", 1), initial=initial, epochs=3)
    >>> trained.metrics[2].train_loss < trained.metrics[0].train_loss
    True
    """
    check_epochs(epochs)
    laws = initial or {}
    learned = {parameter.name for parameter in circuit.trained_parameters}
    for name in laws:
        if name not in learned:
            raise InvalidValueError(f"initial: {UnknownNameError('trained parameter', name, learned)}")

    program = circuit.compile(level, clock)
    trainer = Trainer(
        program, task, seed=seed, tolerances=tolerances, kinetics=kinetics, executor=executor,
        readings=readings,
    )  # fmt: skip
    return _trained(Progress(trainer, trainer.fresh_state(laws), epochs), callback, retry=retry)


def train_task(
    task: str | Task,
    circuit: str | None = None,
    *,
    rule: str | None = None,
    level: str = "staged",
    clock: str = "",
    seed: int = 0,
    epochs: int | None = None,
    executor: str = DEFAULT_EXECUTOR,
    kinetics: Kinetics | None = None,
    readings: int = 1,
    tolerances: Tolerances | None = None,
    callback: Callback | None = None,
    **circuit_options: Any,
) -> Trained:
    """Train a circuit on a task, with the recorded setting or, for your own data, with suitable defaults.

    Parameters
    ----------
    task : str or Task
        A name in the registry, or your own task, for example from `read_csv_task`.
    circuit : str, optional
        Name in the registry; by default the default circuit of the task.
    rule : str, optional
        Learning rule; by default that of task and circuit.
    level, clock : str
        Level at which the circuit is compiled, and the clock for the autonomous level; see `Circuit.compile`.
    seed : int
        Seed of data, initial parameters and the order of samples.
    epochs : int, optional
        Passes over the data.
    executor : str
        Name of the executor that simulates the program, see `neuralcrn.engines.EXECUTORS`.
    kinetics : Kinetics, optional
        Kinetics; ``Kinetics("ssa", volume=1000)`` simulates stochastically.
    readings : int
        Number of readings of the pot whose mean is a prediction; with stochastic kinetics they differ.
    tolerances : Tolerances, optional
        Accuracy of the integration.
    callback : Callback, optional
        Called with the progress of the training; see `progress_bar`.
    **circuit_options
        Options of the family that replace those of the setting.

    Examples
    --------
    >>> trained = train_task("linear-regression", epochs=2)
    >>> trained.metrics[1].train_loss < trained.metrics[0].train_loss
    True
    """
    spec = replace(
        plan(task, circuit, rule=rule, epochs=epochs, **circuit_options),
        level=level,
        clock=clock,
        seed=seed,
        executor=executor,
        kinetics=kinetics or Kinetics(),
        readings=readings,
        tolerances=tolerances,
    )
    data = spec.make_task() if isinstance(task, str) else task
    return _trained(begin_training(spec, data), callback)


def _trained(progress: Progress, callback: Callback | None, *, retry: bool = True) -> Trained:
    """Train for all epochs, calling the callback."""
    for reached in continue_training(progress, retry=retry):
        progress = reached
        if callback is not None:
            callback(progress)
    return Trained(progress.trainer, progress.state, progress.metrics)
