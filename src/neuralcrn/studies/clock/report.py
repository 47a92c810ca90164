"""What a clock is like, measured: how steady, how well parted, and what it bears.

Everything here comes from simulated cycles (`clock_cycles`); nothing is taken from the numbers that a
clock is registered with, except that times are counted in its nominal period.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from neuralcrn.compiler import Circuit
from neuralcrn.compiler.pot.clocks import Clock
from neuralcrn.compiler.pot.track_and_hold import turns_of
from neuralcrn.compiler.rules import find_rule
from neuralcrn.errors import CompileError, InvalidValueError
from neuralcrn.studies.clock.cycles import (
    Cycles,
    Vector,
    follow,
    gate_values,
    pairs_of,
    sample_cycles,
    total_of,
)
from neuralcrn.studies.clock.responses import (
    RESPONSE_CYCLES,
    Response,
    load_responses,
    rate_responses,
)

CYCLE_LIMIT = 100_000
CLOSED = 1e-3
"""A gate is closed where it is below this fraction of its peak."""
TOLERATED_DRIFT = 0.05
"""Largest relative change of the integral of a phase over the cycles that are planned."""
_TRIAL_CYCLES = 20


@final
@dataclass(frozen=True, slots=True)
class Steadiness:
    """How a quantity changes over the cycles.

    Attributes
    ----------
    first, last, mean : float
        In its own unit.
    drift : float
        Change from the first to the last cycle, relative to the first.
    jitter : float
        Standard deviation over the mean.
    """

    first: float
    last: float
    mean: float
    drift: float
    jitter: float

    @classmethod
    def of(cls, values: Vector) -> Steadiness:
        """Return the steadiness of one value a cycle."""
        first, last, mean = float(values[0]), float(values[-1]), float(values.mean())
        return cls(first, last, mean, last / first - 1.0, float(values.std()) / mean)


@final
@dataclass(frozen=True, slots=True)
class GateReport:
    """One gate.

    Attributes
    ----------
    phase : str
        What it opens.
    species : tuple of str
        One, or two whose product it is.
    integral : Steadiness
        Over a cycle, concentration (squared for a product) x time.
    peak : float
        Its highest value; of a product, concentration squared.
    floor : float
        Its lowest value over its peak.
    leak : float
        Its integral while it is closed, below `CLOSED` of its peak, over its integral.
    """

    phase: str
    species: tuple[str, ...]
    integral: Steadiness
    peak: float
    floor: float
    leak: float


@final
@dataclass(frozen=True, slots=True)
class Overlap:
    """What two gates share.

    Attributes
    ----------
    phases : tuple of str
        The two.
    peak : float
        Highest value of their product, each in units of the total.
    shared : float
        Integral of their product over a cycle, over that of the smaller one.
    """

    phases: tuple[str, str]
    peak: float
    shared: float


@final
@dataclass(frozen=True, slots=True, repr=False)
class ClockReport:
    """What was measured about a clock.

    Attributes
    ----------
    clock : str
        Its name.
    species, reactions : int
        How many it takes.
    total : float, concentration
        What it conserves.
    asked, cycles : int
        How many cycles were asked for, and how many it ran.
    period : Steadiness
        Time from dose to dose.
    periods : tuple of float, time
        Of every cycle.
    gates : tuple of GateReport
        One a phase.
    overlaps : tuple of Overlap
        One a pair of phases.
    rates, loads : tuple of Response
        Every rate constant but those of leaks, times each of `FACTORS`; every species of a gate, bound by
        each of `LOADS`.
    """

    clock: str
    species: int
    reactions: int
    total: float
    asked: int
    cycles: int
    period: Steadiness
    periods: tuple[float, ...]
    gates: tuple[GateReport, ...]
    overlaps: tuple[Overlap, ...]
    rates: tuple[Response, ...]
    loads: tuple[Response, ...]

    def gate(self, phase: str) -> GateReport:
        """Return the gate of a phase."""
        return next(gate for gate in self.gates if gate.phase == phase)

    def overlap(self, one: str, other: str) -> Overlap:
        """Return what two phases share."""
        return next(overlap for overlap in self.overlaps if set(overlap.phases) == {one, other})

    def to_json(self) -> dict[str, Any]:
        """Return the report as numbers, texts, lists and dictionaries."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        from neuralcrn.studies.clock.table import describe_clock

        return describe_clock(self)

    def __repr__(self) -> str:
        return f"<ClockReport: clock {self.clock}, {self.cycles:,} cycles>"

    def _repr_html_(self) -> str:
        from neuralcrn.studies.clock.table import clock_html

        return clock_html(self)


