"""What happens in the pot during one training step, species by species."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuralcrn.algebra import Variable
from neuralcrn.chemistry import Network
from neuralcrn.compiler.program import Dose, Flush, Program, Run, Withdraw
from neuralcrn.engines.native.lowering import ABSENT, LoweredProgram
from neuralcrn.engines.native.simulate import simulate
from neuralcrn.engines.outcome import Outcome
from neuralcrn.engines.trajectory import Trajectory
from neuralcrn.errors import SimulationError


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """Concentrations through the phases of one training step.

    Attributes
    ----------
    program : Program
        What was played.
    species : tuple of str
        All species of the pot.
    times : ndarray, shape (n,), time
        Time since the first dose; the ends of phases occur twice.
    values : ndarray, shape (n, species), concentration
        One row a time.
    boundaries : tuple of (str, float, float)
        Name, start and end of each phase.
    """

    program: Program
    species: tuple[str, ...]
    times: NDArray[np.float64]
    values: NDArray[np.float64]
    boundaries: tuple[tuple[str, float, float], ...]

    def signed(self, variable: Variable) -> NDArray[np.float64]:
        """Return the value of a variable over time, rail minus rail."""
        rails = self.program.rails.of(variable)
        return sum(
            (sign * self.values[:, self.species.index(name)] for name, sign in rails),
            start=np.zeros(len(self.times)),
        )


def record_step(
    lowered: LoweredProgram,
    pot: NDArray[np.float64],
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
    *,
    points: int = 60,
) -> Recording:
    """Play the training protocol for one sample and record every species.

    Parameters
    ----------
    lowered : LoweredProgram
        The circuit.
    pot : ndarray, shape (species,), concentration
        What is in the pot before the step; it is not changed.
    features, targets : ndarray, shape (inputs,) and (outputs,), concentration
        The sample.
    points : int
        Times recorded in each phase.

    Raises
    ------
    SimulationError
        If a phase does not reach its end.
    DataError
        If a dose would be negative where there is one rail.
    """
    program = lowered.program
    species = tuple(lowered.positions)
    state = pot.copy()
    times: list[NDArray[np.float64]] = []
    values: list[NDArray[np.float64]] = []
    boundaries: list[tuple[str, float, float]] = []
    now = 0.0
    for step in program.training:
        if isinstance(step, Dose):
            _dose(step, lowered, state, features, targets)
        elif isinstance(step, Run):
            run = _recorded_run(step, program, species, state, points)
            times.append(now + run.times)
            values.append(run.values)
            boundaries.append((step.phase, now, now + run.end))
            state = run.values[-1].copy()
            now += run.end
        elif isinstance(step, Withdraw):
            places = lowered.places(step.variables)
            state[places[places != ABSENT]] = 0.0
        elif isinstance(step, Flush):
            break
    return Recording(program, species, np.concatenate(times), np.concatenate(values), tuple(boundaries))


def _recorded_run(
    step: Run, program: Program, species: tuple[str, ...], state: NDArray[np.float64], points: int
) -> Trajectory:
    """Simulate one run of the protocol on a grid of times that ends where it ends."""
    phase = program.phase(step.phase)
    initial = dict(zip(species, state.clip(min=0.0).tolist(), strict=True))
    network = Network.of(phase.network.reactions, initial, species)
    atol = {name: min(1e-10, program.precise.get(name, 1e-10)) for name in species}
    duration = phase.duration if step.duration is None else step.duration
    if step.until is not None:
        waited = (step.until.species, step.until.threshold)
        duration = _reached(
            phase.name, simulate(network, duration, [duration], until=waited, rtol=1e-6, atol=atol)
        ).end
    grid = np.linspace(0.0, duration, points)
    return _reached(phase.name, simulate(network, duration, grid, rtol=1e-6, atol=atol))


def _reached(phase: str, run: Trajectory) -> Trajectory:
    """Return a run that ended as it should, or refuse it."""
    if run.outcome != Outcome.SUCCESS:
        raise SimulationError(f"{phase} stopped at {run.end:g}: {run.outcome.advice}")
    return run


def _dose(
    step: Dose,
    lowered: LoweredProgram,
    state: NDArray[np.float64],
    features: NDArray[np.float64],
    targets: NDArray[np.float64],
) -> None:
    """Add the amount of a dose to the rail of its sign."""
    number = {"feature": features, "target": targets, "constant": np.ones(1)}[step.source][step.index]
    amount = step.factor * float(number)
    state[lowered.positions[lowered.program.rails.receiving(step.variable, amount)]] += abs(amount)
