"""What the chemistry of a circuit does with a sample, measured rail by rail.

The training protocol is played step by step on the engine. The only arithmetic is what an
instrument does: the difference of the two rails of a quantity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network
from neuralcrn.circuits import FAMILIES, Distribution
from neuralcrn.compiler import Circuit, Phase, Role, gradient_of
from neuralcrn.compiler.optimiser import update_factors
from neuralcrn.compiler.schedule import sample_feeds
from neuralcrn.engines.outcome import Outcome
from neuralcrn.errors import SimulationError
from neuralcrn.tasks import Samples

if TYPE_CHECKING:
    from neuralcrn.engines.native.lowering import Instructions, LoweredProgram

Vector = NDArray[np.float64]

RELATIVE_TOLERANCE = 1e-9
ABSOLUTE_TOLERANCE = 1e-13
MAX_STEPS = 1_000_000

_UNLISTED = Distribution("normal", 0.0, 1.0)
"""Law of parameters for which the family gives none."""


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
        What should come out.
    """

    parameters: Vector
    features: Vector
    targets: Vector


def draw_samples(circuit: Circuit, count: int, rng: np.random.Generator) -> tuple[Sample, ...]:
    """Draw test points: parameters by the family's laws, features U(0, 1) or U(-1, 1), targets U(0, 1).

    Some laws are one-sided and would leave negative rails empty, so from the second point on every
    other one has the signs of its parameters drawn anew.

    Examples
    --------
    >>> from neuralcrn.circuits import make_circuit
    >>> (sample,) = draw_samples(make_circuit("linear"), 1, np.random.default_rng(0))
    >>> sample.parameters.round(3), sample.features.shape
    (array([0.355, 0.208]), (2,))
    """
    family = FAMILIES.get(circuit.name)
    laws = family.initial if family else {}
    names = [parameter.name for parameter in circuit.trained_parameters]
    low = np.full(circuit.features, -1.0)
    for dose in sample_feeds(circuit):
        if dose.source == "feature" and dose.variable.name in circuit.non_negative:
            low[dose.index] = 0.0
    samples: list[Sample] = []
    for number in range(count):
        parameters = np.concatenate([laws.get(name, _UNLISTED).sample(rng, 1) for name in names])
        if number % 2:
            parameters *= rng.choice((-1.0, 1.0), len(parameters))
        features, targets = rng.uniform(low, 1.0), rng.uniform(0.0, 1.0, circuit.outputs)
        samples.append(Sample(parameters, features, targets))
    return tuple(samples)


@final
@dataclass(frozen=True, slots=True, eq=False)
class PlayedPhase:
    """One phase as it was played.

    Attributes
    ----------
    phase : Phase
        Reactions and duration.
    before, after : ndarray, shape (species of the network,), concentration
        Contents of the pot at its start and end.
    """

    phase: Phase
    before: Vector
    after: Vector

    @property
    def started(self) -> Network:
        """The network with the pot's contents as initial concentrations."""
        network = self.phase.network
        # the engine may leave a rail below zero by rounding, which no network starts from
        initial = np.maximum(self.before, 0.0).tolist()
        return Network(network.species, network.reactions, tuple(initial))

    def coexistence(self) -> float:
        """Return the largest min(v+, v-) that annihilation leaves at the end; 0 if nothing annihilates."""
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
    """What the chemistry does with one sample.

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


def measure(lowered: LoweredProgram, sample: Sample) -> Measurement:
    """Predict from and learn from one sample, step by step, and measure what design and mathematics name.

    Parameters
    ----------
    lowered : LoweredProgram
        From `training.lowering.lower`.
    sample : Sample
        The test point.

    Raises
    ------
    SimulationError
        If a phase does not reach its end.
    DataError
        If a dose would be negative where there is one rail.
    """
    from neuralcrn.engines.native.lowering import FLUSH, RUN
    from neuralcrn.learning.doses import refuse_negative_doses
    from neuralcrn.learning.trainer import dose_parameters

    program = lowered.program
    circuit = program.circuit
    trained = circuit.trained_parameters
    outputs, error = np.zeros(circuit.outputs), np.zeros(circuit.outputs)
    parameters = dict(zip(trained, sample.parameters.tolist(), strict=True))
    fixed = {parameter: circuit.fixed[parameter.name] for parameter in circuit.fixed_parameters}
    refuse_negative_doses(program, Samples([sample.features], [sample.targets]), "sample")
    state = dose_parameters(lowered, {**parameters, **fixed})
    play_steps(lowered, lowered.prediction, state.copy(), sample, outputs)
    before = lowered.signed(state, trained)
    gradient = np.zeros(len(trained))
    played: list[PlayedPhase] = []
    for step in single_steps(lowered.training):
        operation, index = step.table[0, :2]
        if operation == FLUSH:
            break
        if operation != RUN:
            play_steps(lowered, step, state, sample, error)
            continue
        phase = program.phases[index]
        places = [lowered.positions[name] for name in phase.network.species]
        start = state[places]
        if phase.role is Role.UPDATE and circuit.update == "accumulate":
            gradient = lowered.signed(state, [gradient_of(parameter) for parameter in trained])
        play_steps(lowered, step, state, sample, error)
        played.append(PlayedPhase(phase, start, state[places]))
    change = lowered.signed(state, trained) - before
    if circuit.update == "direct":
        decay, step = update_factors(circuit)
        gradient = (change + decay * before) / -step
    return Measurement(outputs, error, gradient, change, tuple(played))


def single_steps(instructions: Instructions) -> Iterator[Instructions]:
    """Yield the steps of a protocol one by one."""
    for row in range(len(instructions.numbers)):
        yield instructions._replace(
            table=instructions.table[row : row + 1], numbers=instructions.numbers[row : row + 1]
        )


def play_steps(
    lowered: LoweredProgram, steps: Instructions, state: Vector, sample: Sample, measured: Vector
) -> None:
    """Play steps of a protocol on `state` in place."""
    from neuralcrn.engines.native.counting import Counting
    from neuralcrn.engines.native.execute import play

    outcome, phase, time, _, _ = play(
        steps,
        lowered.arrays(),
        state,
        sample.features,
        sample.targets,
        measured,
        lowered.controls(RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE, MAX_STEPS),
        np.zeros(lowered.scratch_size),
        Counting(lowered).for_training(),
    )
    if outcome != Outcome.SUCCESS:
        raise SimulationError(
            f"circuit {lowered.program.circuit.name}, phase {lowered.program.phases[phase].name}, "
            f"time {time:.4g}: {Outcome(outcome).advice}"
        )
