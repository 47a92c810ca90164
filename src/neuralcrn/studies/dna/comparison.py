"""Comparison of strand displacement with the formal network: errors of signals, and consumption of fuels.

Both levels are simulated. The consumption of a fuel is predicted by counting the events of its formal
reaction with an additional species, and measured as the loss of gates at the DNA level.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Complex, Network
from neuralcrn.compiler import DnaConditions, DnaNetwork, Program, dna_program
from neuralcrn.compiler.dna.gates import Gate
from neuralcrn.compiler.dna.program import dna_phases
from neuralcrn.engines import DEFAULT_EXECUTOR, EXECUTORS, Outcome, Trajectory, simulate
from neuralcrn.errors import SimulationError
from neuralcrn.verify.measurement import Sample

SPENT_LIMIT = 0.05
"""Tolerated consumption of a fuel; the gate is then slower by twice this fraction."""
_POINTS = 10_000
_CONSTANT = 1e-6
"""A signal whose relative range is smaller is considered constant."""


@dataclass(frozen=True, slots=True)
class FuelUse:
    """Consumption of one fuel.

    Attributes
    ----------
    fuel : str
        Name of the gate or translator.
    reaction : str
        The formal reaction that consumes it.
    predicted, spent : float
        Consumed fraction, predicted by the formal simulation and measured at the DNA level.
    lasts : float
        Time, or number of training steps, until 5 % is consumed; extrapolated if it is longer than the run.
    """

    fuel: str
    reaction: str
    predicted: float
    spent: float
    lasts: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DnaComparison:
    """Simulations of a formal network and its strand displacement.

    Attributes
    ----------
    dna : DnaNetwork
        The compiled network.
    formal, actual : Trajectory
        Trajectories in formal units; `actual` contains all species of the DNA level.
    errors : mapping of str to float
        Root mean square difference of each signal, relative to the range of the formal signal (to its value
        if it is constant; in formal units if it is always zero). Time 0 is excluded, because gates do not
        sequester anything yet.
    fuels : tuple of FuelUse
        Gates and translators, in order of exhaustion.
    """

    dna: DnaNetwork
    formal: Trajectory
    actual: Trajectory
    errors: Mapping[str, float]
    fuels: tuple[FuelUse, ...]

    @property
    def expected(self) -> float:
        """Expected error: the lag plus the largest consumed fraction of a fuel.

        In tests with many kinds of networks the error was at most twice as large, and usually smaller.
        """
        return expected_error([self.dna], self.fuels)

    def signal(self, name: str) -> NDArray[np.float64]:
        """Return a signal of the DNA level in units comparable with the formal one, shape (times,)."""
        return self.actual[name] / self.dna.divisor(name)

    def left(self, fuel: str) -> NDArray[np.float64]:
        """Return the remaining fraction of a fuel, shape (times,)."""
        return self.actual[fuel] / self.dna.conditions.capacity

    def __repr__(self) -> str:
        worst = max(self.errors, key=lambda name: self.errors[name])
        return f"<DnaComparison: to {self.formal.end:g}, largest error {self.errors[worst]:.3g} ({worst})>"


def expected_error(compiled: Iterable[DnaNetwork], uses: Sequence[FuelUse]) -> float:
    """Return the expected relative error of signals; see `DnaComparison.expected`.

    Parameters
    ----------
    compiled : iterable of DnaNetwork
        The networks that run, in order.
    uses : sequence of FuelUse
        Predicted consumption of all fuels.
    """
    return max(dna.lag for dna in compiled) + max((use.predicted for use in uses), default=0.0)


def compare_dna(dna: DnaNetwork, t_end: float, *, points: int = _POINTS) -> DnaComparison:
    """Simulate a formal network and its strand displacement.

    Parameters
    ----------
    dna : DnaNetwork
        Result of `compile_dna`.
    t_end : float, formal units of time
        End of both runs.
    points : int
        Number of equally spaced times of comparison, the last one at the end.

    Raises
    ------
    SimulationError
        If one of the simulations stops early.

    Examples
    --------
    >>> from neuralcrn.chemistry import parse_network
    >>> from neuralcrn.compiler import compile_dna
    >>> formal = parse_network("A + B -> C [k = 1]" + chr(10) + "A @initial 1" + chr(10) + "B @initial 2")
    >>> dna = compile_dna(formal, DnaConditions(unit_concentration=1e-8, unit_time=2000.0))
    >>> comparison = compare_dna(dna, 3.0)
    >>> max(comparison.errors.values()) < 0.005
    True
    >>> sorted((use.fuel, f"{use.spent:.2%}") for use in comparison.fuels)
    [('L1', '0.10%'), ('T1', '0.10%')]
    """
    capacity = dna.conditions.capacity
    formal = _simulated(_counting(dna.formal, dna.gates), t_end, points)
    actual = _simulated(dna.network, t_end, points)
    fuels = [
        FuelUse(name, gate.shown, float(predicted), float(lost[-1]), _lasts(lost, actual.times))
        for gate in dna.gates
        for predicted in [dna.gamma_inverse * formal[gate.output][-1] / capacity]
        for name, lost in _lost(gate, capacity, actual.species, actual.values).items()
    ]
    return DnaComparison(
        dna=dna,
        formal=formal,
        actual=actual,
        errors={name: _error(formal[name], actual[name] / dna.divisor(name)) for name in dna.formal.species},
        fuels=tuple(sorted(fuels, key=lambda use: use.lasts)),
    )


def fuel_budget(
    program: Program, conditions: DnaConditions, sample: Sample, *, buffers: bool = True
) -> tuple[FuelUse, ...]:
    """Return the consumption of every fuel in one training step, in order of exhaustion.

    Every step uses fresh gates (see `dna_program`); `lasts` is the number of steps that the same gates could
    be used. Phases that do not run in the step, because they alternate with others, consume nothing.

    Parameters
    ----------
    program : Program
        Staged formal program.
    conditions : DnaConditions
        Units and limits.
    sample : Sample
        Training sample, and initial parameters.
    buffers : bool
        Whether buffers are added; see `compile_dna`.

    Raises
    ------
    CompileError
        See `dna_program`.
    SimulationError
        If a phase fails.
    """
    compiled = dna_phases(program, conditions, buffers=buffers)
    phases = [replace(p, network=_counting(p.network, compiled[p.name].gates)) for p in program.phases]
    formal_species, formal = _phase_ends(replace(program, phases=tuple(phases)), sample)
    formal_end = list(formal.values())[-1]
    species, actual = _phase_ends(dna_program(program, conditions, buffers=buffers), sample)
    uses: list[FuelUse] = []
    for phase in formal:
        dna = compiled[phase]
        capacity = conditions.capacity / dna.gamma_inverse
        for gate in dna.gates:
            predicted = formal_end[formal_species.index(gate.output)] / capacity
            for name, (spent,) in _lost(gate, capacity, species, actual[phase][None]).items():
                steps = SPENT_LIMIT / spent if spent > 0.0 else math.inf
                uses.append(FuelUse(name, gate.shown, float(predicted), float(spent), float(steps)))
    return tuple(sorted(uses, key=lambda use: use.lasts))


def _counting(network: Network, gates: Sequence[Gate]) -> Network:
    """Return a formal network with an additional counter species for the output of each gate."""
    initial = dict(zip(network.species, network.initial, strict=True))
    reactions = [
        replace(gate.formal, products=Complex((*gate.formal.products.terms, (gate.output, 1))))
        for gate in gates
    ]
    return Network.of(reactions, initial, network.species)


def _simulated(network: Network, t_end: float, points: int) -> Trajectory:
    run = simulate(network, t_end, np.linspace(0.0, t_end, points + 1)[1:], rtol=1e-7)
    if run.outcome != Outcome.SUCCESS:
        raise SimulationError(f"{network!r} stopped at {run.end:g}: {run.outcome.advice}")
    return run


def _phase_ends(program: Program, sample: Sample) -> tuple[tuple[str, ...], dict[str, NDArray[np.float64]]]:
    """Execute one training step; return the species and, for each phase that runs, the state at its end."""
    executable = EXECUTORS[DEFAULT_EXECUTOR].prepare(program)
    circuit = program.circuit
    fixed = {parameter: circuit.fixed[parameter.name] for parameter in circuit.fixed_parameters}
    values = dict(zip(circuit.trained_parameters, sample.parameters.tolist(), strict=True)) | fixed
    pot = executable.new_pot(values)
    recording = executable.record(pot, sample.features, sample.targets, points=2)
    phases = [phase for phase, *_ in recording.boundaries]
    return recording.species, dict(zip(phases, recording.values[1::2], strict=True))


def _lost(
    gate: Gate, capacity: float, species: Sequence[str], values: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return the consumed fraction of each fuel of a gate, shape (times,): neither free nor bound to
    signals.
    """
    column = {name: values[:, i] for i, name in enumerate(species)}
    held = column[gate.held] if gate.held else 0.0
    lost = {gate.gate: 1.0 - (column[gate.gate] + held) / capacity}
    if gate.translator:
        lost[gate.translator] = 1.0 - column[gate.translator] / capacity
    return lost


def _lasts(lost: NDArray[np.float64], times: NDArray[np.float64]) -> float:
    """Return the time at which the limit is reached, or would be reached at the mean rate."""
    if lost[-1] >= SPENT_LIMIT:
        return float(np.interp(SPENT_LIMIT, lost, times))
    return float(times[-1] * SPENT_LIMIT / lost[-1]) if lost[-1] > 0.0 else math.inf


def _error(formal: NDArray[np.float64], actual: NDArray[np.float64]) -> float:
    difference = float(np.sqrt(np.mean((actual - formal) ** 2)))
    reach, peak = float(np.ptp(formal)), float(formal.max())
    return difference / ((reach if reach > _CONSTANT * peak else peak) or 1.0)
