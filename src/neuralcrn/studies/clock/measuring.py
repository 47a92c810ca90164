"""Measurement of a clock: constancy, overlap of its turns, and response to disturbances.

All results are from simulated cycles (`clock_cycles`); the declared numbers of a clock are not used, except
its nominal period as a unit of time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from neuralcrn.compiler import Circuit
from neuralcrn.compiler.pot.clocks import Clock
from neuralcrn.compiler.pot.track_and_hold import turns_of
from neuralcrn.compiler.rules import RULES
from neuralcrn.errors import CompileError, InvalidValueError
from neuralcrn.status import OnStatus, Status, ignore_status
from neuralcrn.studies.clock.cycles import (
    Cycles,
    Vector,
    follow,
    gate_values,
    pairs_of,
    sample_cycles,
    total_of,
)
from neuralcrn.studies.clock.molecules import run_with_molecules
from neuralcrn.studies.clock.report import CLOSED, ClockReport, GateReport, Overlap, Steadiness
from neuralcrn.studies.clock.responses import (
    RESPONSE_CYCLES,
    Response,
    load_responses,
    rate_responses,
)

CYCLE_LIMIT = 100_000
TOLERATED_DRIFT = 0.05
"""Largest relative change of the integral of a phase over the planned cycles."""
_TRIAL_CYCLES = 20


def report_clock(
    clock: Clock,
    *,
    cycles: int = 1000,
    molecules: Sequence[float] = (),
    on_status: OnStatus = ignore_status,
) -> ClockReport:
    """Measure a clock by simulation.

    Parameters
    ----------
    clock : Clock
        The clock.
    cycles : int
        Length of the long run, 2 to 100,000.
    molecules : sequence of float
        Numbers of molecules per unit concentration with which the clock is also simulated stochastically, for
        100 cycles each; see `run_with_molecules`.
    on_status : callable
        Called with the current simulation; exceptions end the measurement.

    Raises
    ------
    InvalidValueError
        If the number of cycles or of molecules is out of range.
    CompileError
        If the clock does not run for two cycles.

    Examples
    --------
    >>> from neuralcrn.compiler.pot.clocks import CLOCKS
    >>> report = report_clock(CLOCKS.find("ring-3"), cycles=50)
    >>> print(f"{report.period.first:.1f} to {report.period.last:.1f}")
    28.8 to 22.2
    >>> print(f"{report.overlap('turn 1', 'turn 2').peak:.2f}")
    0.25
    """
    if not 2 <= cycles <= CYCLE_LIMIT:
        raise InvalidValueError(f"cycles = {cycles}: it must be within 2 and {CYCLE_LIMIT:,}")
    counted = tuple(run_with_molecules(clock, number) for number in molecules)
    what = f"Simulating {cycles:,} cycles, wrong rates and loads"
    on_status(Status(what))
    whole = follow(clock, max(cycles, RESPONSE_CYCLES))
    ran = min(whole.count, cycles)
    if ran < 2:
        raise CompileError(f"clock {clock.name} does not run for two cycles: choose another")

    def followed(responses: Iterator[Response]) -> Iterator[Response]:
        for response in responses:
            on_status(Status(what, note=f"{response.what}, {response.size:g}"))
            yield response

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
        rates=tuple(followed(rate_responses(clock, whole))),
        loads=tuple(followed(load_responses(clock, whole))),
        molecules=counted,
    )


def measured_overlap(clock: Clock, *, cycles: int = 3) -> float:
    """Return the fraction of the first turn that overlaps the second: `Overlap.shared` of the worst cycle.

    Examples
    --------
    >>> from neuralcrn.compiler.pot.clocks import CLOCKS
    >>> measured_overlap(CLOCKS.find("restored-5")) < 1e-6 < measured_overlap(CLOCKS.find("red-green-blue"))
    True
    """
    shared = _shared(clock, follow(clock, cycles, pairs=True))
    return float(shared[:, pairs_of(clock).index(("turn 1", "turn 2"))].max(initial=0.0))


def tolerated_overlap(circuit: Circuit) -> float:
    """Return the largest tolerated fraction of the first turn of a circuit that overlaps the second.

    If states or adjoints change in the feedback phase, an overlap changes their initial values; if both are
    held it only changes the step size.
    """
    turns = turns_of(circuit, RULES.find(circuit.rule).schedule(circuit)).turns
    before = {v for turn in turns[:1] for v in turn.equations}
    moving = [v for turn in turns[1:] for v in turn.equations if v in before]
    return 1e-3 if moving else 0.1


def check_clock(clock: Clock, tolerance: float, *, cycles: int = _TRIAL_CYCLES) -> None:
    """Reject a clock that stops or drifts within some cycles, or whose two phases overlap.

    Parameters
    ----------
    clock : Clock
        The clock, which is simulated for a fraction of a second.
    tolerance : float
        Largest fraction of the first turn that may overlap the second; see `tolerated_overlap`.
    cycles : int
        Number of simulated cycles: the planned ones, or enough to detect a drift.

    Raises
    ------
    CompileError
        If the clock is unsuitable; the message suggests another one.
    """
    if not 0.0 <= tolerance <= 1.0:
        raise InvalidValueError(f"tolerance = {tolerance}: an overlap lies within 0 and 1")
    ran = follow(clock, cycles)
    if ran.count < cycles:
        raise CompileError(
            f"clock {clock.name} stopped after {ran.count} cycles: choose a restored clock, such "
            "as restored-5"
        )
    drift = float(np.abs(ran.integrals[-1] / ran.integrals[0] - 1.0).max())
    if drift > TOLERATED_DRIFT:
        raise CompileError(
            f"clock {clock.name}: the integral of a phase changes by {drift:.0%} in {cycles:,} cycles, more "
            f"than {TOLERATED_DRIFT:.0%}, and with it the horizon and the step: choose a restored "
            "clock, such as restored-5, or plan fewer cycles"
        )
    overlap = measured_overlap(clock)
    if overlap > tolerance:
        raise CompileError(
            f"clock {clock.name}: {overlap:.2g} of the first turn overlaps the second, more than "
            f"{tolerance:g}: choose a clock with more species, whose phases are separated, such as "
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
    """Return the integral of each product of two gates, relative to that of the smaller one."""
    total, phases = total_of(clock), list(clock.gates)
    open_time = cycles.integrals * [total ** -len(gate.species) for gate in clock.gates.values()]
    smaller = [
        np.minimum(open_time[:, phases.index(a)], open_time[:, phases.index(b)]) for a, b in pairs_of(clock)
    ]
    return cycles.shared / np.transpose(smaller)
