"""Checks of a pot: comparison of one cycle with exact mathematics, for each mechanism.

A pot has approximations in addition to those of the staged program, each with a constant: held values lag by
1 / h (*hold*), gated and order-reduced products lag by 1 / k_s (*shadow*), and rails annihilate at a finite
rate (*annihilation*). The turns of the clock overlap, for a restored ring by an amount proportional to its
*leak*. One constant is increased while the others are `BASE`, so that the remaining error is that of one
mechanism, and must decrease. The error of a wrong reaction would not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import final

import numpy as np

from neuralcrn.compiler import Program, Read, adjoint_of
from neuralcrn.compiler.optimiser import update_factors
from neuralcrn.compiler.oracle import Oracle
from neuralcrn.compiler.pot.assembly import compile_autonomous
from neuralcrn.compiler.pot.clocks import restored_ring
from neuralcrn.compiler.solution import Solution
from neuralcrn.engines import Executable
from neuralcrn.errors import InvalidValueError
from neuralcrn.verify.certificate import GRADIENT_BOUND, SLOPE_BOUND, Check, Errors, fitted_slope
from neuralcrn.verify.measurement import Sample, Vector, accurate, sampled_pot

BASE = MappingProxyType({"hold": 1e5, "shadow": 1e4, "annihilation": 1e5})
"""Constants for checking the bounds, and of the other mechanisms while one is varied."""

LADDERS = MappingProxyType(
    {"hold": (1e2, 1e3, 1e4), "shadow": (1e0, 1e1, 1e2), "annihilation": (1e1, 1e2, 1e3)}
)
"""Values of each constant."""

LEAKS = (1e-5, 1e-6, 1e-7)
"""Leaks of a restored ring for which the error of the clock must decrease."""

VALUE_BOUND = 3e-3
FLOOR = 1e-5
"""Errors below this are due to the other mechanisms and the clock, and need not decrease further."""


def check_pot(
    program: Program,
    points: Sequence[Sample],
    tell: Callable[[str, float | None], None],
) -> tuple[tuple[Check, ...], tuple[Errors, ...]]:
    """Return the checks of a pot, and its errors as built, with all constants large, and for varied
    constants.

    `tell` is called before each measurement, with the mechanism and its constant.

    Raises
    ------
    InvalidValueError
        If the change in one cycle does not correspond to one gradient.
    SimulationError
        If the simulation of a cycle fails.
    """
    circuit = program.circuit
    if circuit.batch > 1 or (circuit.decay and circuit.update == "direct"):
        raise InvalidValueError(
            "the certificate of a pot needs a circuit that updates after every sample, and no decay beside "
            "direct updates: it compares the change of one cycle with one gradient"
        )
    rows = _measured_rows(program, points, tell)
    bounds = _bound_checks(rows, chopped=circuit.optimiser == "chop")
    checks = (*bounds, *_shrink_checks(rows), _order_check(program.max_order))
    return checks, tuple(rows)


def pot_errors(program: Program, points: Sequence[Sample], exact: Sequence[Solution]) -> Errors:
    """Return the errors of the reactions of a pot as they are."""
    executable = accurate(program)
    return _errors("built", None, [measure_pot(executable, point) for point in points], exact, points)


def _measured_rows(
    program: Program,
    points: Sequence[Sample],
    tell: Callable[[str, float | None], None],
) -> list[Errors]:
    """Measure the pot as built, with all constants large, and along every ladder."""
    circuit = program.circuit
    oracle = Oracle.of(circuit)
    exact = [oracle.solve(point.parameters, point.features, point.targets) for point in points]

    def errors(mechanism: str, constant: float | None, program: Program) -> Errors:
        tell(mechanism, constant)
        return replace(pot_errors(program, points, exact), mechanism=mechanism, constant=constant)

    def varied(**constants: float) -> Program:
        return circuit.with_(**{**BASE, **constants}).compile(program.level, program.clock)

    rows = [errors("built", None, program), errors("all", None, varied())]
    for mechanism, ladder in LADDERS.items():
        rows += [errors(mechanism, k, varied(**{mechanism: k})) for k in ladder]
    if species := _restored_species(program.clock):
        clocks = [(1.0 / leak, restored_ring(species, leak)) for leak in LEAKS]
        ideal = circuit.with_(**BASE)
        rows += [errors("1 / leak", k, compile_autonomous(ideal, ring)) for k, ring in clocks]
    return rows


def _restored_species(clock: str) -> int:
    """Return the number of species of a restored ring, 0 for another clock or none."""
    return int(clock.removeprefix("restored-")) if clock.startswith("restored-") else 0


@final
@dataclass(frozen=True, slots=True, eq=False)
class PotMeasurement:
    """Measurements on a pot in one cycle.

    Attributes
    ----------
    states, error, adjoint : ndarray
        z, e and a at the time of the reading; empty for quantities without species.
    gradient : ndarray, shape (trained parameters,)
        The gradient, computed from the change of the parameters in the cycle.
    """

    states: Vector
    error: Vector
    adjoint: Vector
    gradient: Vector


def measure_pot(executable: Executable, sample: Sample) -> PotMeasurement:
    """Let a pot learn from one sample, and measure rails when the error is read and at the end."""
    program = executable.program
    circuit, trained = program.circuit, program.circuit.trained_parameters
    adjoints = [adjoint_of(z) for z in circuit.system.states]
    # with the chopper the adjoint is computed after the reading, from exchanged errors
    early = circuit.optimiser != "chop"
    there = [a for a in adjoints if early and program.rails.of(a)[0][0] in executable.positions]
    state = sampled_pot(executable, sample)
    before = executable.signed(state, trained)
    error = np.zeros(circuit.outputs)
    states, adjoint = np.empty(0), np.empty(0)
    for step in program.training:
        if isinstance(step, Read):
            if not circuit.readout.accumulated:
                states = executable.signed(state, circuit.system.states)
            adjoint = executable.signed(state, there)
        executable.execute((step,), state, sample.features, sample.targets, error)
    change = executable.signed(state, trained) - before
    decay, size = update_factors(circuit)
    return PotMeasurement(states, error, adjoint, (change + decay * before) / -size)


def _errors(
    mechanism: str,
    constant: float | None,
    measured: Sequence[PotMeasurement],
    exact: Sequence[Solution],
    points: Sequence[Sample],
) -> Errors:
    """Compare all samples together, so that a sample with small values does not dominate."""
    outputs = np.array([[*s.outputs, *p.targets] for s, p in zip(exact, points, strict=True)])
    gradients = np.array([solution.gradient for solution in exact])
    gradient = np.array([measurement.gradient for measurement in measured]) - gradients
    errors = {
        "states": _largest([(m.states, s.states) for m, s in zip(measured, exact, strict=True)]),
        "error": float(np.abs([m.error - s.error for m, s in zip(measured, exact, strict=True)]).max())
        / float(np.abs(outputs).max()),
        "adjoint": _largest([(m.adjoint, s.adjoint) for m, s in zip(measured, exact, strict=True)]),
        "gradient": float(np.linalg.norm(gradient) / np.linalg.norm(gradients)),
    }
    present = {name: error for name, error in errors.items() if error is not None}
    return Errors(mechanism, constant, present)


def _largest(pairs: Sequence[tuple[Vector, Vector]]) -> float | None:
    """Return the largest difference relative to the largest value; None for quantities without species."""
    if not any(len(values) for values, _ in pairs):
        return None
    differences = [np.abs(values - wanted).max() for values, wanted in pairs]
    return float(max(differences) / max(np.abs(wanted).max() for _, wanted in pairs))


def _bound_checks(rows: Sequence[Errors], *, chopped: bool) -> list[Check]:
    """Report the errors as built, and check those with all constants large.

    With the chopper, a clock tells when to read by the gate that exchanges the errors, so that part of an
    error has been exchanged when it is read.
    """
    built, base = rows[:2]
    checks: list[Check] = []
    for name in ("states", "error", "adjoint", "gradient"):
        if name not in base.of:
            checks.append(Check(name, None, None, True, "no species contains it when the error is read"))
            continue
        bound = GRADIENT_BOUND if name == "gradient" or (chopped and name == "error") else VALUE_BOUND
        value = base.of[name]
        checks.append(Check(f"{name} as built", built.of[name], None, True, "constants of the circuit"))
        checks.append(Check(name, value, bound, value <= bound, "all constants large"))
    return checks


def _shrink_checks(rows: Sequence[Errors]) -> list[Check]:
    """Check that the error of each mechanism decreases as its constant increases."""
    ladders: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if row.constant is not None:
            ladders.setdefault(row.mechanism, []).append((row.constant, row.largest))
    floor = max(FLOOR, min(GRADIENT_BOUND, 2.0 * rows[1].largest))
    checks: list[Check] = []
    for mechanism, ladder in ladders.items():
        constants, errors = zip(*ladder, strict=True)
        slope = fitted_slope(constants, errors, floor)
        if slope is None:
            done = errors[-1] <= floor
            note = f"not above {floor:.0e}, the error of the other mechanisms" if done else "not measurable"
            checks.append(Check(f"{mechanism} slope", None, SLOPE_BOUND, done, note))
        else:
            note = f"d log error / d log constant, {errors[0]:.1e} to {errors[-1]:.1e}"
            checks.append(Check(f"{mechanism} slope", slope, SLOPE_BOUND, slope <= SLOPE_BOUND, note))
    return checks


def _order_check(order: int) -> Check:
    return Check("order", float(order), 2.0, order <= 2, "all reactions are unimolecular or bimolecular")
