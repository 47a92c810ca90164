"""Base class of the estimators: parameters, scaling, fit and predict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neuralcrn.chemistry import Network
from neuralcrn.compiler import Program
from neuralcrn.engines.work import Working
from neuralcrn.errors import DataError, DivergenceError
from neuralcrn.learning.doses import canonical_order, feature_doses, weighted_rows
from neuralcrn.learning.loop import Callback, Progress, continue_training, next_progress
from neuralcrn.learning.recipes import DEFAULT_CIRCUIT, check_size, has_one_output, own_spec
from neuralcrn.learning.retrying import begin_again
from neuralcrn.learning.spec import TrainingSpec
from neuralcrn.learning.state import TrainingState
from neuralcrn.learning.stream import before_sample, learn_stream
from neuralcrn.learning.trainer import Trainer, half_squared_error
from neuralcrn.sklearn.constraints import PARAMETER_CONSTRAINTS
from neuralcrn.sklearn.scikit import (
    BaseEstimator,
    check_is_fitted,
    check_sample_weight,
    drawn_seed,
    fit_context,
    validate_data,
)
from neuralcrn.tasks import Kind, Samples, Scaling, Task

Table = NDArray[np.float64]

THRESHOLD = 0.5
"""Output above which a sample belongs to the second of two classes, concentration."""
PATIENCE = 10
"""Number of epochs without improvement after which a fit ends."""
_CIRCUIT_OPTIONS = (
    "hidden", "activation", "optimiser", "learning_rate", "horizon", "annihilation", "update", "momentum",
    "decay", "batch",
)  # fmt: skip


class ChemicalEstimator(BaseEstimator, ABC):
    """Base class of the regressor and the classifier."""

    _kind: ClassVar[Kind]
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = PARAMETER_CONSTRAINTS

    n_features_in_: int
    scaling_: Scaling
    spec_: TrainingSpec
    pot_: Table
    t_: int
    n_iter_: int
    loss_curve_: list[float]

    def __init__(
        self,
        circuit: str | None = None,
        *,
        rule: str | None = None,
        hidden: int | Sequence[int] | None = None,
        activation: str | None = None,
        optimiser: str | None = None,
        epochs: int | None = None,
        learning_rate: float | None = None,
        horizon: float | None = None,
        annihilation: float | None = None,
        update: str | None = None,
        momentum: float = 0.0,
        decay: float = 0.0,
        batch: int = 1,
        level: str = "staged",
        clock: str = "",
        non_negative: bool = False,
        max_species: int = 20_000,
        tolerance: float | None = 1e-3,
        callback: Callback | None = None,
        random_state: int | np.random.RandomState | None = None,
    ):
        """Store the parameters without checking them; `fit` checks them.

        Parameters
        ----------
        circuit : str, optional
            Family of the circuit; by default ``perceptron``. ``linear`` is least squares.
        rule : str, optional
            Learning rule, see `neuralcrn.RULES`; by default that of the family.
        hidden : int or sequence of int, optional
            Numbers of units of the layers; by default one layer of 32. For a neural ODE, its number of
            states; by default one more than features if states start at the inputs, and at least 8 if every
            input affects every state.
        activation : {'relu', 'leaky-relu', 'squared-relu'}, optional
            Activation of layers; by default ``relu``.
        optimiser : {'plain', 'chop'}, optional
            ``chop`` cancels differences between the rate constants of two rails; by default ``plain``.
        epochs : int, optional
            Maximum number of epochs. By default about 60,000 training steps of a layered circuit, from 20 to
            600 epochs, and 8,000 steps of a neural ODE, from 4 to 400 epochs.
        learning_rate : float, optional
            Fraction of a gradient that is applied to its parameter, in (0, 1]; by default computed from the
            scale of the doses. It is halved with a warning if an epoch diverges.
        horizon : float, time, optional
            T, the duration of feedforward and feedback phase of a neural ODE; by default 1.
        annihilation : float, 1 / (concentration time), optional
            Rate constant of v+ + v- -> 0; by default that of the family.
        update, momentum, decay, batch
            Optimiser, see `Circuit`. With ``linear`` and ``quadratic``, ``update="direct"`` gives similar
            results with half the species in half the time.
        level, clock : str
            Level at which the circuit is compiled, and the clock for the autonomous level, see
            `Circuit.compile`.
        non_negative : bool
            Whether inputs have one rail and are scaled into [0, 1]. This needs fewer species, but learns more
            slowly, and values below the range of the training data are rejected, because doses cannot be
            negative. Otherwise inputs have two rails and are centred in [-1, 1].
        max_species : int
            Maximum number of species; larger circuits are rejected before compilation.
        tolerance : float, optional
            A fit ends early if the loss has not decreased by this fraction below the best value in the last
            10 epochs; None disables early stopping.
        callback : Callback, optional
            Called by `fit` with its progress, see `Progress`.
        random_state : int, RandomState or None
            Seed of initial parameters and of the order of samples. The same integer gives identical results,
            for any order of the rows.
        """
        self.circuit = circuit
        self.rule = rule
        self.hidden = hidden
        self.activation = activation
        self.optimiser = optimiser
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.horizon = horizon
        self.annihilation = annihilation
        self.update = update
        self.momentum = momentum
        self.decay = decay
        self.batch = batch
        self.level = level
        self.clock = clock
        self.non_negative = non_negative
        self.max_species = max_species
        self.tolerance = tolerance
        self.callback = callback
        self.random_state = random_state

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether the estimator is fitted."""
        return hasattr(self, "pot_")

    @property
    def program_(self) -> Program:
        """The compiled program: networks and protocol."""
        check_is_fitted(self)
        return self._program

    @property
    def network_(self) -> dict[str, Network]:
        """The network of each phase, with the learned concentrations as initial concentrations."""
        check_is_fitted(self)
        program = self._program
        amounts = dict(zip(program.pot_species, self.pot_.clip(min=0.0).tolist(), strict=True))
        return {
            phase.name: phase.network.with_initial({name: amounts[name] for name in phase.network.species})
            for phase in program.phases
        }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the model, discarding previous results.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
            Features in any units; they are scaled to concentrations.
        y : array-like, shape (n_samples,)
            Targets; for a regression also of shape (n_samples, n_outputs).
        sample_weight : array-like, shape (n_samples,), optional
            Number of times that a sample is dosed in an epoch. For a fractional part it is dosed once more,
            and the update is stopped after this fraction. This requires the staged level with
            ``update="accumulate"``, without momentum and batches.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If a weight is negative, or fractional and not supported by the program, or more than
            `max_species` species are needed.
        DivergenceError
            If an epoch diverges even after the learning rate was halved eight times.
        """
        progress = self._begun(X, y, sample_weight)
        for reached in continue_training(progress):
            progress = reached
            if self.callback is not None:
                self.callback(progress)
            if self._has_settled(progress):
                break
        return self._fitted(progress)

    @fit_context(prefer_skip_nested_validation=True)
    def fitting(self, X: ArrayLike, y: ArrayLike) -> Working[Self]:
        """Fit the model as `fit` does, without callback, by simulations that several models can execute
        together: `neuralcrn.engines.work.together`.
        """
        progress = self._begun(X, y, None)
        while progress.state.epoch < progress.epochs and not self._has_settled(progress):
            progress = yield from next_progress(progress)
        return self._fitted(progress)

    def _begun(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> Progress:
        """Return the beginning of a fit."""
        if hasattr(self, "pot_"):
            del self.pot_  # a failed fit must not leave an old result
        features, labels, rows, parts = self._validated_samples(X, y, sample_weight, reset=True)
        features, labels = features[rows], labels[rows]
        self._note_labels(labels)
        targets = self._as_targets(labels)
        order = canonical_order(features, targets, parts)
        features, targets, parts = features[order], targets[order], parts[order]
        self._prepare(features, targets)
        doses, target_doses = self._doses(features), self._target_doses(targets)
        trainer = self._trainer(doses, target_doses, drawn_seed(self.random_state), parts)
        return Progress(trainer, self._fresh_state(trainer), self.spec_.epochs)

    def _fitted(self, progress: Progress) -> Self:
        """Keep the results of a fit."""
        self._keep_rate(progress.state)
        self.pot_ = progress.state.pot
        self.loss_curve_ = [row.train_loss for row in progress.metrics]
        self.n_iter_ = len(self.loss_curve_)
        self.t_ = self.n_iter_ * progress.samples
        return self

    def _learn_in_order(
        self, features: Table, labels: NDArray[Any], rows: NDArray[np.int64], parts: Table
    ) -> Self:
        """Execute one training step for each of `rows`; the state is only changed if all of them succeed."""
        targets = self._as_targets(labels)
        begun = hasattr(self, "pot_")
        if not begun:
            if len(rows) < 2:
                raise DataError(
                    "n_samples = 1: the first call of partial_fit sets the scaling of all calls, so it needs "
                    "at least two samples that show the range of every feature"
                )
            order = rows[canonical_order(features[rows], targets[rows], parts)]
            self._prepare(features[order], targets[order])
        doses, target_doses = self._doses(features), self._target_doses(targets)
        trainer = self._trainer(doses, target_doses, 0 if begun else drawn_seed(self.random_state))
        fresh = self._fresh_state(trainer)
        pot, learned = (self.pot_, self.t_) if begun else (fresh.pot, 0)
        state = before_sample(pot, learned, targets.shape[1])
        places = zip(rows[:, None], parts[:, None], strict=True)
        samples = [self._task(doses[row], target_doses[row], part) for row, part in places]
        while True:
            try:
                pot, errors = learn_stream(trainer, state, samples, rows)
                break
            except DivergenceError as error:
                trainer, state = begin_again(trainer, state, error)
        self._keep_rate(state)
        self.pot_, self.t_ = pot, learned + len(rows)
        self.n_iter_ = self.n_iter_ + 1 if begun else 1
        self.loss_curve_ = [*(self.loss_curve_ if begun else []), half_squared_error(errors, parts)]
        return self

    def _keep_rate(self, state: TrainingState) -> None:
        """Keep the learning rate after a divergence."""
        if state.retries:
            self.spec_ = self.spec_.with_options(learning_rate=state.retries[-1].learning_rate)

    @abstractmethod
    def _validated(self, X: ArrayLike, y: ArrayLike, *, reset: bool) -> tuple[Table, NDArray[Any]]:
        """Return checked features and labels."""

    @abstractmethod
    def _note_labels(self, labels: NDArray[Any]) -> None:
        """Store information about all labels."""

    @abstractmethod
    def _as_targets(self, labels: NDArray[Any]) -> Table:
        """Return the targets of outputs, shape (n, outputs)."""

    def _validated_samples(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None, *, reset: bool
    ) -> tuple[Table, NDArray[Any], NDArray[np.int64], Table]:
        """Return checked features and labels, the row of each dose, and the fraction of its update."""
        features, labels = self._validated(X, y, reset=reset)
        weights = None if sample_weight is None else check_sample_weight(sample_weight, features)
        return features, labels, *weighted_rows(self._weights(labels, weights), len(features))

    def _weights(self, labels: NDArray[Any], weights: Table | None) -> Table | None:
        """Return the weights of samples, multiplied by those of their labels."""
        return weights

    def _prepare(self, features: Table, targets: Table) -> None:
        """Choose the scaling and the program for the samples."""
        scaled = targets if self._kind == "regression" else None
        fit = Scaling.fit if self.non_negative else Scaling.fit_centred
        self.scaling_ = fit(features, scaled)
        inputs, outputs = features.shape[1], targets.shape[1]
        name = self.circuit or DEFAULT_CIRCUIT
        if outputs > 1 and has_one_output(name):
            raise DataError(
                f"circuit {name} has one output and these targets need {outputs}: choose another "
                "circuit. Only binary classification is supported."
            )
        spec = own_spec(
            type(self).__name__,
            self._doses(features),
            outputs,
            name,
            rule=self.rule,
            epochs=None if self.epochs is None else int(self.epochs),
            non_negative=bool(self.non_negative),
            positive_targets=bool(self.non_negative) or scaled is None,
            reference=THRESHOLD if scaled is None else 0.0,
            **{option: getattr(self, option) for option in _CIRCUIT_OPTIONS},
        )
        self.spec_ = replace(spec, level=self.level, clock=self.clock)
        check_size(self.spec_.circuit_of(inputs), self.max_species)

    @property
    def _program(self) -> Program:
        return self.spec_.program_of(self.n_features_in_)

    def _fresh_state(self, trainer: Trainer) -> TrainingState:
        return trainer.fresh_state(self.spec_.initializers_of(trainer.program.circuit))

    def _doses(self, features: Table) -> Table:
        names = self._feature_names()
        return feature_doses(self.scaling_, features, names, one_rail=bool(self.non_negative))

    def _target_doses(self, targets: Table) -> Table:
        return targets if self._kind == "classification" else self.scaling_.scale_targets(targets)

    def _feature_names(self) -> Sequence[str]:
        unnamed = [f"x{column}" for column in range(self.n_features_in_)]
        return tuple(getattr(self, "feature_names_in_", unnamed))

    def _trainer(
        self, doses: Table, target_doses: Table, seed: int = 0, parts: Table | None = None
    ) -> Trainer:
        """Provide a trainer of the program; its machine code and threads are released afterwards."""
        return Trainer(self._program, self._task(doses, target_doses, parts), seed=seed)

    def _task(self, doses: Table, target_doses: Table, parts: Table | None = None) -> Task:
        """Return doses as a task that is also used for validation: the reported score is that of the fit."""
        samples = Samples(doses, target_doses, parts)
        outputs = target_doses.shape[1]
        classes = tuple(map(str, getattr(self, "classes_", ())))
        return Task(
            name=type(self).__name__,
            kind=self._kind,
            train=samples,
            validation=samples,
            test=None,
            threshold=THRESHOLD if len(classes) == 2 else None,
            classes=classes,
            feature_names=tuple(self._feature_names()),
            target_names=tuple(f"y{output}" for output in range(outputs)),
            scaling=self.scaling_,
            bounds=np.array([[self.scaling_.low, self.scaling_.high]] * doses.shape[1]),
        )

    def _has_settled(self, progress: Progress) -> bool:
        losses = [row.train_loss for row in progress.metrics]
        if self.tolerance is None or len(losses) <= PATIENCE:
            return False
        return min(losses) > (1.0 - self.tolerance) * min(losses[:-PATIENCE])

    def _outputs(self, X: ArrayLike) -> Table:
        """Return the outputs of the trained chemistry, concentration, shape (n, outputs)."""
        check_is_fitted(self)
        features = validate_data(self, X, reset=False, dtype=np.float64)
        doses = self._doses(features)
        nothing = np.zeros((len(doses), self._program.circuit.outputs))
        return self._trainer(doses, nothing).predict(before_sample(self.pot_), doses)
