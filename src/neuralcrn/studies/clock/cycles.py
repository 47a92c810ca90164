"""Simulation of a clock from cycle to cycle.

Cycles are counted as in a pot: the clock is armed when the read species rises above its threshold, and a
cycle ends when the dose species rises above its threshold. Both events are located exactly. Gates are
integrated by additional species, ``C1 -> C1 + Q``, which do not affect the clock.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from numpy.typing import NDArray

from neuralcrn.chemistry import Network, Reaction
from neuralcrn.chemistry.stoichiometry import conservation_laws
from neuralcrn.compiler.pot.clocks import PRECISION, Clock, ClockGate
from neuralcrn.engines import Outcome, Solver, Trajectory

Vector = NDArray[np.float64]

LONGEST_WAIT = 5.0
"""Number of periods without an event after which a clock is considered stopped."""
RTOL = 1e-8
"""Relative tolerance: with 1e-6 solver errors shorten a conservative ring by 1e-4 in 1,000 cycles."""
_SAMPLES = 100
"""Samples per period for finding the peaks of gates."""
_INTEGRAL_PRECISION = 1e-9
"""Absolute tolerance of an integral, relative to the total times the period."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Cycles:
    """Measurements on each cycle of a clock.

    Attributes
    ----------
    periods : ndarray, shape (n_cycles,), time
        Time from dose to dose.
    integrals : ndarray, shape (n_cycles, n_phases), concentration x time
        Integral of each gate; for a product of two species, concentration squared x time.
    shared : ndarray, shape (n_cycles, n_pairs), time
        Integral of the product of two gates, each relative to the total, for every pair of phases.
    peaks : ndarray, shape (n_cycles, n_phases)
        Peak of each gate in the cycle.
    outcome : Outcome
        Outcome of the last integration: `NO_EVENT` for a clock that stopped.
    """

    periods: Vector
    integrals: Vector
    shared: Vector
    peaks: Vector
    outcome: Outcome

    @property
    def count(self) -> int:
        """Number of complete cycles."""
        return len(self.periods)


def total_of(clock: Clock) -> float:
    """Return the conserved sum of a clock, concentration.

    Examples
    --------
    >>> from neuralcrn.compiler.pot.clocks import CLOCKS
    >>> total_of(CLOCKS.find("restored-5"))
    2.0
    """
    (law,) = conservation_laws(clock.network)
    return float(np.dot(law, clock.network.initial))


def pairs_of(clock: Clock) -> tuple[tuple[str, str], ...]:
    """Return the pairs of phases, in the order of `Cycles.shared`."""
    return tuple(itertools.combinations(clock.gates, 2))


def gate_values(trajectory: Trajectory, gate: ClockGate) -> Vector:
    """Return the value of a gate along a trajectory: one species, or the product of two."""
    return np.prod([trajectory[name] for name in gate.species], axis=0)


def follow(
    clock: Clock, cycles: int, network: Network | None = None, *, pairs: bool = False, rtol: float = RTOL
) -> Cycles:
    """Simulate a clock for some cycles, or until it stops.

    Parameters
    ----------
    clock : Clock
        The clock.
    cycles : int
        Maximum number of cycles.
    network : Network, optional
        Reactions that replace those of the clock, for example with another rate constant or with a load.
    pairs : bool
        Whether `Cycles.shared` is measured; otherwise it has no columns.
    rtol : float
        Relative tolerance of each step.

    Examples
    --------
    >>> from neuralcrn.compiler.pot.clocks import CLOCKS
    >>> print(follow(CLOCKS.find("restored-5"), 3).periods.round(3))
    [49.517 49.517 49.517]
    """
    gauge = _Gauge(clock, network or clock.network, pairs, rtol)
    wait = LONGEST_WAIT * clock.period
    grid = np.linspace(0.0, wait, int(LONGEST_WAIT * _SAMPLES) + 1)
    rows: list[tuple[float, Vector, Vector]] = []
    state, outcome = gauge.start, Outcome.SUCCESS
    while len(rows) < cycles:
        length, peaks = 0.0, np.zeros(len(clock.gates))
        for event in (clock.read, clock.dose):
            run = gauge.solver.run(wait, grid, start=state, until=(event.species, event.threshold))
            state, outcome = run.final, run.outcome
            length += run.end
            peaks = np.maximum(peaks, gauge.peaks(run))
            if outcome != Outcome.SUCCESS:
                break
        if outcome != Outcome.SUCCESS:
            break
        rows.append((length, gauge.take_integrals(state), peaks))
    measured = np.array([integrals for _, integrals, _ in rows]).reshape(len(rows), len(gauge.scales))
    return Cycles(
        periods=np.array([length for length, _, _ in rows]),
        integrals=measured[:, : len(clock.gates)],
        shared=measured[:, len(clock.gates) :],
        peaks=np.array([peaks for _, _, peaks in rows]).reshape(len(rows), len(clock.gates)),
        outcome=outcome,
    )


def sample_cycles(clock: Clock, cycles: int = 3, points: int = 1000) -> Trajectory:
    """Return the species of a clock during some cycles, after the first one.

    Parameters
    ----------
    clock : Clock
        The clock.
    cycles : int
        Duration in nominal periods.
    points : int
        Number of times per period.
    """
    end = cycles * clock.period
    solver = Solver.of(clock.network, rtol=RTOL, atol=clock_tolerances(clock, clock.network))
    settled = solver.run(clock.period).final
    return solver.run(end, np.linspace(0.0, end, cycles * points + 1), start=settled)


def clock_tolerances(clock: Clock, network: Network) -> Mapping[str, float]:
    """Return absolute tolerances that resolve the floors of a clock."""
    return dict.fromkeys(network.species, PRECISION * clock.floor)


class _Gauge:
    """A clock with species that integrate its gates."""

    def __init__(self, clock: Clock, network: Network, pairs: bool, rtol: float):
        total = total_of(clock)
        factors = [gate.species for gate in clock.gates.values()]
        self.scales = [1.0] * len(factors)
        if pairs:
            both = [clock.gates[a].species + clock.gates[b].species for a, b in pairs_of(clock)]
            factors += both
            self.scales += [total ** -len(names) for names in both]
        integrals = [f"Q_{i}" for i in range(len(factors))]
        meters = [
            Reaction.of(Counter(names), {**Counter(names), integral: 1}, label="integral")
            for names, integral in zip(factors, integrals, strict=True)
        ]
        start = dict(zip(network.species, network.initial, strict=True))
        measured = Network.of([*network.reactions, *meters], start, species=network.species)
        tolerances = dict(clock_tolerances(clock, network))
        for names, integral in zip(factors, integrals, strict=True):
            tolerances[integral] = _INTEGRAL_PRECISION * clock.period * total ** len(names)
        self.solver = Solver.of(measured, rtol=rtol, atol=tolerances)
        self.start = np.array(measured.initial)
        self._integrals = [measured.index[name] for name in integrals]
        self._gates = [[measured.index[name] for name in gate.species] for gate in clock.gates.values()]

    def take_integrals(self, state: Vector) -> Vector:
        """Return the integrals of the gates since the last call, and reset them."""
        values = state[self._integrals] * self.scales
        state[self._integrals] = 0.0
        return values

    def peaks(self, run: Trajectory) -> Vector:
        """Return the peak of each gate among the samples of a run."""
        whole = np.vstack([run.values, run.final])
        return np.array([whole[:, gate].prod(axis=1).max() for gate in self._gates])
