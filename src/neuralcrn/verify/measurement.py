"""Measurements on the chemistry of a circuit for one sample.

The training protocol is executed step by step. The only arithmetic is that of a measurement: the difference
of the two rails of a quantity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network
from neuralcrn.circuits import FAMILIES, draw
from neuralcrn.compiler import RULES, Circuit, Flush, Phase, PhaseRole, Program, Run, Step, gradient_of
from neuralcrn.compiler.optimiser import gradient_scale, is_collected, update_factors
from neuralcrn.compiler.rules import needs_classes
from neuralcrn.compiler.schedule import sample_feeds
from neuralcrn.engines import DEFAULT_EXECUTOR, EXECUTORS, Executable, Tolerances
from neuralcrn.learning.doses import check_doses
from neuralcrn.tasks import Samples

Vector = NDArray[np.float64]

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-13
MAX_STEPS = 1_000_000
_SMALLEST = 1e-200
"""Concentrations below this are none."""
BIAS_DEVIATION = 0.3
"""Standard deviation of the random part of parameters that are initially constant, at test points."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A test point.

    Attributes
    ----------
    parameters : ndarray, shape (trained parameters,), concentration
        In the order of `Circuit.trained_parameters`.
    features : ndarray, shape (features,), concentration
        The data.
    targets : ndarray, shape (outputs,), concentration
        Target values.
    """

    parameters: Vector
    features: Vector
    targets: Vector


def draw_samples(circuit: Circuit, count: int, rng: np.random.Generator) -> tuple[Sample, ...]:
    """Draw test points: parameters from the distributions of the family, features U(0, 1) or U(-1, 1),
    targets U(0, 1), those of two classes, or one-hot targets for rules that need them.

    Some distributions have only one sign, for which negative rails would be empty. Therefore the signs of the
    parameters of every second point are random. Parameters that are initially constant get a random part:
    with a bias of zero its reactions would not be tested, and units whose inputs are all zero would be
    exactly where the derivative of a rectifier is not defined.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> (sample,) = draw_samples(make_circuit("linear"), 1, np.random.default_rng(0))
    >>> sample.parameters.round(3), sample.features.shape
    (array([0.355, 0.208]), (2,))
    """
    family = FAMILIES.get(circuit.name)
    laws = family.initial if family else {}
    low = np.full(circuit.features, -1.0)
    for dose in sample_feeds(circuit):
        if dose.source == "feature" and dose.variable.name in circuit.non_negative:
            low[dose.index] = 0.0
    constant = {name for name, law in laws.items() if law.kind in ("constant", "share")}
    spread = [BIAS_DEVIATION * (p.name in constant) for p in circuit.trained_parameters]
    one_rail = [p.name in circuit.non_negative for p in circuit.trained_parameters]
    samples: list[Sample] = []
    for number in range(count):
        parameters = np.array(list(draw(laws, circuit.trained_parameters, rng).values()))
        if constant:
            parameters += rng.normal(0.0, spread)
        if number % 2:
            parameters *= rng.choice((-1.0, 1.0), len(parameters))
        parameters = np.where(one_rail, np.abs(parameters), parameters)
        features, targets = rng.uniform(low, 1.0), rng.uniform(0.0, 1.0, circuit.outputs)
        if needs_classes(circuit):
            targets = np.where(targets < 0.5, circuit.target_low, circuit.target_high)
        if RULES.find(circuit.rule).one_hot:
            targets = np.eye(circuit.outputs)[np.argmax(targets)]
        samples.append(Sample(parameters, features, targets))
    return tuple(samples)


@final
@dataclass(frozen=True, slots=True, eq=False)
class PlayedPhase:
    """One executed phase.

    Attributes
    ----------
    phase : Phase
        Reactions and duration.
    before, after : ndarray, shape (species of the network,), concentration
        Contents of the pot at the start and the end of the phase.
    """

    phase: Phase
    before: Vector
    after: Vector

    @property
    def started(self) -> Network:
        """The network with the contents of the pot as initial concentrations."""
        network = self.phase.network
        # Rounding may leave negative concentrations, which are not valid initial values, and annihilation
        # tiny ones, which formats cannot represent.
        initial = np.where(self.before < _SMALLEST, 0.0, self.before).tolist()
        return Network(network.species, network.reactions, tuple(initial))

    def coexistence(self) -> float:
        """Return the largest min(v+, v-) at the end; 0 without annihilation reactions."""
        place = {name: i for i, name in enumerate(self.phase.network.species)}
        pairs = [
            [place[name] for name, _ in reaction.reactants.terms]
            for reaction in self.phase.network.reactions
            if len(reaction.reactants.terms) == 2 and not reaction.products.terms
        ]
        return max((float(self.after[pair].min()) for pair in pairs), default=0.0)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """Measurements for one sample.

    Attributes
    ----------
    outputs : ndarray, shape (outputs,)
        The error species after readout without a target: yhat.
    error : ndarray, shape (outputs,)
        The same with the target dosed as its negative.
    gradient : ndarray, shape (trained parameters,)
        g+ - g- after the last phase before the update.
    change : ndarray, shape (trained parameters,)
        Parameters after the update minus before.
    phases : tuple of PlayedPhase
        Every phase of the training protocol.
    """

    outputs: Vector
    error: Vector
    gradient: Vector
    change: Vector
    phases: tuple[PlayedPhase, ...]

    @property
    def different_phases(self) -> tuple[PlayedPhase, ...]:
        """Every phase once, as it was executed last."""
        return tuple({played.phase.name: played for played in self.phases}.values())


def accurate(program: Program, executor: str = DEFAULT_EXECUTOR) -> Executable:
    """Return a program prepared for measurements, by the executor of that name."""
    tolerances = Tolerances(RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE, MAX_STEPS)
    return EXECUTORS.find(executor).prepare(program, tolerances)


def measure(executable: Executable, sample: Sample, protocol: Sequence[Step] | None = None) -> Measurement:
    """Predict and learn one sample, step by step, and measure outputs, error, gradients and parameters.

    Parameters
    ----------
    executable : Executable
        From `accurate`.
    sample : Sample
        The test point.
    protocol : sequence of Step, optional
        Protocol of training; by default `Program.training`.

    Raises
    ------
    SimulationError
        If a phase fails.
    DataError
        If a dose would be negative for a variable with one rail.
    """
    program = executable.program
    circuit = program.circuit
    trained = circuit.trained_parameters
    outputs, error = np.zeros(circuit.outputs), np.zeros(circuit.outputs)
    state = sampled_pot(executable, sample)
    executable.execute(program.prediction, state.copy(), sample.features, sample.targets, outputs)
    before = executable.signed(state, trained)
    gradient = np.zeros(len(trained))
    executed: list[PlayedPhase] = []
    applies = PhaseRole.COLLECT if is_collected(circuit) else PhaseRole.UPDATE
    for step in program.training if protocol is None else protocol:
        if isinstance(step, Flush):
            break
        start = state.copy()
        if isinstance(step, Run):
            phase = program.phase(step.phase)
            if phase.role is applies and circuit.update != "direct":
                produced = executable.signed(state, [gradient_of(parameter) for parameter in trained])
                gradient = produced / gradient_scale(circuit)
        executable.execute((step,), state, sample.features, sample.targets, error)
        if isinstance(step, Run):
            phase = program.phase(step.phase)
            places = [executable.positions[name] for name in phase.network.species]
            executed.append(PlayedPhase(phase, start[places], state[places]))
    change = executable.signed(state, trained) - before
    if circuit.update == "direct":
        decay, size = update_factors(circuit)
        gradient = (change + decay * before) / -size
    return Measurement(outputs, error, gradient, change, tuple(executed))


def sampled_pot(executable: Executable, sample: Sample) -> Vector:
    """Return a new pot with the parameters of a sample.

    Raises
    ------
    DataError
        If a dose of the sample is negative for a variable with one rail.
    """
    circuit = executable.program.circuit
    check_doses(executable.program, Samples([sample.features], [sample.targets]), "sample")
    parameters = dict(zip(circuit.trained_parameters, sample.parameters.tolist(), strict=True))
    fixed = {parameter: circuit.fixed[parameter.name] for parameter in circuit.fixed_parameters}
    return executable.new_pot({**parameters, **fixed})
