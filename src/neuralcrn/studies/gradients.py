"""Comparison of first-order and exact gradients as functions of the horizon T and the number of inputs N.

First-order chemistry holds states and adjoint, ``g = T (df/dtheta)^T a(T)``, and needs neither reversal nor
adjoint reactions. Its error is of the order T. For ``f = theta x - z|z| / 2`` and z(0) = x the exact rule
is ``T e x (1 - T |x| / 2 + ...)``, element by element, so the angle between the two gradients is about T / 2
times the standard deviation of |x| over the elements (weighted by x^2): it vanishes with T, and does not
increase with N.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.circuits import FAMILIES, make_circuit
from neuralcrn.compiler import Circuit, Program
from neuralcrn.compiler.oracle import Oracle
from neuralcrn.engines.work import Working, together
from neuralcrn.errors import DivergenceError
from neuralcrn.tasks import Samples, Task
from neuralcrn.verify.measurement import accurate, draw_samples, measure

Vector = NDArray[np.float64]

HORIZONS = (0.1, 0.2, 0.5, 1.0, 2.0)
INPUTS = (2, 4, 8, 16, 32)
TRAINED_SAMPLES = 200
"""Number of training samples of `smooth_task`; there are as many validation samples."""
BEND = 0.25
"""Amplitude of the nonlinear part of `smooth_task`, relative to the contribution of one input."""
GAIN = 0.1
"""Approximate fraction of the error of a sample that one update removes, as far as the rate allows."""
HIGHEST_RATE = 0.9
"""At a rate of 1 no gradient is lost and fewer reactions are needed, so counts would not be comparable."""


@final
@dataclass(frozen=True, slots=True)
class GradientRow:
    """Both gradients of one circuit at one horizon and size; medians over seeds.

    Attributes
    ----------
    circuit : str
        Name of the family.
    horizon : float, time
        T.
    inputs : int
        N.
    seeds : int
        Number of samples and trainings of each median.
    angle, lowest_angle, highest_angle : float, degree
        Angle between the gradients that first-order and exact chemistry accumulate for the same sample.
    oracle_angle : float, degree
        The angle between the exact values of the two gradients.
    length : float
        Norm of the first-order gradient relative to that of the exact one, in chemistry: the ratio of the
        step sizes at the same rate.
    first_order_loss, exact_loss : float
        Validation loss after the same training, relative to that of the best constant; infinite if half of
        the trainings diverge.
    first_order_reactions, exact_reactions : int
        Number of reactions in all phases.
    """

    circuit: str
    horizon: float
    inputs: int
    seeds: int
    angle: float
    lowest_angle: float
    highest_angle: float
    oracle_angle: float
    length: float
    first_order_loss: float
    exact_loss: float
    first_order_reactions: int
    exact_reactions: int


def study_gradients(
    circuit: str = "quadratic",
    *,
    horizons: Sequence[float] = HORIZONS,
    inputs: Sequence[int] = INPUTS,
    seeds: Sequence[int] = (0, 1, 2),
    epochs: int = 10,
) -> Iterator[GradientRow]:
    """Yield one row per number of inputs and horizon, measured in simulated chemistry.

    Parameters
    ----------
    circuit : str
        Name of a family.
    horizons : sequence of float, time
        T, of feedforward and feedback phase.
    inputs : sequence of int
        N.
    seeds : sequence of int
        Each seed determines a sample for the angle, a task and its training.
    epochs : int
        Passes over the data.

    Raises
    ------
    SimulationError
        If a phase fails while gradients are measured.

    Examples
    --------
    >>> (row,) = study_gradients(horizons=[0.1], inputs=[2], seeds=[0], epochs=1)
    >>> 0.0 < row.angle < 1.0, row.first_order_reactions < row.exact_reactions
    (True, True)
    """
    for count in inputs:
        exact = [study_circuit(circuit, count, horizon, "exact") for horizon in horizons]
        pairs = [(one.with_(rule="first-order").compile(), one.compile()) for one in exact]
        losses = _final_losses([program for pair in pairs for program in pair], seeds, epochs)
        for pair, of_pair in zip(pairs, losses.reshape(len(pairs), 2, -1).tolist(), strict=True):
            yield _row(pair, seeds, of_pair)


def study_circuit(name: str, inputs: int, horizon: float, rule: str) -> Circuit:
    """Return a circuit whose updates have the same relative size at every horizon and number of inputs.

    For small T an update of theta changes the output for the same sample by ``rate T^2 |x|^2 e`` for every
    state that depends on the inputs; the rate is chosen such that this is `GAIN` times e, up to
    `HIGHEST_RATE`.
    """
    circuit = make_circuit(name, inputs, horizon=horizon, rule=rule)
    readers = len(circuit.inner_parameters) / len(circuit.system.inputs)
    padding = len(circuit.system.inputs) - inputs
    square = inputs / 3.0 + padding * circuit.augmentation**2
    return circuit.with_(learning_rate=min(HIGHEST_RATE, GAIN / (horizon**2 * square * readers)))


def smooth_task(inputs: int, seed: int, samples: int = TRAINED_SAMPLES) -> Task:
    """Return a random smooth function of features that are uniform on [0, 1].

    ``y = c x + BEND sqrt(N) sin(2 sqrt(12) v (x - 1/2))`` with every c_i uniform on [0.5, 1.5] and a random
    unit vector v. The variance of both parts is proportional to N, so losses relative to that of the best
    constant are comparable for all N.

    Parameters
    ----------
    inputs : int
        N.
    seed : int
        Seed of function and samples.
    samples : int
        Number of training samples, and of validation samples.

    Examples
    --------
    >>> task = smooth_task(3, seed=0)
    >>> task.inputs, len(task.train), task.non_negative_inputs
    (3, 200, True)
    """
    rng = np.random.default_rng([seed, inputs])
    weights, direction = rng.uniform(0.5, 1.5, inputs), rng.normal(size=inputs)
    direction *= 2.0 * np.sqrt(12.0) / np.linalg.norm(direction)

    def drawn() -> Samples:
        x = rng.uniform(0.0, 1.0, (samples, inputs))
        bend = BEND * np.sqrt(inputs) * np.sin((x - 0.5) @ direction)
        return Samples(x, (x @ weights + bend)[:, np.newaxis])

    return Task(
        name=f"smooth-{inputs}",
        kind="regression",
        train=drawn(),
        validation=drawn(),
        test=None,
        threshold=None,
        classes=(),
        feature_names=tuple(f"x{i + 1}" for i in range(inputs)),
        target_names=("y",),
        scaling=None,
        bounds=np.tile((0.0, 1.0), (inputs, 1)),
    )


def angle_between(first: Vector, second: Vector) -> float:
    """Return the angle between two vectors in degrees, accurate also near 0.

    Examples
    --------
    >>> angle_between(np.array([1.0, 0.0]), np.array([2.0, 2.0])).__round__(9)
    45.0
    """
    a, b = first / np.linalg.norm(first), second / np.linalg.norm(second)
    return float(np.degrees(2.0 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))))


def _row(pair: tuple[Program, Program], seeds: Sequence[int], losses: Sequence[list[float]]) -> GradientRow:
    """Measure the circuit with first-order and with exact gradients."""
    held, exact = pair
    circuit = exact.circuit
    programs = [accurate(program) for program in pair]
    oracles = [Oracle.of(program.circuit) for program in pair]
    angles: list[float] = []
    true_angles: list[float] = []
    lengths: list[float] = []
    for seed in seeds:
        (sample,) = draw_samples(circuit, 1, np.random.default_rng(seed))
        first, second = (measure(program, sample).gradient for program in programs)
        angles.append(angle_between(first, second))
        lengths.append(float(np.linalg.norm(first) / np.linalg.norm(second)))
        point = sample.parameters, sample.features, sample.targets
        true_angles.append(angle_between(*(oracle.solve(*point).gradient for oracle in oracles)))
    return GradientRow(
        circuit=circuit.name,
        horizon=circuit.horizon,
        inputs=circuit.features,
        seeds=len(seeds),
        angle=statistics.median(angles),
        lowest_angle=min(angles),
        highest_angle=max(angles),
        oracle_angle=statistics.median(true_angles),
        length=statistics.median(lengths),
        first_order_loss=statistics.median(losses[0]),
        exact_loss=statistics.median(losses[1]),
        first_order_reactions=held.reaction_count,
        exact_reactions=exact.reaction_count,
    )


def _final_losses(programs: Sequence[Program], seeds: Sequence[int], epochs: int) -> Vector:
    """Return the loss of every program and seed after training; all are trained together.

    Circuits of different horizons differ only in numbers.
    """
    trainings = itertools.product(programs, seeds)
    found = dict(together(_final_loss(program, seed, epochs) for program, seed in trainings))
    return np.array([found[place] for place in range(len(found))]).reshape(len(programs), -1)


def _final_loss(program: Program, seed: int, epochs: int) -> Working[float]:
    """Return the validation loss after a training, relative to half the variance of the targets."""
    from neuralcrn.learning import Progress, Trainer
    from neuralcrn.learning.loop import trained

    circuit = program.circuit
    task = smooth_task(circuit.features, seed)
    trainer = Trainer(program, task, seed=seed, threads=1)
    start = Progress(trainer, trainer.fresh_state(FAMILIES.find(circuit.name).initial), epochs)
    try:
        last = yield from trained(start, retry=False)
    except DivergenceError:
        return np.inf
    return last.metrics[-1].validation_loss / (0.5 * float(task.validation.targets.var()))