def report_clock(clock: Clock, *, cycles: int = 1000) -> ClockReport:
    """Measure a clock by simulation.

    Parameters
    ----------
    clock : Clock
        What to measure.
    cycles : int
        Length of the long run, 2 to 100,000.

    Raises
    ------
    InvalidValueError
        If the number of cycles is out of range.
    CompileError
        If the clock does not run for two cycles.

    Examples
    --------
    >>> from neuralcrn.compiler.pot.clocks import find_clock
    >>> report = report_clock(find_clock("ring-3"), cycles=50)
    >>> print(f"{report.period.first:.1f} to {report.period.last:.1f}")
    28.8 to 22.2
    >>> print(f"{report.overlap('turn 1', 'turn 2').peak:.2f}")
    0.25
    """
    if not 2 <= cycles <= CYCLE_LIMIT:
        raise InvalidValueError(f"cycles = {cycles}: it must be within 2 and {CYCLE_LIMIT:,}")
    whole = follow(clock, max(cycles, RESPONSE_CYCLES))
    ran = min(whole.count, cycles)
    if ran < 2:
        raise CompileError(f"clock {clock.name} does not run for two cycles: choose another")
    return ClockReport(
        clock=clock.name,
        species=len(clock.network.species),
        reactions=len(clock.network.reactions),
        total=total_of(clock),
        asked=cycles,
        cycles=ran,
        period=Steadiness.of(whole.periods[:ran]),
        periods=tuple(whole.periods[:ran].tolist()),
        gates=_gates(clock, whole.integrals[:ran]),
        overlaps=_overlaps(clock),
        rates=tuple(rate_responses(clock, whole)),
        loads=tuple(load_responses(clock, whole)),
    )


def measured_overlap(clock: Clock, *, cycles: int = 3) -> float:
    """Return how much of the first turn lies in the second: `Overlap.shared`, the worst cycle's.

    Examples
    --------
    >>> from neuralcrn.compiler.pot.clocks import find_clock
    >>> measured_overlap(find_clock("restored-5")) < 1e-6 < measured_overlap(find_clock("red-green-blue"))
    True
    """
    shared = _shared(clock, follow(clock, cycles, pairs=True))
    return float(shared[:, pairs_of(clock).index(("turn 1", "turn 2"))].max(initial=0.0))


def tolerated_overlap(circuit: Circuit) -> float:
    """Return how much of the first turn of a circuit may lie in the second.

    Where states or adjoints move in the feedback phase, an overlap spoils what they start from; where both
    are held it only changes the step.
    """
    turns = turns_of(circuit, find_rule(circuit.gradient).schedule(circuit)).turns
    before = {v for turn in turns[:1] for v in turn.equations}
    moving = [v for turn in turns[1:] for v in turn.equations if v in before]
    return 1e-3 if moving else 0.1


def refuse_unfit_clock(clock: Clock, tolerance: float, *, cycles: int = _TRIAL_CYCLES) -> None:
    """Refuse a clock that stops or drifts within some cycles, or whose two phases overlap.

    Parameters
    ----------
    clock : Clock
        What is tried, for a fraction of a second.
    tolerance : float
        Largest part of the first turn that may lie in the second; see `tolerated_overlap`.
    cycles : int
        Length of the trial: as many as are planned, or enough to see a drift.

    Raises
    ------
    CompileError
        If the clock is unfit; the message tells what to choose instead.
    """
    if not 0.0 <= tolerance <= 1.0:
        raise InvalidValueError(f"tolerance = {tolerance}: an overlap lies within 0 and 1")
    ran = follow(clock, cycles)
    if ran.count < cycles:
        raise CompileError(
            f"clock {clock.name} stopped after {ran.count} cycles: choose a clock that restores itself, such "
            "as restored-5"
        )
    drift = float(np.abs(ran.integrals[-1] / ran.integrals[0] - 1.0).max())
    if drift > TOLERATED_DRIFT:
        raise CompileError(
            f"clock {clock.name}: the integral of a phase changes by {drift:.0%} in {cycles:,} cycles, more "
            f"than {TOLERATED_DRIFT:.0%}, and with it the horizon and the step: choose a clock that restores "
            "itself, such as restored-5, or plan fewer cycles"
        )
    overlap = measured_overlap(clock)
    if overlap > tolerance:
        raise CompileError(
            f"clock {clock.name}: {overlap:.2g} of the first turn lies in the second, more than "
            f"{tolerance:g}: choose a clock of more species, whose phases have another between them, such as "
            "restored-5"
        )


def _gates(clock: Clock, integrals: Vector) -> tuple[GateReport, ...]:
    sample = sample_cycles(clock)
    reports: list[GateReport] = []
    for place, (phase, gate) in enumerate(clock.gates.items()):
        values = gate_values(sample, gate)
        closed = np.where(values < CLOSED * values.max(), values, 0.0)
        reports.append(
            GateReport(
                phase=phase,
                species=gate.species,
                integral=Steadiness.of(integrals[:, place]),
                peak=float(values.max()),
                floor=max(0.0, float(values.min() / values.max())),
                leak=float(closed.sum() / values.sum()),
            )
        )
    return tuple(reports)


def _overlaps(clock: Clock) -> tuple[Overlap, ...]:
    sample, total = sample_cycles(clock), total_of(clock)
    shares = {
        phase: gate_values(sample, gate) / total ** len(gate.species) for phase, gate in clock.gates.items()
    }
    shared = _shared(clock, follow(clock, 3, pairs=True))
    return tuple(
        Overlap((a, b), float((shares[a] * shares[b]).max()), float(shared[:, place].max()))
        for place, (a, b) in enumerate(pairs_of(clock))
    )


def _shared(clock: Clock, cycles: Cycles) -> Vector:
    """Return the integral of each product of two gates over that of the smaller one."""
    total, phases = total_of(clock), list(clock.gates)
    open_time = cycles.integrals * [total ** -len(gate.species) for gate in clock.gates.values()]
    smaller = [
        np.minimum(open_time[:, phases.index(a)], open_time[:, phases.index(b)]) for a, b in pairs_of(clock)
    ]
    return cycles.shared / np.transpose(smaller)
